"""Queries put to DuckDB: each distinct one once, those that differ in measures only together."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

import duckdb

from rlm.quicksight.expressions import ExpressionError
from rlm.quicksight.queries.context import Answer, NotSupportedError, Steps
from rlm.quicksight.queries.sharing import Asking, planned, shares, without_bases
from rlm.quicksight.query import ColumnType, Dimension, Measure, Query, Scope
from rlm.quicksight.sql import compile_query, compile_value
from rlm.quicksight.sql.groups import LEVEL

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from decimal import Decimal

    from rlm.quicksight.expressions.fields import Fields
    from rlm.quicksight.expressions.tree import Expression, Value

K = TypeVar("K")
T = TypeVar("T")

_KEPT_ANSWERS = 2_000
_MALFORMED = (AttributeError, IndexError, KeyError, TypeError, ValueError)


class Answers:
    """Compiles and runs queries on one connection; remembers the answer of each.

    The data under the connection must not change while this lives.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self._known: dict[str, Answer | NotSupportedError] = {}
        self._values: dict[str, Value] = {}
        self._cut: set[tuple[str, tuple[Dimension, ...]]] = set()
        self.statements = 0
        """How many statements were run."""

    def ask(
        self,
        queries: Sequence[Query],
        scope: Callable[[str], Scope],
        fields: Callable[[str], Fields],
    ) -> dict[Query, Answer | NotSupportedError]:
        """An answer for each distinct query, or why there is none."""
        texts: dict[Query, str] = {}
        found: dict[Query, Answer | NotSupportedError] = {}
        for query in dict.fromkeys(queries):
            try:
                texts[query] = compile_query(query, scope(query.data_set))
            except NotSupportedError as problem:
                found[query] = problem
            except ExpressionError as problem:
                found[query] = NotSupportedError(str(problem))
        missing = [query for query, text in texts.items() if text not in self._known]
        groups = {_merged(group): group for group in _mergeable(missing)}
        for asking in planned(list(groups), fields, self._cut):
            self._run(asking, groups, texts, scope)
        for query, text in texts.items():
            if text not in self._known:
                self._remember(text, self._answer(query, text))
            found[query] = self._known[text]
        return found

    def _run(
        self,
        asking: Asking,
        groups: Mapping[Query, Sequence[Query]],
        texts: Mapping[Query, str],
        scope: Callable[[str], Scope],
    ) -> None:
        """Remembers the answers to all that this one statement answers."""
        of_scope = scope(asking.query.data_set)
        try:
            answer = self._answer(asking.query, compile_query(asking.query, of_scope))
        except (ExpressionError, NotSupportedError):
            return
        if isinstance(answer, NotSupportedError):
            return
        if asking.query.limit is not None and len(answer.rows) >= asking.query.limit:
            self._cut.add((asking.own.data_set, asking.own.dimensions))
        answered = [(asking.own, without_bases(asking, answer))]
        answered += shares(asking, answer, of_scope.week_starts_on)
        for merged, its_answer in answered:
            for query in groups.get(merged, ()):
                self._remember(texts[query], _share(query, merged, its_answer))

    def _remember(self, text: str, answer: Answer | NotSupportedError) -> None:
        while len(self._known) >= _KEPT_ANSWERS:
            self._known.pop(next(iter(self._known)))
        self._known[text] = answer

    def value(self, expression: Expression, scope: Scope) -> Value:
        """The value of an expression without fields."""
        text = compile_value(expression, scope)
        if text not in self._values:
            try:
                rows, _, types = self._rows(text)
            except duckdb.Error as problem:
                raise NotSupportedError(f"an expression failed: {problem}") from problem
            convert = _converter(str(types[0]))
            value: Value = rows[0][0]
            self._values[text] = value if convert is None or value is None else convert(value)
        return self._values[text]

    def _answer(self, query: Query, text: str) -> Answer | NotSupportedError:
        try:
            return _as_answer(query, *self._rows(text))
        except duckdb.Error as problem:
            return NotSupportedError(f"the query failed: {str(problem).splitlines()[0]}")

    def _rows(self, text: str) -> tuple[list[tuple[Any, ...]], list[str], list[Any]]:
        self.statements += 1
        cursor = self._connection.execute(text)
        description = cursor.description or []
        rows = cursor.fetchall()
        return rows, [one[0] for one in description], [one[1] for one in description]


