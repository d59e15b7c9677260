"""Silver from landing files that hold no broken row, without clean_sources: quick, for tests."""

from __future__ import annotations

import csv
import gzip
import io
import json
from typing import TYPE_CHECKING, Any

from rlm.jobs.contract_files import load_contracts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gold.marts import Marts

    from rlm.domain.contract import LandingColumn

Row = dict[str, Any]
_TYPES = {"integer": "bigint", "number": "decimal(18,6)", "array": "array<string>"}


def put_silver_of(landing: Path, marts: Marts) -> None:
    """Makes every source's silver relation from the files below `landing`.

    The newest version of a key wins, columns are what their contract makes of them.
    """
    for source, contract in load_contracts().items():
        newest: dict[tuple[str, ...], Row] = {}
        for row in _lines(landing / source):
            key = tuple(row[column] for column in contract.key)
            if key not in newest or row["updated_at"] > newest[key]["updated_at"]:
                newest[key] = row
        # Price tiers are structures that no gold table reads.
        columns = {c.name: _type(c) for c in contract.landing if not c.fields}
        rows = [
            {c.name: _value(c, row[c.name]) for c in contract.landing if not c.fields}
            for row in newest.values()
        ]
        made = [
            f"{'NULL' if 'price_tiers' in c.name else c.expression} AS `{c.name}`"
            for c in contract.silver
        ]
        marts.put(
            f"silver.{source}", marts.frame(rows, columns).selectExpr(*made).localCheckpoint()
        )


def _lines(folder: Path) -> Iterator[Row]:
    # Images of artists lie a folder deeper.
    for file in sorted(folder.glob("delivery_date=*/*.*")):
        content = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
        if ".jsonl" in file.name:
            yield from (json.loads(line) for line in content.splitlines())
        else:
            yield from csv.DictReader(io.StringIO(content.decode(), newline=""))


def _type(column: LandingColumn) -> str:
    return _TYPES.get(column.type, column.type)


def _value(column: LandingColumn, value: Any) -> Any:
    if value in ("", None):
        return None
    if column.separator:
        return value.split(column.separator)
    return value
