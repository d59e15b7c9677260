"""A whole run on a planted truth: exact numbers, equal pages, and nothing told of too little."""

from __future__ import annotations

import datetime as dt
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as Xml

import pytest
from channel_files import PROGRAMS, environment
from monitoring_files import BUSINESS_DATE, FANS, write_planted

from rlm.monitoring import metrics
from rlm.recommend.monitoring.population import population
from rlm.recommend.monitoring.published import OLDEST, measurements, publish
from rlm.recommend.monitoring.run import Folders, monitor
from rlm.recommend.monitoring.span import Span

if TYPE_CHECKING:
    from pathlib import Path

ASKED_LIKE_THIS = population([(0, None)] * 400 + [(2, None)] * 1600)


def run(processing: Path, **planted: Any) -> dict[str, Any]:
    write_planted(processing, **planted)
    return again(processing)


def again(processing: Path) -> dict[str, Any]:
    folders = Folders(processing / "lake", processing / "answers", processing / "output")
    return monitor(folders, lambda _: None)


def values(found: dict[str, Any]) -> dict[tuple[str, str], float]:
    """By name and what is in the dimensions besides the environment."""
    told = {}
    for datum in measurements("dev", found):
        by = {one["Name"]: one["Value"] for one in datum["Dimensions"]}
        assert by.pop("environment") == "dev"
        told[datum["MetricName"], "".join(by.values())] = datum["Value"]
    return told


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return run(tmp_path_factory.mktemp("planted"), population=ASKED_LIKE_THIS)


def test_the_planted_rates_come_out(found: dict[str, Any]) -> None:
    assert found["joined_answers"] == FANS
    assert values(found) == pytest.approx(
        {
            ("JoinedAnswers", ""): 400,
            ("HitRate", ""): 1 / 4,
            ("PopularityHitRate", ""): 1 / 10,
            ("HitRateLift", ""): 1 / 4 - 1 / 10,
            # Every fifth fan is new, and all who follow the crowd are among them.
            ("HitRate", "known"): 1 / 4,
            ("HitRate", "v1"): 1 / 4,
            ("PopularityHitRate", "known"): 0,
            ("PopularityHitRate", "v1"): 1 / 10,
            ("InputDrift", ""): found["told"]["drift"],
            # Of 212 artists the lists hold 200, and who asks lately gets every second list.
            ("Coverage", ""): 100 / 212,
        }
    )
    # Eighty new fans are too few for a metric; the report has them.
    assert found["segments"]["new"]["fans"] == 80
    assert found["segments"]["new"]["model"]["hit_rate_10"]["mean"] == 1 / 4
    assert found["segments"]["new"]["popularity"]["hit_rate_10"]["mean"] == 1 / 2


def test_hits_are_where_they_were_planted(found: dict[str, Any]) -> None:
    first, second, *_ = found["places"]
    assert first == {"place": 1, "answers": 400, "model": 0.25, "popularity": 0.1}
    # The second artist was heard too, but after the window.
    assert second == {"place": 2, "answers": 400, "model": 0.0, "popularity": 0.0}
    assert {day: one["answers"] for day, one in found["days"].items()} == {
        f"2026-06-0{day}": 58 if day == 2 else 57 for day in range(2, 9)
    }


def test_a_leading_model_asks_for_nothing(found: dict[str, Any]) -> None:
    verdict = found["verdict"]
    assert (verdict["is_judged"], verdict["is_crossed"]) == (True, False)
    assert "+15.00 points" in verdict["reason"]


def test_a_model_that_fans_do_not_follow_asks_for_another(tmp_path: Path) -> None:
    verdict = run(tmp_path, follows=12)["verdict"]
    assert verdict["is_crossed"]
    assert verdict["reason"].startswith("v1 hit 8.50% of the time, popularity 10.00%")


def test_strangers_ask_for_another(tmp_path: Path) -> None:
    others = population([(60, "Linz, AT")] * 2000)
    found = run(tmp_path, population=others)
    assert found["verdict"]["is_crossed"]
    assert found["verdict"]["reason"].startswith("others ask than the model was judged on")
    assert values(found)["InputDrift", ""] > 1


def test_few_answers_are_counted_and_nothing_else_is_told(tmp_path: Path) -> None:
    found = run(tmp_path, fans=99)
    assert values(found) == {("JoinedAnswers", ""): 99}
    assert not found["verdict"]["is_judged"]
    assert "too few answers to judge" in found["verdict"]["reason"]


