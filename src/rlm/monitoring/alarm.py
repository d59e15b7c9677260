"""An alarm as a value: what CloudWatch looks at, when it goes off, whom it wakes, and its page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from rlm.monitoring.metrics import Metric

Severity = Literal["page", "ticket", "none"]
Comparison = Literal[
    "GreaterThanThreshold",
    "GreaterThanOrEqualToThreshold",
    "LessThanThreshold",
    "LessThanOrEqualToThreshold",
]
MissingData = Literal["breaching", "notBreaching", "ignore", "missing"]

RUNBOOKS: Final = "docs/runbooks/alarms"


@dataclass(frozen=True)
class Reading:
    """A metric of one thing: `by` has a value for each of the metric's dimensions."""

    metric: Metric
    by: tuple[tuple[str, str], ...]
    statistic: str

    def __post_init__(self) -> None:
        found = {name for name, _ in self.by}
        missing = set(self.metric.dimensions) - found
        if missing:
            raise ValueError(f"{self.metric.name}: no value for {', '.join(sorted(missing))}")


def reading(metric: Metric, statistic: str, **by: str) -> Reading:
    """`reading(LAMBDA_ERRORS, "Sum", FunctionName="rlm-dev-FetchTrends")`."""
    return Reading(metric, tuple(by.items()), statistic)


class _Helped:
    """Has a page of help, named after its kind."""

    if TYPE_CHECKING:
        # Who inherits has them as fields; a property that is there would be their default.
        @property
        def kind(self) -> str: ...

        @property
        def description(self) -> str: ...

    @property
    def runbook(self) -> str:
        return f"{RUNBOOKS}/{self.kind}.md"

    @property
    def full_description(self) -> str:
        """As a mail shows it: what it means, and where to read on."""
        return f"{self.description}; {self.runbook}"


class _Composite(_Helped):
    """Goes off when any of these alarms does."""

    if TYPE_CHECKING:

        @property
        def alarm_names(self) -> tuple[str, ...]: ...

    @property
    def rule(self) -> str:
        """In CloudWatch's words."""
        return " OR ".join(f'ALARM("{name}")' for name in self.alarm_names)


@dataclass(frozen=True)
class Alarm(_Helped):
    """A metric alarm.

    `kind` is what alarms have in common that differ only by function, DAG, source or table: one
    page of help a kind.
    `group`: alarms of one cause; those of severity page wake people once together.
    `explained_by`: a group whose page says already what this ticket would.
    With more than one reading their sum is judged.
    """

    name: str
    kind: str
    group: str
    severity: Severity
    description: str
    readings: tuple[Reading, ...]
    threshold: float
    comparison: Comparison
    missing_data: MissingData
    period_seconds: int
    evaluation_periods: int
    datapoints_to_alarm: int
    explained_by: str | None = None

    @property
    def evaluation_seconds(self) -> int:
        """How far back it looks."""
        return self.period_seconds * self.evaluation_periods


def two_of_three_minutes(
    name: str,
    kind: str,
    severity: Severity,
    description: str,
    readings: tuple[Reading, ...],
    threshold: float,
    *,
    group: str,
    explained_by: str | None = None,
) -> Alarm:
    """Goes off above the threshold in two of three minutes.

    Silence is good for a ticket. A page stays until requests succeed again: nobody may be woken a
    second time because callers paused.
    """
    return Alarm(
        name=name,
        kind=kind,
        group=group,
        severity=severity,
        description=description,
        readings=readings,
        threshold=threshold,
        comparison="GreaterThanThreshold",
        missing_data="ignore" if severity == "page" else "notBreaching",
        period_seconds=60,
        evaluation_periods=3,
        datapoints_to_alarm=2,
        explained_by=explained_by,
    )


def any_in_five_minutes(
    name: str,
    kind: str,
    description: str,
    read: Reading,
    *,
    group: str,
    explained_by: str | None = None,
) -> Alarm:
    """A ticket for what should never be, however seldom it is."""
    return Alarm(
        name=name,
        kind=kind,
        group=group,
        severity="ticket",
        description=description,
        readings=(read,),
        threshold=0,
        comparison="GreaterThanThreshold",
        missing_data="notBreaching",
        period_seconds=300,
        evaluation_periods=1,
        datapoints_to_alarm=1,
        explained_by=explained_by,
    )


@dataclass(frozen=True)
class PageAlarm(_Composite):
    """Goes off when any alarm of its group does that people are woken for: one page a cause."""

    name: str
    group: str
    description: str
    alarm_names: tuple[str, ...]

    @property
    def kind(self) -> str:
        return f"page-{self.group}"


@dataclass(frozen=True)
class TicketAlarm(_Composite):
    """Stands in for alarms of one kind, and is silent while `suppressor` has paged for them.

    A fault sets off both in any order: actions wait `wait_seconds` for the page, and as long again
    after it is over.
    """

    name: str
    kind: str
    description: str
    alarm_names: tuple[str, ...]
    suppressor: str
    wait_seconds: int = 180


@dataclass(frozen=True)
class Budget(_Helped):
    """What a month may cost; a ticket at each share of it that is spent, or is foreseen."""

    name: str
    monthly_dollars: int
    description: str
    spent_percent: tuple[int, ...] = (80, 100)
    foreseen_percent: tuple[int, ...] = (100,)
    kind: str = "cost-budget"
