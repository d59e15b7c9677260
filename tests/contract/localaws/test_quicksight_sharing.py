"""Embedding URLs and asset bundles: what leaves QuickSight, and comes back."""

from __future__ import annotations

import http.client
import io
import json
import time
import zipfile
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.slow

ACCOUNT = "000000000000"
HERE = {"AwsAccountId": ACCOUNT}
COLUMNS = [{"Name": "at", "Type": "DATETIME"}, {"Name": "seats", "Type": "INTEGER"}]
QUERY = "SELECT TIMESTAMP '2026-06-01 20:00:00' AS at, 2 AS seats"


@pytest.fixture(scope="module")
def world(quicksight: Any) -> Any:
    """A data set, a theme, a dashboard over both, a user."""
    made = quicksight
    client = made.quicksight
    made.filled("shared-sales", QUERY, COLUMNS)
    window = {"ColumnName": "at", "Size": 7, "SizeUnit": "DAY"}
    client.put_data_set_refresh_properties(
        **HERE,
        DataSetId="shared-sales",
        DataSetRefreshProperties={
            "RefreshConfiguration": {"IncrementalRefresh": {"LookbackWindow": window}}
        },
    )
    client.create_theme(
        **HERE,
        ThemeId="shared-house",
        Name="House",
        BaseThemeId="CLASSIC",
        Configuration={"DataColorPalette": {"Colors": ["#0000FF"]}},
    )
    client.create_dashboard(
        **HERE,
        DashboardId="shared-daily",
        Name="Daily",
        ThemeArn=made.arn("theme/shared-house"),
        Definition=definition(made.arn("dataset/shared-sales")),
        Tags=[{"Key": "team", "Value": "booking"}],
    )
    client.register_user(
        **HERE,
        Namespace="default",
        IdentityType="QUICKSIGHT",
        UserName="shared-anna",
        Email="a@example.org",
        UserRole="READER",
    )
    return made


def definition(data_set_arn: str) -> dict[str, Any]:
    field = {
        "NumericalMeasureField": {
            "FieldId": "seats.0",
            "Column": {"DataSetIdentifier": "rows", "ColumnName": "seats"},
        }
    }
    kpi = {"VisualId": "total", "ChartConfiguration": {"FieldWells": {"Values": [field]}}}
    return {
        "DataSetIdentifierDeclarations": [{"Identifier": "rows", "DataSetArn": data_set_arn}],
        "Sheets": [{"SheetId": "one", "Name": "One", "Visuals": [{"KPIVisual": kpi}]}],
    }


def session(world: Any, url: str) -> tuple[int, dict[str, Any]]:
    """What the page learns of the code in an embedding URL."""
    code = parse_qs(urlsplit(url).query)["code"][0]
    status, body = world.gateway.get(f"/_localaws/quicksight/embed/{code}")
    return status, json.loads(body)


def test_a_users_embedding_url_opens_a_session_of_the_user(world: Any) -> None:
    answer = world.quicksight.generate_embed_url_for_registered_user(
        **HERE,
        UserArn=world.arn("user/default/shared-anna"),
        SessionLifetimeInMinutes=15,
        ExperienceConfiguration={"Dashboard": {"InitialDashboardId": "shared-daily"}},
    )
    url = urlsplit(answer["EmbedUrl"])
    assert (url.scheme, url.netloc) == ("http", "127.0.0.1:9")
    assert url.path.startswith("/embed/")
    assert url.path.endswith("/dashboards/shared-daily")
    status, found = session(world, answer["EmbedUrl"])
    assert status == 200
    assert 880 < found.pop("expires_at") - time.time() <= 900
    assert found == {
        "account": ACCOUNT,
        "region": "us-east-1",
        "user_arn": world.arn("user/default/shared-anna"),
        "namespace": "default",
        "dashboards": ["shared-daily"],
        "allowed_domains": [],
    }
    assert world.gateway.get("/_localaws/quicksight/embed/invented")[0] == 404


def test_embedding_asks_for_a_user_a_dashboard_and_a_sensible_lifetime(world: Any) -> None:
    client = world.quicksight
    shown = {"Dashboard": {"InitialDashboardId": "shared-daily"}}
    anna = world.arn("user/default/shared-anna")
    with pytest.raises(client.exceptions.QuickSightUserNotFoundException):
        client.generate_embed_url_for_registered_user(
            **HERE, UserArn=world.arn("user/default/nobody"), ExperienceConfiguration=shown
        )
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.generate_embed_url_for_registered_user(
            **HERE,
            UserArn=anna,
            ExperienceConfiguration={"Dashboard": {"InitialDashboardId": "absent"}},
        )
    with pytest.raises(ClientError, match="less than or equal to 600"):
        client.generate_embed_url_for_registered_user(
            **HERE, UserArn=anna, ExperienceConfiguration=shown, SessionLifetimeInMinutes=601
        )


def test_an_anonymous_session_sees_what_was_authorized(world: Any) -> None:
    client = world.quicksight
    request = HERE | {
        "Namespace": "default",
        "SessionTags": [{"Key": "region", "Value": "north"}],
        "ExperienceConfiguration": {"Dashboard": {"InitialDashboardId": "shared-daily"}},
    }
    answer = client.generate_embed_url_for_anonymous_user(
        **request, AuthorizedResourceArns=[world.arn("dashboard/shared-daily")]
    )
    found = session(world, answer["EmbedUrl"])[1]
    assert found["user_arn"] is None
    assert found["session_tags"] == {"region": "north"}
    with pytest.raises(client.exceptions.InvalidParameterValueException):
        client.generate_embed_url_for_anonymous_user(
            **request, AuthorizedResourceArns=[world.arn("dashboard/other")]
        )


