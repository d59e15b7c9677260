"""The report says who noticed a fault, and fails for what has no excuse."""

from __future__ import annotations

import ast
import inspect
import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from chaos.alarms import AlarmChange, groups_of
from chaos.api_load import Asked
from chaos.book import Book, Entry
from chaos.compare import Difference
from chaos.noticing import note_what_was_noticed
from chaos.plan import Call, Fault, Plan
from chaos.report import READ_BY_API, Verdict, write_report
from chaos.supervisor import Restart
from rlm.aws.serving_reader import ItemReader

if TYPE_CHECKING:
    from pathlib import Path

KILL = Fault(1, "kill", "local-aws")
CALL = Fault(2, "call", "dynamodb:Query", "throttle")
PLAN = Plan(1, (KILL,), (CALL,), (Call("dynamodb", "Query", 9),))


def book() -> Book:
    return Book(
        [
            Entry(KILL, 100.0, 100.0, recovered_at=104.0),
            Entry(CALL, 200.0, 200.0, recovered_at=200.5),
        ]
    )


def asked(at: float, status: int = 200, source: str = "") -> Asked:
    return Asked(at, "recommend?fan_id=f", status, source, 0.1)


def verdict(**changes: object) -> Verdict:
    whole = Verdict(
        plan=PLAN,
        book=book(),
        began_at=90.0,
        ended_at=300.0,
        undisturbed_seconds=150.0,
        differences=[],
        picture={"silver.events": ["a", "b"]},
        restarts=[],
        reruns=[],
        hurried=[],
        asked=[asked(95.0, source="model"), asked(250.0, source="precomputed")],
        alarms=[],
    )
    return replace(whole, **changes)  # type: ignore[arg-type]


def test_run_without_a_difference_is_good() -> None:
    assert verdict().is_good
    assert "nothing lost, nothing double" in verdict().as_text()


def test_difference_makes_it_fail() -> None:
    lost = verdict(differences=[Difference("silver.events", ("a",), ())])
    assert not lost.is_good
    assert "silver.events: 1 lost, 0 too many" in lost.as_text()


def test_run_that_did_not_come_to_its_end_is_told_with_its_faults(tmp_path: Path) -> None:
    broken = verdict(picture={}, problem="PlatformError: build_marts failed 7 times")
    assert not broken.is_good
    write_report(broken, tmp_path)
    assert "build_marts failed 7 times" in (tmp_path / "report.html").read_text()
    assert len(json.loads((tmp_path / "report.json").read_text())["faults"]) == 2


def test_fault_that_did_not_happen_makes_it_fail() -> None:
    assert not verdict(book=Book(book().entries[:1])).is_good


@pytest.mark.parametrize(
    ("fault", "is_good"),
    [
        (KILL, False),
        (Fault(1, "freeze", "airflow-scheduler", seconds=5.0), False),
        (Fault(1, "disk", "state", seconds=5.0), False),
        # The comparison judges it.
        (Fault(1, "delivery", "again"), True),
        # Its caller did without.
        (Fault(1, "call", "s3:GetObject", "throttle"), True),
    ],
    ids=lambda one: getattr(one, "kind", ""),
)
def test_who_was_not_seen_to_recover_makes_it_fail(
    fault: Fault, is_good: bool, tmp_path: Path
) -> None:
    open_still = verdict(book=Book([Entry(fault, 100.0, 100.0), book().entries[1]]))
    assert open_still.is_good == is_good
    assert (f"not seen to recover: {fault.title}" in open_still.as_text()) != is_good
    write_report(open_still, tmp_path)
    page = (tmp_path / "report.html").read_text()
    assert (f"<h2 class='bad'>Not seen to recover</h2><pre>{fault.title}" in page) != is_good


def test_answer_may_fail_while_what_it_needs_is_disturbed_and_not_else() -> None:
    assert verdict(asked=[asked(95.0), asked(102.0, 0), asked(200.2, 503)]).is_good
    bad = verdict(asked=[asked(95.0), asked(102.0, 0), asked(150.0, 503)])
    assert [one.at for one in bad.bad_answers] == [150.0]
    assert not bad.is_good


@pytest.mark.parametrize(
    ("target", "is_good"),
    [
        ("dynamodb:Query", True),
        ("sagemaker:InvokeEndpoint", True),
        ("dynamodb:BatchWriteItem", False),
        ("sagemaker:CreateTrainingJob", False),
        ("lambda:GetFunction", False),
    ],
)
def test_call_that_the_api_does_not_make_excuses_nothing(target: str, is_good: bool) -> None:
    call = Entry(replace(CALL, target=target), 200.0, 200.0)
    entries = Book([Entry(KILL, 100.0, 100.0, recovered_at=100.0), call])
    assert verdict(book=entries, asked=[asked(95.0), asked(200.2, 503)]).is_good == is_good


