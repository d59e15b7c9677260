"""A small generated world with every fault, and a reading of it that shares no code with it."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
import zlib
import zoneinfo
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from rlm.generate.delivery_files import DeliveryFolder
from rlm.generate.generation import Progress, Request, generate
from rlm.generate.sizes import SIZES

if TYPE_CHECKING:
    from pathlib import Path

KEYS = {
    "artists": ("artist_id",),
    "venues": ("venue_id",),
    "events": ("event_id",),
    "ticket_sales": ("sale_id",),
    "listens": ("fan_id", "artist_id", "listened_on"),
    "artist_popularity": ("artist_id", "measured_on"),
}
REQUIRED = {
    "artists": "artist_id name updated_at",
    "venues": "venue_id name city country timezone updated_at",
    "events": "event_id name headliner_id venue_id category starts_at_local timezone status "
    "updated_at",
    "ticket_sales": "sale_id order_id event_id fan_id kind quantity unit_price currency channel "
    "sold_at is_simulated updated_at",
    "listens": "fan_id artist_id listened_on plays updated_at",
    "artist_popularity": "artist_id measured_on streams followers updated_at",
}
INTEGERS = {
    "formed_year": (1850, 2100), "capacity": (1, 1_000_000), "quantity": (1, 100_000),
    "plays": (1, None), "streams": (0, None), "followers": (0, None),
}  # fmt: skip
NUMBERS = {"latitude": (-90, 90), "longitude": (-180, 180), "unit_price": (0, None)}
LENGTHS = {"name": 300, "city": 200, "region": 200, "category": 100, "tier": 100, "order_id": 64}
PATTERNS = {
    "country": "[A-Z]{2}",
    "currency": "[A-Z]{3}",
    "artist_id": "[A-Za-z0-9_.:-]{1,64}",
    "venue_id": "[A-Za-z0-9_.:-]{1,64}",
    "event_id": "[A-Za-z0-9_.:-]{1,64}",
    "sale_id": "[A-Za-z0-9_.:-]{1,64}",
    "fan_id": "[A-Za-z0-9_.:-]{1,64}",
}
CHOICES = {
    "status": {"scheduled", "postponed", "cancelled"},
    "kind": {"sale", "refund"},
    "channel": {"web", "app", "box_office", "partner"},
    "timezone": zoneinfo.available_timezones(),
}
REFERENCES = {
    "events": {"headliner_id": "artists", "venue_id": "venues"},
    "ticket_sales": {"event_id": "events"},
    "listens": {"artist_id": "artists"},
    "artist_popularity": {"artist_id": "artists"},
}


@dataclass
class PlainReading:
    """What a careful person with a text editor would find in the files of one source."""

    rows_in: int = 0
    files: int = 0
    files_rejected: int = 0
    duplicates: int = 0
    broken: list[tuple[str, int | None, str, str | None]] = field(default_factory=list)
    versions: dict[tuple[str, ...], list[dict[str, Any]]] = field(
        default_factory=lambda: defaultdict(list)
    )

    @property
    def latest(self) -> dict[tuple[str, ...], dict[str, Any]]:
        return {
            key: max(versions, key=lambda row: row["updated_at"])
            for key, versions in self.versions.items()
        }

    @property
    def superseded(self) -> int:
        return sum(len(versions) - 1 for versions in self.versions.values())


def moment(text: str) -> dt.datetime:
    return dt.datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=dt.UTC)


def start_utc(event: dict[str, Any]) -> dt.datetime:
    local = dt.datetime.fromisoformat(event["starts_at_local"])
    return local.replace(tzinfo=zoneinfo.ZoneInfo(event["timezone"])).astimezone(dt.UTC)


def read_plainly(root: Path) -> dict[str, PlainReading]:
    """Every source's files, judged by the contracts as they are written down for people."""
    found: dict[str, PlainReading] = {}
    for source in KEYS:
        reading = found[source] = PlainReading()
        for path in sorted((root / source).glob("delivery_date=*/*.*")):
            _read_file(path, str(path.relative_to(root)), source, reading, found)
    return found


def _read_file(
    path: Path, name: str, source: str, reading: PlainReading, found: dict[str, PlainReading]
) -> None:
    reading.files += 1
    content, is_cut = path.read_bytes(), False
    if path.suffix == ".gz":
        unzip = zlib.decompressobj(31)
        content = unzip.decompress(content)
        is_cut = not unzip.eof
    if not content:
        reading.files_rejected += 1
        reading.broken.append((name, None, "empty_file", None))
        return
    lines = content.split(b"\n")
    if lines[-1] == b"":
        lines.pop()
    header: list[str] | None = None
    first = 1
    if ".csv" in path.name:
        header = lines.pop(0).decode().split(",")
        first = 2
    reading.rows_in += len(lines)
    if header is not None and not set(REQUIRED[source].split()) <= set(header):
        reading.files_rejected += 1
        reading.broken += [(name, first + i, "header", None) for i in range(len(lines))]
        return
    if is_cut:
        reading.broken.append((name, first + len(lines) - 1, "truncated_gzip", None))
        lines.pop()
    delivered = dt.date.fromisoformat(path.parent.name.removeprefix("delivery_date="))
    for number, line in enumerate(lines, start=first):
        fault = _read_line(line, header, source, delivered, reading, found)
        if fault:
            reading.broken.append((name, number, *fault))


