"""Brings dashboards to QuickSight and publishes them: the files travel in the wheel of `rlm`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from airflow.providers.amazon.aws.hooks.s3 import S3Hook
from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowException, AirflowFailException

from rlm import __version__
from rlm.dashboards.deployer import DashboardsDeployer
from rlm.quicksight.definitions.findings import DefinitionError
from rlm.quicksight.deployment.service import ServiceError
from rlm_plugin.quicksight_ingestion import RUNBOOK, quicksight_hook

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from airflow.sdk import Context


class DeployDashboardsOperator(BaseOperator):
    """Deploys what changed in the files, and returns the data sets to copy into SPICE.

    `data_sets` are names with commas between; without any, those that read one of `tables`, assets
    of the lake (`rlm_dev_gold.event_performance`), or all where no table is given.
    `force` also puts versions made from files over those that people made on the service.
    Publishes nothing. A rerun finishes what a run before it began. Also pushes `plan`.
    """

    template_fields: Sequence[str] = ("data_sets", "tables", "force", "full")

    def __init__(
        self,
        *,
        env: str,
        data_sets: str,
        tables: str,
        force: str,
        full: str,
        aws_conn_id: str | None = "aws_default",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.env = env
        self.data_sets = data_sets
        self.tables = tables
        self.force = force
        self.full = full
        self.aws_conn_id = aws_conn_id

    def execute(self, context: Context) -> list[dict[str, Any]]:
        """Plan, deploy, choose."""
        deployer = deployer_for(self)
        try:
            plan = deployer.plan(overwrite=is_true(self.force))
            for step in plan.steps:
                if step.note:
                    self.log.info("%s %s: %s", step.kind.label, step.name, step.note)
            started = deployer.deploy(plan)
            refreshes = deployer.refreshes(
                split_names(self.data_sets),
                tables=lake_tables(self.tables),
                started=started,
                full=is_true(self.full),
            )
        except DefinitionError as problem:
            # The files travel with this very code: a retry reads the same.
            raise AirflowFailException(f"{problem}; {RUNBOOK}") from problem
        except ServiceError as problem:
            raise AirflowException(f"{problem}; {RUNBOOK}") from problem
        context["ti"].xcom_push(key="plan", value=plan.to_json())
        self.log.info(
            "%d of %d resources changed, %d data sets to copy",
            len(plan.changes),
            len(plan.steps),
            len(refreshes),
        )
        return [one.to_json() for one in refreshes]


class PublishDashboardsOperator(BaseOperator):
    """Publishes the newest version of every dashboard, made from these files and verified.

    Returns the published versions by dashboard. What was rolled back stays back.
    """

    template_fields: Sequence[str] = ("publish",)

    def __init__(
        self, *, env: str, publish: str, aws_conn_id: str | None = "aws_default", **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.env = env
        self.publish = publish
        self.aws_conn_id = aws_conn_id

    def execute(self, context: Context) -> dict[str, int]:
        """Publish what is not published."""
        if not is_true(self.publish):
            self.log.info("nothing is published: the parameter publish is false")
            return {}
        try:
            return deployer_for(self).publish_all()
        except ServiceError as problem:
            raise AirflowException(f"{problem}; {RUNBOOK}") from problem


class ReportDashboardsOperator(BaseOperator):
    """Writes the run's report to the lake and returns it; fails when anything in it failed."""

    template_fields: Sequence[str] = (
        "plan", "refreshes", "copied", "verified", "published", "report_key", "run_name",
    )  # fmt: skip

    def __init__(
        self,
        *,
        bucket: str,
        report_key: str,
        run_name: str,
        plan: Any,
        refreshes: Any,
        copied: Any,
        verified: Any,
        published: Any,
        aws_conn_id: str | None = "aws_default",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.bucket = bucket
        self.report_key = report_key
        self.run_name = run_name
        self.plan = plan
        self.refreshes = refreshes
        self.copied = copied
        self.verified = verified
        self.published = published
        self.aws_conn_id = aws_conn_id

    def execute(self, context: Context) -> dict[str, Any]:
        """Every data set and dashboard in one document."""
        if self.plan is None:
            raise AirflowFailException(f"nothing was deployed, see the task deploy; {RUNBOOK}")
        report = dashboards_report(
            self.run_name,
            self.plan,
            self.refreshes or [],
            list(self.copied or []),
            list(self.verified or []),
            self.published,
        )
        S3Hook(aws_conn_id=self.aws_conn_id).load_string(
            json.dumps(report, indent=2), self.report_key, self.bucket, replace=True
        )
        if report["failed"]:
            raise AirflowFailException(
                f"not as they should be: {', '.join(report['failed'])}; their tasks say why;"
                f" {RUNBOOK}"
            )
        return report


def dashboards_report(
    run_name: str,
    plan: Mapping[str, Any],
    refreshes: Sequence[Mapping[str, Any]],
    copied: Sequence[Mapping[str, Any]],
    verified: Sequence[Mapping[str, Any]],
    published: Mapping[str, int] | None,
) -> dict[str, Any]:
    """What a run did: changes, rows of each data set, published versions, and what failed."""
    good = {one["name"]: dict(one) for one in verified}
    there = {one["name"]: one for one in copied}
    data_sets: dict[str, dict[str, Any]] = {}
    for one in refreshes:
        name = one["name"]
        verdict = good.get(name, {})
        data_sets[name] = {
            "status": "verified" if name in good else "copied" if name in there else "failed",
            "rows": verdict.get("rows", there.get(name, {}).get("total_rows")),
            "counted": verdict.get("counted"),
            "copied_again": verdict.get("copied_again", False),
        }
    failed = [name for name, one in data_sets.items() if one["status"] != "verified"]
    if published is None:
        failed.append("publish")
    return {
        "run_id": run_name,
        "changes": [
            step
            for step in plan["steps"]
            if step["action"] in ("create", "update", "publish", "delete")
        ],
        "data_sets": data_sets,
        "published": dict(published or {}),
        "failed": failed,
    }


def deployer_for(operator: Any) -> DashboardsDeployer:
    """A deployer with the account of the operator's connection."""
    session = quicksight_hook(operator.aws_conn_id).get_session()
    return DashboardsDeployer.of(
        session,
        operator.env,
        operator.log.info,
        note=f"rlm {__version__}",
        waits_for_ingestions=False,
    )


def lake_tables(assets: str) -> list[str]:
    """`gold.x` of each `rlm_dev_gold.x`, with commas between."""
    found = []
    for name in split_names(assets):
        database, _, table = name.partition(".")
        if table:
            found.append(f"{database.rpartition('_')[2]}.{table}")
    return found


def split_names(text: str) -> list[str]:
    """Of a list that a template joined with commas."""
    return [name for name in text.split(",") if name]


def is_true(text: str) -> bool:
    """Of a parameter that a template made text."""
    return text.lower() == "true"
