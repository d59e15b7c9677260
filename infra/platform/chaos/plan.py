"""Which faults a run gets, in which order: everything follows from the seed and is said in advance.

Pure: what may be hit comes in as arguments, dice are seeded, nothing is done.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

T = TypeVar("T")
Kind = Literal["kill", "freeze", "disk", "delivery", "call"]

# The platform's own processes: somebody must start them again.
SERVERS = (
    "local-aws",
    "airflow-api-server",
    "airflow-scheduler",
    "airflow-dag-processor",
    "airflow-triggerer",
    "dashboards",
)
# What works for them and comes and goes; who started it must notice that it died.
WORKERS = (
    "glue-job",
    "training-job",
    "endpoint-server",
    "lambda-worker",
    "database-server",
    "task-worker",
)
FREEZABLE = ("local-aws", "airflow-scheduler", "airflow-triggerer", "endpoint-server")
DELIVERIES = ("again", "copy")
CALL_FAULTS = ("throttle", "error", "timeout", "slow", "torn")
# Most are calls: there are a hundred kinds of them, and each can go wrong in five ways.
SHARES: Mapping[str, float] = {"kill": 0.20, "freeze": 0.03, "disk": 0.02, "delivery": 0.05}
# More than a client tries by itself: the task that called has to be tried again.
STUBBORN_HITS = 6
STUBBORN_SHARE = 0.15


@dataclass(frozen=True)
class Call:
    """An operation of AWS that the pipeline calls, and how often an undisturbed run does."""

    service: str
    operation: str
    times: int = 1

    @property
    def name(self) -> str:
        return f"{self.service}:{self.operation}"


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong; `target` is a process, a way of delivering, or a call."""

    number: int
    kind: Kind
    target: str
    detail: str = ""
    """Of a call: how it goes wrong. Of a late delivery: which."""
    hits: int = 1
    seconds: float = 0.0

    @property
    def title(self) -> str:
        """For people."""
        match self.kind:
            case "kill":
                return f"{self.target} killed"
            case "freeze":
                return f"{self.target} frozen for {self.seconds:.0f} s"
            case "disk":
                return f"disk full for {self.seconds:.0f} s"
            case "delivery":
                return (
                    f"delivery {self.target}: {self.detail}"
                    if self.detail
                    else (f"delivery {self.target}")
                )
            case "call":
                times = f" {self.hits} times" if self.hits > 1 else ""
                return f"{self.target} {CALL_TITLES[self.detail]}{times}"


CALL_TITLES = {
    "throttle": "throttled",
    "error": "failed",
    "timeout": "timed out",
    "slow": "was slow",
    "torn": "done, answer lost",
}


@dataclass(frozen=True)
class Plan:
    """The faults of a run: `strikes` come one after another, `calls` beside them.

    Late deliveries are strikes that wait for their stage.
    """

    seed: int
    strikes: tuple[Fault, ...]
    calls: tuple[Fault, ...]
    frequent: tuple[Call, ...] = field(default=())
    """What every stage calls: takes the place of a call that does not come any more."""

    @property
    def faults(self) -> tuple[Fault, ...]:
        return tuple(sorted((*self.strikes, *self.calls), key=lambda fault: fault.number))


def make_plan(
    seed: int, count: int, calls: Sequence[Call], late: Sequence[str], has_disk: bool = True
) -> Plan:
    """`count` faults; `late` are the deliveries that come after those of the day behind them.

    Every server and worker is killed before any is killed twice, and every call goes wrong before
    any does twice, as far as `count` reaches.
    """
    if not calls:
        raise ValueError("no call to disturb: was the undisturbed run recorded?")
    dice = random.Random(seed)  # noqa: S311 - dice of a test
    wanted = {kind: round(count * share) for kind, share in SHARES.items()}
    if not has_disk:
        wanted["disk"] = 0
    rounds = Rounds(dice)
    strikes = [
        ("kill", name, "", 0.0) for name in rounds.take((*SERVERS, *WORKERS), wanted["kill"])
    ]
    strikes += [
        ("freeze", name, "", dice.uniform(5.0, 15.0))
        for name in rounds.take(FREEZABLE, wanted["freeze"])
    ]
    strikes += [("disk", "state", "", dice.uniform(5.0, 15.0)) for _ in range(wanted["disk"])]
    strikes += [("delivery", way, "", 0.0) for way in rounds.take(DELIVERIES, wanted["delivery"])]
    strikes = strikes[: max(0, count - len(late))]
    dice.shuffle(strikes)
    # Their time comes with their stage.
    strikes += [("delivery", "late", which, 0.0) for which in late][: count - len(strikes)]
    left = count - len(strikes)
    chosen = rounds.take(sorted(calls, key=lambda call: call.name), left)
    ways = rounds.take(CALL_FAULTS, left)
    numbers = list(range(1, count + 1))
    dice.shuffle(numbers)
    of_strikes, of_calls = sorted(numbers[: len(strikes)]), sorted(numbers[len(strikes) :])
    return Plan(
        seed,
        tuple(
            Fault(number, kind, target, detail, seconds=seconds)  # type: ignore[arg-type]
            for number, (kind, target, detail, seconds) in zip(of_strikes, strikes, strict=True)
        ),
        tuple(
            Fault(number, "call", call.name, way, hits=_hits(dice), seconds=dice.uniform(2.0, 8.0))
            for number, call, way in zip(of_calls, chosen, ways, strict=True)
        ),
        tuple(sorted(calls, key=lambda call: -call.times)[:20]),
    )


class Rounds:
    """Takes from a list in random rounds: none twice before each was taken once."""

    def __init__(self, dice: random.Random) -> None:
        self._dice = dice

    def take(self, things: Sequence[T], count: int) -> list[T]:
        taken: list[T] = []
        while len(taken) < count:
            again = list(things)
            self._dice.shuffle(again)
            taken += again
        return taken[:count]


def _hits(dice: random.Random) -> int:
    return STUBBORN_HITS if dice.random() < STUBBORN_SHARE else 1