def _read_line(
    raw: bytes,
    header: list[str] | None,
    source: str,
    delivered: dt.date,
    reading: PlainReading,
    found: dict[str, PlainReading],
) -> tuple[str, str | None] | None:
    try:
        line = raw.decode()
    except UnicodeDecodeError:
        return "encoding", None
    row: dict[str, Any]
    if header is None:
        try:
            row = json.loads(line)
        except json.JSONDecodeError:
            return "malformed", None
    else:
        cells = next(csv.reader(io.StringIO(line)))
        if len(cells) != len(header):
            return "malformed", None
        row = dict(zip(header, (cell or None for cell in cells), strict=True))
    faults = list(_faults(row, source, found))
    if not faults:
        faults = list(_faults_of_the_day(row, delivered))
    assert len(faults) < 2, f"one fault a row, but {raw!r} has {faults}"
    if faults:
        return faults[0]
    key = tuple(row[column] for column in KEYS[source])
    if row in reading.versions[key]:
        reading.duplicates += 1
    else:
        reading.versions[key].append(row)
    return None


def _faults(row: dict[str, Any], source: str, found: dict[str, PlainReading]) -> Any:
    for column in REQUIRED[source].split():
        if row.get(column) is None:
            yield "required", column
    for column, value in row.items():
        if value is not None:
            yield from _value_faults(column, value)
    for column, other in REFERENCES.get(source, {}).items():
        if row.get(column) is not None and (row[column],) not in found[other].versions:
            yield "reference", column
    if source == "ticket_sales":
        if row["kind"] == "refund" and row["refund_of"] is None:
            yield "refund_of_missing", None
        if (row["event_id"],) in found["events"].versions and row["kind"] == "sale":
            versions = found["events"].versions[row["event_id"],]
            try:
                sold = moment(row["sold_at"] or "")
            except ValueError:
                return
            if sold > max(start_utc(event) for event in versions):
                yield "sale_after_event", None


def _faults_of_the_day(row: dict[str, Any], delivered: dt.date) -> Any:
    """What happens, happens before it is delivered; somewhere it is the next day already."""
    for column in ("sold_at", "listened_on", "measured_on"):
        if column in row and row[column][:10] > (delivered + dt.timedelta(days=1)).isoformat():
            yield f"{column[:-3]}_after_delivery", None


def _value_faults(column: str, value: Any) -> Any:
    limits: tuple[float, float | None] | None = None
    try:
        if column in INTEGERS:
            limits, value = INTEGERS[column], int(value)
        elif column in NUMBERS:
            limits, value = NUMBERS[column], float(value)
        elif column in ("updated_at", "sold_at"):
            moment(value)
        elif column == "starts_at_local":
            dt.datetime.strptime(value, "%Y-%m-%dT%H:%M:%S")  # noqa: DTZ007 - local on purpose
        elif column in ("listened_on", "measured_on", "on_sale_on"):
            dt.date.fromisoformat(value)
        elif column == "is_simulated" and value not in ("true", "false"):
            raise ValueError(value)
    except ValueError:
        yield "type", column
        return
    if limits and (value < limits[0] or (limits[1] is not None and value > limits[1])):
        yield "range", column
    if column == "price_tiers" and any(float(tier["price"]) < 0 for tier in value):
        yield "range", column
    if column in LENGTHS and len(value) > LENGTHS[column]:
        yield "length", column
    if column in PATTERNS and not re.fullmatch(PATTERNS[column], value):
        yield "pattern", column
    if column in CHOICES and value not in CHOICES[column]:
        yield "enum", column


@dataclass(frozen=True)
class World:
    root: Path
    truth: dict[str, Any]
    read: dict[str, PlainReading]


@pytest.fixture(scope="session")
def broken_world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """The small world with every fault planted, seven deliveries."""
    root = tmp_path_factory.mktemp("broken-world")
    folder = DeliveryFolder(root)
    request = Request(SIZES["small"], dt.date(2026, 6, 1), 7, seed=11, with_broken_rows=True)
    generate(request, folder, Progress(io.StringIO()))
    truth = json.loads((root / "_truth" / "truth.json").read_text(encoding="utf-8"))
    return World(root, truth, read_plainly(root))