def drive(
    steps: Mapping[K, Steps[T]],
    ask: Callable[[Sequence[Query]], Mapping[Query, Answer | NotSupportedError]],
) -> dict[K, T | NotSupportedError]:
    """Runs all of them in rounds: what they need at the same time is asked together."""
    done: dict[K, T | NotSupportedError] = {}
    sent: dict[K, tuple[Answer, ...] | NotSupportedError | None] = dict.fromkeys(steps)
    running = dict(steps)
    while running:
        wanted: dict[K, tuple[Query, ...]] = {}
        for key, one in list(running.items()):
            try:
                told = sent[key]
                if isinstance(told, NotSupportedError):
                    wanted[key] = one.throw(told)
                else:
                    wanted[key] = next(one) if told is None else one.send(told)
            except StopIteration as end:
                done[key] = end.value
                del running[key]
            except NotSupportedError as problem:
                done[key] = problem
                del running[key]
            except ExpressionError as problem:
                done[key] = NotSupportedError(str(problem))
                del running[key]
            except _MALFORMED as problem:
                # One part of a definition that is not as the API has it must not cost the sheet.
                done[key] = NotSupportedError(f"not as the API has it: {problem!r}")
                del running[key]
        distinct = list(dict.fromkeys(query for queries in wanted.values() for query in queries))
        answers = ask(distinct) if distinct else {}
        for key, queries in wanted.items():
            found = [answers[query] for query in queries]
            failure = next((one for one in found if isinstance(one, NotSupportedError)), None)
            sent[key] = failure or tuple(one for one in found if isinstance(one, Answer))
    return {key: done[key] for key in steps}


def _mergeable(queries: Sequence[Query]) -> list[list[Query]]:
    groups: dict[Query, list[Query]] = {}
    for query in dict.fromkeys(queries):
        # A limit without an order is one of the dimensions' own order, whatever the measures.
        is_alone = query.is_detail or query.order or not query.measures
        key = query if is_alone else replace(query, measures=())
        groups.setdefault(key, []).append(query)
    return list(groups.values())


def _merged(group: Sequence[Query]) -> Query:
    if len(group) == 1:
        return group[0]
    distinct = dict.fromkeys(
        (one.expression, one.aggregate) for query in group for one in query.measures
    )
    measures = tuple(
        Measure(f"m{index}", expression, aggregate)
        for index, (expression, aggregate) in enumerate(distinct)
    )
    return replace(group[0], measures=measures)


def _share(query: Query, merged: Query, answer: Answer) -> Answer:
    if query is merged:
        return answer
    places = {(one.expression, one.aggregate): i for i, one in enumerate(merged.measures)}
    wanted = [places[one.expression, one.aggregate] for one in query.measures]

    def share(rows: Sequence[tuple[Any, ...]], kept: int) -> list[tuple[Any, ...]]:
        return [row[:kept] + tuple(row[kept + i] for i in wanted) for row in rows]

    count = len(query.dimensions)
    return Answer(
        share(answer.rows, count),
        answer.types[:count] + tuple(answer.types[count + i] for i in wanted),
        {kept: share(rows, len(kept)) for kept, rows in answer.totals.items()},
    )


def _as_answer(
    query: Query, rows: list[tuple[Any, ...]], names: list[str], types: list[Any]
) -> Answer:
    aliases = [one.alias for one in query.dimensions]
    aliases += [one.alias for one in query.measures]
    places = [names.index(alias) for alias in aliases]
    kinds = tuple(_column_type(types[place]) for place in places)
    converters = [_converter(str(types[place])) for place in places]

    def plain(row: tuple[Any, ...], wanted: Sequence[int]) -> tuple[Any, ...]:
        return tuple(
            row[places[i]]
            if (convert := converters[i]) is None or row[places[i]] is None
            else convert(row[places[i]])
            for i in wanted
        )

    everything = range(len(aliases))
    if not query.totals_over:
        return Answer([plain(row, everything) for row in rows], kinds)
    level = names.index(LEVEL)
    kept_places = [
        [i for i, alias in enumerate(aliases[: len(query.dimensions)]) if alias in kept]
        + list(range(len(query.dimensions), len(aliases)))
        for kept in query.totals_over
    ]
    totals: dict[tuple[str, ...], list[tuple[Any, ...]]] = {kept: [] for kept in query.totals_over}
    groups = []
    for row in rows:
        if row[level] == 0:
            groups.append(plain(row, everything))
        else:
            at = row[level] - 1
            totals[query.totals_over[at]].append(plain(row, kept_places[at]))
    return Answer(groups, kinds, totals)


def _column_type(told: Any) -> ColumnType:
    name = str(told).upper()
    if name.startswith(("DECIMAL", "DOUBLE", "FLOAT", "REAL")):
        return ColumnType.DECIMAL
    if "INT" in name and not name.startswith("INTERVAL"):
        return ColumnType.INTEGER
    if name.startswith(("TIMESTAMP", "DATE")):
        return ColumnType.DATETIME
    return ColumnType.BOOLEAN if name == "BOOLEAN" else ColumnType.STRING


def _converter(name: str) -> Callable[[Any], Any] | None:
    name = name.upper()
    if name.startswith("DECIMAL"):
        return _number
    if name.startswith(("TIMESTAMP", "DATE")):
        return _as_datetime
    if name.startswith(("VARCHAR", "DOUBLE", "FLOAT", "REAL", "BOOLEAN")) or "INT" in name:
        return None
    return str


def _number(value: Decimal) -> float:
    return float(value)


def _as_datetime(value: Any) -> dt.datetime:
    if isinstance(value, dt.datetime):
        return value.replace(tzinfo=None)
    return dt.datetime(value.year, value.month, value.day)  # noqa: DTZ001 - UTC, without a zone
