"""Carries out a plan beside the pipeline: strikes one after another, faulty calls beside them."""

from __future__ import annotations

import contextlib
import threading
import time
from collections import deque
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from .book import Book, Entry
from .victims import NoVictimError

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    from bringup.console import Console

    from .gateway_faults import GatewayFaults
    from .plan import Fault, Plan
    from .strikes import Strikes
    from .workload import Stage

# The next strike comes when the one before it is over, or after so long.
RECOVERY_SECONDS = 60.0
# A delivery disturbs nobody while it waits for its turn.
DELIVERY_SECONDS = 10.0
# Later than this nobody looks any more: the comparison at the end decides.
WATCHED_SECONDS = 900.0
# Between two strikes, at most.
PAUSE_SECONDS = 3.0
LOOK_SECONDS = 0.5
# So many faulty calls wait for their call at once.
ARMED = 30
# One after another, or the first minute would get most of them.
ARM_SECONDS = 2.0
# A call that is not made for so long is not made any more: a frequent one takes its place.
UNMET_SECONDS = 150.0
# A strike that finds nobody to hit is tried again for so long: most workers come once a stage.
VICTIM_SECONDS = 2400.0


@dataclass
class _Armed:
    """A rule at the gateway that waits for its call."""

    fault: Fault
    rule_id: str
    since: float
    entry: Entry | None = None


