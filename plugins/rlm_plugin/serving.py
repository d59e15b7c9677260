"""Loads the serving tables in DynamoDB from the lake: asks Athena, waits for it, writes changes."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from airflow.providers.amazon.aws.hooks.athena import AthenaHook
from airflow.providers.amazon.aws.hooks.s3 import S3Hook
from airflow.providers.amazon.aws.triggers.athena import AthenaTrigger
from airflow.sdk import AssetAlias, BaseOperator
from airflow.sdk.exceptions import AirflowException, AirflowFailException

from rlm import names
from rlm.domain.serving import SERVING_TABLES
from rlm.domain.serving_feeds import FEEDS
from rlm.domain.serving_items import ServingRowError
from rlm.serving.load import TooManyDeletionsError
from rlm.serving.loader import PinnedQuery, ServingLoader

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from airflow.sdk import Asset, Context

RUNBOOK = "docs/runbooks/load_serving_tables.md"
_COUNTS = ("items", "written", "skipped", "deleted", "kept_newer", "resent")


class FindServingChangesOperator(BaseOperator):
    """Returns the feeds whose tables in the lake changed since they were loaded; maybe none.

    `tables` are names of serving tables with commas between. Also pushes `states`: of every feed
    its status and the items that it has.
    """

    template_fields = ("tables", "force")

    def __init__(
        self,
        *,
        env: str,
        tables: str,
        force: str,
        aws_conn_id: str | None = "aws_default",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.env = env
        self.tables = tables
        self.force = force
        self.aws_conn_id = aws_conn_id

    def execute(self, context: Context) -> list[str]:
        """Compare the lake's snapshots with the books of each feed; ask Athena nothing."""
        wanted = self.tables.split(",")
        known = {table.entity for table in SERVING_TABLES}
        if unknown := sorted(set(wanted) - known):
            raise AirflowFailException(f"no serving table {unknown}, there are {sorted(known)}")
        loader = _loader(self.aws_conn_id, self.env, self)
        feeds = [feed.name for feed in FEEDS if feed.entity in wanted]
        states = loader.changed(feeds, is_true(self.force))
        for feed, state in states.items():
            self.log.info("%s: %s", feed, state["status"])
        context["ti"].xcom_push(key="states", value=states)
        return [feed for feed, state in states.items() if state["status"] == "load"]