def test_windows_that_the_lake_has_not_whole_are_not_judged(tmp_path: Path) -> None:
    """A day without deliveries would look like a day on which nobody followed."""
    found = run(tmp_path, delivered_until=BUSINESS_DATE - dt.timedelta(days=2))
    assert found["incomplete_days"] == ["2026-06-07", "2026-06-08"]
    assert found["judged_days"] == [f"2026-06-0{day}" for day in range(2, 7)]
    assert found["joined_answers"] == 400 - 2 * 57
    assert found["all"]["model"]["hit_rate_10"]["mean"] == pytest.approx(1 / 4, abs=0.01)


@pytest.mark.parametrize(("listens", "incomplete"), [(99, ["2026-06-08"]), (100, [])])
def test_a_day_is_delivered_with_a_tenth_of_the_usual_listens(
    tmp_path: Path, listens: int, incomplete: list[str]
) -> None:
    """A delivery may bring a few listens that are dated a day ahead."""
    last = BUSINESS_DATE - dt.timedelta(days=1)
    found = run(tmp_path, delivered_until=last, early_listens=listens)
    assert found["incomplete_days"] == incomplete


def test_nothing_captured_is_a_run_too(tmp_path: Path) -> None:
    write_planted(tmp_path)
    shutil.rmtree(tmp_path / "answers")
    shutil.rmtree(tmp_path / "lake/first_deeds")
    found = again(tmp_path)
    assert values(found) == {("JoinedAnswers", ""): 0}
    assert "no answer at all" in found["verdict"]["reason"]
    page = (tmp_path / "output/monitoring.html").read_text()
    assert "Nothing to judge yet." in page


def test_a_rerun_writes_the_same_files(tmp_path: Path) -> None:
    run(tmp_path, population=ASKED_LIKE_THIS)
    files = ("monitoring.json", "monitoring.html")
    before = [(tmp_path / "output" / name).read_bytes() for name in files]
    again(tmp_path)
    assert [(tmp_path / "output" / name).read_bytes() for name in files] == before


def test_the_page_says_it_and_needs_nothing_else(tmp_path: Path) -> None:
    run(tmp_path, population=ASKED_LIKE_THIS)
    page = (tmp_path / "output/monitoring.html").read_text()
    assert "It stays." in page
    assert "25.0%" in page
    assert page.count("<svg") == 6
    for drawing in page.split("<svg")[1:]:
        Xml.fromstring("<svg" + drawing.partition("</svg>")[0] + "</svg>")  # noqa: S314 - ours
    assert "http-equiv" not in page
    assert [one for one in ("src=", "<script", "url(http") if one in page] == []


@pytest.mark.slow
def test_the_images_program_does_the_same(tmp_path: Path) -> None:
    write_planted(tmp_path / "opt/ml/processing")
    done = subprocess.run(
        [sys.executable, str(PROGRAMS / "monitor")],
        env=environment(tmp_path / "opt/ml"), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "400 answers joined" in done.stdout
    assert (tmp_path / "opt/ml/processing/output/monitoring.html").exists()


class CloudWatch:
    def __init__(self) -> None:
        self.data: list[dict[str, Any]] = []

    def put_metric_data(self, Namespace: str, MetricData: list[dict[str, Any]]) -> None:  # noqa: N803
        assert Namespace == metrics.MODEL_NAMESPACE
        self.data += MetricData


def test_values_are_told_of_the_day_after_the_business_date(found: dict[str, Any]) -> None:
    """Of the business date itself the alarm would find none until the next morning."""
    end = dt.datetime(2026, 6, 16, 23, 59, tzinfo=dt.UTC)
    noon = end.replace(hour=12)
    for now, moment in ((noon, noon), (end + dt.timedelta(days=3), end)):
        cloudwatch = CloudWatch()
        assert publish(cloudwatch, "dev", found, now) == len(cloudwatch.data) == 10
        assert {datum["Timestamp"] for datum in cloudwatch.data} == {moment}


def test_values_that_cloudwatch_refuses_are_not_sent(found: dict[str, Any]) -> None:
    late = dt.datetime(2026, 6, 16, 23, 59, tzinfo=dt.UTC) + OLDEST
    assert publish(CloudWatch(), "dev", found, late) == 0


def test_days_follow_from_the_business_date_alone() -> None:
    span = Span.of("2026-06-15")
    assert (span.judged[0], span.judged[-1]) == (dt.date(2026, 6, 2), dt.date(2026, 6, 8))
    assert (span.recent[0], span.recent[-1]) == (dt.date(2026, 6, 9), dt.date(2026, 6, 15))
    assert span.captured == (*span.judged, *span.recent)
    assert span.monday == dt.date(2026, 6, 1)
    said = span.in_statement("x >= DATE ':first_day' AND x <= DATE ':last_day'")
    assert said == "x >= DATE '2026-06-02' AND x <= DATE '2026-06-15'"
    with pytest.raises(ValueError, match="window_days is 0, expected 1 to 14"):
        Span.of("2026-06-15", 0)
