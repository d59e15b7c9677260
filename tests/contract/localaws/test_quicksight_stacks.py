"""QuickSight's resource types: a stack is complete when its dashboard can be looked at."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

pytestmark = pytest.mark.slow

ACCOUNT = "000000000000"
HERE = {"AwsAccountId": ACCOUNT}
GOOD = "SELECT TIMESTAMP '2026-06-01 20:00:00' AS at, 2 AS seats"
EVERYONE = f"arn:aws:quicksight:us-east-1:{ACCOUNT}:group/default/everyone"


def resources(query: str = GOOD, colour: str = "#0000FF", **changed: Any) -> dict[str, Any]:
    """One resource of each type; what a test changes is named by type."""
    columns = [{"Name": "at", "Type": "DATETIME"}, {"Name": "seats", "Type": "INTEGER"}]
    table = {
        "CustomSql": {
            "DataSourceArn": {"Fn::GetAtt": ["Source", "Arn"]},
            "Name": "rows",
            "SqlQuery": query,
            "Columns": columns,
        }
    }
    window = {"ColumnName": "at", "Size": "7", "SizeUnit": "DAY"}
    definition = {
        "DataSetIdentifierDeclarations": [
            {"Identifier": "rows", "DataSetArn": {"Fn::GetAtt": ["Rows", "Arn"]}}
        ],
        "Sheets": [{"SheetId": "one", "Name": "One"}],
    }
    reading = {"Principal": EVERYONE, "Actions": ["quicksight:DescribeDashboard"]}
    found: dict[str, tuple[str, dict[str, Any]]] = {
        "Source": (
            "DataSource",
            {
                "DataSourceId": "of-a-stack",
                "Name": "Lake",
                "Type": "ATHENA",
                "DataSourceParameters": {"AthenaParameters": {"WorkGroup": "dashboards"}},
            },
        ),
        "Rows": (
            "DataSet",
            {
                "DataSetId": "of-a-stack",
                "Name": "Rows",
                "ImportMode": "SPICE",
                "PhysicalTableMap": {"rows": table},
                "DataSetRefreshProperties": {
                    "RefreshConfiguration": {"IncrementalRefresh": {"LookbackWindow": window}}
                },
            },
        ),
        "Schedule": (
            "RefreshSchedule",
            {
                "DataSetId": {"Fn::GetAtt": ["Rows", "DataSetId"]},
                "Schedule": {
                    "ScheduleId": "nightly",
                    "RefreshType": "FULL_REFRESH",
                    "ScheduleFrequency": {"Interval": "DAILY", "TimeOfTheDay": "05:30"},
                },
            },
        ),
        "Theme": (
            "Theme",
            {
                "ThemeId": "of-a-stack",
                "Name": "House",
                "BaseThemeId": "CLASSIC",
                "Configuration": {"DataColorPalette": {"Colors": [colour]}},
            },
        ),
        "Folder": (
            "Folder",
            {"FolderId": "of-a-stack", "Name": "Booking", "FolderType": "SHARED"},
        ),
        "Dashboard": (
            "Dashboard",
            {
                "DashboardId": "of-a-stack",
                "Name": "Daily",
                "Definition": definition,
                "ThemeArn": {"Fn::GetAtt": ["Theme", "Arn"]},
                "FolderArns": [{"Fn::GetAtt": ["Folder", "Arn"]}],
                "Permissions": [reading],
                "Tags": [{"Key": "team", "Value": "booking"}],
            },
        ),
        "Analysis": (
            "Analysis",
            {"AnalysisId": "of-a-stack", "Name": "Daily", "Definition": definition},
        ),
    }
    made = {}
    for name, (kind, properties) in found.items():
        whole = {"AwsAccountId": {"Ref": "AWS::AccountId"}} | properties | changed.get(name, {})
        made[name] = {"Type": f"AWS::QuickSight::{kind}", "Properties": whole}
    return made


class Stacks:
    """Creates, changes and deletes stacks and waits for each to end."""

    def __init__(self, api: Any) -> None:
        self.api = api

    def create(self, name: str, made: dict[str, Any]) -> str:
        self.api.create_stack(StackName=name, TemplateBody=json.dumps({"Resources": made}))
        return self._wait(name)

    def update(self, name: str, made: dict[str, Any]) -> str:
        self.api.update_stack(StackName=name, TemplateBody=json.dumps({"Resources": made}))
        return self._wait(name)

    def delete(self, name: str) -> str:
        stack_id = self.api.describe_stacks(StackName=name)["Stacks"][0]["StackId"]
        self.api.delete_stack(StackName=name)
        return self._wait(stack_id)

    def reasons(self, name: str) -> str:
        events = self.api.describe_stack_events(StackName=name)["StackEvents"]
        return "\n".join(
            event["ResourceStatusReason"]
            for event in events
            if event["ResourceStatus"].endswith("_FAILED") and "ResourceStatusReason" in event
        )

    def _wait(self, name: str) -> str:
        deadline = time.monotonic() + 60
        while True:
            status = str(self.api.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"])
            if not status.endswith("_IN_PROGRESS"):
                return status
            assert time.monotonic() < deadline, f"{name} is still {status}"
            time.sleep(0.05)


@pytest.fixture(scope="module")
def stacks(quicksight: Any) -> Stacks:
    quicksight.quicksight.create_group(**HERE, Namespace="default", GroupName="everyone")
    return Stacks(quicksight.gateway.client("cloudformation"))


def test_a_stack_lives_changes_and_goes(stacks: Stacks, quicksight: Any) -> None:
    client = quicksight.quicksight
    assert stacks.create("whole", resources()) == "CREATE_COMPLETE", stacks.reasons("whole")
    # The stack has waited for the rows.
    assert [row["seats"] for row in quicksight.rows("of-a-stack")] == [2]
    detail = stacks.api.describe_stack_resource(StackName="whole", LogicalResourceId="Dashboard")
    physical = detail["StackResourceDetail"]["PhysicalResourceId"]
    assert physical == f"{ACCOUNT}|of-a-stack"
    properties = client.describe_data_set_refresh_properties(**HERE, DataSetId="of-a-stack")
    incremental = properties["DataSetRefreshProperties"]["RefreshConfiguration"]
    assert incremental["IncrementalRefresh"]["LookbackWindow"]["Size"] == 7
    folders = client.list_folders_for_resource(
        **HERE, ResourceArn=quicksight.arn("dashboard/of-a-stack")
    )
    assert folders["Folders"] == [quicksight.arn("folder/of-a-stack")]

    fewer = {
        "Name": "Daily 2",
        "Permissions": [],
        "FolderArns": [],
        "Tags": [{"Key": "env", "Value": "dev"}],
    }
    changed = resources(GOOD.replace("2 AS", "3 AS"), "#FF0000", Dashboard=fewer)
    assert stacks.update("whole", changed) == "UPDATE_COMPLETE", stacks.reasons("whole")
    assert [row["seats"] for row in quicksight.rows("of-a-stack")] == [3]
    dashboard = client.describe_dashboard(**HERE, DashboardId="of-a-stack")["Dashboard"]
    assert dashboard["Name"] == "Daily 2"
    # What readers see is the update.
    assert dashboard["Version"]["VersionNumber"] == 2
    permissions = client.describe_dashboard_permissions(**HERE, DashboardId="of-a-stack")
    assert permissions["Permissions"] == []
    tags = client.list_tags_for_resource(ResourceArn=dashboard["Arn"])["Tags"]
    assert tags == [{"Key": "env", "Value": "dev"}]
    theme = client.describe_theme(**HERE, ThemeId="of-a-stack")["Theme"]
    assert theme["Version"]["Configuration"]["DataColorPalette"]["Colors"] == ["#FF0000"]

    assert stacks.delete("whole") == "DELETE_COMPLETE"
    gone = client.exceptions.ResourceNotFoundException
    for describe, name in (
        (client.describe_dashboard, "DashboardId"),
        (client.describe_analysis, "AnalysisId"),
        (client.describe_data_set, "DataSetId"),
        (client.describe_data_source, "DataSourceId"),
        (client.describe_theme, "ThemeId"),
        (client.describe_folder, "FolderId"),
    ):
        with pytest.raises(gone):
            describe(**HERE, **{name: "of-a-stack"})


def test_a_data_set_that_cannot_be_filled_fails_its_stack(stacks: Stacks, quicksight: Any) -> None:
    made = resources("SELECT at, seats FROM music.absent")
    assert stacks.create("unfilled", made) == "ROLLBACK_COMPLETE"
    assert "SQL_TABLE_NOT_FOUND" in stacks.reasons("unfilled")
    client = quicksight.quicksight
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.describe_data_set(**HERE, DataSetId="of-a-stack")
    stacks.delete("unfilled")


def test_a_stack_that_does_not_wait_is_complete_before_the_rows(
    stacks: Stacks, quicksight: Any
) -> None:
    policy = {"IngestionWaitPolicy": {"WaitForSpiceIngestion": "false"}}
    made = resources("SELECT at, seats FROM music.absent", Rows=policy)
    assert stacks.create("unwaited", made) == "CREATE_COMPLETE", stacks.reasons("unwaited")
    assert stacks.delete("unwaited") == "DELETE_COMPLETE"


def test_a_property_that_is_not_served_fails_its_resource(stacks: Stacks) -> None:
    made = {"Source": resources()["Source"]}
    made["Source"]["Properties"]["AlternateDataSourceParameters"] = [
        {"AthenaParameters": {"WorkGroup": "dashboards"}}
    ]
    assert stacks.create("odd", made) == "ROLLBACK_COMPLETE"
    assert "does not serve AlternateDataSourceParameters" in stacks.reasons("odd")
    stacks.delete("odd")


def test_a_source_of_another_id_replaces_the_old_one(stacks: Stacks, quicksight: Any) -> None:
    made = {"Source": resources()["Source"]}
    assert stacks.create("moving", made) == "CREATE_COMPLETE"
    made = {"Source": resources(Source={"DataSourceId": "moved"})["Source"]}
    assert stacks.update("moving", made) == "UPDATE_COMPLETE"
    sources = quicksight.quicksight.list_data_sources(**HERE)["DataSources"]
    names = {one["DataSourceId"] for one in sources}
    assert names & {"of-a-stack", "moved"} == {"moved"}
    stacks.delete("moving")
