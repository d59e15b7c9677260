"""The catalog: each alarm reads a metric that somebody publishes, and reaches people once."""

from __future__ import annotations

from collections import Counter

import pytest

from rlm import names
from rlm.monitoring.alarm import reading
from rlm.monitoring.alarms import (
    PAGES,
    Thresholds,
    acts_by_itself,
    budget,
    kinds,
    metric_alarms,
    page_alarms,
    ticket_alarms,
)
from rlm.monitoring.metrics import FALLBACKS, METRICS, job_memory_faults

THRESHOLDS = Thresholds(endpoint_latency_p99_milliseconds=400, monthly_dollars=100)
ALARMS = metric_alarms("dev", THRESHOLDS)
BY_NAME = {one.name: one for one in ALARMS}


def test_there_are_alarms_of_every_group_and_none_twice() -> None:
    assert Counter(one.group for one in ALARMS) == {
        "api": 17,
        "tables": 12,
        "recommender": 4,
        "model": 4,
        "pipeline": 9 + 8 + 12 + 1,
    }
    assert len(BY_NAME) == len(ALARMS)


def test_names_stay_what_is_deployed() -> None:
    """A rollout rolls back by these names, and people have filters of them in their mail."""
    assert {
        "rlm-dev-recommender-5xx",
        "rlm-dev-recommender-latency",
        "rlm-dev-api-5xx",
        "rlm-dev-api-FetchTrends-errors",
        "rlm-dev-api-RecommendArtist-fallbacks",
    } <= set(BY_NAME)
    assert {names.endpoint_alarm("dev", one) for one in names.ENDPOINT_ALARMS} <= set(BY_NAME)


def test_every_alarm_reads_metrics_of_the_catalog() -> None:
    known = {*METRICS, job_memory_faults("dev")}
    assert {read.metric for one in ALARMS for read in one.readings} <= known


def test_a_reading_without_a_dimension_is_refused() -> None:
    with pytest.raises(ValueError, match="Fallbacks: no value for service"):
        reading(FALLBACKS, "Average", environment="dev")


@pytest.mark.parametrize("alarm", ALARMS, ids=lambda one: one.name)
def test_cloudwatch_takes_the_alarm(alarm: object) -> None:
    """Limits of PutMetricAlarm: how far back it looks, how many metrics it adds up."""
    one = BY_NAME[alarm.name]  # type: ignore[attr-defined]
    most = 7 * 86_400 if one.period_seconds >= 3600 else 86_400
    assert one.evaluation_seconds <= most
    assert one.evaluation_periods <= 100
    assert 1 <= one.datapoints_to_alarm <= one.evaluation_periods
    assert one.period_seconds % 60 == 0
    assert 1 <= len(one.readings) <= 10
    assert len(one.name) <= 255


def test_silence_is_bad_where_something_should_speak() -> None:
    breaching = {one.kind for one in ALARMS if one.missing_data == "breaching"}
    assert breaching == {"dag-stale", "model-unjudged"}


def test_every_page_wakes_through_its_group() -> None:
    pages = page_alarms("dev", ALARMS)
    assert [page.name for page in pages] == [
        "rlm-dev-page-api",
        "rlm-dev-page-recommender",
        "rlm-dev-page-pipeline",
    ]
    waking = {one.name for one in ALARMS if one.severity == "page"}
    assert {name for page in pages for name in page.alarm_names} == waking
    assert {one.kind for one in ALARMS if one.severity == "page"} == {
        "api-5xx",
        "function-errors",
        "function-throttles",
        "function-stale",
        "recommender-gone",
        "dag-stale",
        "source-unaccounted",
    }
    assert pages[1].rule == 'ALARM("rlm-dev-recommender-gone")'


def test_a_ticket_is_silent_while_a_page_says_it_already() -> None:
    tickets = {one.kind: one for one in ticket_alarms("dev", ALARMS)}
    fallbacks = tickets["recommender-fallbacks"]
    assert fallbacks.name == "rlm-dev-ticket-recommender-fallbacks"
    assert fallbacks.suppressor == "rlm-dev-page-recommender"
    assert fallbacks.rule == 'ALARM("rlm-dev-api-RecommendArtist-fallbacks")'
    assert tickets["dag-stale"].alarm_names[:2] == (
        "rlm-dev-dag-refresh_dashboards-stale",
        "rlm-dev-dag-publish_event_reports-stale",
    )
    assert tickets["dag-stale"].suppressor == "rlm-dev-page-pipeline"


def test_every_alarm_reaches_one_topic_by_one_way() -> None:
    """By a page of its group, by a ticket of its kind, or by itself; never by two."""
    by_page = {name for one in page_alarms("dev", ALARMS) for name in one.alarm_names}
    by_kind = [name for one in ticket_alarms("dev", ALARMS) for name in one.alarm_names]
    alone = {one.name for one in ALARMS if acts_by_itself(one)}
    assert len(by_kind) == len(set(by_kind))
    assert not by_page & set(by_kind)
    assert not alone & (by_page | set(by_kind))
    assert alone | by_page | set(by_kind) == set(BY_NAME)
    assert {one.kind for one in ALARMS if acts_by_itself(one)} == {
        "table-write-throttles",
        "model-lift",
        "model-drift",
        "model-coverage",
        "dag-failed",
        "source-quarantined",
        "jobs-memory",
    }


def test_only_groups_with_a_page_explain_tickets() -> None:
    explaining = {one.explained_by for one in ALARMS if one.explained_by is not None}
    assert explaining <= set(PAGES)
    assert all(one.explained_by is None for one in ALARMS if one.severity == "page")


def test_thresholds_of_the_environment_arrive() -> None:
    assert BY_NAME["rlm-dev-recommender-latency"].threshold == 400_000
    assert budget("dev", THRESHOLDS).monthly_dollars == 100


def test_the_description_names_the_page_of_help() -> None:
    described = BY_NAME["rlm-dev-api-FetchTrends-errors"].full_description
    assert described == (
        "FetchTrends raised, was ended, or could not be loaded; "
        "docs/runbooks/alarms/function-errors.md"
    )


def test_kinds_are_the_same_in_every_environment() -> None:
    assert kinds("dev", THRESHOLDS) == kinds("prod", THRESHOLDS)
    assert {"page-api", "cost-budget", "dag-failed"} <= set(kinds("dev", THRESHOLDS))


def test_a_metric_is_listed_once() -> None:
    # The same name by other dimensions is another metric, as in CloudWatch.
    listed = Counter((one.namespace, one.name, one.dimensions) for one in METRICS)
    assert listed
    assert set(listed.values()) == {1}
