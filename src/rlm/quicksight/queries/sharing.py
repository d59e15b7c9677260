"""Questions whose answers lie in the answer to a finer one: asked together, in one scan."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from functools import cmp_to_key
from typing import TYPE_CHECKING, Any

from rlm.quicksight.expressions import ExpressionError
from rlm.quicksight.queries.axes import compare_values
from rlm.quicksight.queries.context import Answer
from rlm.quicksight.queries.derivations import Base, Derivation, combined_base, derivation
from rlm.quicksight.queries.periods import GRANULARITIES, cut
from rlm.quicksight.query import Dimension, Measure, Query

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator, Mapping, Sequence

    from rlm.quicksight.expressions.fields import Fields


_MOST_DAYS = 20_000


@dataclass(frozen=True)
class Shared:
    """A coarse query and how its answer is found in a finer query's."""

    query: Query
    places: tuple[tuple[int, str | None], ...]
    """Of each dimension: which one of the finer query it is, and what periods are cut to."""
    measures: tuple[Derivation, ...]


@dataclass(frozen=True)
class Asking:
    """A query to be run, and those that are answered by it unless it is cut."""

    own: Query
    query: Query
    """The same with the bases of the others as further measures."""
    bases: tuple[Base, ...] = ()
    shared: tuple[Shared, ...] = ()


def planned(
    queries: Sequence[Query],
    fields: Callable[[str], Fields],
    cut: Container[tuple[str, tuple[Dimension, ...]]] = (),
) -> list[Asking]:
    """The queries to run for all of these, coarse ones within finer ones where they can be.

    `cut` holds data sets and dimensions that are known to have too many groups.
    """
    hosts: list[Query] = []
    guests: dict[Query, list[Shared]] = defaultdict(list)
    for query in sorted(queries, key=lambda one: -len(one.dimensions)):
        found = _host(query, hosts, fields)
        if found is None:
            by_days = [one for one in _by_days(query) if (one.data_set, one.dimensions) not in cut]
            found = _host(query, by_days, fields)
            hosts.append(query if found is None else found[0])
        if found is not None:
            guests[found[0]].append(found[1])
    return [_asking(host, guests[host]) for host in hosts]


def _by_days(query: Query) -> list[Query]:
    """The same by days instead of months: DuckDB cuts to days twice as fast as to months.

    Only without another dimension: with one there might be too many groups, which is known only
    when all of them have been asked for.
    """
    is_long = [one.granularity in ("YEAR", "QUARTER", "MONTH") for one in query.dimensions]
    if is_long != [True]:
        return []
    days = tuple(
        replace(one, granularity="DAY") if is_one else one
        for one, is_one in zip(query.dimensions, is_long, strict=True)
    )
    return [replace(query, dimensions=days, measures=(), limit=query.limit or _MOST_DAYS)]


def _asking(host: Query, guests: Sequence[Shared]) -> Asking:
    bases = tuple(
        dict.fromkeys(base for guest in guests for one in guest.measures for base in one.bases)
    )
    more = tuple(
        Measure(f"b{index}", expression, aggregate)
        for index, (expression, aggregate) in enumerate(bases)
    )
    query = replace(host, measures=host.measures + more) if more else host
    return Asking(host, query, bases, tuple(guests))


def _host(
    query: Query, hosts: Sequence[Query], fields: Callable[[str], Fields]
) -> tuple[Query, Shared] | None:
    """The coarsest of the finer queries that holds the answer."""
    if query.is_detail or query.totals_over or query.order or not query.measures:
        return None
    candidates = [
        one
        for one in hosts
        if one.data_set == query.data_set
        and not one.is_detail
        and len(one.dimensions) > 0
        and one.filters == query.filters
        and one.top_bottom == query.top_bottom
        and one.row_level_security == query.row_level_security
    ]
    if not candidates:
        return None
    known = fields(query.data_set)
    try:
        if any(known.stage(one) in ("aggregate", "table") for one in query.filters):
            return None
        made = [derivation(one.expression, one.aggregate, known) for one in query.measures]
    except ExpressionError:
        return None
    measures = tuple(one for one in made if one is not None)
    if len(measures) < len(made):
        return None
    for host in sorted(candidates, key=_fineness):
        places = _places(query, host, known)
        if places is not None:
            return host, Shared(query, places, measures)
    return None


