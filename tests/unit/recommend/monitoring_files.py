"""What a run of `monitor` reads, as files: fans who follow recommendations at a planted rate."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

BUSINESS_DATE = dt.date(2026, 6, 15)
FIRST_DAY = dt.date(2026, 6, 2)
FANS = 400
# Every fourth fan turns to the first artist of their list, every tenth to the most popular one.
FOLLOWS, FOLLOWS_THE_CROWD = 4, 10
LISTS = [[f"niche-{(10 * turn + place):03}" for place in range(10)] for turn in range(20)]
DEEDS = ("fan_id", "artist_id", "first_at")
POPULAR = [f"star-{n:02}" for n in range(12)]


def captured(
    fan: str, artists: Sequence[str], at: dt.datetime, version: str = "v1", source: str = "history"
) -> str:
    """One line as SageMaker writes it."""
    recommended = [{"artist_id": a, "score": 1.0, "is_known": False} for a in artists]
    answers = {"source": source, "recommendations": recommended}
    bodies = {
        "endpointInput": {"questions": [{"fan_id": fan, "count": 10, "explains": True}]},
        "endpointOutput": {"model_version": version, "answers": [answers]},
    }
    return json.dumps(
        {
            "captureData": {
                side: {"encoding": "JSON", "data": json.dumps(body)}
                for side, body in bodies.items()
            },
            "eventMetadata": {
                "eventId": f"{fan}-{at:%d%H%M%S}",
                "inferenceTime": f"{at:%Y-%m-%dT%H:%M:%SZ}",
            },
            "eventVersion": "0",
        }
    )


def write_planted(
    processing: Path,
    *,
    follows: int = FOLLOWS,
    fans: int = FANS,
    delivered_until: dt.date = BUSINESS_DATE,
    early_listens: int = 0,
    population: dict[str, Any] | None = None,
) -> None:
    """Fans are asked once, on one of the seven judged days, and every second one again lately.

    `early_listens` are those of the day after the last delivery, which came with it.
    """
    lines: dict[dt.date, list[str]] = {}
    first = [
        (f"crowd-{n}", star, _seconds(FIRST_DAY - dt.timedelta(days=90)))
        for place, star in enumerate(POPULAR)
        for n in range(30 - place)
    ]
    for number in range(fans):
        fan, day = f"fan-{number:03}", FIRST_DAY + dt.timedelta(days=number % 7)
        listed = LISTS[number % len(LISTS)]
        source = "popularity" if number % 5 == 0 else "history"
        for asked in (day, BUSINESS_DATE)[: 1 + number % 2]:
            at = dt.datetime.combine(asked, dt.time(12), dt.UTC)
            lines.setdefault(asked, []).append(captured(fan, listed, at, source=source))
        soon = _seconds(day + dt.timedelta(days=2))
        if number % follows == 0:
            first.append((fan, listed[0], soon))
        if number % FOLLOWS_THE_CROWD == 0:
            first.append((fan, POPULAR[0], soon))
        # After their window, and of no use to anybody.
        first.append((fan, listed[1], _seconds(day + dt.timedelta(days=8))))
    for day, of_day in lines.items():
        folder = processing / f"answers/{day:%Y/%m/%d}/12"
        folder.mkdir(parents=True)
        (folder / "00-00-000-a.jsonl").write_text("".join(f"{one}\n" for one in of_day))
    days = [FIRST_DAY + dt.timedelta(days=n) for n in range((delivered_until - FIRST_DAY).days + 1)]
    listens = [1000] * len(days)
    if early_listens:
        days.append(delivered_until + dt.timedelta(days=1))
        listens.append(early_listens)
    artists = [*POPULAR, *(artist for listed in LISTS for artist in listed)]
    for channel, table in {
        "first_deeds": dict(zip(DEEDS, zip(*first, strict=True), strict=True)),
        "days": {"listened_on": days, "listens": listens},
        "artists": {"artist_id": artists, "genres": [["rock"]] * len(artists)},
        "fans": {"fan_id": ["fan-000"], "place": ["Graz, AT"]},
    }.items():
        folder = processing / "lake" / channel
        folder.mkdir(parents=True)
        pq.write_table(
            pa.table({name: pa.array(column) for name, column in table.items()}), folder / "part"
        )
    request = {
        "business_date": BUSINESS_DATE.isoformat(), "window_days": 7, "population": population,
        "held_out_weeks": 1,
    }  # fmt: skip
    (processing / "lake/request.json").write_text(json.dumps(request))


def _seconds(day: dt.date) -> int:
    return int(dt.datetime.combine(day, dt.time(), dt.UTC).timestamp())
