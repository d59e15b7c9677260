"""docs/reference/alarms.md: the catalog of alarms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rlm import names
from rlm.monitoring.alarms import (
    PAGES,
    Thresholds,
    acts_by_itself,
    budget,
    metric_alarms,
    page_alarms,
    ticket_alarms,
)

from .checkout import environments
from .markdown import code, duration, page, sentences, table

if TYPE_CHECKING:
    from rlm.monitoring.alarm import Alarm, Reading

# Alarms have the same names and words in each environment; some thresholds differ.
_SHOWN: Final = "dev"
_SIGNS: Final = {
    "GreaterThanThreshold": ">",
    "GreaterThanOrEqualToThreshold": "≥",
    "LessThanThreshold": "<",
    "LessThanOrEqualToThreshold": "≤",
}
_SILENCE: Final = {
    "breaching": "is bad",
    "notBreaching": "is good",
    "ignore": "changes nothing",
    "missing": "is unknown",
}


def alarms_page() -> str:
    """Every alarm of an environment, by what is hurt, and whom it reaches."""
    thresholds = {env: _thresholds(env) for env in names.ENVIRONMENTS}
    alarms = {env: metric_alarms(env, thresholds[env]) for env in names.ENVIRONMENTS}
    shown = alarms[_SHOWN]
    others = {
        one.name.replace(f"rlm-{env}-", f"rlm-{_SHOWN}-", 1): one
        for env in names.ENVIRONMENTS
        if env != _SHOWN
        for one in alarms[env]
    }
    parts = [
        sentences(
            f"The names are those of `{_SHOWN}`. In another environment the word in their middle is"
            " another, and thresholds differ where both are given. "
            "A metric alarm of severity `page` reaches people through the composite alarm of its "
            "group, so that one cause pages once. A `ticket` reaches the ticket topic."
        ),
        "## Who is told",
        _told(shown, thresholds),
    ]
    for group in dict.fromkeys(one.group for one in shown):
        parts.append(f"## Group {group}")
        rows = [_row(one, others[one.name]) for one in shown if one.group == group]
        parts.append(
            table(["alarm", "says", "goes off when", "silence", "severity", "what to do"], rows)
        )
    return page("Alarms", *parts)


def _thresholds(env: str) -> Thresholds:
    found = environments()[env]
    return Thresholds(
        endpoint_latency_p99_milliseconds=found.endpoint_latency_p99_milliseconds,
        monthly_dollars=found.monthly_budget_dollars,
    )


def _told(shown: tuple[Alarm, ...], thresholds: dict[str, Thresholds]) -> str:
    rows = [
        [code(one.name), one.description, "page",
         _link(one.runbook)]
        for one in page_alarms(_SHOWN, shown)
    ]  # fmt: skip
    for ticket in ticket_alarms(_SHOWN, shown):
        says = f"ticket, unless {code(ticket.suppressor)} says it already"
        rows.append([code(ticket.name), ticket.description, says, _link(ticket.runbook)])
    alone = sum(acts_by_itself(one) for one in shown)
    rows.append([f"{alone} metric alarms", "tickets that no page explains", "ticket", ""])
    spent = budget(_SHOWN, thresholds[_SHOWN])
    dollars = ", ".join(f"{env} ${one.monthly_dollars:,}" for env, one in thresholds.items())
    rows.append([code(spent.name), f"{spent.description}: {dollars}", "ticket",
                 _link(spent.runbook)])  # fmt: skip
    return table(["what", "says", "reaches people as", "what to do"], rows)


def _row(alarm: Alarm, elsewhere: Alarm) -> list[str]:
    condition = _condition(alarm)
    if elsewhere.threshold != alarm.threshold:
        other = elsewhere.name.split("-")[1]
        condition += f" ({other}: {elsewhere.threshold:,g})"
    says = alarm.description
    severity = alarm.severity
    if severity == "page" and alarm.group not in PAGES:
        raise ValueError(f"{alarm.name} pages, and its group {alarm.group} has no page")
    return [
        code(alarm.name),
        says,
        condition,
        _SILENCE[alarm.missing_data],
        severity,
        _link(alarm.runbook),
    ]


def _condition(alarm: Alarm) -> str:
    # Of a table and its indexes, of both variants of an endpoint: one metric, added up.
    read = " + ".join(dict.fromkeys(map(_reading, alarm.readings)))
    period = duration(alarm.period_seconds)
    if alarm.evaluation_periods == 1:
        when = f"over {period}"
    else:
        when = f"in {alarm.datapoints_to_alarm} of {alarm.evaluation_periods} periods of {period}"
    return f"{read} {_SIGNS[alarm.comparison]} {alarm.threshold:,g}, {when}"


def _reading(reading: Reading) -> str:
    return f"{reading.statistic} of `{reading.metric.namespace}` {code(reading.metric.name)}"


def _link(runbook: str) -> str:
    name = runbook.rpartition("/")[2].removesuffix(".md")
    return f"[{name}](../{runbook.removeprefix('docs/')})"
