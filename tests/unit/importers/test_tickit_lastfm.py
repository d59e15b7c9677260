"""Every real artist, event and listening count is in the output or accounted for."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from rlm.generate.delivery_files import DeliveryFolder
from rlm.generate.generation import Progress
from rlm.importers.accounts import Accounts
from rlm.importers.tickit_lastfm import import_tickit_lastfm

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Imported:
    truth: dict[str, Any]
    rows: dict[str, list[dict[str, Any]]]


def _imported(data_dir: Path, out: Path, sales: int) -> Imported:
    import_tickit_lastfm(data_dir, DeliveryFolder(out), sales, 1, Progress(io.StringIO()))
    truth = json.loads((out / "_truth" / "import.json").read_text(encoding="utf-8"))
    rows: dict[str, list[dict[str, Any]]] = {}
    for path in sorted(out.glob("*/delivery_date=*/*")):
        raw = path.read_bytes()
        content = (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode()
        rows[path.parent.parent.name] = (
            list(csv.DictReader(io.StringIO(content)))
            if ".csv" in path.name
            else [json.loads(line) for line in content.splitlines()]
        )
    return Imported(truth, rows)


@pytest.fixture(scope="module")
def real(data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Imported:
    return _imported(data_dir, tmp_path_factory.mktemp("tickit-lastfm"), 20_000)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Imported:
    """Two concerts of known acts, one of an unknown one, a musical; every fault that is handled."""
    folder = tmp_path_factory.mktemp("sets")
    files = {
        "lastfm-hetrec/artists.dat": "id\tname\turl\tpictureURL\n1\tThe Cure\tu\tp\n2\tChicago\tu\n"
        "3\tBallakÃ© Sissoko\tu\tp\n3\tAgain\tu\tp\n\tNobody\tu\tp\n".encode(),
        "lastfm-hetrec/user_artists.dat": b"7\t1\t10\r\n8\t1  \t5\r\n7\t2\t1\r\n7\t99\t4\r\n"
        b"7\t1\t10\r\n8\t3\t0\r\nx\t1\t2\r\n",
        "lastfm-hetrec/tags.dat": b"tagID\ttagValue\r\n1\tgoth|rock\r\n2\t80s\r\n3\tespa\xf1ol\r\n",
        "lastfm-hetrec/user_taggedartists.dat": b"userID\tartistID\ttagID\tday\tmonth\tyear\n"
        b"7\t1\t1\t1\t4\t2009\n8\t1\t1\t9\t5\t2011\n7\t1\t2\t1\t1\t2010\n7\t2\t3\t1\t1\t2010\n"
        b"7\t98\t1\t1\t4\t2009\n7\t1\t77\t1\t4\t2009\n7\t1\t1\t2\t4\t2009\n",
        "tickit/venue_pipe.txt": b"1|Big Hall|Chicago|IL|500\n2|Small Hall|Toronto|ON|0\n"
        b"3|Far Hall|London|XX|0",
        "tickit/category_pipe.txt": b"6|Shows|Musicals|x\n9|Concerts|Pop|x\n",
        "tickit/date2008_pipe.txt": b"100|2020-05-01|FR|1|MAY|2|2020|0\n"
        b"101|2020-05-09|SA|1|MAY|2|2020|0\n",
        "tickit/allevents_pipe.txt": b"1|1|9|100|Cure|2020-05-01 20:00:00\n"
        b"2|2|9|101|Nobody Knows|2020-05-01 19:30:00\n3|1|6|100|Chicago|2020-05-01 14:00:00\n"
        b"4|3|9|100|Cure|2020-05-01 20:00:00\n5|1|9|100||2020-05-01 20:00:00\n",
    }
    for name, content in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(content)
    return _imported(folder, tmp_path_factory.mktemp("small-out"), 200)


def test_small_set_comes_out_as_known(small: Imported) -> None:
    artists = small.rows["artists"]
    assert [(r["artist_id"], r["name"], r["genres"], r["tags"]) for r in artists] == [
        ("lastfm-1", "The Cure", "goth/rock|80s", "goth/rock|80s"),
        ("lastfm-2", "Chicago", "español", "español"),
        ("lastfm-3", "Ballaké Sissoko", "", ""),
        ("tickit-act-0001", "Nobody Knows", "pop", ""),
        ("tickit-act-0002", "Chicago", "musicals", ""),
    ]
    events = [
        (r["event_id"], r["headliner_id"], r["venue_id"], r["starts_at_local"], r["timezone"])
        for r in small.rows["events"]
    ]
    assert events == [
        ("tickit-event-1", "lastfm-1", "tickit-venue-1", "2020-05-01T20:00:00", "America/Chicago"),
        ("tickit-event-2", "tickit-act-0001", "tickit-venue-2", "2020-05-09T19:30:00",
         "America/Toronto"),
        ("tickit-event-3", "tickit-act-0002", "tickit-venue-1", "2020-05-01T14:00:00",
         "America/Chicago"),
    ]  # fmt: skip
    assert [tuple(r.values())[:4] for r in small.rows["listens"]] == [
        ("lastfm-user-7", "lastfm-1", "2011-05-09", "10"),
        ("lastfm-user-8", "lastfm-1", "2011-05-09", "5"),
        ("lastfm-user-7", "lastfm-2", "2011-05-09", "1"),
    ]
    assert [r["capacity"] for r in small.rows["venues"]] == ["500", ""]
    assert [r["currency"] for r in small.rows["events"]] == ["USD", "CAD", "USD"]


def test_small_set_accounts_for_the_rest(small: Imported) -> None:
    left = {(i["file"].split("/")[1], i["reason"]): i["lines"] for i in small.truth["left_out"]}
    assert left == {
        ("artists.dat", "id given before"): [5],
        ("artists.dat", "no id or no name"): [6],
        ("user_artists.dat", "artist is not in artists.dat"): [4],
        ("user_artists.dat", "user and artist given before"): [5],
        ("user_artists.dat", "played less than once"): [6],
        ("user_artists.dat", "not three integers"): [7],
        ("user_taggedartists.dat", "artist is not in artists.dat"): [6],
        ("user_taggedartists.dat", "tag is not in tags.dat"): [7],
        ("user_taggedartists.dat", "user gave this tag before"): [8],
        ("venue_pipe.txt", "no time zone known for XX"): [3],
        ("allevents_pipe.txt", "venue is not in venue_pipe.txt"): [4],
        ("allevents_pipe.txt", "no name"): [5],
    }
    assert small.truth["acts"]["matched_by_other_spelling"] == {"Cure": "The Cure"}
    assert small.truth["acts"]["unmatched"] == ["Nobody Knows"]
    assert small.truth["event_days_taken_from_date_id"] == 1


def test_simulated_sales_say_so_and_are_of_listeners(small: Imported) -> None:
    sales = small.rows["ticket_sales"]
    assert sum(r["kind"] == "sale" for r in sales) == 200
    assert {r["is_simulated"] for r in sales} == {"true"}
    assert {r["fan_id"] for r in sales} <= {"lastfm-user-7", "lastfm-user-8"}


def test_books_that_do_not_balance_are_a_bug() -> None:
    accounts = Accounts()
    accounts.read("a.txt", rows=3, used=1)
    accounts.leave_out("a.txt", 2, "no name")
    with pytest.raises(ValueError, match="3 rows read, but 1 used"):
        accounts.check()


def test_every_real_row_is_used_or_left_out(real: Imported, data_dir: Path) -> None:
    for file, rows in real.truth["rows_in"].items():
        lines = [line for line in (data_dir / file).read_bytes().split(b"\n") if line.strip()]
        headers = sum(line.startswith((b"id\t", b"userID\t")) for line in lines[:1])
        assert rows == len(lines) - headers
        left = sum(i["rows"] for i in real.truth["left_out"] if i["file"] == file)
        assert rows == real.truth["rows_used"][file] + left


def test_real_counts(real: Imported, data_dir: Path) -> None:
    plays = [
        int(line.split(b"\t")[2])
        for line in (data_dir / "lastfm-hetrec" / "user_artists.dat").read_bytes().splitlines()
    ]
    assert len(real.rows["listens"]) == len(plays) == 92_834
    assert sum(int(r["plays"]) for r in real.rows["listens"]) == sum(plays)
    popularity = real.rows["artist_popularity"]
    assert sum(int(r["streams"]) for r in popularity) == sum(plays)
    assert sum(int(r["followers"]) for r in popularity) == len(plays)
    lastfm = [r for r in real.rows["artists"] if r["artist_id"].startswith("lastfm-")]
    assert len(lastfm) == 17_632
    assert len(real.rows["events"]) == 8_798


def test_real_rows_refer_to_rows_that_are_there(real: Imported) -> None:
    artists = {r["artist_id"] for r in real.rows["artists"]}
    venues = {r["venue_id"] for r in real.rows["venues"]}
    events = {r["event_id"] for r in real.rows["events"]}
    assert {r["headliner_id"] for r in real.rows["events"]} <= artists
    assert {r["venue_id"] for r in real.rows["events"]} <= venues
    assert {r["event_id"] for r in real.rows["ticket_sales"]} <= events
    assert {r["artist_id"] for r in real.rows["listens"]} <= artists
    for source, key in (("artists", "artist_id"), ("venues", "venue_id"), ("events", "event_id")):
        ids = [r[key] for r in real.rows[source]]
        assert len(set(ids)) == len(ids)
        assert all(re.fullmatch(r"[A-Za-z0-9_.:-]{1,64}", i) for i in ids)


def test_real_acts_are_matched_over_spelling(real: Imported) -> None:
    acts = real.truth["acts"]
    other = acts["matched_by_other_spelling"]
    assert other["Motley Crue"] == "Mötley Crüe"
    assert other["Beach Boys"] == "The Beach Boys"
    assert acts["matched"] + len(acts["unmatched"]) == acts["concert_names"]
    assert acts["matched"] > 350
    named = {r["artist_id"]: r["name"] for r in real.rows["artists"]}
    musicals = {
        named[r["headliner_id"]]: r["headliner_id"]
        for r in real.rows["events"]
        if r["category"] == "Musicals"
    }
    assert musicals
    assert all(i.startswith("tickit-act-") for i in musicals.values())


def test_real_events_in_may_are_on_the_days_of_their_date_ids(
    real: Imported, data_dir: Path
) -> None:
    dates = dict(
        line.split("|")[:2]
        for line in (data_dir / "tickit" / "date2008_pipe.txt").read_text().splitlines()
    )
    wanted = {}
    for line in (data_dir / "tickit" / "allevents_pipe.txt").read_text().splitlines():
        number, _, _, date, _, start = line.split("|")
        wanted[f"tickit-event-{number}"] = f"{dates[date]}T{start[11:]}"
    assert {r["event_id"]: r["starts_at_local"] for r in real.rows["events"]} == wanted
