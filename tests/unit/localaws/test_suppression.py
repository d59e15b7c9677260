"""When a composite alarm's actions are performed, held back, or forgotten."""

from __future__ import annotations

from dataclasses import replace

from localaws.cloudwatch.suppression import Suppressor, Waiting, changed, settled

QUIET = Suppressor("cause", is_in_alarm=False, wait_seconds=10, extension_seconds=30)
LOUD = replace(QUIET, is_in_alarm=True)


def new_alarm(at: float) -> Waiting:
    waiting = changed(None, "OK", "ALARM", "why", at)
    assert waiting is not None
    return waiting


def test_actions_wait_for_the_suppressor_and_are_performed() -> None:
    waiting = new_alarm(100)
    assert settled(waiting, QUIET, 109)[0] is False
    assert settled(waiting, QUIET, 110) == (True, waiting)


def test_a_suppressor_in_alarm_holds_them_as_long_as_it_is() -> None:
    may_act, held = settled(new_alarm(100), LOUD, 105)
    assert (may_act, held.by) == (False, "Alarm")
    # Nothing changes meanwhile: what changes is written to the disk.
    assert settled(held, LOUD, 10_000) == (False, held)


def test_after_the_suppressor_the_extension_period_is_waited_for() -> None:
    _, held = settled(new_alarm(100), LOUD, 105)
    may_act, extended = settled(held, QUIET, 200)
    assert (may_act, extended.by) == (False, "ExtensionPeriod")
    assert settled(extended, QUIET, 229)[0] is False
    assert settled(extended, QUIET, 230)[0] is True


def test_a_change_that_went_back_is_never_told() -> None:
    assert changed(new_alarm(100), "ALARM", "OK", "fine again", 105) is None


def test_the_last_change_is_told() -> None:
    later = changed(new_alarm(100), "ALARM", "INSUFFICIENT_DATA", "gone", 105)
    assert later == Waiting("OK", "INSUFFICIENT_DATA", "gone", "WaitPeriod", 105)
