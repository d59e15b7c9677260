"""Calculated fields of dashboards that others wrote: all read, all translated."""

# ruff: noqa: DTZ001 - moments are in UTC without a zone
from __future__ import annotations

import json
from collections import defaultdict
from datetime import datetime
from pathlib import Path

import pytest

from rlm.quicksight.expressions import columns_of, parse, written
from rlm.quicksight.expressions.tree import Call, Column
from rlm.quicksight.expressions.walking import children
from rlm.quicksight.query import DataSet, Dimension, Measure, Query, Scope
from rlm.quicksight.sql import compile_query
from rlm.quicksight.sql.translator import fields_of

DEFINITIONS = Path(__file__).resolve().parents[5] / "shared/data/quicksight-definitions"
NO_DEFINITIONS = f"{DEFINITIONS} is not here: real definitions are not tried"
DEFAULTS = {
    "StringParameterDeclaration": "a",
    "IntegerParameterDeclaration": 1,
    "DecimalParameterDeclaration": 1.5,
    "DateTimeParameterDeclaration": datetime(2024, 1, 1),
}


def _definitions():
    for path in sorted(DEFINITIONS.glob("*/*.definition.json")):
        yield path, json.loads(path.read_text())


def _scopes():
    """One scope a data set; what its columns are is not told, so no type is held against it."""
    for path, definition in _definitions():
        texts = defaultdict(dict)
        for field in definition.get("CalculatedFields", []):
            texts[field["DataSetIdentifier"]][field["Name"]] = field["Expression"]
        parameters = {
            one["Name"]: (DEFAULTS[kind],)
            for declaration in definition.get("ParameterDeclarations", [])
            for kind, one in declaration.items()
        }
        for identifier, fields in texts.items():
            trees = {name: parse(text) for name, text in fields.items()}
            columns = {
                name: None
                for tree in trees.values()
                for name in columns_of(tree)
                if name not in trees
            }
            data_set = DataSet(identifier, "facts", columns)
            yield path, Scope(data_set, trees, parameters, datetime(2024, 3, 31))


def _query_of(name: str, scope: Scope) -> Query:
    """A visual that shows a field: as a dimension, or beside all that it partitions by."""
    tree = scope.calculated_fields[name]
    stage = fields_of(scope).stage(tree)
    if stage in ("row", "constant"):
        return Query("facts", (Dimension("value", tree),))
    shown = dict.fromkeys(_grouped_by(tree, scope))
    dimensions = tuple(Dimension(f"d{index}", one) for index, one in enumerate(shown))
    return Query("facts", dimensions, (Measure("value", tree),))


def _grouped_by(tree, scope):
    """Columns outside of aggregates: what the visual must group by."""
    fields = fields_of(scope)
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        match node:
            case Column() if fields.stage(node) == "row":
                yield Column(node.name)
            case Column():
                waiting.append(fields.calculated(node.name))
            case Call() if fields.stage(node) == "aggregate" and node.function in (
                "sum",
                "max",
                "min",
                "avg",
                "count",
                "sumIf",
                "countIf",
                "distinct_count",
                "distinct_countIf",
            ):
                continue
            case _:
                waiting.extend(children(node))


@pytest.mark.skipif(not DEFINITIONS.exists(), reason=NO_DEFINITIONS)
def test_every_expression_reads_and_reads_back():
    seen = 0
    for path, definition in _definitions():
        for text in _expressions(definition):
            tree = parse(text)
            assert parse(written(tree)) == tree, (path, text)
            seen += 1

    assert seen > 1000


def _expressions(part):
    if isinstance(part, dict):
        if isinstance(part.get("Expression"), str):
            yield part["Expression"]
        for one in part.values():
            yield from _expressions(one)
    elif isinstance(part, list):
        for one in part:
            yield from _expressions(one)


@pytest.mark.skipif(not DEFINITIONS.exists(), reason=NO_DEFINITIONS)
def test_every_calculated_field_is_translated():
    seen = 0
    longest = 0
    for path, scope in _scopes():
        for name in scope.calculated_fields:
            try:
                sql = compile_query(_query_of(name, scope), scope)
            except Exception as error:
                error.add_note(f"{path.name}: {name}")
                raise
            longest = max(longest, len(sql))
            seen += 1

    assert seen > 900
    assert longest < 500_000
