"""All alarms of an environment, and how they reach people: the catalog."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from rlm import names
from rlm.monitoring.alarm import Alarm, Budget, PageAlarm, TicketAlarm
from rlm.monitoring.api import api_alarms
from rlm.monitoring.pipeline import pipeline_alarms
from rlm.monitoring.recommender import model_alarms, recommender_alarms
from rlm.monitoring.tables import table_alarms

# What wakes people: a cause each, in the words of those who are hurt by it.
PAGES: Final = {
    "api": "Callers of the API get errors, or will within the hour",
    "recommender": "Recommendations are made without the model",
    "pipeline": "Data is stale or lost",
}
# Tickets that a page may say already: one of a kind at a time.
TICKETS: Final = {
    "api-latency": "Answers of the API are slow",
    "function-duration": "Functions come near the limit of their time",
    "function-logged-errors": "Functions met bugs and logged them",
    "table-read-throttles": "DynamoDB refuses to read tables for lack of capacity",
    "recommender-5xx": "Requests fail in the recommender's endpoint",
    "recommender-latency": "The recommender's endpoint is slow",
    "recommender-fallbacks": "Some recommendations are made without the model",
    "model-unjudged": "Nobody can judge the live model: too few answers are captured or joined",
    "dag-stale": "What DAGs make is stale",
}


@dataclass(frozen=True)
class Thresholds:
    """What differs between environments."""

    endpoint_latency_p99_milliseconds: int
    monthly_dollars: int


def metric_alarms(env: str, thresholds: Thresholds) -> tuple[Alarm, ...]:
    """Every alarm on a metric, by subject."""
    return (
        *api_alarms(env),
        *table_alarms(env),
        *recommender_alarms(env, thresholds.endpoint_latency_p99_milliseconds),
        *model_alarms(env),
        *pipeline_alarms(env),
    )


def page_alarms(env: str, alarms: tuple[Alarm, ...]) -> tuple[PageAlarm, ...]:
    """One for each cause that people are woken for: these, and no others, reach the page topic."""
    return tuple(
        PageAlarm(
            page_name(env, group),
            group,
            description,
            tuple(one.name for one in alarms if one.group == group and one.severity == "page"),
        )
        for group, description in PAGES.items()
    )


def ticket_alarms(env: str, alarms: tuple[Alarm, ...]) -> tuple[TicketAlarm, ...]:
    """For tickets that a page may explain; the others reach the ticket topic by themselves."""
    found = []
    for kind, description in TICKETS.items():
        explained = [one for one in alarms if one.kind == kind and one.explained_by is not None]
        (group,) = {one.explained_by for one in explained}
        found.append(
            TicketAlarm(
                names.alarm(env, f"ticket-{kind}"),
                kind,
                description,
                tuple(one.name for one in explained),
                page_name(env, str(group)),
            )
        )
    return tuple(found)


def acts_by_itself(alarm: Alarm) -> bool:
    """Whether it reaches the ticket topic without a composite alarm."""
    return alarm.severity == "ticket" and alarm.explained_by is None


def page_name(env: str, group: str) -> str:
    """`rlm-dev-page-api` for `("dev", "api")`."""
    return names.alarm(env, f"page-{group}")


def budget(env: str, thresholds: Thresholds) -> Budget:
    """What the environment may cost a month."""
    return Budget(
        names.alarm(env, "cost-budget"),
        thresholds.monthly_dollars,
        "The month's costs near or pass the budget",
    )


def kinds(env: str, thresholds: Thresholds) -> tuple[str, ...]:
    """Every kind of alarm, each with a page of help."""
    alarms = metric_alarms(env, thresholds)
    found = [one.kind for one in alarms]
    found += [one.kind for one in page_alarms(env, alarms)]
    return tuple(dict.fromkeys([*found, budget(env, thresholds).kind]))
