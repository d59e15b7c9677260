"""A plan says in advance which faults a run gets, and leaves nobody out."""

from __future__ import annotations

from collections import Counter

import pytest

from chaos.plan import CALL_FAULTS, SERVERS, WORKERS, Call, make_plan

CALLS = [Call("s3", "GetObject", 900), Call("s3", "PutObject", 300), Call("glue", "GetTable", 80)]
LATE = ["artists of 2026-06-02", "events of 2026-06-02", "events of 2026-06-04"]


def test_same_seed_gives_the_same_plan() -> None:
    plan = make_plan(7, 200, CALLS, LATE)
    assert plan == make_plan(7, 200, CALLS, LATE)
    assert plan != make_plan(8, 200, CALLS, LATE)


def test_plan_has_as_many_faults_as_were_asked_for() -> None:
    for count in (5, 40, 200):
        faults = make_plan(1, count, CALLS, LATE).faults
        assert [fault.number for fault in faults] == list(range(1, count + 1))


def test_every_process_is_killed_and_every_call_goes_wrong_in_every_way() -> None:
    plan = make_plan(1, 200, CALLS, LATE)
    killed = Counter(fault.target for fault in plan.strikes if fault.kind == "kill")
    assert set(killed) == {*SERVERS, *WORKERS}
    assert max(killed.values()) - min(killed.values()) <= 1
    assert {fault.target for fault in plan.calls} == {call.name for call in CALLS}
    ways = Counter(fault.detail for fault in plan.calls)
    assert set(ways) == set(CALL_FAULTS)
    assert max(ways.values()) - min(ways.values()) <= 1


def test_late_deliveries_come_in_their_order() -> None:
    plan = make_plan(1, 200, CALLS, LATE)
    assert [fault.detail for fault in plan.strikes if fault.target == "late"] == LATE


def test_without_a_disk_of_its_own_none_is_full() -> None:
    plan = make_plan(1, 200, CALLS, LATE, has_disk=False)
    assert len(plan.faults) == 200
    assert not [fault for fault in plan.faults if fault.kind == "disk"]
    assert [fault for fault in make_plan(1, 200, CALLS, LATE).faults if fault.kind == "disk"]


def test_plan_of_no_calls_is_refused() -> None:
    with pytest.raises(ValueError, match="no call to disturb"):
        make_plan(1, 200, [], LATE)


def test_faults_have_titles_for_people() -> None:
    titles = {fault.kind: fault.title for fault in make_plan(1, 200, CALLS, LATE).faults}
    assert titles["kill"].endswith(" killed")
    assert "disk full for " in titles["disk"]
