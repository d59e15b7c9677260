"""A long result as categories and series: what charts with axes draw."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rlm.quicksight.drawing.formats.values import number, plain, told, write
from rlm.quicksight.drawing.look import Painter  # noqa: TC001 - part of the public types
from rlm.quicksight.results import Field, ResultTable  # noqa: TC001 - part of the public types

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

OTHER = "Other"


def fields_in(table: ResultTable | None, *wells: str) -> list[Field]:
    """The fields of the wells, in their order."""
    return [one for one in (table.fields if table else ()) if one.well in wells]


def indexes(table: ResultTable, fields: Sequence[Field]) -> list[int]:
    """Where the fields stand in a row."""
    positions = {one.field_id: place for place, one in enumerate(table.fields)}
    return [positions[one.field_id] for one in fields]


def key_of(values: Sequence[Any]) -> tuple[Any, ...]:
    """What makes a group: its values as JSON has them."""
    return tuple(plain(value) for value in values)


def label_of(values: Sequence[Any], fields: Sequence[Field]) -> str:
    """A group's name; of several fields, the outer ones first."""
    return " · ".join(write(value, one) for value, one in zip(values, fields, strict=True))


def point_of(values: Sequence[Any], fields: Sequence[Field]) -> dict[str, Any]:
    """What a click on the group means: field id -> value."""
    return {one.field_id: told(value) for value, one in zip(values, fields, strict=True)}


@dataclass
class Group:
    """One category of the axis."""

    label: str
    point: Mapping[str, Any]
    values: Sequence[Any] = ()
    is_other: bool = False


@dataclass
class Series:
    """One measure, or one value of the colour field, over all categories."""

    name: str
    measure: Field
    color: str
    point: Mapping[str, Any]
    values: list[Any] = field(default_factory=list)


@dataclass(frozen=True)
class Grouped:
    """Categories along the axis, and a series for each colour and measure."""

    categories: list[Group]
    series: list[Series]

    @property
    def totals(self) -> list[float]:
        """The sum of all series, by category."""
        return [
            sum(number(one.values[place]) or 0 for one in self.series)
            for place in range(len(self.categories))
        ]


def group(
    table: ResultTable,
    categories: Sequence[Field],
    measures: Sequence[Field],
    colors: Sequence[Field],
    paint: Painter,
    other: ResultTable | None = None,
    first_color: int = 0,
) -> Grouped:
    """Put the rows into a grid of categories and series, in the order in which they come.

    With a colour field each of its values is a series (of each measure, if there are several);
    without one each measure is. `other` comes as the last category, if it holds anything.
    """
    groups: dict[tuple[Any, ...], Group] = {}
    series: dict[tuple[Any, ...], Series] = {}
    cells: dict[tuple[tuple[Any, ...], tuple[Any, ...]], Any] = {}
    seen_colors = {key: rank for rank, key in enumerate(color_order(table, categories, colors))}

    def add(source: ResultTable, row: Sequence[Any], *, is_other: bool) -> None:
        positions = {one.field_id: place for place, one in enumerate(source.fields)}
        if is_other:
            key: tuple[Any, ...] = (OTHER, None)
            groups.setdefault(key, Group(OTHER, {}, is_other=True))
        else:
            values = [row[positions[one.field_id]] for one in categories]
            key = key_of(values)
            if key not in groups:
                groups[key] = Group(
                    label_of(values, categories), point_of(values, categories), values
                )
        color_values = [row[positions[one.field_id]] for one in colors if one.field_id in positions]
        if len(color_values) != len(colors):
            color_values = [OTHER] * len(colors)
        color_key = key_of(color_values)
        rank = seen_colors.setdefault(color_key, len(seen_colors))
        for place, measure in enumerate(measures):
            if measure.field_id not in positions:
                continue
            name = (color_key, measure.field_id)
            if name not in series:
                series[name] = _series(
                    color_values, colors, measures, place, rank, paint, first_color
                )
            cells[name, key] = row[positions[measure.field_id]]

    for row in table.rows:
        add(table, row, is_other=False)
    for row in other.rows if other else ():
        add(other, row, is_other=True)  # type: ignore[arg-type]
    series = dict(sorted(series.items(), key=lambda item: seen_colors[item[0][0]]))
    for name, one in series.items():
        one.values = [cells.get((name, key)) for key in groups]
    return Grouped(list(groups.values()), list(series.values()))


def color_order(
    table: ResultTable, categories: Sequence[Field], colors: Sequence[Field]
) -> list[tuple[Any, ...]]:
    """The colours in the order that all categories agree on, whichever of them each one has.

    So a value has the same place, and colour, in visuals that have it in other categories.
    """
    if not colors:
        return [()]
    color_places, category_places = indexes(table, colors), indexes(table, categories)
    following: dict[tuple[Any, ...], set[tuple[Any, ...]]] = {}
    before: dict[tuple[Any, ...], int] = {}
    last: tuple[tuple[Any, ...], tuple[Any, ...]] | None = None
    for row in table.rows:
        key = key_of([row[place] for place in color_places])
        category = key_of([row[place] for place in category_places])
        following.setdefault(key, set())
        before.setdefault(key, 0)
        if last and last[0] == category and last[1] != key and key not in following[last[1]]:
            following[last[1]].add(key)
            before[key] += 1
        last = (category, key)
    order: list[tuple[Any, ...]] = []
    waiting = dict.fromkeys(before)
    while waiting:
        # Where categories disagree, the colour that came first goes first.
        free = next((key for key in waiting if before[key] == 0), next(iter(waiting)))
        order.append(free)
        del waiting[free]
        for key in following[free]:
            before[key] -= 1
    return order


def _series(
    color_values: Sequence[Any],
    colors: Sequence[Field],
    measures: Sequence[Field],
    place: int,
    rank: int,
    paint: Painter,
    first_color: int,
) -> Series:
    measure = measures[place]
    if not colors:
        color = paint.of_measure(measure.field_id, first_color + place)
        return Series(measure.label, measure, color, {})
    name = label_of(color_values, colors)
    position = first_color + rank * len(measures) + place
    color = paint.of_value(colors[0].field_id, plain(color_values[0]), name, position)
    if len(measures) > 1:
        name = f"{name} · {measure.label}"
        color = paint.look.theme.colors[position % len(paint.look.theme.colors)]
    return Series(name, measure, color, point_of(color_values, colors))


def cells_of(
    one: Series, groups: Sequence[Group], *, is_short: bool = True
) -> list[dict[str, Any]]:
    """A series' values as ECharts takes them, each with its text and what a click on it means."""
    return [
        {
            "value": number(value),
            "text": "" if value is None else write(value, one.measure, is_short=False),
            "short": "" if value is None else write(value, one.measure, is_short=is_short),
            "point": {**place.point, **one.point},
        }
        for value, place in zip(one.values, groups, strict=True)
    ]
