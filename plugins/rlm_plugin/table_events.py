"""Tells whoever waits for tables of the lake which of them a run changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from airflow.sdk import AssetAlias, BaseOperator
from airflow.sdk.exceptions import AirflowSkipException

if TYPE_CHECKING:
    from airflow.sdk import Asset, Context

Report = Mapping[str, Any]
Changes = Callable[[Report], Mapping[str, Mapping[str, Any]]]
"""Of a run's report: the tables that the run changed, and what their events say besides."""


class PublishTablesOperator(BaseOperator):
    """Announces the tables of one layer that a run changed; skipped when it changed none.

    All at once, through an alias: six events in a row would start six runs of what listens.
    """

    template_fields = ("report",)

    def __init__(
        self,
        *,
        assets: Mapping[str, Asset],
        alias: str,
        report: Any,
        changes: Changes,
        **kwargs: Any,
    ) -> None:
        self.alias = AssetAlias(alias)
        super().__init__(outlets=[self.alias], **kwargs)
        self.assets = dict(assets)
        self.report = report
        self.changes = changes

    def execute(self, context: Context) -> list[str]:
        """Give each changed table's event its counts, run and business date; returns the tables."""
        changed = self.changes(self.report)
        tables = [table for table in self.assets if table in changed]
        if not tables:
            raise AirflowSkipException(f"the run changed none of {', '.join(self.assets)}")
        for table in tables:
            context["outlet_events"][self.alias].add(
                self.assets[table], extra=event_extra(self.report, changed[table])
            )
        return tables


def event_extra(report: Report, said: Mapping[str, Any]) -> dict[str, Any]:
    """What an asset's event carries: what is said of the table, and which run, for which day."""
    return {**said, "run_id": report["run_id"], "business_date": report["business_date"]}
