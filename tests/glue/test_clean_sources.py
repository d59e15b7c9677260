"""The job on small worlds whose answer is known."""

from __future__ import annotations

import gzip
import random
import zlib

import pytest
from world import DAY, World, row, text

from rlm.domain.delivery import SourceCounts

pytestmark = pytest.mark.slow


def counts(world: World, source: str, **options: object) -> SourceCounts:
    return world.run(source, **options).sources[source].counts  # type: ignore[arg-type]


def test_good_rows_arrive_typed(world: World) -> None:
    world.deliver_references()
    for source in ("ticket_sales", "listens"):
        world.deliver(source, [row(source)])
    world.run("artists", "venues", "events", "ticket_sales", "listens")
    (event,) = world.silver("events")
    assert str(event["starts_at"]) == "2026-07-01 18:00:00"
    assert str(event["starts_on_local"]) == "2026-07-01"
    assert event["price_tiers"] == [{"tier": "floor", "price_cents": 4950}]
    (sale,) = world.silver("ticket_sales")
    assert (sale["unit_price_cents"], sale["quantity"], sale["refund_of"]) == (4950, 2, None)
    (artist,) = world.silver("artists")
    assert (artist["genres"], artist["tags"]) == (["rock", "post-rock"], None)


def test_second_run_reads_nothing(world: World) -> None:
    world.deliver("artists", [row("artists")])
    assert counts(world, "artists").rows_loaded == 1
    report = world.run("artists")
    assert report.sources["artists"].status == "no_new_deliveries"
    assert report.tables["artists"] == 1


def test_deliveries_after_the_business_date_wait(world: World) -> None:
    world.deliver("artists", [row("artists")], day="2026-06-02")
    assert counts(world, "artists", until="2026-06-01").rows_in == 0
    assert counts(world, "artists", until="2026-06-02").rows_loaded == 1


def test_newest_version_wins_and_copies_are_counted(world: World) -> None:
    old, new = (
        row("artists", name="Old"),
        row("artists", name="New", updated_at="2026-02-01T00:00:00Z"),
    )
    world.deliver("artists", [new, old, old, row("artists", artist_id="a2")])
    first = counts(world, "artists")
    assert (first.rows_in, first.rows_loaded, first.rows_duplicate, first.rows_superseded) == (
        4,
        3,
        1,
        1,
    )
    newest = row("artists", name="Newest", updated_at="2026-03-01T00:00:00Z")
    world.deliver("artists", [new, old, newest])
    second = counts(world, "artists")
    assert (second.rows_in, second.rows_loaded, second.rows_duplicate) == (3, 2, 1)
    # Overtaken: the old version once more, and silver's own.
    assert second.rows_superseded == 2
    assert [r["name"] for r in world.silver("artists")] == ["Newest", 'The "Quiet", Ones']


def test_columns_may_come_in_any_order_with_others_among_them(world: World) -> None:
    content = "updated_at,Name,name,artist_id,note`s\n2026-01-01T00:00:00Z,x,Ana,a9,y\n"
    world.deliver("artists", "\ufeff" + content)
    assert counts(world, "artists").rows_loaded == 1
    (artist,) = world.silver("artists")
    assert (artist["artist_id"], artist["name"], artist["country"]) == ("a9", "Ana", None)