class LoadServingFeedOperator(BaseOperator):
    """Loads one feed; returns what was written, skipped and deleted.

    A rerun, whatever the end of the run before, comes to the same items.
    """

    template_fields = ("feed", "run_name", "force", "accept_deletions")

    def __init__(
        self,
        *,
        env: str,
        feed: str,
        run_name: str,
        force: str,
        accept_deletions: str,
        workgroup: str,
        # Most answers are there sooner than a wait could be handed over.
        patience_seconds: float = 3.0,
        poll_seconds: int = 5,
        aws_conn_id: str | None = "aws_default",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.env = env
        self.feed = feed
        self.run_name = run_name
        self.force = force
        self.accept_deletions = accept_deletions
        self.workgroup = workgroup
        self.patience_seconds = patience_seconds
        self.poll_seconds = poll_seconds
        self.aws_conn_id = aws_conn_id
        self._query_id: str | None = None

    def execute(self, context: Context) -> dict[str, Any]:
        """Ask Athena; wait for a long answer without holding a worker."""
        pinned = _loader(self.aws_conn_id, self.env, self).pin(self.feed)
        hook = AthenaHook(aws_conn_id=self.aws_conn_id)
        self._query_id = hook.run_query(
            pinned.sql,
            {"Database": names.database(self.env, "gold"), "Catalog": "AwsDataCatalog"},
            {},
            workgroup=self.workgroup,
        )
        give_up_at = time.monotonic() + self.patience_seconds
        while hook.check_query_status(self._query_id) not in AthenaHook.TERMINAL_STATES:
            if time.monotonic() >= give_up_at:
                self.defer(
                    trigger=AthenaTrigger(
                        query_execution_id=self._query_id,
                        waiter_delay=self.poll_seconds,
                        waiter_max_attempts=720,
                        aws_conn_id=self.aws_conn_id,
                    ),
                    method_name="resume",
                    kwargs={"pinned": pinned.to_json()},
                )
            time.sleep(0.25)
        event = {"status": "success", "value": self._query_id}
        return self.resume(context, event, pinned.to_json())

    def resume(
        self, context: Context, event: Mapping[str, Any], pinned: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Load the answer, or say why Athena gave none."""
        query_id = str(event.get("value") or "")
        hook = AthenaHook(aws_conn_id=self.aws_conn_id)
        status = hook.get_query_info(query_id)["QueryExecution"]["Status"]
        if status["State"] not in AthenaHook.SUCCESS_STATES:
            raise AirflowException(
                f"{self.feed}: Athena's query {query_id} is {status['State']}:"
                f" {status.get('StateChangeReason', 'no reason given')}; {RUNBOOK}"
            )
        query = PinnedQuery(**pinned)
        try:
            result = _loader(self.aws_conn_id, self.env, self).load(
                query,
                hook.get_output_location(query_id),
                self.run_name,
                force=is_true(self.force),
                accept_deletions=is_true(self.accept_deletions),
            )
        except (ServingRowError, TooManyDeletionsError) as problem:
            # The same rows would come again.
            raise AirflowFailException(f"{problem}; {RUNBOOK}") from problem
        self.log.info(
            "%s: %s, %d rows, %d items: %d written, %d as they were, %d deleted in %.1f s",
            result.feed,
            result.status,
            result.rows,
            result.items,
            result.written,
            result.skipped,
            result.deleted,
            result.seconds,
        )
        return result.to_json()

    def on_kill(self) -> None:
        """Nobody waits for the answer any more."""
        if self._query_id:
            AthenaHook(aws_conn_id=self.aws_conn_id).stop_query(self._query_id)


class ReportServingLoadsOperator(BaseOperator):
    """Writes the run's report to the lake and returns it; fails when a feed was not loaded.

    A run that wrote anything and failed in nothing tells whoever waits for `asset`.
    """

    template_fields = ("feeds", "states", "results", "report_key", "run_name")

    def __init__(
        self,
        *,
        bucket: str,
        asset: Asset,
        report_key: str,
        run_name: str,
        feeds: Any,
        states: Any,
        results: Any,
        aws_conn_id: str | None = "aws_default",
        **kwargs: Any,
    ) -> None:
        # Through an alias: a run that wrote nothing tells nobody.
        self.alias = AssetAlias(asset.name)
        super().__init__(outlets=[self.alias], **kwargs)
        self.asset = asset
        self.bucket = bucket
        self.report_key = report_key
        self.run_name = run_name
        self.feeds = feeds
        self.states = states
        self.results = results
        self.aws_conn_id = aws_conn_id

    def execute(self, context: Context) -> dict[str, Any]:
        """Every feed in one document, and the sums of each table."""
        if self.states is None:
            raise AirflowFailException(f"nobody found out what changed; {RUNBOOK}")
        report = serving_report(self.run_name, self.feeds, self.states, self.results or ())
        S3Hook(aws_conn_id=self.aws_conn_id).load_string(
            json.dumps(report, indent=2), self.report_key, self.bucket, replace=True
        )
        for table, counts in report["tables"].items():
            self.log.info(
                "%s: %d written, %d as they were, %d deleted, %d items",
                table,
                counts["written"],
                counts["skipped"],
                counts["deleted"],
                counts["items"],
            )
        if report["failed"]:
            raise AirflowFailException(
                f"not loaded: {', '.join(report['failed'])}; their tasks say why; {RUNBOOK}"
            )
        written = sum(c["written"] + c["deleted"] for c in report["tables"].values())
        if written:
            extra = {"run_id": self.run_name, "written": written}
            context["outlet_events"][self.alias].add(self.asset, extra=extra)
        return report


def serving_report(
    run_name: str,
    feeds: Sequence[str],
    states: Mapping[str, Mapping[str, Any]],
    results: Iterable[Mapping[str, Any]],
) -> dict[str, Any]:
    """What a run did: each feed by itself, the sums of each table, and the feeds that failed."""
    loaded = {result["feed"]: dict(result) for result in results}
    failed = [feed for feed in feeds if feed not in loaded]
    entities = {feed.name: feed.entity for feed in FEEDS}
    of_feeds: dict[str, dict[str, Any]] = {}
    tables: dict[str, dict[str, int]] = {}
    for feed, state in states.items():
        counts = {"items": state["items"]} if feed not in feeds else loaded.get(feed, {})
        status = counts.get("status") or ("failed" if feed in failed else state["status"])
        of_feed = {**dict.fromkeys(_COUNTS, 0), **counts, "status": status}
        of_feeds[feed] = {"entity": entities[feed], **of_feed}
        sums = tables.setdefault(entities[feed], dict.fromkeys(_COUNTS, 0))
        for count in _COUNTS:
            sums[count] += of_feed[count]
    return {"run_id": run_name, "feeds": of_feeds, "tables": tables, "failed": failed}


def is_true(text: str) -> bool:
    """Of a parameter that a template made text."""
    return text.lower() == "true"


def _loader(aws_conn_id: str | None, env: str, operator: BaseOperator) -> ServingLoader:
    session = S3Hook(aws_conn_id=aws_conn_id).get_session()
    return ServingLoader(session, env, operator.log.info)
