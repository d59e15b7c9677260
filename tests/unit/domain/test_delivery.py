"""Which files are new, what a batch is called, and books that do not balance."""

from __future__ import annotations

import datetime as dt

import pytest

from rlm.domain.delivery import (
    Batch,
    DeliveredFile,
    FileCounts,
    ReconciliationError,
    SourceCounts,
    SourceResult,
    batch_id,
    delivered_file,
    new_files,
)

JUNE_1, JUNE_2 = dt.date(2026, 6, 1), dt.date(2026, 6, 2)


def file(name: str, etag: str = "e", day: dt.date = JUNE_1) -> DeliveredFile:
    found = delivered_file(f"s3://landing/artists/delivery_date={day}/{name}", etag, 5)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("name", "is_gzip", "is_json"),
    [
        ("a.csv", False, False),
        ("a.csv.gz", True, False),
        ("a b%20[1].jsonl", False, True),
        ("x.jsonl.gz", True, True),
    ],
)
def test_file_of_a_delivery_knows_its_source_date_and_format(
    name: str, is_gzip: bool, is_json: bool
) -> None:
    found = file(name)
    assert (found.source, found.delivery_date, found.size) == ("artists", JUNE_1, 5)
    assert (found.is_gzip, found.is_json) == (is_gzip, is_json)


@pytest.mark.parametrize(
    "key",
    [
        "artists/delivery_date=2026-06-01/notes.txt",
        "artists/delivery_date=2026-06-01/part/a.csv",
        "artists/delivery_date=2026-02-30/a.csv",
        "artists/delivery_date=20260601/a.csv",
        "artists/a.csv",
        "artists/delivery_date=2026-06-01/",
        "_truth/truth.json",
    ],
)
def test_other_objects_are_no_delivery(key: str) -> None:
    assert delivered_file(f"s3://landing/{key}", "e", 1) is None


def test_new_files_are_those_not_loaded_up_to_the_business_date() -> None:
    loaded, other, changed = file("a.csv"), file("b.csv"), file("c.csv", "second")
    later = file("d.csv", day=JUNE_2)
    known = {(loaded.uri, loaded.etag), (changed.uri, "first")}
    landed = [later, changed, other, loaded]
    assert new_files(landed, known, JUNE_1) == [other, changed]
    assert new_files(landed, known, JUNE_2) == [other, changed, later]


def test_batch_is_named_by_its_files_and_the_batch_before() -> None:
    one, two = file("a.csv"), file("b.csv")
    assert batch_id("before", [one, two]) == batch_id("before", [two, one])
    names = {
        batch_id("before", [one, two]),
        batch_id("other", [one, two]),
        batch_id("before", [one]),
        batch_id("before", [one, file("b.csv", "changed")]),
        batch_id("before", []),
    }
    assert len(names) == 5


@pytest.mark.parametrize(
    "counts",
    [
        SourceCounts(),
        SourceCounts(rows_in=6, rows_loaded=3, rows_quarantined=2, rows_duplicate=1),
        SourceCounts(rows_in=1, rows_loaded=1, rows_superseded=1),
        # A released row came in with an earlier run, and may be overtaken in this one.
        SourceCounts(rows_in=1, rows_duplicate=1, rows_released=1, rows_superseded=1),
    ],
)
def test_books_that_balance(counts: SourceCounts) -> None:
    assert Batch("artists", "b", ()).counted(counts, []).counts == counts


@pytest.mark.parametrize(
    "counts",
    [
        SourceCounts(rows_in=1),
        SourceCounts(rows_loaded=1),
        SourceCounts(rows_in=2, rows_loaded=1, rows_quarantined=1, rows_duplicate=1),
        SourceCounts(rows_in=1, rows_loaded=1, rows_superseded=2),
    ],
)
def test_books_that_do_not_balance_are_refused(counts: SourceCounts) -> None:
    with pytest.raises(ReconciliationError, match=r"^artists: \d rows in, but"):
        Batch("artists", "b", ()).counted(counts, [])


def test_run_tells_of_all_that_its_tries_loaded() -> None:
    first, second = file("a.csv"), file("b.csv")
    batches = [
        Batch("artists", name, (found,)).counted(
            SourceCounts(rows_in=rows, rows_loaded=rows - 1, rows_duplicate=1),
            [FileCounts(found.uri, "e", rows, reason=reason)],
        )
        for name, found, rows, reason in (("b1", first, 3, None), ("b2", second, 5, "no header"))
    ]
    told = SourceResult.loaded(batches)
    assert (told.status, told.files) == ("loaded", 2)
    assert told.counts == SourceCounts(rows_in=8, rows_loaded=6, rows_duplicate=2)
    assert [f.uri for f in told.rejected_files] == [second.uri]
