"""An artist's profile: who it is and which pictures there are of it.

One document an artist, `artists/<artist_id>/profile.json`, and a table of all of them,
`gold.artist_profiles`, which the serving tables are loaded from: one file, replaced as a whole.
Both follow from silver and the ledger alone: whatever a killed run left unwritten, the next one
writes.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from rlm.domain.json_tables import ARTIST_PROFILES
from rlm.jobs.artist_images.pictures import CONTENT_TYPE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from rlm.aws.athena import Query
    from rlm.aws.storage import Storage
    from rlm.jobs.artist_images.books import Outcome

_WRITES_AT_ONCE: Final = 8
# Arrays as JSON: as plain text, Athena's results do not tell `a, b` from `a` and `b`.
_ARTISTS_SQL: Final = """
SELECT artist_id, name, json_format(CAST(genres AS JSON)) AS genres,
       json_format(CAST(tags AS JSON)) AS tags, country, formed_year, updated_at
FROM {database}.artists
ORDER BY artist_id
"""


@dataclass(frozen=True)
class Artist:
    artist_id: str
    name: str
    genres: tuple[str, ...]
    tags: tuple[str, ...]
    country: str | None
    formed_year: int | None
    updated_at: dt.datetime


@dataclass(frozen=True)
class ProfileRow:
    """A row of the table."""

    artist_id: str
    profile_key: str
    image_keys: tuple[str, ...]
    """Smallest first; empty without a picture."""
    image_version: str | None
    updated_at: str
    """UTC, as Hive reads timestamps: when the artist or its picture last changed."""
    content_sha256: str
    """Of the profile document."""


def read_artists(query: Query, database: str) -> list[Artist]:
    """Every artist of silver."""
    return [
        Artist(
            artist_id=row["artist_id"],
            name=row["name"],
            genres=tuple(json.loads(row["genres"] or "[]") or ()),
            tags=tuple(json.loads(row["tags"] or "[]") or ()),
            country=row["country"],
            formed_year=row["formed_year"],
            updated_at=row["updated_at"],
        )
        for row in query.rows(_ARTISTS_SQL.format(database=database))
    ]


@dataclass(frozen=True)
class Profiles:
    """All profile documents and the table of them."""

    storage: Storage
    """Of the lake."""
    published: Storage
    """Of the artists' data."""
    lake: str
    artist_data: str

    def write(
        self, artists: Iterable[Artist], current: Mapping[str, Outcome], good: Iterable[Outcome]
    ) -> tuple[int, int]:
        """Writes what changed; answers how many profiles there are and how many were written.

        The table comes last: a document that it does not know is written again.
        """
        versions: dict[str, list[Outcome]] = {}
        for outcome in sorted(good, key=lambda o: o.image):
            versions.setdefault(outcome.image.artist_id or "", []).append(outcome)
        known = {row["artist_id"]: row["content_sha256"] for row in self._rows()}
        rows: list[ProfileRow] = []
        changed: list[tuple[str, bytes]] = []
        for artist in artists:
            picture = current.get(artist.artist_id)
            document = _document(artist, picture, versions.get(artist.artist_id, []))
            row = _row(artist, picture, hashlib.sha256(document).hexdigest())
            rows.append(row)
            if known.get(artist.artist_id) != row.content_sha256:
                changed.append((f"{self.artist_data}/{row.profile_key}", document))
        with ThreadPoolExecutor(_WRITES_AT_ONCE) as pool:
            for written in [pool.submit(self.published.write, *one) for one in changed]:
                written.result()
        self._write_rows(rows)
        return len(rows), len(changed)

    def _rows(self) -> Iterator[dict[str, Any]]:
        try:
            with self.storage.open(self._table_file) as stream:
                yield from map(json.loads, stream.read().splitlines())
        except FileNotFoundError:
            return

    def _write_rows(self, rows: Iterable[ProfileRow]) -> None:
        lines = [json.dumps(vars(row), ensure_ascii=False) for row in rows]
        content = "".join(f"{line}\n" for line in lines).encode()
        try:
            with self.storage.open(self._table_file) as stream:
                if stream.read() == content:
                    return
        except FileNotFoundError:
            pass
        self.storage.write(self._table_file, content)

    @property
    def _table_file(self) -> str:
        return f"{self.lake}/{ARTIST_PROFILES.folder}/{ARTIST_PROFILES.name}.jsonl"


def _document(artist: Artist, current: Outcome | None, versions: list[Outcome]) -> bytes:
    image = None
    if current is not None:
        image = {
            "version": current.version,
            "files": [{**vars(file), "content_type": CONTENT_TYPE} for file in current.files],
            "source": {
                "file": current.image.uri,
                "delivery_date": current.image.delivery_date.isoformat(),
                "sha256": current.sha256,
                "format": current.format,
                "width": current.width,
                "height": current.height,
                "bytes": current.image.size,
            },
        }
    document = {
        "artist_id": artist.artist_id,
        "name": artist.name,
        "genres": artist.genres,
        "tags": artist.tags,
        "country": artist.country,
        "formed_year": artist.formed_year,
        "updated_at": _changed_at(artist, current).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "image": image,
        "image_history": [
            {
                "version": outcome.version,
                "delivery_date": outcome.image.delivery_date.isoformat(),
                "source_file": outcome.image.uri,
                "keys": [file.key for file in outcome.files],
            }
            for outcome in versions
        ],
    }
    return json.dumps(document, ensure_ascii=False, indent=1).encode() + b"\n"


def _row(artist: Artist, current: Outcome | None, content_sha256: str) -> ProfileRow:
    return ProfileRow(
        artist_id=artist.artist_id,
        profile_key=f"artists/{artist.artist_id}/profile.json",
        image_keys=tuple(file.key for file in current.files) if current else (),
        image_version=current.version if current else None,
        updated_at=f"{_changed_at(artist, current):%Y-%m-%d %H:%M:%S}",
        content_sha256=content_sha256,
    )


def _changed_at(artist: Artist, current: Outcome | None) -> dt.datetime:
    """From the data and not from a clock: a delivery is what was true at the end of its day."""
    if current is None:
        return artist.updated_at
    day = current.image.delivery_date
    return max(artist.updated_at, dt.datetime.combine(day, dt.time(23, 59, 59), dt.UTC))
