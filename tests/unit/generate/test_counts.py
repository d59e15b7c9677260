"""The truth file's counts and faults are what an independent reading of the files finds."""

from __future__ import annotations

from typing import Any

import pytest

from rlm.generate.breakages import faults
from rlm.generate.delivery_files import GENERATED


@pytest.mark.parametrize("source", GENERATED)
def test_counts_are_those_of_a_plain_reading(broken_world: Any, source: str) -> None:
    read = broken_world.read[source]
    quarantined = [entry for entry in read.broken if entry[1] is not None]
    assert broken_world.truth["sources"][source] == {
        "files": read.files,
        "files_rejected": read.files_rejected,
        "rows_in": read.rows_in,
        "rows_quarantined": len(quarantined),
        "rows_duplicate": read.duplicates,
        "rows_superseded": read.superseded,
        "rows_loaded": sum(len(versions) for versions in read.versions.values()),
        "silver_rows": len(read.versions),
    }


@pytest.mark.parametrize("source", GENERATED)
def test_broken_rows_are_where_the_truth_says(broken_world: Any, source: str) -> None:
    told = [
        (b["file"], b["line"], b["rule"], b["column"])
        for b in broken_world.truth["broken"]
        if b["source"] == source
    ]
    assert told
    assert sorted(told, key=str) == sorted(broken_world.read[source].broken, key=str)


def test_every_kind_of_fault_is_planted(broken_world: Any) -> None:
    planted = {(b["source"], b["rule"], b["column"]) for b in broken_world.truth["broken"]}
    wanted = {(s, f.rule, f.column) for s in GENERATED for f in faults(s, {})}
    assert wanted <= planted
    assert {rule for _, rule, _ in planted} == {
        "encoding", "malformed", "required", "type", "range", "length", "pattern", "enum",
        "reference", "sale_after_event", "refund_of_missing", "sold_after_delivery",
        "listened_after_delivery", "measured_after_delivery", "empty_file", "truncated_gzip",
        "header",
    }  # fmt: skip


@pytest.mark.parametrize("source", GENERATED)
def test_no_file_is_so_broken_that_it_stops_its_source(broken_world: Any, source: str) -> None:
    whole = {
        b["file"] for b in broken_world.truth["broken"] if b["rule"] in ("header", "empty_file")
    }
    files = [f for f in broken_world.truth["files"] if f["source"] == source]
    judged = [f for f in files if f["file"] not in whole]
    assert judged
    # The contracts' allowance of ten rows a file, or the lowest threshold of them.
    assert [f for f in judged if f["rows_quarantined"] > max(10, 0.1 * f["rows_in"])] == []


def test_files_add_up_to_their_source(broken_world: Any) -> None:
    for source, counts in broken_world.truth["sources"].items():
        files = [f for f in broken_world.truth["files"] if f["source"] == source]
        for column in ("rows_in", "rows_quarantined", "rows_duplicate"):
            assert sum(f[column] for f in files) == counts[column]
        assert len(files) == counts["files"]
        assert all((broken_world.root / f["file"]).is_file() for f in files)
