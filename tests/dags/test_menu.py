"""The pages beside Airflow are in its menu, as its UI takes them."""

from __future__ import annotations

from airflow.api_fastapi.core_api.datamodels.plugins import ExternalViewResponse

from rlm.settings import Settings
from rlm_plugin.menu import RlmMenuPlugin, menu_entries


def test_dashboards_and_the_api_are_in_the_menu() -> None:
    entries = menu_entries(Settings("dev", "us-east-1", "http://a/", "http://b/docs/"))
    assert [(one["name"], one["href"], one["category"]) for one in entries] == [
        ("Dashboards", "http://a/", "RLM"),
        ("API", "http://b/docs/", "RLM"),
    ]
    for one in entries:
        assert ExternalViewResponse.model_validate(one).destination == "nav"


def test_a_page_that_is_not_there_is_not_in_the_menu() -> None:
    assert [one["name"] for one in menu_entries(Settings("dev", "us-east-1"))] == ["Dashboards"]


def test_airflow_finds_the_plugin() -> None:
    from airflow import plugins_manager

    plugins, errors = plugins_manager._get_plugins()
    assert errors == {}
    assert "rlm_menu" in {plugin.name for plugin in plugins}
    assert RlmMenuPlugin.external_views
