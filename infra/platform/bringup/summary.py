"""What a run did: a table for people, and .local/run-summary.json for later steps."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .console import table
from .dashboards import dashboards_text
from .recommender import recommender_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

COUNTS = ("rows_in", "rows_loaded", "rows_quarantined", "rows_duplicate")


@dataclass(frozen=True)
class Summary:
    """One `make run`.

    `sources` are the counts of the last run that found new deliveries: this one,
    or the one before if there was nothing new (`new_deliveries` is false).
    `tables` are rows of silver and gold, `items` those of the serving tables in DynamoDB.
    `reports` says how many events have one, and where their index is.
    `recommender` is what `recommender_summary` found, `dashboards` what `dashboards_summary` did.
    """

    urls: Mapping[str, str]
    dags: Mapping[str, Mapping[str, Any]]
    sources: Mapping[str, Mapping[str, Any]]
    tables: Mapping[str, int]
    seconds: Mapping[str, float]
    new_deliveries: bool
    business_date: str
    items: Mapping[str, int] = field(default_factory=dict)
    reports: Mapping[str, Any] = field(default_factory=dict)
    recommender: Mapping[str, Any] = field(default_factory=dict)
    dashboards: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {
            "urls": dict(self.urls),
            "dags": {dag_id: dict(run) for dag_id, run in self.dags.items()},
            "new_deliveries": self.new_deliveries,
            "business_date": self.business_date,
            "sources": {source: dict(counts) for source, counts in self.sources.items()},
            "tables": dict(self.tables),
            "items": dict(self.items),
            "reports": dict(self.reports),
            "recommender": dict(self.recommender),
            "dashboards": dict(self.dashboards),
            "seconds": dict(self.seconds),
        }

    def as_text(self) -> str:
        """The same for people."""
        total = [str(sum(int(c.get(name, 0)) for c in self.sources.values())) for name in COUNTS]
        rows = [
            [source, *(str(counts.get(name, 0)) for name in COUNTS), str(counts.get("status", ""))]
            for source, counts in self.sources.items()
        ]
        header = ["source", "in", "loaded", "quarantined", "duplicate", "status"]
        which = "this run" if self.new_deliveries else "the last run that found deliveries"
        parts = [
            f"Rows by source, {which} (business date {self.business_date})",
            table(header, [*rows, ["all", *total, ""]]) if rows else "  no source was ever loaded",
            table(["table", "rows"], [[name, str(n)] for name, n in self.tables.items()])
            if self.tables
            else "",
            table(["serving table", "items"], [[name, str(n)] for name, n in self.items.items()])
            if self.items
            else "",
            recommender_text(self.recommender),
            dashboards_text(self.dashboards),
            table(
                ["DAG", "state", "seconds"],
                [
                    [dag_id, str(run["state"]), f"{run['seconds']:.1f}"]
                    for dag_id, run in self.dags.items()
                ],
            ),
            table(
                ["phase", "seconds"],
                [[name, f"{value:.1f}"] for name, value in self.seconds.items()],
            ),
            table(["where", "address"], [[name, url] for name, url in self.urls.items()]),
        ]
        return "\n\n".join(part for part in parts if part)


def write_summary(summary: Summary, file: Path) -> None:
    """Replace the file at once: a reader never sees half of it."""
    partial = file.with_suffix(".partial")
    partial.write_text(json.dumps(summary.as_json(), indent=2) + "\n")
    partial.replace(file)


def last_run_text(file: Path) -> str:
    """What the last run's summary says in short: how its DAGs ended, where its reports are."""
    summary = json.loads(file.read_text())
    states = ", ".join(f"{dag_id} {run['state']}" for dag_id, run in summary["dags"].items())
    reports = summary.get("reports") or {}
    lines = [f"the last run, for {summary['business_date']}: {states}; {file}"]
    if reports:
        lines.append(f"{reports['count']} event reports: {reports['index']}")
    return "\n".join(lines)


def read_reports(s3: Any, bucket: str, prefix: str) -> list[dict[str, Any]]:
    """The reports of every run of a job, the oldest first."""
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    items = [item for page in pages for item in page.get("Contents", [])]
    items.sort(key=lambda item: (item["LastModified"], item["Key"]))
    return [json.load(s3.get_object(Bucket=bucket, Key=item["Key"])["Body"]) for item in items]


def last_counts(reports: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """By source, the counts of the last run that found new deliveries of anything."""
    for report in reversed(reports):
        sources: dict[str, dict[str, Any]] = report["sources"]
        if any(counts["status"] != "no_new_deliveries" for counts in sources.values()):
            return sources
    return {}


def table_rows(reports: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Rows by silver table, as the last run that looked counted them."""
    rows: dict[str, int] = {}
    for report in reports:
        rows.update(report["tables"])
    return rows


def gold_rows(reports: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Rows by gold table, as the last run that was asked for the table counted them."""
    rows: dict[str, int] = {}
    for report in reports:
        rows.update({name: int(table["rows"]) for name, table in report["tables"].items()})
    return rows


def item_counts(dynamodb: Any, tables: Mapping[str, str]) -> dict[str, int]:
    """Items by entity, counted one by one: what a table says of itself is hours old.

    `tables` are the tables' names by entity.
    """
    return {
        entity: sum(
            page["Count"]
            for page in dynamodb.get_paginator("scan").paginate(TableName=name, Select="COUNT")
        )
        for entity, name in tables.items()
    }


def report_count(s3: Any, bucket: str) -> int:
    """How many events have a report."""
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix="events/")
    return sum(
        item["Key"].endswith("/report.html") for page in pages for item in page.get("Contents", [])
    )
