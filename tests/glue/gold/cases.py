"""Reads the small worlds of the YAML files, and says how an answer differs from theirs."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

HERE = Path(__file__).parent
Row = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """Inputs by relation, `silver.events`, and the rows that a gold table must then hold.

    The cases of one world are built together: `only` says which of its rows are this case's.
    Columns that `expect` does not name are not compared.
    """

    table: str
    world: str
    name: str
    inputs: Mapping[str, list[Row]]
    expect: list[Row]
    only: Row


def table_cases(table: str) -> list[Case]:
    """The cases of `tables/<table>.yaml`."""
    return cases_in(table, _read("tables", table))


def cases_in(table: str, content: Mapping[str, Any]) -> list[Case]:
    """The cases that a file's content describes."""
    defaults = content.get("defaults", {})
    derived = content.get("derived", {})
    cases = []
    for case in content["cases"]:
        inputs = {
            f"{layer}.{name}": [
                _with_derived(row, derived.get(name, {}))
                for row in _rows(case[layer][name], defaults.get(name, {}))
            ]
            for layer in ("silver", "gold")
            for name in case.get(layer, {})
        }
        only = case.get("only") or _of_own_ids(content["case_by"], inputs)
        world = case.get("world", "shared")
        cases.append(Case(table, world, case["name"], inputs, case["expect"], only))
    return cases


def world_inputs(cases: Iterable[Case]) -> dict[str, list[Row]]:
    """The inputs of all `cases` together; a row that several of them have is there once."""
    together: dict[str, list[Row]] = {}
    for case in cases:
        for relation, rows in case.inputs.items():
            known = together.setdefault(relation, [])
            known += [row for row in rows if row not in known]
    return together


@dataclass(frozen=True)
class Refused:
    """One edit of the right world after which a check must complain."""

    table: str
    check: str
    relation: str
    rows: list[Row]


def right_silver() -> dict[str, list[Row]]:
    """The silver rows of `checks/world.yaml`, by source."""
    content = _read("checks", "world")
    return {
        source: list(_rows(rows, content["defaults"][source]))
        for source, rows in content["silver"].items()
    }


def refused(table: str, right: Mapping[str, list[Row]]) -> list[Refused]:
    """The edits of `checks/<table>.yaml`, made to the rows of `right` by relation."""
    return refused_in(table, _read("checks", table), right)


def refused_in(
    table: str, content: Mapping[str, Any], right: Mapping[str, list[Row]]
) -> list[Refused]:
    """The edits that a file's content describes."""
    return [
        Refused(table, check, relation, _edited(right[relation], edit))
        for check, edits in content.items()
        for edit in edits
        for relation in [edit.get("in", f"gold.{table}")]
    ]


def comparable(rows: Iterable[Row], columns: Iterable[str]) -> list[str]:
    """`rows` as sorted texts of `columns`, so that two lists differ where their rows do."""
    names = list(columns)
    return sorted(repr({n: _plain(row[n]) for n in names}) for row in rows)


def matches(row: Row, only: Row) -> bool:
    """Whether `row` has the value, or one of the values, that `only` names for each column."""
    return all(
        _plain(row[name]) in [_plain(v) for v in (value if isinstance(value, list) else [value])]
        for name, value in only.items()
    )


def _of_own_ids(column: str, inputs: Mapping[str, list[Row]]) -> Row:
    return {column: sorted({r[column] for rows in inputs.values() for r in rows if column in r})}


def _edited(rows: Iterable[Row], edit: Row) -> list[Row]:
    """`rows` after `change`, `copy` or `drop` of those that match; at least one must."""
    (how,) = edit.keys() & {"change", "copy", "drop"}
    meant = [row for row in rows if matches(row, edit[how])]
    if not meant:
        raise ValueError(f"no row matches {edit}")
    others = [row for row in rows if not matches(row, edit[how])]
    changed = [] if how == "drop" else [{**row, **edit.get("to", {})} for row in meant]
    return others + changed + (meant if how == "copy" else [])


def _read(folder: str, table: str) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((HERE / folder / f"{table}.yaml").read_text())
    return content


def _rows(rows: Iterable[Row], defaults: Row) -> Iterator[Row]:
    for given in rows:
        row = {**defaults, **given}
        spans = {k: v for k, v in row.items() if isinstance(v, str) and ".." in v}
        if not spans:
            yield row
            continue
        ((column, span),) = spans.items()
        first, last = (dt.date.fromisoformat(day) for day in span.split(".."))
        for after in range((last - first).days + 1):
            yield {**row, column: first + dt.timedelta(after)}


def _with_derived(row: Row, derived: Mapping[str, str]) -> Row:
    """Columns that are a difference of two others: `net: gross - refunded`."""
    for column, formula in derived.items():
        whole, part = formula.split(" - ")
        row.setdefault(column, row[whole] - row[part])
    return row


def _plain(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, list):
        return [_plain(v) for v in value]
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    return value
