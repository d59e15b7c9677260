"""The pages beside Airflow are in its menu, as its UI takes them."""

from __future__ import annotations

import ast
from pathlib import Path

from airflow.api_fastapi.core_api.datamodels.plugins import ExternalViewResponse

from rlm.settings import Settings
from rlm_plugin.menu import RlmMenuPlugin, menu_entries

PLUGINS = Path(__file__).resolve().parents[2] / "plugins"


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


def test_airflow_runs_one_file_of_the_plugins_folder() -> None:
    from airflow._shared.module_loading import find_path_from_directory

    for syntax in ("glob", "regexp"):
        found = find_path_from_directory(str(PLUGINS), ".airflowignore", syntax)
        assert [path for path in found if path.endswith(".py")] == [str(PLUGINS / "rlm_airflow.py")]


def test_every_plugin_of_the_package_is_handed_to_airflow() -> None:
    import rlm_airflow

    written = {
        node.name
        for path in (PLUGINS / "rlm_plugin").glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
        and any(ast.unparse(base) == "AirflowPlugin" for base in node.bases)
    }
    assert written
    assert written == set(rlm_airflow.__all__)
