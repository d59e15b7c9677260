"""Captured answers: which are read, which are counted, and that their order changes nothing."""

from __future__ import annotations

import base64
import datetime as dt
import json
import random
from typing import Any

from rlm import names
from rlm.recommend.monitoring.captures import Captures

DAY = dt.date(2026, 6, 1)


def line(
    *questions: dict[str, Any],
    at: str = "2026-06-01T12:00:00Z",
    artists: tuple[str, ...] = ("a", "b"),
    version: str = "v1",
    event_id: str = "e1",
    **more: Any,
) -> str:
    """As SageMaker writes it; `more` goes into the metadata."""
    recommended = [
        {
            "artist_id": artist,
            "score": 1.0,
            "is_known": artist.startswith("known"),
            "evidence": "fans",
        }
        for artist in artists
    ]
    answers = {
        "model_version": version,
        "answers": [{"source": "history", "recommendations": recommended} for _ in questions],
    }
    captured = {
        side: {"observedContentType": "application/json", "mode": mode, "encoding": "JSON",
               "data": json.dumps(body)}
        for side, mode, body in (
            ("endpointInput", "INPUT", {"questions": list(questions)}),
            ("endpointOutput", "OUTPUT", answers),
        )
    }  # fmt: skip
    metadata = {"eventId": event_id, "inferenceTime": at, **more}
    return json.dumps({"captureData": captured, "eventMetadata": metadata, "eventVersion": "0"})


def read(*lines: str, most_fans: int = 100) -> Captures:
    captures = Captures(frozenset({DAY}), most_fans)
    captures.read(lines)
    return captures


def test_an_answer_is_read_with_what_was_asked() -> None:
    question = {
        "fan_id": "f1", "count": 3, "liked_artist_ids": ["x"], "genres": ["Rock"],
        "candidate_ids": ["a", "b", "c"], "near": {"place": "Graz, AT"}, "explains": True,
    }  # fmt: skip
    (answer,) = read(line(question, artists=("a", "known-1", "b"))).answers()
    assert (answer.fan_id, answer.model_version, answer.is_known_fan) == ("f1", "v1", True)
    assert answer.day == DAY
    # What the model knew the fan to know is no news.
    assert answer.artist_ids == ("a", "b")
    assert (answer.liked, answer.genres) == (("x",), ("Rock",))
    assert answer.candidates == ("a", "b", "c")
    assert (answer.place, answer.is_by_place) == ("Graz, AT", True)


def test_bodies_in_base64_are_read_too() -> None:
    document = json.loads(line({"fan_id": "f1"}))
    for side in document["captureData"].values():
        side["data"] = base64.b64encode(side["data"].encode()).decode()
        side["encoding"] = "BASE64"
    assert [answer.fan_id for answer in read(json.dumps(document)).answers()] == ["f1"]


def test_what_nobody_saw_and_what_belongs_to_nobody_is_counted_and_left_out() -> None:
    captures = read(
        line({"fan_id": "f1"}, inferenceId=names.UNATTENDED_INFERENCE),
        line({"liked_artist_ids": ["x"]}),
        line({"fan_id": "f2"}, inferenceId="api-request-1"),
        "no JSON",
        "",
    )
    assert captures.counts == {"unattended": 1, "without_fan": 1, "kept": 1, "unreadable": 1}
    assert [answer.fan_id for answer in captures.answers()] == ["f2"]


def test_the_first_answer_of_a_fan_day_and_model_counts() -> None:
    lines = [
        line({"fan_id": "f1"}, at="2026-06-01T12:00:00Z", artists=("second",), event_id="e2"),
        line({"fan_id": "f1"}, at="2026-06-01T09:00:00Z", artists=("first",), event_id="e9"),
        line({"fan_id": "f1"}, at="2026-06-01T13:00:00Z", artists=("other",), version="v2"),
        line({"fan_id": "f1"}, at="2026-06-02T00:00:00Z", artists=("tomorrow",)),
    ]
    captures = read(*lines)
    assert [answer.artist_ids for answer in captures.answers()] == [
        ("first",), ("other",), ("tomorrow",)
    ]  # fmt: skip
    assert captures.counts == {"kept": 3, "repeated": 1}
    # A file that is delivered twice changes no answer.
    assert read(*lines, *lines).answers() == captures.answers()


def test_the_model_that_answered_last_is_the_live_one() -> None:
    early, late = "2026-06-01T09:00:00Z", "2026-06-01T10:00:00Z"
    captures = read(
        line({"fan_id": "f1"}, at=late, version="new"),
        line({"fan_id": "f2"}, at=early, version="old"),
        line({"fan_id": "f3"}, at=late + "", version="batch", event_id="z",
             inferenceId=names.UNATTENDED_INFERENCE),
    )  # fmt: skip
    assert captures.last_version == "new"


def test_nothing_is_kept_of_fans_that_there_is_no_room_for() -> None:
    fans = {f"fan-{n}" for n in range(5000)}
    captures = read(*(line({"fan_id": fan}) for fan in sorted(fans)), most_fans=2)
    kept = {answer.fan_id for answer in captures.answers()}
    assert len(kept) == 2
    assert captures._once.keys() & fans == kept


def test_what_was_shown_is_the_top_ten_of_recent_days() -> None:
    many = tuple(f"a{n:02}" for n in range(12))
    captures = read(
        line({"liked_artist_ids": ["x"]}, artists=("known-1", *many)),
        line({"fan_id": "f1"}, at="2026-05-31T12:00:00Z", artists=("before",)),
    )
    assert captures.shown == {"known-1", *many[:9]}


def test_a_sample_of_fans_does_not_depend_on_the_order_of_lines() -> None:
    lines = [
        line({"fan_id": f"f{fan}"}, at=f"2026-06-0{day}T12:00:00Z", event_id=f"e{fan}-{day}")
        for fan in range(40)
        for day in (1, 2)
    ]
    captures = read(*lines, most_fans=10)
    answers = captures.answers()
    assert len({answer.fan_id for answer in answers}) == 10
    # A fan is in it with all of their answers.
    assert len(answers) == 20
    assert captures.counts["kept"] == 20
    assert captures.counts["not_sampled"] == 60
    random.Random(1).shuffle(lines)
    assert read(*lines, most_fans=10).answers() == answers
