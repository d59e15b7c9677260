"""Puts what people look at beside Airflow into its menu: the dashboards, the API's page."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from airflow.plugins_manager import AirflowPlugin

from rlm.settings import load_settings

if TYPE_CHECKING:
    from rlm.settings import Settings

CATEGORY = "RLM"


def menu_entries(settings: Settings) -> list[dict[str, Any]]:
    """One entry a page that there is; all of them below one heading."""
    pages = (("Dashboards", settings.dashboards_url), ("API", settings.api_page_url))
    return [
        {"name": name, "href": url, "destination": "nav", "category": CATEGORY}
        for name, url in pages
        if url
    ]


class RlmMenuPlugin(AirflowPlugin):
    """Handed to Airflow by `rlm_airflow.py`."""

    name = "rlm_menu"
    external_views = menu_entries(load_settings(os.environ))
