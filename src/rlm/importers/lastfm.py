"""Last.fm artists, listening counts and tags (HetRec 2011)."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from rlm.importers.text_files import records, repaired

if TYPE_CHECKING:
    from pathlib import Path

    from rlm.importers.accounts import Accounts

FOLDER: Final = "lastfm-hetrec"
_ARTISTS: Final = f"{FOLDER}/artists.dat"
_COUNTS: Final = f"{FOLDER}/user_artists.dat"
_TAGS: Final = f"{FOLDER}/tags.dat"
_ASSIGNMENTS: Final = f"{FOLDER}/user_taggedartists.dat"
_GENRES: Final = 2
_TAGS_KEPT: Final = 10


@dataclass
class LastfmArtist:
    number: int
    name: str
    plays: int = 0
    listeners: int = 0
    tags: Counter[str] = field(default_factory=Counter)

    @property
    def artist_id(self) -> str:
        return f"lastfm-{self.number}"

    def top_tags(self) -> list[str]:
        """The tags that most users gave, most given first; equal ones by name."""
        ranked = sorted(self.tags.items(), key=lambda given: (-given[1], given[0]))
        return [tag for tag, _ in ranked[:_TAGS_KEPT]]

    def genres(self) -> list[str]:
        return self.top_tags()[:_GENRES]


@dataclass(frozen=True)
class Lastfm:
    artists: dict[int, LastfmArtist]
    plays: list[tuple[int, int, int]]
    """(user, artist, plays): each pair once."""
    as_of: dt.date
    """Day of the last dated row: the counts themselves have no dates."""


def read_lastfm(data_dir: Path, accounts: Accounts) -> Lastfm:
    """Everything but the friendships; what cannot be used is in `accounts`."""
    artists = _read_artists(data_dir, accounts)
    plays = _read_plays(data_dir, artists, accounts)
    as_of = _read_tags(data_dir, artists, accounts)
    return Lastfm(artists, plays, as_of)


def _read_artists(data_dir: Path, accounts: Accounts) -> dict[int, LastfmArtist]:
    artists: dict[int, LastfmArtist] = {}
    rows = 0
    mended = {}
    for record in records(data_dir / _ARTISTS, "\t"):
        if record.cells[0] == "id":
            continue
        rows += 1
        number = _integer(record.cells[0])
        name = repaired(record.cells[1]) if len(record.cells) > 1 else ""
        if number is None or not name:
            accounts.leave_out(_ARTISTS, record.line, "no id or no name")
        elif number in artists:
            accounts.leave_out(_ARTISTS, record.line, "id given before")
        else:
            artists[number] = LastfmArtist(number, name)
            if name != record.cells[1]:
                mended[record.cells[1]] = name
    accounts.read(_ARTISTS, rows, len(artists))
    accounts.notes["names_repaired"] = mended
    return artists


def _read_plays(
    data_dir: Path, artists: dict[int, LastfmArtist], accounts: Accounts
) -> list[tuple[int, int, int]]:
    plays: dict[tuple[int, int], int] = {}
    rows = 0
    for record in records(data_dir / _COUNTS, "\t"):
        if record.cells[0] == "userID":
            continue
        rows += 1
        numbers = [_integer(cell) for cell in record.cells]
        if len(numbers) != 3 or None in numbers:
            accounts.leave_out(_COUNTS, record.line, "not three integers")
            continue
        user, artist, count = (n for n in numbers if n is not None)
        if artist not in artists:
            accounts.leave_out(_COUNTS, record.line, "artist is not in artists.dat")
        elif count < 1:
            accounts.leave_out(_COUNTS, record.line, "played less than once")
        elif (user, artist) in plays:
            accounts.leave_out(_COUNTS, record.line, "user and artist given before")
        else:
            plays[user, artist] = count
            artists[artist].plays += count
            artists[artist].listeners += 1
    accounts.read(_COUNTS, rows, len(plays))
    accounts.notes["plays"] = sum(plays.values())
    return [(user, artist, count) for (user, artist), count in plays.items()]


def _read_tags(data_dir: Path, artists: dict[int, LastfmArtist], accounts: Accounts) -> dt.date:
    names = {
        number: record.cells[1]
        for record in records(data_dir / _TAGS, "\t")
        if len(record.cells) == 2 and (number := _integer(record.cells[0])) is not None
    }
    given: set[int] = set()
    as_of = dt.date(1970, 1, 1)
    rows = used = 0
    seen: dict[int, set[tuple[int, int]]] = defaultdict(set)
    for record in records(data_dir / _ASSIGNMENTS, "\t"):
        if record.cells[0] == "userID":
            continue
        rows += 1
        numbers = [n for cell in record.cells if (n := _integer(cell)) is not None]
        if len(numbers) != 6:
            accounts.leave_out(_ASSIGNMENTS, record.line, "not six integers")
            continue
        user, artist, tag, day, month, year = numbers
        if artist not in artists:
            accounts.leave_out(_ASSIGNMENTS, record.line, "artist is not in artists.dat")
        elif tag not in names:
            accounts.leave_out(_ASSIGNMENTS, record.line, "tag is not in tags.dat")
        elif (user, tag) in seen[artist]:
            accounts.leave_out(_ASSIGNMENTS, record.line, "user gave this tag before")
        else:
            used += 1
            given.add(tag)
            seen[artist].add((user, tag))
            # The separator of lists must not be part of an item.
            artists[artist].tags[names[tag].replace("|", "/")] += 1
            as_of = max(as_of, dt.date(year, month, day))
    accounts.read(_ASSIGNMENTS, rows, used)
    accounts.notes["tags"] = {"named": len(names), "given": len(given)}
    return as_of


def _integer(cell: str) -> int | None:
    return int(cell) if cell.isascii() and cell.isdigit() else None
