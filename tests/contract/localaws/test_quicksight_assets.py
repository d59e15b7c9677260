"""QuickSight's themes, templates, analyses, folders and account, as boto3 calls them."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.slow

ACCOUNT = "000000000000"
HERE = {"AwsAccountId": ACCOUNT}
BLUE = {"DataColorPalette": {"Colors": ["#0000FF", "#0000AA"]}}
RED = {"DataColorPalette": {"Colors": ["#FF0000", "#AA0000"]}}


@pytest.fixture(scope="module")
def sales(quicksight: Any) -> Any:
    """A world with the data sets `sales` and `returns`, alike."""
    columns = [{"Name": "seats", "Type": "INTEGER"}]
    for name in ("sales", "returns"):
        quicksight.filled(name, "SELECT 2 AS seats", columns)
    return quicksight


def definition(data_set_arn: str, identifier: str = "rows") -> dict[str, Any]:
    field = {
        "NumericalMeasureField": {
            "FieldId": "seats.0",
            "Column": {"DataSetIdentifier": identifier, "ColumnName": "seats"},
        }
    }
    kpi = {"VisualId": "total", "ChartConfiguration": {"FieldWells": {"Values": [field]}}}
    return {
        "DataSetIdentifierDeclarations": [{"Identifier": identifier, "DataSetArn": data_set_arn}],
        "Sheets": [{"SheetId": "one", "Name": "One", "Visuals": [{"KPIVisual": kpi}]}],
    }


def test_a_theme_has_versions_and_aliases(sales: Any) -> None:
    client, named = sales.quicksight, HERE | {"ThemeId": "house"}
    created = client.create_theme(**named, Name="House", BaseThemeId="CLASSIC", Configuration=BLUE)
    assert created["VersionArn"] == sales.arn("theme/house/version/1")
    client.update_theme(
        **named, BaseThemeId="CLASSIC", Configuration=RED, VersionDescription="warmer"
    )
    theme = client.describe_theme(**named)["Theme"]
    assert theme["Name"] == "House"
    assert theme["Type"] == "CUSTOM"
    assert theme["Version"]["VersionNumber"] == 2
    assert theme["Version"]["Configuration"] == RED
    assert theme["Version"]["Description"] == "warmer"
    client.create_theme_alias(**named, AliasName="cold", ThemeVersionNumber=1)
    by_alias = client.describe_theme(**named, AliasName="cold")["Theme"]
    assert by_alias["Version"]["Configuration"] == BLUE
    aliases = client.list_theme_aliases(**named)["ThemeAliasList"]
    assert [(one["AliasName"], one["ThemeVersionNumber"]) for one in aliases] == [("cold", 1)]
    with pytest.raises(client.exceptions.ConflictException):
        client.delete_theme(**named, VersionNumber=2)
    own = client.list_themes(**HERE, Type="CUSTOM")["ThemeSummaryList"]
    assert ("house", 2) in [(one["ThemeId"], one["LatestVersionNumber"]) for one in own]
    given = client.list_themes(**HERE, Type="QUICKSIGHT")["ThemeSummaryList"]
    assert "MIDNIGHT" in [one["ThemeId"] for one in given]


def test_a_theme_without_a_base_and_a_dashboard_without_a_theme_are_refused(sales: Any) -> None:
    client = sales.quicksight
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.create_theme(
            **HERE, ThemeId="orphan", Name="x", BaseThemeId="absent", Configuration=BLUE
        )
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.create_dashboard(
            **HERE,
            DashboardId="unthemed",
            Name="x",
            Definition=definition(sales.arn("dataset/sales")),
            ThemeArn=sales.arn("theme/absent"),
        )


def test_an_analysis_becomes_a_template_and_that_a_dashboard_over_other_data(sales: Any) -> None:
    client = sales.quicksight
    original = definition(sales.arn("dataset/sales"))
    client.create_analysis(**HERE, AnalysisId="first", Name="First", Definition=original)
    found = client.describe_analysis_definition(**HERE, AnalysisId="first")
    assert found["Definition"] == original
    assert found["ResourceStatus"] == "CREATION_SUCCESSFUL"
    source = {
        "Arn": sales.arn("analysis/first"),
        "DataSetReferences": [
            {"DataSetPlaceholder": "tickets", "DataSetArn": sales.arn("dataset/sales")}
        ],
    }
    client.create_template(
        **HERE, TemplateId="form", Name="Form", SourceEntity={"SourceAnalysis": source}
    )
    template = client.describe_template(**HERE, TemplateId="form")["Template"]
    assert template["Version"]["DataSetConfigurations"] == [
        {
            "Placeholder": "tickets",
            "DataSetSchema": {"ColumnSchemaList": [{"Name": "seats", "DataType": "INTEGER"}]},
            "ColumnGroupSchemaList": [],
        }
    ]
    source = {
        "Arn": sales.arn("template/form/version/1"),
        "DataSetReferences": [
            {"DataSetPlaceholder": "tickets", "DataSetArn": sales.arn("dataset/returns")}
        ],
    }
    client.create_dashboard(
        **HERE, DashboardId="derived", Name="D", SourceEntity={"SourceTemplate": source}
    )
    derived = client.describe_dashboard_definition(**HERE, DashboardId="derived")
    assert derived["Definition"] == definition(sales.arn("dataset/returns"), "tickets")
    described = client.describe_dashboard(**HERE, DashboardId="derived")["Dashboard"]
    assert described["Version"]["SourceEntityArn"] == sales.arn("template/form/version/1")
    client.update_dashboard_links(
        **HERE, DashboardId="derived", LinkEntities=[sales.arn("analysis/first")]
    )
    described = client.describe_dashboard(**HERE, DashboardId="derived")["Dashboard"]
    assert described["LinkEntities"] == [sales.arn("analysis/first")]


def test_a_deleted_analysis_can_be_restored(sales: Any) -> None:
    client, named = sales.quicksight, HERE | {"AnalysisId": "fleeting"}
    client.create_analysis(
        **named, Name="Fleeting", Definition=definition(sales.arn("dataset/sales"))
    )
    assert client.delete_analysis(**named, RecoveryWindowInDays=7)["DeletionTime"]
    assert client.describe_analysis(**named)["Analysis"]["Status"] == "DELETED"
    client.restore_analysis(**named)
    assert client.describe_analysis(**named)["Analysis"]["Status"] == "CREATION_SUCCESSFUL"
    client.delete_analysis(**named, ForceDeleteWithoutRecovery=True)
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.describe_analysis(**named)


def test_folders_hold_assets_and_folders(sales: Any) -> None:
    client = sales.quicksight
    client.create_folder(**HERE, FolderId="booking", Name="Booking")
    client.create_folder(
        **HERE, FolderId="daily", Name="Daily", ParentFolderArn=sales.arn("folder/booking")
    )
    folder = client.describe_folder(**HERE, FolderId="daily")["Folder"]
    assert folder["FolderPath"] == [sales.arn("folder/booking")]
    client.create_dashboard(
        **HERE,
        DashboardId="filed",
        Name="Filed",
        Definition=definition(sales.arn("dataset/sales")),
        FolderArns=[sales.arn("folder/daily")],
    )
    client.create_folder_membership(
        **HERE, FolderId="daily", MemberId="sales", MemberType="DATASET"
    )
    members = client.list_folder_members(**HERE, FolderId="daily")["FolderMemberList"]
    assert members == [
        {"MemberId": "filed", "MemberArn": sales.arn("dashboard/filed")},
        {"MemberId": "sales", "MemberArn": sales.arn("dataset/sales")},
    ]
    folders = client.list_folders_for_resource(**HERE, ResourceArn=sales.arn("dashboard/filed"))
    assert folders["Folders"] == [sales.arn("folder/daily")]
    with pytest.raises(client.exceptions.ConflictException):
        client.delete_folder(**HERE, FolderId="daily")
    client.delete_dashboard(**HERE, DashboardId="filed")
    client.delete_folder_membership(
        **HERE, FolderId="daily", MemberId="sales", MemberType="DATASET"
    )
    client.delete_folder(**HERE, FolderId="daily")
    below = [
        {
            "Operator": "StringEquals",
            "Name": "PARENT_FOLDER_ARN",
            "Value": sales.arn("folder/booking"),
        }
    ]
    assert client.search_folders(**HERE, Filters=below)["FolderSummaryList"] == []


def test_namespaces_keep_users_apart(sales: Any) -> None:
    client = sales.quicksight
    client.create_namespace(**HERE, Namespace="partners", IdentityStore="QUICKSIGHT")
    listed = client.list_namespaces(**HERE)["Namespaces"]
    assert [one["Name"] for one in listed] == ["default", "partners"]
    user = {"IdentityType": "QUICKSIGHT", "Email": "b@example.org", "UserRole": "READER"}
    client.register_user(**HERE, Namespace="partners", UserName="bea", **user)
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.describe_user(**HERE, Namespace="default", UserName="bea")
    client.delete_namespace(**HERE, Namespace="partners")
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.list_users(**HERE, Namespace="partners")


def test_a_user_has_tags(sales: Any) -> None:
    client, everyone = sales.quicksight, HERE | {"Namespace": "default"}
    user = client.register_user(
        **everyone,
        IdentityType="QUICKSIGHT",
        UserName="dora",
        Email="d@example.org",
        UserRole="READER",
        Tags=[{"Key": "team", "Value": "booking"}],
    )["User"]
    tags = client.list_tags_for_resource(ResourceArn=user["Arn"])["Tags"]
    assert tags == [{"Key": "team", "Value": "booking"}]


def test_a_federated_user_has_its_role_in_its_name(sales: Any) -> None:
    client, everyone = sales.quicksight, HERE | {"Namespace": "default"}
    user = client.register_user(
        **everyone,
        IdentityType="IAM",
        IamArn=f"arn:aws:iam::{ACCOUNT}:role/service/booking",
        SessionName="carl",
        Email="c@example.org",
        UserRole="AUTHOR",
    )["User"]
    assert user["UserName"] == "booking/carl"
    client.update_user(**everyone, UserName="booking/carl", Email="d@example.org", Role="READER")
    found = client.describe_user(**everyone, UserName="booking/carl")["User"]
    assert (found["Email"], found["Role"]) == ("d@example.org", "READER")
    client.create_group(**everyone, GroupName="bookers")
    client.create_group_membership(**everyone, GroupName="bookers", MemberName="booking/carl")
    members = client.list_group_memberships(**everyone, GroupName="bookers")["GroupMemberList"]
    assert [one["MemberName"] for one in members] == ["booking/carl"]
    groups = client.list_user_groups(**everyone, UserName="booking/carl")["GroupList"]
    assert [one["GroupName"] for one in groups] == ["bookers"]
    client.delete_user(**everyone, UserName="booking/carl")
    members = client.list_group_memberships(**everyone, GroupName="bookers")["GroupMemberList"]
    assert members == []


def test_account_settings_are_kept(sales: Any) -> None:
    client = sales.quicksight
    client.update_account_settings(
        **HERE, DefaultNamespace="default", NotificationEmail="ops@example.org"
    )
    settings = client.describe_account_settings(**HERE)["AccountSettings"]
    assert settings["NotificationEmail"] == "ops@example.org"
    assert settings["Edition"] == "ENTERPRISE"
    with pytest.raises(ClientError, match="Namespace absent"):
        client.update_account_settings(**HERE, DefaultNamespace="absent")