@dataclass
class Disturbance:
    """Two threads, for as long as the plan has faults; the workload asks it how long to go on."""

    plan: Plan
    strikes: Strikes
    gateway: GatewayFaults
    book: Book
    dice: random.Random
    console: Console
    clock: Callable[[], float] = time.time
    stages: int = 3
    _begun: set[int] = field(default_factory=set)
    _watched: list[tuple[Entry, Callable[[], bool]]] = field(default_factory=list)
    _threads: list[threading.Thread] = field(default_factory=list)
    _struck: int = 0
    _called: int = 0
    _is_over: threading.Event = field(default_factory=threading.Event)
    _problems: list[BaseException] = field(default_factory=list)

    # -- what the workload asks ---------------------------------------------------------------

    def begin(self, stage: Stage) -> None:
        self._begun |= {stage.number}
        if not self._threads:
            self._start()

    def has_brought_late(self, stage: Stage) -> bool:
        self._require_life()
        return {late.name for late in stage.late} <= self.strikes.landed_late

    def wants_more(self, stage: Stage) -> bool:
        """Each stage takes its share of the faults; the last takes all that are left."""
        self._require_life()
        share = (stage.number + 1) / self.stages
        strikes = [fault for fault in self.plan.strikes if fault.target != "late"]
        return (
            self._struck < share * len(strikes) or self._called < share * len(self.plan.calls)
            if stage.number + 1 < self.stages
            else any(thread.is_alive() for thread in self._threads[:2])
        )

    def finish(self) -> None:
        """Look once more at what has not recovered yet, and disturb nothing any more.

        Raises what ended the threads before their work.
        """
        for thread in self._threads[:2]:
            thread.join()
        self._require_life()
        deadline = time.monotonic() + 60
        while self._watched and time.monotonic() < deadline:
            time.sleep(LOOK_SECONDS)
        self._is_over.set()
        self.strikes.workload.patiently(self.gateway.forget)

    def give_up(self) -> None:
        """Bring about no more, at once."""
        self._is_over.set()

    # -- strikes ------------------------------------------------------------------------------

    def _start(self) -> None:
        for work in (self._strike_all, self._disturb_calls, self._watch):
            thread = threading.Thread(target=work, name=work.__name__, daemon=True)
            thread.start()
            self._threads.append(thread)

    def _require_life(self) -> None:
        """A thread that ended before its work would leave the pipeline running for ever."""
        if problems := self._problems:
            raise problems[0]

    def _strike_all(self) -> None:
        others = deque(fault for fault in self.plan.strikes if fault.target != "late")
        late = deque(fault for fault in self.plan.strikes if fault.target == "late")
        first_tried: dict[int, float] = {}
        try:
            while (others or late) and not self._is_over.is_set():
                if late and self._has_begun(late[0]) and (not others or self.dice.random() < 0.5):
                    self._strike(late.popleft())
                    continue
                if not others:
                    time.sleep(LOOK_SECONDS)
                    continue
                fault = others.popleft()
                try:
                    self._strike(fault)
                    self._struck += 1
                except NoVictimError as problem:
                    since = first_tried.setdefault(fault.number, self.clock())
                    if self.clock() - since < VICTIM_SECONDS:
                        others.append(fault)
                    else:
                        self.book.miss(fault, str(problem))
                        # Somebody is always there to be hit.
                        others.append(replace(fault, kind="kill", target="lambda-worker"))
                    time.sleep(LOOK_SECONDS)
        except BaseException as problem:  # noqa: BLE001 - told to the workload, which raises it
            self._problems.append(problem)

    def _strike(self, fault: Fault) -> None:
        """One strike, and the time that it takes to recover from it."""
        entry, is_well = self.strikes.strike(fault)
        self.book.add(entry)
        self.console.say(f"  fault {len(self.book.entries)}: {fault.title}")
        self._watched.append((entry, is_well))
        is_delivery = fault.kind == "delivery"
        deadline = time.monotonic() + (DELIVERY_SECONDS if is_delivery else RECOVERY_SECONDS)
        while not entry.recovered_at and time.monotonic() < deadline:
            time.sleep(0.2)
        time.sleep(self.dice.uniform(0.2, 1.0) * PAUSE_SECONDS)

    def _has_begun(self, fault: Fault) -> bool:
        """What is late in a stage comes when the stage has begun."""
        return self.strikes.stage_numbers[fault.detail] in self._begun

    def _watch(self) -> None:
        while not self._is_over.wait(0.3):
            for entry, is_well in list(self._watched):
                try:
                    well = is_well()
                except Exception:  # noqa: BLE001 - it is not well, then
                    well = False
                if well:
                    entry.recovered_at = self.clock()
                if well or self.clock() - entry.began_at > WATCHED_SECONDS:
                    self._watched.remove((entry, is_well))

    # -- calls --------------------------------------------------------------------------------

    def _disturb_calls(self) -> None:
        waiting = deque(self.plan.calls)
        armed: list[_Armed] = []
        last_armed = 0.0
        try:
            while (waiting or armed) and not self._is_over.is_set():
                try:
                    unmet = sum(one.entry is None for one in armed)
                    if waiting and unmet < ARMED and self.clock() - last_armed > ARM_SECONDS:
                        armed.append(self._arm(waiting[0]))
                        waiting.popleft()
                        last_armed = self.clock()
                    rules = self.gateway.rules()
                except OSError:
                    time.sleep(LOOK_SECONDS)
                    continue
                for one in list(armed):
                    if self._look_at(one, rules.get(one.rule_id), waiting):
                        armed.remove(one)
                time.sleep(LOOK_SECONDS)
        except BaseException as problem:  # noqa: BLE001 - told to the workload, which raises it
            self._problems.append(problem)

    def _arm(self, fault: Fault) -> _Armed:
        service, _, operation = fault.target.partition(":")
        rule_id = self.gateway.add(
            service=service,
            operation=operation,
            kind=fault.detail,
            count=fault.hits,
            rate=1.0 if fault.hits > 1 else 0.4,
            seconds=fault.seconds,
        )
        return _Armed(fault, rule_id, self.clock())

    def _look_at(self, one: _Armed, rule: dict[str, Any] | None, waiting: deque[Fault]) -> bool:
        """Whether nothing more is to be seen of this fault."""
        if rule is None:
            # The gateway was killed: what it had hit is answered by the one that came after.
            if one.entry is None:
                waiting.appendleft(one.fault)
            else:
                one.entry.recovered_at = self.clock()
                one.entry.recovered_by = "the gateway was started anew meanwhile"
            return True
        if rule["hits"] and one.entry is None:
            one.entry = self.book.add(Entry(one.fault, rule["hit_at"][0], rule["hit_at"][0]))
            self._called += 1
        if one.entry is None:
            if self.clock() - one.since > UNMET_SECONDS:
                with contextlib.suppress(OSError):
                    self.gateway.forget(one.rule_id)
                self.book.miss(one.fault, "nobody called it any more")
                call = self.dice.choice(self.plan.frequent)
                waiting.append(replace(one.fault, target=call.name))
                return True
            return False
        one.entry.ended_at = rule["hit_at"][-1]
        if rule["answered_at"]:
            one.entry.recovered_at = rule["answered_at"]
            one.entry.recovered_by = "asked again"
            return True
        return self.clock() - one.entry.began_at > WATCHED_SECONDS
