"""A gateway with a small lake, dashboards in files, and the command that brings them there."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from importlib import util
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from rlm.cli import main

if TYPE_CHECKING:
    from collections.abc import Iterator

ACCOUNT = "000000000000"
LAKE = "rlm-dev-lake"
SALES = """\
sale_date,city,net_tickets
2026-06-01,Berlin,2
2026-06-01,Bonn,3
2026-06-02,Berlin,5
"""
FILES = {
    "data_sources/lake.yaml": """\
Name: Lake
Type: ATHENA
DataSourceParameters:
  AthenaParameters:
    WorkGroup: rlm-${env}
""",
    "data_sets/ticket_sales.yaml": """\
Name: Ticket sales
ImportMode: SPICE
PhysicalTableMap:
  ticket-sales:
    CustomSql:
      DataSourceArn: ${data_source.lake.arn}
      Name: ticket_sales
      Columns:
        - {Name: sale_date, Type: DATETIME}
        - {Name: city, Type: STRING}
        - {Name: net_tickets, Type: INTEGER}
RefreshSchedules:
  - ScheduleId: daily
    ScheduleFrequency: {Interval: DAILY, Timezone: UTC, TimeOfTheDay: "06:30"}
    RefreshType: FULL_REFRESH
""",
    "data_sets/ticket_sales.sql": """\
-- One row a day and city.
SELECT CAST(sale_date AS TIMESTAMP) AS sale_date, city, CAST(net_tickets AS BIGINT) AS net_tickets
FROM ${database.gold}.ticket_sales_daily
""",
    "themes/stage.yaml": """\
Name: Stage
BaseThemeId: CLASSIC
Configuration:
  DataColorPalette: {Colors: ["#1F4E79", "#C55A11"]}
Permissions:
  - Principal: arn:aws:quicksight:${region}:${account}:group/default/bookers
    Actions: [quicksight:DescribeTheme]
""",
    "folders/sales.yaml": "Name: Sales\nFolderType: SHARED\n",
    "sales/dashboard.yaml": """\
Name: Sales
ThemeName: stage
DashboardPublishOptions:
  AdHocFilteringOption: {AvailabilityStatus: DISABLED}
FolderNames: [sales]
DataSets:
  sales: ticket_sales
""",
    "sales/sheets/01-overview/sheet.yaml": "SheetId: overview\nName: Overview\n",
    "sales/sheets/01-overview/visuals/01-cities.yaml": """\
BarChartVisual:
  VisualId: cities
  Title:
    FormatText: {PlainText: Tickets by city}
  ChartConfiguration:
    FieldWells:
      BarChartAggregatedFieldWells:
        Category:
          - CategoricalDimensionField:
              FieldId: city
              Column: {DataSetIdentifier: sales, ColumnName: city}
        Values:
          - NumericalMeasureField:
              FieldId: tickets
              Column: {DataSetIdentifier: sales, ColumnName: net_tickets}
              AggregationFunction: {SimpleNumericalAggregation: SUM}
""",
}


def _gateway_process() -> Any:
    """`GatewayProcess` of the local AWS's own contract tests."""
    path = Path(__file__).parents[1] / "localaws/conftest.py"
    spec = util.spec_from_file_location("localaws_conftest", path)
    assert spec is not None
    assert spec.loader is not None
    module = util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module.GatewayProcess


