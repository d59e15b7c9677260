"""What a viewer has chosen on a board: parameters, filters, drills, clicks. JSON both ways."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from rlm.quicksight.expressions.tree import Value  # noqa: TC001 - part of the public types


@dataclass(frozen=True)
class FilterChoice:
    """What a filter's control was set to: values, or a range, or everything."""

    values: tuple[Value, ...] | None = None
    """None: no values were chosen; the filter keeps its own, but for the range below."""
    minimum: Value = None
    maximum: Value = None
    is_all: bool = False
    """Everything: the filter does not filter."""
    relative: Mapping[str, Any] | None = None
    """RelativeDateType, RelativeDateValue, TimeGranularity, as the API spells them."""

    @property
    def is_range(self) -> bool:
        """Whether a minimum or maximum was chosen."""
        return self.minimum is not None or self.maximum is not None


@dataclass(frozen=True)
class DrillStep:
    """One level down: the field that was clicked and the value that is focused on, if any."""

    field_id: str
    value: Value = None
    has_value: bool = True
    """False: the next level of everything."""


@dataclass(frozen=True)
class Selection:
    """A click on a point of a visual that has a filter action."""

    visual_id: str
    values: Mapping[str, Value]
    """By field id, as the result table has them."""
    action_id: str | None = None
    """None: the visual's first enabled action by click that filters."""


@dataclass(frozen=True)
class State:
    """Everything a viewer chose; empty: the board as it opens."""

    parameters: Mapping[str, tuple[Value, ...]] = field(default_factory=dict)
    filters: Mapping[str, FilterChoice] = field(default_factory=dict)
    drills: Mapping[str, tuple[DrillStep, ...]] = field(default_factory=dict)
    selection: tuple[Selection, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain JSON; moments are `{"moment": "2026-06-01T00:00:00"}`."""
        return {
            "parameters": {
                name: [_to_json(one) for one in values] for name, values in self.parameters.items()
            },
            "filters": {
                filter_id: _choice_to_json(choice) for filter_id, choice in self.filters.items()
            },
            "drills": {
                visual_id: [
                    {"field": step.field_id}
                    | ({"value": _to_json(step.value)} if step.has_value else {})
                    for step in steps
                ]
                for visual_id, steps in self.drills.items()
            },
            "selection": [
                {
                    "visual": one.visual_id,
                    "values": {name: _to_json(value) for name, value in one.values.items()},
                }
                | ({"action": one.action_id} if one.action_id else {})
                for one in self.selection
            ],
        }

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> State:
        """The state that `to_json` wrote; a ValueError says what does not fit."""
        try:
            return cls(
                parameters={
                    str(name): tuple(_from_json(one) for one in values)
                    for name, values in told.get("parameters", {}).items()
                },
                filters={
                    str(filter_id): _choice_from_json(choice)
                    for filter_id, choice in told.get("filters", {}).items()
                },
                drills={
                    str(visual_id): tuple(
                        DrillStep(str(s["field"]), _from_json(s.get("value")), "value" in s)
                        for s in steps
                    )
                    for visual_id, steps in told.get("drills", {}).items()
                },
                selection=tuple(
                    Selection(
                        str(one["visual"]),
                        {str(name): _from_json(v) for name, v in one["values"].items()},
                        one.get("action"),
                    )
                    for one in told.get("selection", ())
                ),
            )
        except (AttributeError, KeyError, TypeError) as problem:
            raise ValueError(
                f"a state is what State.to_json writes; this one does not fit: {problem!r}"
            ) from problem


def _to_json(value: Value) -> Any:
    if isinstance(value, dt.datetime):
        return {"moment": value.isoformat()}
    return float(value) if isinstance(value, Decimal) else value


def _from_json(told: Any) -> Value:
    if isinstance(told, Mapping):
        moment = dt.datetime.fromisoformat(str(told["moment"]))
        return moment.astimezone(dt.UTC).replace(tzinfo=None) if moment.tzinfo else moment
    if told is None or isinstance(told, (str, int, float, bool)):
        return told
    raise TypeError(f"{told!r} is no value")


def _choice_to_json(choice: FilterChoice) -> dict[str, Any]:
    told: dict[str, Any] = {}
    if choice.values is not None:
        told["values"] = [_to_json(one) for one in choice.values]
    if choice.minimum is not None:
        told["minimum"] = _to_json(choice.minimum)
    if choice.maximum is not None:
        told["maximum"] = _to_json(choice.maximum)
    if choice.is_all:
        told["all"] = True
    if choice.relative is not None:
        told["relative"] = dict(choice.relative)
    return told


def _choice_from_json(told: Mapping[str, Any]) -> FilterChoice:
    values = told.get("values")
    return FilterChoice(
        values=None if values is None else tuple(_from_json(one) for one in values),
        minimum=_from_json(told.get("minimum")),
        maximum=_from_json(told.get("maximum")),
        is_all=bool(told.get("all", False)),
        relative=told.get("relative"),
    )
