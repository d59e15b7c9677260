"""`rlm dashboards` against a QuickSight: from files to what readers see, and back."""

from __future__ import annotations

import json
from typing import Any

import pytest

pytestmark = pytest.mark.slow

SALES = """\
sale_date,city,net_tickets
2026-06-01,Berlin,2
2026-06-01,Bonn,3
2026-06-02,Berlin,5
"""
VISUAL = "sales/sheets/01-overview/visuals/01-cities.yaml"


def test_a_first_deployment_fills_and_shows_everything(world: Any) -> None:
    assert world.plan() == [
        ("create", "data source", "lake"),
        ("create", "data set", "ticket_sales"),
        ("create", "theme", "stage"),
        ("create", "dashboard", "sales"),
        ("create", "folder", "sales"),
    ]
    said = world.rlm("deploy", "--publish").stderr
    assert "[1/5] create data source lake" in said
    assert "3 rows" in said
    assert world.rows_in_spice() == 3
    assert world.title() == "Tickets by city"
    assert world.plan("--publish") == []
    # Again, and nothing is touched.
    assert "nothing to do (5 unchanged)" in world.rlm("deploy", "--publish").stderr
    assert len(world.versions()) == 1


def test_a_change_is_a_version_that_readers_see_once_promoted_and_no_more_when_rolled_back(
    world: Any,
) -> None:
    world.rlm("deploy")
    world.replace(VISUAL, "Tickets by city", "Where people buy")
    world.rlm("plan", "--check", code=1)
    assert world.plan() == [("update", "dashboard", "sales")]
    assert "Definition.Sheets" in world.rlm("plan").stdout
    world.rlm("deploy")
    assert world.title() == "Tickets by city"
    assert "`rlm dashboards promote sales`" in world.rlm("plan").stdout
    world.rlm("promote", "sales")
    assert world.title() == "Where people buy"
    world.rlm("rollback", "sales")
    assert world.title() == "Tickets by city"
    # No deployment brings back what was rolled back; people do.
    world.rlm("deploy", "--publish")
    assert world.title() == "Tickets by city"
    world.rlm("promote", "sales", "--version", "2")
    assert world.title() == "Where people buy"


def test_new_rows_come_with_a_refresh(world: Any) -> None:
    world.rlm("deploy")
    world.put_sales(f"{SALES}2026-06-03,Bonn,1\n")
    said = json.loads(world.rlm("refresh", "ticket_sales", "--json").stdout)
    assert said["ticket_sales"]["rows"] == 4
    assert world.rows_in_spice() == 4


def test_an_ingestion_that_fails_is_told_in_its_own_words(world: Any) -> None:
    world.replace("data_sets/ticket_sales.sql", "ticket_sales_daily", "no_such_table")
    failed = world.rlm("deploy", code=1)
    assert "ingestion" in failed.stderr
    assert "no_such_table" in failed.stderr
    # The dashboard waits for its data set; both come with the next run.
    world.replace("data_sets/ticket_sales.sql", "no_such_table", "ticket_sales_daily")
    world.rlm("deploy")
    assert world.rows_in_spice() == 3
    assert world.plan() == []


def test_names_that_are_no_files_are_refused(world: Any) -> None:
    assert (
        "there is no dashboard 'sale'; there are: sales" in world.rlm("plan", "sale", code=1).stderr
    )
    assert "no such option" in world.rlm("plan", "--nonsense", code=2).stderr.lower()


def test_what_the_files_drop_is_deleted_only_when_asked(world: Any) -> None:
    world.rlm("deploy")
    world.quicksight.create_folder(
        AwsAccountId="000000000000", FolderId="rlm-dev-theirs", Name="Theirs"
    )
    (world.folder / "folders/sales.yaml").unlink()
    world.replace("sales/dashboard.yaml", "FolderNames: [sales]\n", "")
    assert "deploy --prune` deletes it" in world.rlm("deploy").stderr
    folders = world.quicksight.list_folders(AwsAccountId="000000000000")["FolderSummaryList"]
    assert {one["FolderId"] for one in folders} == {"rlm-dev-sales", "rlm-dev-theirs"}
    world.rlm("deploy", "--prune")
    folders = world.quicksight.list_folders(AwsAccountId="000000000000")["FolderSummaryList"]
    assert {one["FolderId"] for one in folders} == {"rlm-dev-theirs"}


EDITED = "Edited in the browser"


def edit_on_the_service(world: Any) -> None:
    """What somebody does who opens the dashboard there and publishes it anew."""
    shown = world.shown()
    definition = shown["Definition"]
    visual = definition["Sheets"][0]["Visuals"][0]["BarChartVisual"]
    visual["Title"]["FormatText"]["PlainText"] = EDITED
    world.quicksight.update_dashboard(
        AwsAccountId="000000000000",
        DashboardId="rlm-dev-sales",
        Name="Sales",
        ThemeArn=shown["ThemeArn"],
        Definition=definition,
    )


def test_an_edit_on_the_service_is_drift_and_comes_back_as_files(world: Any) -> None:
    world.rlm("deploy")
    assert "as the files say" in world.rlm("drift").stdout
    edit_on_the_service(world)
    (found,) = json.loads(world.rlm("drift", "--json", code=1).stdout)
    assert (found["side"], found["name"]) == ("changed on the service", "sales")
    assert found["detail"].startswith("version 2 of ")
    assert found["when"]
    assert [one for one in found["differences"] if "PlainText" in one["path"]] == [
        {
            "path": "Definition.Sheets[0].Visuals[0].BarChartVisual.Title.FormatText.PlainText",
            "files": "Tickets by city",
            "service": EDITED,
        }
    ]
    # A deployment does not tread on it.
    assert "not from files" in world.rlm("deploy", code=1).stderr
    before = {file: file.read_text() for file in world.folder.rglob("*.*")}
    said = world.rlm("pull", "sales").stderr
    changed = [f for f, text in before.items() if f.exists() and f.read_text() != text]
    assert [str(f.relative_to(world.folder)) for f in changed] == [VISUAL]
    assert "unchanged" in said
    assert EDITED in (world.folder / VISUAL).read_text()
    # What the files say now is what was edited: another version of the same, made from files.
    world.rlm("deploy", "--overwrite", "--publish")
    assert world.title() == EDITED
    assert world.plan("--publish") == []
    world.rlm("drift")
