"""One run: captured answers and the lake's channels in, what was found and its page out."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import asdict, dataclass
from statistics import median
from typing import TYPE_CHECKING, Any, Final

import pyarrow.dataset as ds

from rlm.recommend.monitoring import FOUND, PAGE, REQUEST
from rlm.recommend.monitoring.captures import Captures
from rlm.recommend.monitoring.deeds import Deeds
from rlm.recommend.monitoring.drift import drift, who_asked
from rlm.recommend.monitoring.joining import join
from rlm.recommend.monitoring.measures import FANS_TO_TELL, by_place, measure, measure_by
from rlm.recommend.monitoring.page import monitoring_page
from rlm.recommend.monitoring.span import Span
from rlm.recommend.monitoring.verdict import Verdict, lead, strangers

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet
    from pathlib import Path

    from rlm.recommend.contract import Progress
    from rlm.recommend.monitoring.captures import CapturedAnswer
    from rlm.recommend.monitoring.joining import Joined

# No weekday and no holiday is so quiet; what comes a day ahead, for time zones, is less.
_LEAST_SHARE_OF_A_DAY: Final = 0.1
# Of trainings that did not write it down yet.
_HELD_OUT_WEEKS: Final = 4


@dataclass(frozen=True)
class Folders:
    """Where a run finds and leaves its files."""

    lake: Path
    """A folder of Parquet files a channel, and `request.json`; a channel without rows is absent."""
    answers: Path
    """Captured answers, in SageMaker's folders."""
    output: Path


def monitor(folders: Folders, progress: Progress) -> dict[str, Any]:
    """Returns what was found, which is also written to the output, as numbers and as a page.

    Equal files give equal findings: no clock, no chance.
    """
    request = json.loads((folders.lake / REQUEST).read_text(encoding="utf-8"))
    span = Span.of(request["business_date"], request["window_days"])
    captures = Captures(frozenset(span.recent))
    files = sorted(folders.answers.rglob("*.jsonl")) if folders.answers.is_dir() else []
    for file in files:
        with file.open("rb") as lines:
            captures.read(lines)
    answers = captures.answers()
    progress(f"{len(files):,} files of captured answers: {dict(sorted(captures.counts.items()))}")
    deeds = Deeds.of(
        _batches(folders.lake, "first_deeds", ("fan_id", "artist_id", "first_at")),
        {answer.fan_id for answer in answers},
        sorted({answer.day for answer in answers}),
    )
    artists = _rows(folders.lake, "artists", ("artist_id", "genres"))
    genres_of = {
        row["artist_id"]: frozenset(genre.casefold() for genre in row["genres"] or ())
        for row in artists
    }
    delivered = _delivered(_rows(folders.lake, "days", ("listened_on", "listens")))
    judged, incomplete = _whole_windows(span, delivered)
    joined, left_out = join(answers, deeds, span.window_days, judged, genres_of)
    progress(f"{len(joined):,} answers joined, left out: {dict(sorted(left_out.items()))}")
    versions = measure_by(joined, lambda one: one.model_version)
    segments = measure_by(joined, _segment)
    live = captures.last_version
    recent = [answer for answer in answers if answer.day in span.recent]
    reference = request.get("population")
    askers = len({answer.fan_id for answer in recent})
    drifts = None
    if reference is not None:
        weeks = request.get("held_out_weeks")
        weeks = _HELD_OUT_WEEKS if weeks is None else weeks
        asked = who_asked(recent, deeds, _places(folders.lake, recent), reference, weeks)
        drifts = drift(reference, asked)
    verdict = Verdict((lead(live, versions.get(live or "")), strangers(askers, drifts)))
    progress(verdict.reason)
    found = {
        "business_date": span.business_date.isoformat(),
        "window_days": span.window_days,
        "judged_days": [day.isoformat() for day in sorted(judged)],
        "incomplete_days": [day.isoformat() for day in incomplete],
        "recent_days": [day.isoformat() for day in span.recent],
        "captured": {"files": len(files), **dict(sorted(captures.counts.items()))},
        "left_out": dict(sorted(left_out.items())),
        "live_version": live,
        "joined_answers": len(joined),
        "all": measure(joined),
        "model_versions": versions,
        "segments": segments,
        "days": measure_by(joined, lambda one: one.day.isoformat()),
        "places": by_place(joined),
        "shown": _shown(captures.shown, genres_of.keys(), recent),
        "drift": None if drifts is None else [
            {**asdict(one), "is_crossed": one.is_crossed} for one in drifts
        ],
        "askers": askers,
        "told": {
            "lead": verdict.finding("lead").is_judged,
            "segments": _told(segments),
            "model_versions": _told(versions),
            "drift": max((one.index for one in drifts or () if one.is_told), default=None)
            if askers >= FANS_TO_TELL
            else None,
            "coverage": askers >= FANS_TO_TELL,
        },
        "verdict": {
            "is_crossed": verdict.is_crossed,
            "is_judged": verdict.is_judged,
            "reason": verdict.reason,
            "findings": [asdict(finding) for finding in verdict.findings],
        },
    }  # fmt: skip
    folders.output.mkdir(parents=True, exist_ok=True)
    (folders.output / FOUND).write_text(json.dumps(found, indent=1), encoding="utf-8")
    (folders.output / PAGE).write_bytes(monitoring_page(found))
    return found


