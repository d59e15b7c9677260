"""Sample tables for a whole definition, written into a DuckDB connection."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from random import Random
from typing import TYPE_CHECKING, Any, Final

from rlm.quicksight.expressions import ExpressionError, parse
from rlm.quicksight.expressions.tree import (
    Call,
    Column,
    Expression,
    Literal,
    Names,
    Operation,
    Value,
)
from rlm.quicksight.expressions.walking import nodes
from rlm.quicksight.queries.building import either
from rlm.quicksight.queries.conditions import condition_of
from rlm.quicksight.queries.context import Context, NotSupportedError
from rlm.quicksight.queries.fields import data_set_of
from rlm.quicksight.queries.filters import acts_on, filter_groups
from rlm.quicksight.queries.parameters import declared_parameters, parameter_values
from rlm.quicksight.queries.state import State
from rlm.quicksight.query import ColumnType, DataSet
from rlm.quicksight.samples.constants import Constants, NotConstantError
from rlm.quicksight.samples.solving import Solver
from rlm.quicksight.samples.values import Values, hints_of
from rlm.quicksight.samples.wishes import ANYTHING, PRESENT, Wish

if TYPE_CHECKING:
    import duckdb

# Rows that no visual asked for: what makes a picture of more than filters' values.
_PLAIN_ROWS: Final = 200
# For each visual: so many ways to satisfy its filters, and rows of each.
_WAYS: Final = 4
_ROWS_A_WAY: Final = 4
# Orders in which conditions are tried that do not go together in the first.
_ATTEMPTS: Final = 6

_SQL_TYPES: Final = {
    ColumnType.STRING: "VARCHAR",
    ColumnType.INTEGER: "BIGINT",
    ColumnType.DECIMAL: "DOUBLE",
    ColumnType.DATETIME: "TIMESTAMP",
    ColumnType.BOOLEAN: "BOOLEAN",
}


def sample_data_sets(
    definition: Mapping[str, Any],
    columns: Mapping[str, Mapping[str, ColumnType]],
    connection: duckdb.DuckDBPyConnection,
    now: dt.datetime,
    *,
    seed: int = 0,
    prefix: str = "sample",
) -> dict[str, DataSet]:
    """A table for each data set, with rows that each visual's filters let through.

    `columns` by identifier are those of `definitions.inference.all_columns`; `now` is UTC without a
    zone, as a board is drawn with. Tables are named `<prefix> <identifier>` and replace others.
    The same seed gives the same rows.
    """
    found = {}
    context = _context(definition, columns, now)
    for identifier, of_set in columns.items():
        if not of_set:
            continue
        # A generator of its own: one more data set leaves the others' rows as they are.
        random = Random(f"{seed} {identifier}")  # noqa: S311 - samples, not secrets
        rows = list(_rows(context, identifier, random))
        relation = '"' + f"{prefix} {identifier}".replace('"', '""') + '"'
        stored = stored_names(of_set)
        _write(
            connection, relation, dict(zip(stored.values(), of_set.values(), strict=False)), rows
        )
        renamed = {name: other for name, other in stored.items() if name != other}
        found[identifier] = DataSet(identifier, relation, dict(of_set), renamed)
    return found


def stored_names(columns: Iterable[str]) -> dict[str, str]:
    """Names that differ by more than the case of letters: `status`, and `Status` as `Status_2`."""
    stored: dict[str, str] = {}
    taken: set[str] = set()
    for name in columns:
        other, number = name, 2
        while other.lower() in taken:
            other, number = f"{name}_{number}", number + 1
        taken.add(other.lower())
        stored[name] = other
    return stored


def _context(
    definition: Mapping[str, Any],
    columns: Mapping[str, Mapping[str, ColumnType]],
    now: dt.datetime,
) -> Context:
    """A board as it opens, without rows."""
    calculated: dict[str, dict[str, Expression]] = {}
    broken: dict[tuple[str, str], str] = {}
    for one in definition.get("CalculatedFields") or ():
        try:
            tree = parse(one["Expression"])
        except ExpressionError as problem:
            broken[one["DataSetIdentifier"], one["Name"]] = str(problem)
        else:
            calculated.setdefault(one["DataSetIdentifier"], {})[one["Name"]] = tree

    def evaluate(tree: Expression) -> Value:
        try:
            return Constants({}, now).value(tree)
        except NotConstantError:
            return None

    def look_up(_: Mapping[str, Any]) -> tuple[Value, ...]:
        return ()

    parameters = parameter_values(
        declared_parameters(definition), {}, lambda text: evaluate(parse(text)), look_up
    )
    return Context(
        definition=definition,
        data_sets={name: DataSet(name, "", dict(of)) for name, of in columns.items()},
        calculated=calculated,
        broken=broken,
        parameters=parameters.values,
        unset=parameters.unset,
        state=State(),
        now=now,
        evaluate=evaluate,
    )


def _rows(context: Context, identifier: str, random: Random) -> Iterator[tuple[Value, ...]]:
    columns = context.data_sets[identifier].columns
    asked = list(_asked(context, identifier))
    calculated = context.calculated.get(identifier, {})
    trees = [*calculated.values(), *(tree for visual in asked for tree in visual[0])]
    values = Values(columns, hints_of(trees), context.now, random)
    constants = Constants(context.parameters, context.now)

    def row(wishes: Mapping[str, Wish]) -> tuple[Value, ...]:
        return tuple(values.draw(name, wishes.get(name, ANYTHING)) for name in columns)

    for _ in range(_PLAIN_ROWS):
        yield row({})
    for conditions, shown in asked:
        for _ in range(_WAYS):
            solver = _solved(
                conditions, lambda: Solver(columns, calculated, constants, random), random
            )
            for tree in random.sample(shown, len(shown)):
                # Not zero either: a share of nothing is nothing to look at.
                if not solver.wish(tree, Wish(is_null=False, not_among=frozenset((0, "")))):
                    solver.wish(tree, PRESENT)
            for _ in range(_ROWS_A_WAY):
                yield row(solver.wishes)


def _solved(
    conditions: tuple[Expression, ...], fresh: Callable[[], Solver], random: Random
) -> Solver:
    """A solver that all conditions are wished of, or as many as go together in some order."""
    best: tuple[int, Solver] | None = None
    # Short ones first: they leave less choice, and long ones may choose what goes with them.
    order = sorted(conditions, key=lambda one: sum(1 for _ in nodes(one)))
    for _ in range(_ATTEMPTS):
        solver = fresh()
        count = sum(solver.wish(one, Wish(among=(True,))) for one in order)
        if count == len(order):
            return solver
        if best is None or count > best[0]:
            best = count, solver
        order = random.sample(order, len(order))
    return best[1] if best else fresh()


def _asked(
    context: Context, identifier: str
) -> Iterator[tuple[tuple[Expression, ...], list[Expression]]]:
    """Of each visual on the data set: the conditions of its filters, and what it shows."""
    seen = set()
    only = next(iter(context.data_sets)) if len(context.data_sets) == 1 else None
    for sheet in context.definition.get("Sheets") or ():
        for visual in sheet.get("Visuals") or ():
            for body in visual.values():
                if (data_set_of(body) or only) != identifier:
                    continue
                conditions = tuple(
                    _conditions(context, sheet["SheetId"], body["VisualId"], identifier)
                )
                shown = list(dict.fromkeys(_shown(body)))
                key = (conditions, tuple(shown))
                if key not in seen:
                    seen.add(key)
                    yield conditions, shown


def _conditions(
    context: Context, sheet_id: str, visual_id: str, identifier: str
) -> Iterator[Expression]:
    for group in filter_groups(context, sheet_id, visual_id):
        alternatives = []
        for one in group.get("Filters") or ():
            for kind, told in one.items():
                if acts_on(context, group, told, identifier):
                    alternatives.append(_condition(context, kind, told, identifier))
        known = [one for one in alternatives if one is not None]
        if known and len(known) == len(alternatives):
            joined = either(known)
            if joined is not None:
                yield joined


def _condition(
    context: Context, kind: str, told: Mapping[str, Any], identifier: str
) -> Expression | None:
    """None where nothing is to be done about the filter, or nothing can be."""
    try:
        if kind == "NestedFilter":
            inner = told["InnerFilter"]["CategoryInnerFilter"]
            found = condition_of(
                context, "CategoryFilter", {"FilterId": told["FilterId"], **inner}, identifier
            )
            if found is None or told["IncludeInnerSet"]:
                return found
            # None of its kind is in the inner set where it is the only one of its kind.
            column = Column(told["Column"]["ColumnName"])
            count = Call("countOver", (column, Names((column,))))
            alone = Operation("=", (count, Literal(1)))
            return Operation("and", (Operation("not", (found,)), alone))
        return condition_of(context, kind, told, identifier)
    except (NotSupportedError, ExpressionError, ValueError, TypeError, KeyError):
        # Whatever is wrong with a filter, the board says it in the visual's place.
        return None


def _shown(body: Any) -> Iterator[Expression]:
    """Columns and measures in the field wells of a visual."""
    if isinstance(body, Mapping):
        if isinstance(body.get("FieldId"), str) and isinstance(body.get("Column"), Mapping):
            yield Column(body["Column"]["ColumnName"])
        elif isinstance(body.get("FieldId"), str) and isinstance(body.get("Expression"), str):
            try:
                yield parse(body["Expression"])
            except ExpressionError:
                return
        for item in body.values():
            yield from _shown(item)
    elif isinstance(body, list):
        for item in body:
            yield from _shown(item)


def _write(
    connection: duckdb.DuckDBPyConnection,
    relation: str,
    columns: Mapping[str, ColumnType],
    rows: list[tuple[Value, ...]],
) -> None:
    """All rows at once."""
    quoted = ['"' + name.replace('"', '""') + '"' for name in columns]
    types = [_SQL_TYPES[kind] for kind in columns.values()]
    declared = ", ".join(f"{name} {kind}" for name, kind in zip(quoted, types, strict=True))
    connection.execute(f"CREATE OR REPLACE TABLE {relation} ({declared})")
    # One text instead of many values: binding a value looks for other libraries each time.
    structure = json.dumps([{f"c{index}": kind for index, kind in enumerate(types)}])
    text = json.dumps(
        [{f"c{index}": _plain(value) for index, value in enumerate(row)} for row in rows]
    )
    connection.execute(
        f"INSERT INTO {relation} SELECT unnest(from_json($1::JSON, $2), max_depth := 2)",
        [text, structure],
    )


def _plain(value: Value) -> object:
    return value.isoformat(" ") if isinstance(value, dt.datetime) else value
