"""What `make run` says of dashboards, and when it brings them anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bringup.dashboards import DashboardFiles, dashboards_summary, dashboards_text

if TYPE_CHECKING:
    from pathlib import Path


class QuickSight:
    def get_paginator(self, operation: str) -> Any:
        assert operation == "list_dashboards"
        return self

    def paginate(self, **request: str) -> list[dict[str, Any]]:
        assert request == {"AwsAccountId": "1"}
        return [
            {
                "DashboardSummaryList": [
                    {"DashboardId": "rlm-dev-b", "Name": "Sales", "PublishedVersionNumber": 3},
                    {"DashboardId": "rlm-dev-c", "Name": "Never published"},
                    {"DashboardId": "rlm-prod-a", "Name": "Other", "PublishedVersionNumber": 1},
                ]
            },
            {
                "DashboardSummaryList": [
                    {"DashboardId": "rlm-dev-a", "Name": "Artists", "PublishedVersionNumber": 1}
                ]
            },
        ]


def test_published_dashboards_are_told_with_address_and_rows() -> None:
    reports = [{"data_sets": {"sales": {"rows": 5}, "artists": {"rows": 2}}},
               {"data_sets": {"sales": {"rows": 7}}}]  # fmt: skip
    found = dashboards_summary(QuickSight(), "1", "dev", "http://127.0.0.1:8090", reports)
    assert found == {
        "dashboards": {
            "Artists": {"url": "http://127.0.0.1:8090/dashboards/rlm-dev-a", "version": 1},
            "Sales": {"url": "http://127.0.0.1:8090/dashboards/rlm-dev-b", "version": 3},
        },
        "data_sets": {"sales": 7, "artists": 2},
    }
    lines = [line.split() for line in dashboards_text(found).splitlines()]
    assert ["sales", "7"] in lines
    assert ["Sales", "3", "http://127.0.0.1:8090/dashboards/rlm-dev-b"] in lines
    assert dashboards_text({"dashboards": {}, "data_sets": {}}) == ""


def test_files_are_deployed_until_one_of_them_changes(tmp_path: Path) -> None:
    folder = tmp_path / "dashboards"
    (folder / "sales").mkdir(parents=True)
    (folder / "sales" / "dashboard.yaml").write_text("Name: Sales\n")
    files = DashboardFiles(folder, tmp_path / "mark")
    assert not files.are_deployed()
    files.remember()
    assert files.are_deployed()
    (folder / "sales" / "dashboard.yaml").rename(folder / "sales" / "other.yaml")
    assert not files.are_deployed()