def _delivered(days: Sequence[Mapping[str, Any]]) -> frozenset[dt.date]:
    """The days that have a tenth of the median day's listens.

    One that has fewer is not there yet: a delivery may bring listens that are dated a day ahead.
    """
    usual = median(day["listens"] for day in days) if days else 0
    return frozenset(
        day["listened_on"] for day in days if day["listens"] >= _LEAST_SHARE_OF_A_DAY * usual
    )


def _whole_windows(
    span: Span, delivered: AbstractSet[dt.date]
) -> tuple[frozenset[dt.date], list[dt.date]]:
    """The days whose windows the lake has whole, and those that wait for a delivery.

    Of a day that was not delivered, what was bought or heard then would look as if it had
    never happened.
    """
    missing = {
        day
        for day in span.judged
        if any(
            day + dt.timedelta(days=after) not in delivered
            for after in range(1, span.window_days + 1)
        )
    }
    return frozenset(span.judged) - missing, sorted(missing)


def _told(groups: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """The groups that are large enough for a metric."""
    return [name for name, measured in groups.items() if measured["fans"] >= FANS_TO_TELL]


def _segment(one: Joined) -> str:
    return "known" if one.is_known_fan else "new"


def _shown(
    shown: AbstractSet[str], catalogue: AbstractSet[str], recent: Sequence[CapturedAnswer]
) -> dict[str, Any]:
    """How much of the catalogue anybody was shown on the recent days."""
    known = len(shown & catalogue)
    return {
        "answers": len(recent),
        "artists": known,
        "catalogue": len(catalogue),
        "share": known / len(catalogue) if catalogue else 0.0,
    }


def _places(lake: Path, answers: Sequence[CapturedAnswer]) -> dict[str, str]:
    """Where those fans go out who were answered."""
    fans = {answer.fan_id for answer in answers}
    return {
        row["fan_id"]: row["place"]
        for batch in _batches(lake, "fans", ("fan_id", "place"))
        for row in batch.to_pylist()
        if row["fan_id"] in fans
    }


def _rows(lake: Path, channel: str, columns: Sequence[str]) -> list[Mapping[str, Any]]:
    return [row for batch in _batches(lake, channel, columns) for row in batch.to_pylist()]


def _batches(lake: Path, channel: str, columns: Sequence[str]) -> Iterator[Any]:
    """The rows of a channel a piece at a time; Athena writes no file where there is none."""
    folder = lake / channel
    files = sorted(file for file in folder.rglob("*") if file.is_file()) if folder.is_dir() else []
    if files:
        yield from ds.dataset(files, format="parquet").to_batches(columns=list(columns))