def export(world: Any, name: str, **given: Any) -> bytes:
    """The file of an export job that must succeed."""
    client = world.quicksight
    client.start_asset_bundle_export_job(
        **HERE,
        AssetBundleExportJobId=name,
        ResourceArns=[world.arn("dashboard/shared-daily")],
        ExportFormat="QUICKSIGHT_JSON",
        IncludeAllDependencies=True,
        **given,
    )
    job = ended(client.describe_asset_bundle_export_job, AssetBundleExportJobId=name)
    assert job["JobStatus"] == "SUCCESSFUL", job
    url = urlsplit(job["DownloadUrl"])
    connection = http.client.HTTPConnection(url.netloc, timeout=10)
    connection.request("GET", url.path)
    body = connection.getresponse().read()
    connection.close()
    return body


def ended(describe: Any, **named: str) -> dict[str, Any]:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        job: dict[str, Any] = describe(**HERE, **named)
        if job["JobStatus"] not in ("QUEUED_FOR_IMMEDIATE_EXECUTION", "IN_PROGRESS"):
            return job
        time.sleep(0.02)
    pytest.fail(f"{named} did not end")


def carry_in(world: Any, name: str, bundle: bytes, **given: Any) -> dict[str, Any]:
    client = world.quicksight
    client.start_asset_bundle_import_job(
        **HERE,
        AssetBundleImportJobId=name,
        AssetBundleImportSource={"Body": bundle},
        **given,
    )
    return ended(client.describe_asset_bundle_import_job, AssetBundleImportJobId=name)


def test_a_bundle_holds_a_dashboard_with_all_that_it_needs(world: Any) -> None:
    bundle = export(world, "whole", IncludeTags=True)
    with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
        assert archive.namelist() == [
            "dashboard/shared-daily.json",
            "dataset/shared-sales.json",
            "datasource/lake.json",
            "theme/shared-house.json",
        ]
        dashboard = json.loads(archive.read("dashboard/shared-daily.json"))
        data_set = json.loads(archive.read("dataset/shared-sales.json"))
    assert dashboard["resourceType"] == "dashboard"
    assert dashboard["dashboardId"] == "shared-daily"
    assert dashboard["tags"] == [{"key": "team", "value": "booking"}]
    assert dashboard["definition"]["sheets"][0]["sheetId"] == "one"
    assert data_set["physicalTableMap"]["rows"]["customSql"]["sqlQuery"] == QUERY
    assert export(world, "again", IncludeTags=True) == bundle


def test_a_bundle_is_carried_in_under_other_ids(world: Any) -> None:
    bundle = export(world, "copied")
    prefix = {"ResourceIdOverrideConfiguration": {"PrefixForAllResources": "copy-"}}
    renamed = {"Dashboards": [{"DashboardId": "shared-daily", "Name": "Copy"}]}
    job = carry_in(world, "copy", bundle, OverrideParameters=prefix | renamed)
    assert job["JobStatus"] == "SUCCESSFUL", job
    client = world.quicksight
    found = client.describe_dashboard_definition(**HERE, DashboardId="copy-shared-daily")
    assert found["Definition"] == definition(world.arn("dataset/copy-shared-sales"))
    assert found["ThemeArn"] == world.arn("theme/copy-shared-house")
    assert found["Name"] == "Copy"
    listed = client.list_ingestions(**HERE, DataSetId="copy-shared-sales")["Ingestions"]
    world.completed("copy-shared-sales", listed[0]["IngestionId"])
    assert [row["seats"] for row in world.rows("copy-shared-sales")] == [2]
    properties = client.describe_data_set_refresh_properties(**HERE, DataSetId="copy-shared-sales")
    window = properties["DataSetRefreshProperties"]["RefreshConfiguration"]["IncrementalRefresh"]
    assert window["LookbackWindow"]["Size"] == 7


def test_a_bundle_over_what_is_there_publishes_a_version(world: Any) -> None:
    bundle = export(world, "repeated")
    assert carry_in(world, "repeat", bundle)["JobStatus"] == "SUCCESSFUL"
    described = world.quicksight.describe_dashboard(**HERE, DashboardId="shared-daily")["Dashboard"]
    assert described["Version"]["VersionNumber"] == 2


def test_an_import_that_fails_rolls_back(world: Any) -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        theme = {
            "resourceType": "theme",
            "themeId": "lost",
            "name": "Lost",
            "baseThemeId": "CLASSIC",
            "configuration": {},
        }
        dashboard = {
            "resourceType": "dashboard",
            "dashboardId": "lost",
            "name": "Lost",
            "definition": {
                "dataSetIdentifierDeclarations": [
                    {"identifier": "rows", "dataSetArn": world.arn("dataset/absent")}
                ]
            },
        }
        archive.writestr("theme/lost.json", json.dumps(theme))
        archive.writestr("dashboard/lost.json", json.dumps(dashboard))
    job = carry_in(world, "lost", made.getvalue(), FailureAction="ROLLBACK")
    assert job["JobStatus"] == "FAILED_ROLLBACK_COMPLETED"
    assert [one["Type"] for one in job["Errors"]] == ["DATA_SET_NOT_FOUND"]
    client = world.quicksight
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.describe_theme(**HERE, ThemeId="lost")
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.describe_dashboard(**HERE, DashboardId="lost")


def test_what_is_no_bundle_is_refused(world: Any) -> None:
    with pytest.raises(ClientError, match="no zip"):
        carry_in(world, "noise", b"noise")