def _fineness(host: Query) -> tuple[int, int, bool]:
    """Few dimensions, periods rather than names, and no ranking make few groups."""
    names = sum(1 for one in host.dimensions if one.granularity is None)
    return (names, len(host.dimensions), bool(host.order))


def _places(query: Query, host: Query, fields: Fields) -> tuple[tuple[int, str | None], ...] | None:
    found = []
    for wanted in query.dimensions:
        place = next(
            (
                (index, cut_to)
                for index, one in enumerate(host.dimensions)
                for is_same, cut_to in [_contains(one, wanted, fields)]
                if is_same
            ),
            None,
        )
        if place is None:
            return None
        found.append(place)
    return tuple(found)


def _contains(host: Dimension, wanted: Dimension, fields: Fields) -> tuple[bool, str | None]:
    try:
        is_same = fields.canonical(host.expression) == fields.canonical(wanted.expression)
    except ExpressionError:
        return False, None
    if not is_same:
        return False, None
    if host.granularity == wanted.granularity:
        return True, None
    if host.granularity is None or wanted.granularity is None or host.granularity == "WEEK":
        return False, None
    order = GRANULARITIES.index
    return order(host.granularity) > order(wanted.granularity), wanted.granularity


def shares(asking: Asking, answer: Answer, week_starts_on: int) -> Iterator[tuple[Query, Answer]]:
    """The answers to the coarse queries; none where the finer one was cut."""
    limit = asking.query.limit
    if limit is not None and len(answer.rows) >= limit:
        return
    first = len(asking.own.dimensions) + len(asking.own.measures)
    places = {base: first + index for index, base in enumerate(asking.bases)}
    kinds = {base: answer.types[place] for base, place in places.items()}
    for guest in asking.shared:
        yield guest.query, _share(guest, answer, places, kinds, week_starts_on)


def _share(
    guest: Shared,
    answer: Answer,
    places: Mapping[Base, int],
    kinds: Mapping[Base, Any],
    week_starts_on: int,
) -> Answer:
    groups: dict[tuple[Any, ...], list[tuple[Any, ...]]] = defaultdict(list)
    if not guest.query.dimensions:
        groups[()] = []
    for row in answer.rows:
        key = tuple(
            row[place]
            if unit is None or row[place] is None
            else cut(row[place], unit, week_starts_on)
            for place, unit in guest.places
        )
        groups[key].append(row)
    bases = tuple(dict.fromkeys(base for one in guest.measures for base in one.bases))
    rows: list[tuple[Any, ...]] = []
    for key, members in groups.items():
        of_base = {
            base: combined_base(base, [row[places[base]] for row in members]) for base in bases
        }
        rows.append((*key, *(one.value(of_base) for one in guest.measures)))
    count = len(guest.query.dimensions)

    def compared(left: tuple[Any, ...], right: tuple[Any, ...]) -> int:
        for one, other in zip(left[:count], right[:count], strict=True):
            found = compare_values(one, other, "ASC")
            if found:
                return found
        return 0

    rows.sort(key=cmp_to_key(compared))
    if guest.query.limit is not None:
        rows = rows[: guest.query.limit]
    types = tuple(answer.types[place] for place, _ in guest.places)
    return Answer(rows, types + tuple(one.type(kinds) for one in guest.measures))


def without_bases(asking: Asking, answer: Answer) -> Answer:
    """The answer as the query itself asked for it."""
    if not asking.bases:
        return answer
    width = len(asking.own.dimensions) + len(asking.own.measures)
    more = len(asking.bases)
    return Answer(
        [row[:width] for row in answer.rows],
        answer.types[:width],
        {kept: [row[:-more] for row in rows] for kept, rows in answer.totals.items()},
    )
