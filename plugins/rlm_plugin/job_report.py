"""Holds a job that publishes files to account: what came in is what went out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.sdk import AssetAlias, BaseOperator
from airflow.sdk.exceptions import AirflowFailException

from rlm_plugin.run_report import read_report
from rlm_plugin.table_events import event_extra

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow.sdk import Asset, Context


class BalanceReportOperator(BaseOperator):
    """Returns the report of a job's run, once the counts that come in equal those that go out.

    `comes_in` and `goes_out` name numbers of the report.
    With an `asset`, whoever waits for it hears of the run and its count `changed`, also where that
    is 0: a try before, that was killed, may have changed what this one found done.
    Fails without retry when the books do not balance: the report would say so again.
    """

    template_fields = ("report_key",)

    def __init__(
        self,
        *,
        bucket: str,
        report_key: str,
        comes_in: Sequence[str],
        goes_out: Sequence[str],
        runbook: str,
        asset: Asset | None = None,
        alias: str | None = None,
        changed: str | None = None,
        aws_conn_id: str | None = "aws_default",
        **kwargs: Any,
    ) -> None:
        self.alias = AssetAlias(alias) if asset is not None and alias else None
        super().__init__(outlets=[self.alias] if self.alias else [], **kwargs)
        self.bucket = bucket
        self.report_key = report_key
        self.comes_in = list(comes_in)
        self.goes_out = list(goes_out)
        self.runbook = runbook
        self.asset = asset
        self.changed = changed
        self.aws_conn_id = aws_conn_id

    def execute(self, context: Context) -> dict[str, Any]:
        """Read the report from the lake, check it, and tell of the run."""
        report = read_report(self.bucket, self.report_key, self.aws_conn_id)
        numbers = {name: value for name, value in report.items() if isinstance(value, int)}
        self.log.info(", ".join(f"{name} {value}" for name, value in numbers.items()))
        came = sum(numbers[name] for name in self.comes_in)
        went = sum(numbers[name] for name in self.goes_out)
        if came != went:
            raise AirflowFailException(
                f"{_sum(self.comes_in, numbers)} = {came}, but"
                f" {_sum(self.goes_out, numbers)} = {went}; {self.runbook}"
            )
        if self.alias is not None and self.asset is not None:
            context["outlet_events"][self.alias].add(
                self.asset, extra=event_extra(report, {"rows": numbers[self.changed or ""]})
            )
        return report


def _sum(names: Sequence[str], numbers: dict[str, int]) -> str:
    return " + ".join(f"{numbers[name]} {name}" for name in names)
