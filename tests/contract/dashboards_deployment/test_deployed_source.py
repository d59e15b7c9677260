"""The page over an account: published versions, SPICE's rows, and only what a user may see."""

from __future__ import annotations

import datetime as dt
import http.client
import sys
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from rlm.aws.quicksight import QuickSight
from rlm.dashboards.deployed import EVERYTHING, DeployedSource, Rows, clock
from rlm.dashboards.embedding import add_embedding
from rlm.dashboards.files import DashboardFiles
from rlm.dashboards.sources import FilesSource
from rlm.quicksight.server.app import create_app
from rlm.quicksight.server.running import running
from rlm.quicksight.server.source import NotThereError

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

ACCOUNT = "000000000000"
NOW = clock(dt.datetime.fromisoformat("2026-06-03T12:00"))
RULES = """\
Name: Access
ImportMode: SPICE
UseAs: RLS_RULES
PhysicalTableMap:
  access:
    CustomSql:
      DataSourceArn: ${data_source.lake.arn}
      Name: access
      SqlQuery: >-
        SELECT * FROM (VALUES ('ann', 'Berlin'), ('bob', 'Bonn')) AS t (UserName, city)
      Columns:
        - {Name: UserName, Type: STRING}
        - {Name: city, Type: STRING}
"""
RIGHTS = """\
Permissions:
  - Principal: arn:aws:quicksight:${region}:${account}:user/default/ann
    Actions: [quicksight:DescribeDashboard, quicksight:QueryDashboard]
"""
RESTRICTED = """\
RowLevelPermissionDataSet:
  Arn: ${data_set.access.arn}
  PermissionPolicy: GRANT_ACCESS
  FormatVersion: VERSION_1
  Status: ENABLED
"""


@pytest.fixture
def deployed(world: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DeployedSource:
    for name in ("ann", "bob"):
        world.quicksight.register_user(
            AwsAccountId=ACCOUNT,
            Namespace="default",
            IdentityType="QUICKSIGHT",
            Email=f"{name}@example.com",
            UserName=name,
            UserRole="READER",
        )
    world.write("data_sets/access.yaml", RULES)
    for file, more in (
        ("data_sets/ticket_sales.yaml", RESTRICTED),
        ("sales/dashboard.yaml", RIGHTS),
    ):
        world.write(file, (world.folder / file).read_text() + more)
    world.rlm("deploy")
    for name, value in world.environ.items():
        monkeypatch.setenv(name, value)
    service = QuickSight.from_environment(world.environ)
    return DeployedSource(service, Rows.of(service, tmp_path / "spice"), NOW)


def bars(source: Any, dashboard: str, user: str) -> list[tuple[Any, ...]]:
    """City and tickets, as the user sees them."""
    (visual,) = source.open(dashboard, user).board.draw_plan("overview", None).visuals
    assert visual.unsupported == ()
    return sorted(visual.table.rows)


def test_a_user_sees_the_rows_that_rules_give(deployed: DeployedSource) -> None:
    assert deployed.users() == [EVERYTHING, "ann", "bob"]
    assert bars(deployed, "rlm-dev-sales", EVERYTHING) == [("Berlin", 7), ("Bonn", 3)]
    assert bars(deployed, "rlm-dev-sales", "ann") == [("Berlin", 7)]


def test_who_has_no_right_to_a_dashboard_does_not_see_it(deployed: DeployedSource) -> None:
    assert [one.name for one in deployed.listings("ann")] == ["Sales"]
    assert deployed.listings("bob") == []
    with pytest.raises(NotThereError, match="rlm-dev-sales that bob may see"):
        deployed.open("rlm-dev-sales", "bob")


def test_the_page_follows_versions_and_rows(deployed: DeployedSource, world: Any) -> None:
    def stamp() -> str:
        deployed._stamps.clear()
        return deployed.stamp("rlm-dev-sales", EVERYTHING)

    first = stamp()
    assert stamp() == first
    visual = "sales/sheets/01-overview/visuals/01-cities.yaml"
    world.replace(visual, "Tickets by city", "Cities")
    world.rlm("deploy")
    assert stamp() == first
    world.rlm("promote", "sales")
    second = stamp()
    assert second != first
    opened = deployed.open("rlm-dev-sales", EVERYTHING)
    assert opened.version == "version 2"
    assert opened.theme
    world.put_sales("sale_date,city,net_tickets\n2026-06-01,Ulm,9\n")
    world.rlm("refresh", "ticket_sales")
    assert stamp() not in (first, second)
    assert bars(deployed, "rlm-dev-sales", EVERYTHING) == [("Ulm", 9)]


def test_an_embedding_address_opens_the_dashboard_as_its_user(
    deployed: DeployedSource, world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def app_of(source: Any) -> Any:
        app = create_app(source)
        add_embedding(app, deployed.endpoint)
        return app

    monkeypatch.setattr(sys.modules["rlm.quicksight.server.running"], "create_app", app_of)
    given = world.quicksight.generate_embed_url_for_registered_user(
        AwsAccountId=ACCOUNT,
        UserArn=f"arn:aws:quicksight:us-east-1:{ACCOUNT}:user/default/ann",
        ExperienceConfiguration={"Dashboard": {"InitialDashboardId": "rlm-dev-sales"}},
    )["EmbedUrl"]
    address = urlsplit(given)
    with running(deployed) as page:

        def get(path: str) -> http.client.HTTPResponse:
            connection = http.client.HTTPConnection("127.0.0.1", page.port, timeout=30)
            connection.request("GET", path)
            return connection.getresponse()

        opened = get(f"{address.path}?{address.query}")
        assert opened.status == 307
        assert opened.headers["location"] == "/dashboards/rlm-dev-sales?user=ann"
        assert get(f"{address.path}?code=made-up").status == 403


def test_files_are_drawn_over_the_rows_that_are_deployed(
    deployed: DeployedSource, world: Any
) -> None:
    source = FilesSource(lambda: DashboardFiles(world.folder), "dev", NOW, deployed._rows)
    assert bars(source, "sales", "ann") == [("Berlin", 7)]
    before = source.stamp("sales", "ann")
    world.replace("sales/sheets/01-overview/visuals/01-cities.yaml", "SUM", "MAX")
    assert source.stamp("sales", "ann") != before
    assert bars(source, "sales", EVERYTHING) == [("Berlin", 5), ("Bonn", 3)]


def test_a_data_set_that_is_not_deployed_is_named(deployed: DeployedSource, world: Any) -> None:
    world.write("data_sets/new.yaml", RULES)
    world.replace("sales/dashboard.yaml", "sales: ticket_sales", "sales: new")
    source = FilesSource(lambda: DashboardFiles(world.folder), "dev", NOW, deployed._rows)
    with pytest.raises(NotThereError, match="sales: the data set rlm-dev-new is not deployed"):
        source.open("sales", EVERYTHING)


def test_files_are_drawn_over_samples_without_any_aws(world: Any) -> None:
    source = FilesSource(lambda: DashboardFiles(world.folder), "dev", NOW, None)
    assert [(one.name, one.problem) for one in source.listings("")] == [("Sales", "")]
    assert len(bars(source, "sales", "")) > 1
    world.write("sales/sheets/01-overview/sheet.yaml", "SheetId: [")
    (listing,) = source.listings("")
    assert "sheets/01-overview/sheet.yaml" in listing.problem
