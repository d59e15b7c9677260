"""A plan is carried out to its last fault, whoever is not there to be hit."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, cast

import pytest

from bringup.console import Console
from chaos import disturbance
from chaos.book import Book, Entry
from chaos.disturbance import Disturbance
from chaos.plan import Call, Fault, Plan
from chaos.victims import NoVictimError
from chaos.workload import Late, Stage

if TYPE_CHECKING:
    from collections.abc import Callable

    from chaos.gateway_faults import GatewayFaults
    from chaos.strikes import Strikes

LATE = Late("events", "2026-06-02", ("events/delivery_date=2026-06-02/events.csv",))
STAGES = (
    Stage(0, "2026-06-01", (), ()),
    Stage(1, "2026-06-07", (), (LATE,)),
)


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PAUSE_SECONDS", "ARM_SECONDS"):
        monkeypatch.setattr(disturbance, name, 0.0)
    monkeypatch.setattr(disturbance, "LOOK_SECONDS", 0.001)
    monkeypatch.setattr(disturbance, "VICTIM_SECONDS", 0.05)
    monkeypatch.setattr(disturbance, "UNMET_SECONDS", 0.05)


class Quiet(Console):
    def say(self, message: str) -> None:
        pass


class Patient:
    def patiently(self, call: Callable[[], Any]) -> Any:
        return call()


@dataclass
class Blows:
    """Hits everybody but a training job, of which there is none; all recover at once."""

    late: dict[str, Late] = field(default_factory=lambda: {LATE.name: LATE})
    stage_numbers: dict[str, int] = field(default_factory=lambda: {LATE.name: 1})
    landed_late: set[str] = field(default_factory=set)
    workload: Patient = field(default_factory=Patient)

    def strike(self, fault: Fault) -> tuple[Entry, Callable[[], bool]]:
        if fault.target == "training-job":
            raise NoVictimError("no training-job was at work")
        if fault.target == "late":
            self.landed_late.add(fault.detail)
        now = time.time()
        return Entry(fault, now, now), lambda: True


@dataclass
class Gateway:
    """Every rule is met at the next look, but for a call that nobody makes."""

    made: dict[str, dict[str, Any]] = field(default_factory=dict)
    restarts: bool = False

    def add(self, **rule: Any) -> str:
        name = f"rule-{len(self.made)}-{time.time_ns()}"
        self.made[name] = rule
        return name

    def rules(self) -> dict[str, dict[str, Any]]:
        if self.restarts:
            self.restarts = False
            self.made.clear()
        now = time.time()
        return {
            name: {"hits": 1, "hit_at": [now], "answered_at": now}
            if rule["operation"] != "Nothing"
            else {"hits": 0, "hit_at": [], "answered_at": 0.0}
            for name, rule in self.made.items()
        }

    def forget(self, rule_id: str = "") -> None:
        self.made.pop(rule_id, None)


def disturbance_of(plan: Plan, gateway: Gateway, book: Book, blows: Blows) -> Disturbance:
    return Disturbance(
        plan,
        cast("Strikes", blows),
        cast("GatewayFaults", gateway),
        book,
        random.Random(1),
        Quiet(),
        stages=2,
    )


def carry_out(plan: Plan, gateway: Gateway) -> tuple[Disturbance, Book, Blows]:
    blows, book = Blows(), Book()
    run = disturbance_of(plan, gateway, book, blows)
    deadline = time.monotonic() + 20
    for stage in STAGES:
        run.begin(stage)
        while not run.has_brought_late(stage) or run.wants_more(stage):
            assert time.monotonic() < deadline
            time.sleep(0.005)
    run.finish()
    return run, book, blows


STRIKES = (
    Fault(1, "delivery", "late", LATE.name),
    Fault(2, "kill", "local-aws"),
    Fault(3, "kill", "training-job"),
    Fault(4, "freeze", "airflow-scheduler", seconds=5.0),
)
CALLS = (
    Fault(5, "call", "s3:GetObject", "torn"),
    Fault(6, "call", "s3:Nothing", "throttle"),
)
PLAN = Plan(1, STRIKES, CALLS, (Call("s3", "GetObject", 9),))


def test_every_fault_happens_and_recovers() -> None:
    _, book, blows = carry_out(PLAN, Gateway())
    assert sorted(entry.fault.number for entry in book.entries) == [1, 2, 3, 4, 5, 6]
    assert all(entry.recovered_at for entry in book.entries)
    assert blows.landed_late == {LATE.name}


def test_who_is_not_there_is_replaced_and_it_is_said() -> None:
    _, book, _ = carry_out(PLAN, Gateway())
    assert sorted(fault.target for fault, _ in book.missed) == ["s3:Nothing", "training-job"]
    happened = {entry.fault.number: entry.fault.target for entry in book.entries}
    assert happened[3] == "lambda-worker"
    assert happened[6] == "s3:GetObject"


def test_rules_that_a_kill_took_are_told_again() -> None:
    plan = replace(PLAN, strikes=STRIKES[:2], calls=CALLS[:1])
    _, book, _ = carry_out(plan, Gateway(restarts=True))
    assert [entry.fault.number for entry in book.entries if entry.fault.kind == "call"] == [5]


def test_broken_strike_is_told_at_the_end_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_self: Blows, _fault: Fault) -> tuple[Entry, Callable[[], bool]]:
        raise RuntimeError("a bug of ours")

    monkeypatch.setattr(Blows, "strike", broken)
    run = disturbance_of(PLAN, Gateway(), Book(), Blows())
    run.begin(STAGES[-1])
    with pytest.raises(RuntimeError, match="a bug of ours"):
        run.finish()
    run.give_up()


def test_broken_strike_reaches_the_workload(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_self: Blows, _fault: Fault) -> tuple[Entry, Callable[[], bool]]:
        raise RuntimeError("a bug of ours")

    monkeypatch.setattr(Blows, "strike", broken)
    with pytest.raises(RuntimeError, match="a bug of ours"):
        carry_out(PLAN, Gateway())
