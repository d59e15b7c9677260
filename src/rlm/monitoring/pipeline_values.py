"""What a run of the pipeline is worth telling CloudWatch; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rlm.monitoring import metrics

if TYPE_CHECKING:
    from collections.abc import Mapping


def run_values(
    env: str, dag: str, *, has_succeeded: bool, seconds: float | None
) -> list[dict[str, Any]]:
    """Of a run of a DAG that ended; `seconds` is None where nobody knows when it began."""
    by = {"environment": env, "dag": dag}
    values = [
        metrics.RUNS_SUCCEEDED.datum(float(has_succeeded), **by),
        metrics.RUNS_FAILED.datum(float(not has_succeeded), **by),
    ]
    if seconds is not None:
        values.append(metrics.RUN_SECONDS.datum(seconds, **by))
    return values


def source_values(env: str, report: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Of the report of `clean_sources`: what became of the rows of each source that had any.

    A source without new deliveries says nothing: its alarms stay as the last delivery left them.
    """
    values = []
    for source, counts in sorted(report["sources"].items()):
        if counts["status"] != "no_new_deliveries":
            values += _values_of(env, source, counts)
    return values


def accounted_rows(counts: Mapping[str, Any]) -> int:
    """Of a source in that report: as many as came in, or rows were lost or came from nowhere."""
    return int(counts["rows_loaded"] + counts["rows_quarantined"] + counts["rows_duplicate"])


def _values_of(env: str, source: str, counts: Mapping[str, Any]) -> list[dict[str, Any]]:
    by = {"environment": env, "source": source}
    rows, quarantined = counts["rows_in"], counts["rows_quarantined"]
    values = [
        metrics.ROWS_IN.datum(float(rows), **by),
        metrics.ROWS_LOADED.datum(float(counts["rows_loaded"]), **by),
        metrics.ROWS_QUARANTINED.datum(float(quarantined), **by),
        metrics.ROWS_DUPLICATE.datum(float(counts["rows_duplicate"]), **by),
        metrics.ROWS_UNACCOUNTED.datum(float(abs(rows - accounted_rows(counts))), **by),
    ]
    share = 100.0 * quarantined / rows if rows else None
    if counts["status"] == "stopped":
        # Nothing of it is counted, and nothing of it came through.
        share = 100.0
    if share is not None:
        values.append(metrics.QUARANTINED_SHARE.datum(share, **by))
    return values