def test_whole_broken_files_are_quarantined_and_the_others_loaded(world: World) -> None:
    good = text("artists", [row("artists", artist_id=f"a{i}") for i in range(3)])
    lines = good.encode().splitlines(keepends=True)
    world.deliver("artists", good, name="good.csv")
    empty = world.deliver("artists", b"", name="empty.csv")
    semicolons = world.deliver("artists", good.replace(",", ";"), name="semicolons.csv")
    cut = world.deliver("artists", good, name="cut.csv.gz")
    packed = gzip.compress(b"".join(lines) * 2000, mtime=0)
    (world.folder / f"landing/artists/delivery_date={DAY}/cut.csv.gz").write_bytes(
        packed[: len(packed) // 2]
    )
    found = counts(world, "artists", accept_broken=["artists"])
    by_file: dict[str, set[tuple[str, bool]]] = {}
    for r in world.quarantined("artists"):
        by_file.setdefault(r["file"], set()).add((r["rule"], "line" in r))
    assert by_file[empty] == {("empty_file", False)}
    assert by_file[semicolons] == {("header", True)}
    assert ("truncated_gzip", True) in by_file[cut]
    assert found.files_rejected == 2
    assert len(world.silver("artists")) == 3


def test_gzip_that_ends_between_two_lines_is_told_of(world: World) -> None:
    whole = zlib.compressobj(wbits=31)
    packed = whole.compress(text("artists", [row("artists")]).encode())
    packed += whole.flush(zlib.Z_SYNC_FLUSH)
    world.deliver("artists", b"", name="cut.csv.gz")
    (world.folder / f"landing/artists/delivery_date={DAY}/cut.csv.gz").write_bytes(packed)
    found = counts(world, "artists")
    assert (found.rows_in, found.rows_loaded, found.rows_quarantined) == (1, 1, 0)
    assert [(r["rule"], r.get("line")) for r in world.quarantined("artists")] == [
        ("truncated_gzip", None)
    ]


def test_file_over_the_threshold_stops_its_source_alone(world: World) -> None:
    world.deliver("artists", [row("artists")])
    world.deliver("venues", [row("venues", venue_id=f"v{i}", country="?") for i in range(11)])
    world.deliver("venues", [row("venues")])
    report = world.run("artists", "venues")
    assert report.sources["artists"].status == "loaded"
    stopped = report.sources["venues"]
    assert stopped.status == "stopped"
    assert "11 of 11 rows are broken" in (stopped.reason or "")
    assert stopped.counts == SourceCounts(rows_held=12)
    assert len(world.quarantined("venues")) == 11
    assert world.silver("venues") == []

    accepted = counts(world, "venues", accept_broken=["venues"])
    assert (accepted.rows_in, accepted.rows_loaded, accepted.rows_quarantined) == (12, 1, 11)
    assert len(world.quarantined("venues")) == 11


def test_rows_before_what_they_refer_to_wait_and_are_released(world: World) -> None:
    world.deliver("ticket_sales", [row("ticket_sales"), row("ticket_sales", sale_id="s2")])
    first = counts(world, "ticket_sales")
    assert (first.rows_quarantined, first.rows_waiting) == (2, 2)
    world.deliver_references()
    world.deliver("ticket_sales", [row("ticket_sales"), row("ticket_sales", sale_id="s3")])
    report = world.run("artists", "venues", "events", "ticket_sales")
    second = report.sources["ticket_sales"].counts
    # The row that was delivered again is the copy; the one that waited was first.
    assert (second.rows_in, second.rows_loaded, second.rows_duplicate) == (2, 1, 1)
    assert (second.rows_released, second.rows_waiting) == (2, -2)
    assert [r["sale_id"] for r in world.silver("ticket_sales")] == ["s1", "s2", "s3"]
    third = world.run("ticket_sales")
    assert third.sources["ticket_sales"].status == "no_new_deliveries"


def test_order_and_number_of_deliveries_do_not_matter(world: World) -> None:
    later = "2026-03-01T00:00:00Z"
    deliveries = [
        ("artists", [row("artists"), row("artists", artist_id="a2")]),
        ("venues", [row("venues")]),
        ("events", [row("events")]),
        # An earlier start after a later one: the sale between the two was valid and stays so.
        ("events", [row("events", starts_at_local="2026-04-01T20:00:00", updated_at=later)]),
        ("ticket_sales", [row("ticket_sales")]),
        ("ticket_sales", [row("ticket_sales", quantity="1", updated_at="2026-05-02T10:00:00Z")]),
        ("listens", [row("listens"), row("listens", artist_id="a2")]),
    ]  # fmt: skip
    sources = dict.fromkeys(source for source, _ in deliveries)
    results = []
    # As they were made, in one run; then in another order, two of them again, over three runs.
    for seed, runs in ((None, 1), (2, 3)):
        other = World(world.spark, world.folder / str(runs))
        order = deliveries
        if seed is not None:
            shuffled = random.Random(seed).sample(deliveries, len(deliveries))
            order = shuffled + shuffled[:2]
        size = -(-len(order) // runs)
        for nth, (source, rows) in enumerate(order):
            other.deliver(source, rows, day=f"2026-06-{nth + 1:02d}")
            if nth % size == size - 1 or nth == len(order) - 1:
                other.run(*sources)
        results.append({source: other.silver(source) for source in sources})
    assert results[0] == results[1]
    assert [r["quantity"] for r in results[0]["ticket_sales"]] == [1]
    assert str(results[0]["events"][0]["starts_at"]) == "2026-04-01 18:00:00"
