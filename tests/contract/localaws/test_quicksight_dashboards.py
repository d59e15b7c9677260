"""QuickSight's dashboards: versions, publishing, permissions, and what makes a version fail."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.slow

ACCOUNT = "000000000000"
COLUMNS = [{"Name": "city", "Type": "STRING"}, {"Name": "seats", "Type": "INTEGER"}]


@pytest.fixture(scope="module")
def sales(quicksight: Any) -> Any:
    """A world with the data set `drawn`."""
    quicksight.filled("drawn", "SELECT 'Berlin' AS city, 2 AS seats", COLUMNS)
    return quicksight


def definition(world: Any, data_set: str = "drawn", column: str = "seats") -> dict[str, Any]:
    """One KPI over one column."""
    field = {
        "NumericalMeasureField": {
            "FieldId": "seats.0",
            "Column": {"DataSetIdentifier": "sales", "ColumnName": column},
            "AggregationFunction": {"SimpleNumericalAggregation": "SUM"},
        }
    }
    kpi = {
        "VisualId": "total",
        "ChartConfiguration": {"FieldWells": {"Values": [field], "TargetValues": []}},
        "Actions": [],
    }
    return {
        "DataSetIdentifierDeclarations": [
            {"Identifier": "sales", "DataSetArn": world.arn(f"dataset/{data_set}")}
        ],
        "Sheets": [{"SheetId": "one", "Name": "One", "Visuals": [{"KPIVisual": kpi}]}],
        "CalculatedFields": [
            {"DataSetIdentifier": "sales", "Name": "twice", "Expression": "{seats} * 2"}
        ],
        "ParameterDeclarations": [],
    }


def create(world: Any, name: str, **given: Any) -> dict[str, Any]:
    request = {"Name": name, "Definition": definition(world)} | given
    created: dict[str, Any] = world.quicksight.create_dashboard(
        AwsAccountId=ACCOUNT, DashboardId=name, **request
    )
    return created


def test_a_definition_comes_back_exactly(sales: Any) -> None:
    created = create(sales, "exact", VersionDescription="first")
    assert created["CreationStatus"] == "CREATION_IN_PROGRESS"
    assert created["VersionArn"] == sales.arn("dashboard/exact/version/1")
    found = sales.quicksight.describe_dashboard_definition(
        AwsAccountId=ACCOUNT, DashboardId="exact"
    )
    assert found["Definition"] == definition(sales)
    assert found["ResourceStatus"] == "CREATION_SUCCESSFUL"
    described = sales.quicksight.describe_dashboard(AwsAccountId=ACCOUNT, DashboardId="exact")
    version = described["Dashboard"]["Version"]
    assert version["Description"] == "first"
    assert version["DataSetArns"] == [sales.arn("dataset/drawn")]
    assert version["Sheets"] == [{"SheetId": "one", "Name": "One"}]


def test_an_update_is_seen_when_it_is_published(sales: Any) -> None:
    create(sales, "published")
    client, named = sales.quicksight, {"AwsAccountId": ACCOUNT, "DashboardId": "published"}
    changed = definition(sales, column="twice")
    client.update_dashboard(**named, Name="published", Definition=changed, VersionDescription="2")
    assert client.describe_dashboard(**named)["Dashboard"]["Version"]["VersionNumber"] == 1
    latest = client.describe_dashboard(**named, AliasName="$LATEST")["Dashboard"]["Version"]
    assert latest["VersionNumber"] == 2
    client.update_dashboard_published_version(**named, VersionNumber=2)
    assert client.describe_dashboard_definition(**named)["Definition"] == changed
    client.update_dashboard_published_version(**named, VersionNumber=1)
    assert client.describe_dashboard_definition(**named)["Definition"] == definition(sales)
    versions = client.list_dashboard_versions(**named)["DashboardVersionSummaryList"]
    assert [one["VersionNumber"] for one in versions] == [2, 1]
    with pytest.raises(client.exceptions.ConflictException):
        client.delete_dashboard(**named, VersionNumber=1)
    client.delete_dashboard(**named, VersionNumber=2)
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.describe_dashboard(**named, VersionNumber=2)


def test_a_dangling_data_set_fails_the_version(sales: Any) -> None:
    create(sales, "dangling", Definition=definition(sales, data_set="absent"))
    client, named = sales.quicksight, {"AwsAccountId": ACCOUNT, "DashboardId": "dangling"}
    version = client.describe_dashboard(**named)["Dashboard"]["Version"]
    assert version["Status"] == "CREATION_FAILED"
    assert [one["Type"] for one in version["Errors"]] == ["DATA_SET_NOT_FOUND"]
    with pytest.raises(client.exceptions.ConflictException):
        client.update_dashboard_published_version(**named, VersionNumber=1)


def test_an_unknown_column_fails_the_version_unless_it_is_lenient(sales: Any) -> None:
    wrong = definition(sales, column="chairs")
    create(sales, "strict", Definition=wrong)
    found = sales.quicksight.describe_dashboard_definition(
        AwsAccountId=ACCOUNT, DashboardId="strict"
    )
    assert found["ResourceStatus"] == "CREATION_FAILED"
    assert found["Errors"] == [
        {
            "Type": "COLUMN_REPLACEMENT_MISSING",
            "Message": "The data set sales has no column chairs.",
            "ViolatedEntities": [
                {
                    "Path": "Sheets/one/Visuals/total/KPIVisual/ChartConfiguration/FieldWells/"
                    "Values/seats.0/NumericalMeasureField/Column"
                }
            ],
        }
    ]
    create(sales, "lenient", Definition=wrong, ValidationStrategy={"Mode": "LENIENT"})
    described = sales.quicksight.describe_dashboard(AwsAccountId=ACCOUNT, DashboardId="lenient")
    assert described["Dashboard"]["Version"]["Status"] == "CREATION_SUCCESSFUL"


def test_a_visual_of_two_kinds_is_refused(sales: Any) -> None:
    wrong = definition(sales)
    wrong["Sheets"][0]["Visuals"][0]["EmptyVisual"] = {
        "VisualId": "empty",
        "DataSetIdentifier": "sales",
    }
    with pytest.raises(ClientError, match="exactly one member"):
        create(sales, "twofold", Definition=wrong)


def test_permissions_are_granted_revoked_and_searched(sales: Any) -> None:
    client, named = sales.quicksight, {"AwsAccountId": ACCOUNT, "DashboardId": "shared"}
    everyone = {"AwsAccountId": ACCOUNT, "Namespace": "default"}
    user = client.register_user(
        **everyone,
        IdentityType="IAM",
        IamArn=f"arn:aws:iam::{ACCOUNT}:user/anna",
        Email="anna@example.org",
        UserRole="READER",
    )["User"]
    assert user["Arn"] == sales.arn("user/default/anna")
    group = client.create_group(**everyone, GroupName="booking")["Group"]
    client.create_group_membership(**everyone, GroupName="booking", MemberName="anna")
    groups = client.list_user_groups(**everyone, UserName="anna")["GroupList"]
    assert [one["GroupName"] for one in groups] == ["booking"]
    reading = {
        "Principal": group["Arn"],
        "Actions": ["quicksight:DescribeDashboard", "quicksight:QueryDashboard"],
    }
    create(sales, "shared", Permissions=[reading])

    def found(name: str) -> list[str]:
        answer = client.search_dashboards(
            AwsAccountId=ACCOUNT,
            Filters=[{"Operator": "StringEquals", "Name": name, "Value": user["Arn"]}],
        )
        return [one["DashboardId"] for one in answer["DashboardSummaryList"]]

    assert found("QUICKSIGHT_VIEWER_OR_OWNER") == ["shared"]
    assert found("DIRECT_QUICKSIGHT_VIEWER_OR_OWNER") == []
    taken = {"Principal": group["Arn"], "Actions": ["quicksight:QueryDashboard"]}
    left = client.update_dashboard_permissions(**named, RevokePermissions=[taken])
    assert left["Permissions"] == [
        {"Principal": group["Arn"], "Actions": ["quicksight:DescribeDashboard"]}
    ]


def test_lists_come_in_pages_and_names_are_searched(sales: Any) -> None:
    for name in ("page-a", "page-b", "page-c"):
        create(sales, name)
    client = sales.quicksight
    pages = client.get_paginator("list_dashboards").paginate(
        AwsAccountId=ACCOUNT, PaginationConfig={"PageSize": 2}
    )
    seen = [[one["DashboardId"] for one in page["DashboardSummaryList"]] for page in pages]
    assert all(len(page) <= 2 for page in seen)
    assert {"page-a", "page-b", "page-c"} <= {name for page in seen for name in page}
    like = [{"Operator": "StringLike", "Name": "DASHBOARD_NAME", "Value": "page-"}]
    answer = client.search_dashboards(AwsAccountId=ACCOUNT, Filters=like)
    found = sorted(one["DashboardId"] for one in answer["DashboardSummaryList"])
    assert found == ["page-a", "page-b", "page-c"]
    with pytest.raises(client.exceptions.InvalidNextTokenException):
        client.list_dashboards(AwsAccountId=ACCOUNT, NextToken="unknown")


def test_tags_are_kept_by_arn(sales: Any) -> None:
    create(sales, "tagged", Tags=[{"Key": "team", "Value": "booking"}])
    client, resource = sales.quicksight, sales.arn("dashboard/tagged")
    client.tag_resource(ResourceArn=resource, Tags=[{"Key": "env", "Value": "dev"}])
    client.untag_resource(ResourceArn=resource, TagKeys=["team"])
    assert client.list_tags_for_resource(ResourceArn=resource)["Tags"] == [
        {"Key": "env", "Value": "dev"}
    ]


def test_another_account_is_denied(sales: Any) -> None:
    client = sales.quicksight
    with pytest.raises(client.exceptions.AccessDeniedException):
        client.list_dashboards(AwsAccountId="111111111111")


def test_an_operation_that_is_missing_names_itself(sales: Any) -> None:
    with pytest.raises(ClientError, match="quicksight:ListTopics"):
        sales.quicksight.list_topics(AwsAccountId=ACCOUNT)