@dataclass
class World:
    """One checkout's dashboards and one account."""

    gateway: Any
    folder: Path

    def __post_init__(self) -> None:
        self.quicksight = self.gateway.client("quicksight")
        for file, text in FILES.items():
            self.write(file, text)

    def write(self, file: str, text: str) -> None:
        path = self.folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def replace(self, file: str, old: str, new: str) -> None:
        text = (self.folder / file).read_text()
        assert old in text
        self.write(file, text.replace(old, new))

    @property
    def environ(self) -> dict[str, str]:
        return {
            "AWS_ENDPOINT_URL": self.gateway.endpoint_url,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
            "RLM_ENV": "dev",
        }

    def rlm(self, *arguments: str, code: int = 0) -> Any:
        """`rlm dashboards ...` on the world's files; its result, with the exit code asserted."""
        command = ["dashboards", arguments[0], "--folder", str(self.folder), *arguments[1:]]
        result = CliRunner(env=self.environ).invoke(main, command, catch_exceptions=False)
        assert result.exit_code == code, result.output
        return result

    def plan(self, *arguments: str) -> list[tuple[str, str, str]]:
        """What would change: action, kind, name."""
        said = json.loads(self.rlm("plan", "--json", *arguments).stdout)
        changes = [s for s in said["steps"] if s["action"] not in ("unchanged", "orphaned")]
        assert said["is_empty"] is (not changes)
        return [(step["action"], step["kind"], step["name"]) for step in changes]

    def shown(self, version: int | None = None) -> dict[str, Any]:
        """The definition that readers see, or of a version."""
        chosen = {"AliasName": "$PUBLISHED"} if version is None else {"VersionNumber": version}
        found: dict[str, Any] = self.quicksight.describe_dashboard_definition(
            AwsAccountId=ACCOUNT, DashboardId="rlm-dev-sales", **chosen
        )
        return found

    def versions(self) -> list[dict[str, Any]]:
        """Of the dashboard."""
        found: list[dict[str, Any]] = self.quicksight.list_dashboard_versions(
            AwsAccountId=ACCOUNT, DashboardId="rlm-dev-sales"
        )["DashboardVersionSummaryList"]
        return found

    def title(self) -> str:
        """Of the bar chart, as readers see it."""
        visual = self.shown()["Definition"]["Sheets"][0]["Visuals"][0]["BarChartVisual"]
        return str(visual["Title"]["FormatText"]["PlainText"])

    def put_sales(self, text: str) -> None:
        put_sales(self.gateway, text)

    def rows_in_spice(self) -> int:
        found = self.quicksight.list_ingestions(
            AwsAccountId=ACCOUNT, DataSetId="rlm-dev-ticket-sales"
        )["Ingestions"]
        newest = max(found, key=lambda one: one["CreatedTime"])
        assert newest["IngestionStatus"] == "COMPLETED"
        return int(newest["RowInfo"]["RowsIngested"])


def build_lake(gateway: Any) -> None:
    """The gold table of the data set as a CSV file, and Athena's workgroup."""
    s3, glue = gateway.client("s3"), gateway.client("glue")
    s3.create_bucket(Bucket=LAKE)
    put_sales(gateway, SALES)
    gateway.client("athena").create_work_group(
        Name="rlm-dev",
        Configuration={"ResultConfiguration": {"OutputLocation": f"s3://{LAKE}/athena-results/"}},
    )
    glue.create_database(DatabaseInput={"Name": "rlm_dev_gold"})
    columns = SALES.splitlines()[0].split(",")
    glue.create_table(
        DatabaseName="rlm_dev_gold",
        TableInput={
            "Name": "ticket_sales_daily",
            "TableType": "EXTERNAL_TABLE",
            "Parameters": {"skip.header.line.count": "1"},
            "StorageDescriptor": {
                "Columns": [{"Name": name, "Type": "string"} for name in columns],
                "Location": f"s3://{LAKE}/sales/",
                "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
                "OutputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
                "SerdeInfo": {
                    "SerializationLibrary": "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe",
                    "Parameters": {"field.delim": ","},
                },
            },
        },
    )


def put_sales(gateway: Any, text: str) -> None:
    gateway.client("s3").put_object(Bucket=LAKE, Key="sales/sales.csv", Body=text.encode())


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A gateway of the test's own: dashboards of an environment have fixed ids."""
    options = ("--dashboards-url", "http://127.0.0.1:8090")
    process = _gateway_process()(tmp_path / "state", options=options).start()
    build_lake(process)
    yield World(process, tmp_path / "dashboards")
    process.stop()
