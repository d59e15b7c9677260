"""Same request, same bytes; sizes and calendars other than the default ones."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from rlm.generate.delivery_files import GENERATED, DeliveryFolder
from rlm.generate.generation import Progress, Request, generate
from rlm.generate.sizes import SIZES, size_for

if TYPE_CHECKING:
    from pathlib import Path

TINY = replace(size_for(3_000), history_days=60, popularity_days=20, listens=1_500)


def _generated(root: Path, **changes: Any) -> dict[str, Any]:
    request = Request(TINY, dt.date(2026, 6, 1), 7, seed=3, with_broken_rows=True)
    generate(replace(request, **changes), DeliveryFolder(root), Progress(io.StringIO()))
    truth: dict[str, Any] = json.loads((root / "_truth" / "truth.json").read_text())
    return truth


def _digests(root: Path) -> dict[str, str]:
    return {
        str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


def test_same_request_gives_the_same_bytes(tmp_path: Path) -> None:
    _generated(tmp_path / "a")
    _generated(tmp_path / "b")
    digests = _digests(tmp_path / "a")
    assert len(digests) > 30
    assert digests == _digests(tmp_path / "b")


def test_other_seed_gives_other_rows(tmp_path: Path) -> None:
    _generated(tmp_path / "a")
    _generated(tmp_path / "b", seed=4)
    one, other = _digests(tmp_path / "a"), _digests(tmp_path / "b")
    # A picture is drawn from an id and a name, whatever the seed.
    rows = [name for name in one if "/images/" not in name]
    same = {name for name in rows if one[name] == other.get(name)}
    # An empty file is the same for every seed.
    assert {name.rsplit("-", 1)[1].split(".")[0] for name in same} <= {"empty"}


def test_broken_rows_leave_the_good_ones_as_they_are(tmp_path: Path) -> None:
    broken = _generated(tmp_path / "broken")
    clean = _generated(tmp_path / "clean", with_broken_rows=False)
    assert clean["broken"] == []
    for source in GENERATED:
        assert clean["sources"][source]["rows_quarantined"] == 0
        for column in ("silver_rows", "rows_superseded"):
            assert clean["sources"][source][column] == broken["sources"][source][column]


def test_single_delivery_is_history_only(tmp_path: Path) -> None:
    truth = _generated(tmp_path, deliveries=1)
    dates = {f["file"].split("/")[1] for f in truth["files"]}
    assert dates == {"delivery_date=2026-06-01"}
    assert truth["late_parents"] == []
    assert truth["sources"]["ticket_sales"]["silver_rows"] >= 3_000


@pytest.mark.parametrize("start", [dt.date(2024, 2, 29), dt.date(2025, 12, 31)])
def test_any_start_date(tmp_path: Path, start: dt.date) -> None:
    truth = _generated(tmp_path, start=start, deliveries=3)
    assert truth["deliveries"]["first"] == start.isoformat()
    assert truth["ticket_sales"]["sales"] == 3_000


def test_large_history_is_split_into_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rlm.generate.generation.PART_ROWS", 500)
    truth = _generated(tmp_path)
    parts = [f for f in truth["files"] if "/ticket_sales-history-" in f["file"]]
    assert len(parts) > 3
    assert all(f["rows_in"] > 0 for f in parts)
    names = [f["file"] for f in truth["files"]]
    assert len(names) == len(set(names))


def test_sizes_grow_with_sales() -> None:
    assert size_for(60_000) == SIZES["small"]
    assert size_for(10_000_000) == SIZES["large"]
    grown = [size_for(n) for n in (1, 60_000, 999_999, 1_000_000, 9_000_000, 10_000_000)]
    assert [s.ticket_sales for s in grown] == [1, 60_000, 999_999, 1_000_000, 9_000_000, 10_000_000]
    assert all(s.events >= 120 and s.artists >= 60 for s in grown)
    with pytest.raises(ValueError, match="at least 1"):
        size_for(0)