def test_calls_that_excuse_are_those_that_the_api_makes() -> None:
    made = set()
    for call in ast.walk(ast.parse(inspect.getsource(ItemReader).strip())):
        if isinstance(call, ast.Call) and ast.unparse(call.func) in ("self._ask", "self._pages"):
            (named, *_) = call.args
            if isinstance(named, ast.Constant):
                words = str(named.value).split("_")
                made.add("dynamodb:" + "".join(word[:1].upper() + word[1:] for word in words))
    assert made == READ_BY_API - {"sagemaker:InvokeEndpoint"}


@pytest.mark.parametrize(
    "answers",
    [[], [asked(102.0, 0)], [asked(95.0, 404), asked(250.0, 429)]],
    ids=["nobody asked", "none came", "all refused"],
)
def test_api_that_never_answers_makes_it_fail(answers: list[Asked], tmp_path: Path) -> None:
    silent = verdict(asked=answers)
    assert not silent.is_good
    assert "no request to the API was answered with 200" in silent.as_text()
    write_report(silent, tmp_path)
    page = (tmp_path / "report.html").read_text()
    assert "No request to the API was answered with 200" in page


def test_load_that_ends_early_makes_it_fail(tmp_path: Path) -> None:
    broken = verdict(load_problem="AttributeError: no such thing")
    assert not broken.is_good
    assert "the API was not asked to the end: AttributeError" in broken.as_text()
    write_report(broken, tmp_path)
    assert "AttributeError: no such thing" in (tmp_path / "report.html").read_text()


def test_start_that_failed_is_told_and_no_reason_to_fail(tmp_path: Path) -> None:
    told = verdict(failed_starts=[(101.0, "airflow-triggerer", "No space left on device")])
    assert told.is_good
    write_report(told, tmp_path)
    page = (tmp_path / "report.html").read_text()
    assert "1 of these starts failed and were tried again (airflow-triggerer)" in page
    assert "No space left on device" in page


def test_entries_tell_who_noticed_and_which_alarm() -> None:
    entries = book().entries
    note_what_was_noticed(
        entries,
        [Restart("local-aws", 101.2, 101.4), Restart("dashboards", 101.0, 101.1)],
        [(215.0, "load_serving_tables", "manual__1")],
        [asked(101.0, 0), asked(103.9)],
        [
            AlarmChange("rlm-dev-dynamodb-throttles", "ALARM", 210.0, "from OK to ALARM", "api"),
            AlarmChange("rlm-dev-dynamodb-throttles", "OK", 280.0, "from ALARM to OK"),
            AlarmChange("rlm-dev-dynamodb-throttles", "ALARM", 900.0, "long after"),
        ],
    )
    kill, call = entries
    assert kill.noticed == [
        "the supervisor, after 1.2 s: local-aws died",
        "1 of 2 callers of the API: no answer",
    ]
    assert kill.alarms == []
    assert call.noticed == [
        "its client: throttled",
        "load_serving_tables failed and was run again",
    ]
    assert call.alarms == ["rlm-dev-dynamodb-throttles"]


def test_alarm_that_fits_no_fault_is_nobodys() -> None:
    entries = [Entry(Fault(1, "kill", "dashboards"), 100.0, 100.0, recovered_at=110.0)]
    alarms = [AlarmChange("rlm-dev-recommender-gone", "ALARM", 105.0, "", "recommender")]
    note_what_was_noticed(entries, [], [], [], alarms)
    assert entries[0].alarms == []


def test_groups_are_those_of_the_catalog() -> None:
    groups = groups_of("dev")
    assert groups["rlm-dev-page-pipeline"] == "pipeline"
    assert groups["rlm-dev-recommender-gone"] == "recommender"
    assert set(groups.values()) >= {"api", "model", "pipeline", "recommender", "tables"}


def test_page_and_json_are_written(tmp_path: Path) -> None:
    entries = book()
    entries.miss(replace(CALL, target="glue:GetTable"), "nobody called it any more")
    told = verdict(
        book=entries, alarms=[AlarmChange("an alarm", "ALARM", 110.0, "from OK to ALARM")]
    )
    write_report(told, tmp_path)
    report = json.loads((tmp_path / "report.json").read_text())
    assert [fault["recovery_seconds"] for fault in report["faults"]] == [4.0, 0.5]
    page = (tmp_path / "report.html").read_text()
    assert "Nothing lost, nothing double" in page
    for words in ("local-aws killed", "dynamodb:Query throttled", "an alarm", "glue:GetTable"):
        assert words in page
