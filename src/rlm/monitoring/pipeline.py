"""Alarms of the pipeline: DAGs that fail or fall silent, rows that break, rows that are lost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from rlm import names
from rlm.monitoring import metrics
from rlm.monitoring.alarm import Alarm, any_in_five_minutes, reading

if TYPE_CHECKING:
    from rlm.monitoring.alarm import Comparison, Reading, Severity

GROUP: Final = "pipeline"
# Half of what stops a source by the strictest contract: time to talk before it does.
QUARANTINED_PERCENT: Final = 5.0
_HOUR_SECONDS: Final = 3600


@dataclass(frozen=True)
class Watched:
    """A DAG, and after how many hours without a good run what it makes is stale.

    None: nobody would notice within a week, the longest that an alarm looks back.
    """

    dag: str
    stale_hours: int | None
    stale_severity: Severity = "ticket"


# A morning's run may wait for deliveries until noon: from one morning to the next noon are 30 h.
WATCHED_DAGS: Final = (
    Watched("ingest_sources", 36, "page"),
    Watched("build_marts", 36, "page"),
    Watched("load_serving_tables", 36, "page"),
    Watched("refresh_dashboards", 48),
    Watched("publish_event_reports", 48),
    Watched("process_artist_images", 48),
    Watched("monitor_model", 48),
    Watched("train_recommender", 168),
    Watched("maintain_lake", None),
)


def pipeline_alarms(env: str) -> list[Alarm]:
    alarms = [_failed(env, watched.dag) for watched in WATCHED_DAGS]
    alarms += [
        _stale(env, watched.dag, watched.stale_hours, watched.stale_severity)
        for watched in WATCHED_DAGS
        if watched.stale_hours is not None
    ]
    for source in names.SOURCES:
        alarms += [_quarantined(env, source), _unaccounted(env, source)]
    return [*alarms, _job_memory(env)]


def _failed(env: str, dag: str) -> Alarm:
    """A run that failed is as broken an hour later."""
    return _of_last_value(
        names.alarm(env, f"dag-{dag}-failed"),
        "dag-failed",
        "ticket",
        f"The last run of {dag} failed",
        reading(metrics.RUNS_FAILED, "Maximum", environment=env, dag=dag),
        1,
        "GreaterThanOrEqualToThreshold",
    )


def _stale(env: str, dag: str, hours: int, severity: Severity) -> Alarm:
    """Hour by hour, so that it goes off in the hour in which the time is up."""
    # CloudWatch looks back over a week at most, and counts at most a hundred of its periods.
    period = _HOUR_SECONDS if hours <= 48 else 24 * _HOUR_SECONDS
    periods = hours * _HOUR_SECONDS // period
    return Alarm(
        name=names.alarm(env, f"dag-{dag}-stale"),
        kind="dag-stale",
        group=GROUP,
        severity=severity,
        description=f"{dag} has not ended well for {hours} hours",
        readings=(reading(metrics.RUNS_SUCCEEDED, "Sum", environment=env, dag=dag),),
        threshold=1,
        comparison="LessThanThreshold",
        # A scheduler that is gone says nothing.
        missing_data="breaching",
        period_seconds=period,
        evaluation_periods=periods,
        datapoints_to_alarm=periods,
        explained_by=GROUP if severity == "ticket" else None,
    )


def _quarantined(env: str, source: str) -> Alarm:
    return _of_last_value(
        names.alarm(env, f"source-{source}-quarantined"),
        "source-quarantined",
        "ticket",
        f"Over {QUARANTINED_PERCENT:g} % of the rows of {source} broke its contract",
        reading(metrics.QUARANTINED_SHARE, "Maximum", environment=env, source=source),
        QUARANTINED_PERCENT,
    )


def _unaccounted(env: str, source: str) -> Alarm:
    """Wakes people: every run until it is understood may lose more."""
    return _of_last_value(
        names.alarm(env, f"source-{source}-unaccounted"),
        "source-unaccounted",
        "page",
        f"Rows of {source} went missing, or came from nowhere",
        reading(metrics.ROWS_UNACCOUNTED, "Maximum", environment=env, source=source),
        0,
    )


def _of_last_value(
    name: str,
    kind: str,
    severity: Severity,
    description: str,
    read: Reading,
    threshold: float,
    comparison: Comparison = "GreaterThanThreshold",
) -> Alarm:
    """Stays on until a better run or delivery comes: in between nobody says anything."""
    return Alarm(
        name=name,
        kind=kind,
        group=GROUP,
        severity=severity,
        description=description,
        readings=(read,),
        threshold=threshold,
        comparison=comparison,
        missing_data="ignore",
        period_seconds=60,
        evaluation_periods=1,
        datapoints_to_alarm=1,
    )


def _job_memory(env: str) -> Alarm:
    """Spark does a task again that died of it: the job is green, slow, and soon red."""
    return any_in_five_minutes(
        names.alarm(env, "jobs-memory"),
        "jobs-memory",
        "A Glue job ran out of memory or disk",
        reading(metrics.job_memory_faults(env), "Sum"),
        group=GROUP,
    )
