"""The shape of a definition, held against the API's own model of it.

`Shapes` wraps that model as plain data (`rlm.aws.quicksight_shapes` reads it): shape by name with
`type`, `members`, `required`, `enum`, `min`, `max`, `pattern`, `member`, `key`, `value`, `union`.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, Final

from rlm.quicksight.definitions.findings import Finding, error, warning
from rlm.quicksight.definitions.paths import Path, path_text
from rlm.quicksight.sql.date_patterns import moment_written

DASHBOARD: Final = "DashboardVersionDefinition"
TEMPLATE: Final = "TemplateVersionDefinition"
ANALYSIS: Final = "AnalysisDefinition"

# Where the API takes one member and refuses none and two: what a thing *is*.
KINDS: Final = frozenset(
    {
        "CategoryFilterConfiguration",
        "Computation",
        "DimensionField",
        "Filter",
        "FilterControl",
        "LayoutConfiguration",
        "MeasureField",
        "ParameterControl",
        "ParameterDeclaration",
        "ColumnHierarchy",
        "Visual",
        "VisualCustomActionOperation",
    }
)
# Those, and what has one member of several in dashboards though the API would take more.
CHOICES: Final = KINDS | {"DefaultFilterControlOptions"}

# Documented to take one member, yet QuickSight itself writes two.
_TAKES_TWO: Final = frozenset({"FilterOperationSelectedFieldsConfiguration"})

# Says only how the character before it looks; the service exports "\u26a0\ufe0f" as one icon.
_VARIATION_SELECTOR: Final = re.compile("(?<=.)[\ufe0e\ufe0f]", re.DOTALL)


@dataclass(frozen=True)
class Shapes:
    """The API's shapes by name."""

    by_name: Mapping[str, Mapping[str, Any]]
    _patterns: dict[str, re.Pattern[str] | None] = field(
        default_factory=dict, compare=False, repr=False
    )

    def members(self, shape: str) -> Mapping[str, str]:
        """Name -> shape of each member, in the API's order; empty where there are none."""
        members: Mapping[str, str] = self.by_name.get(shape, {}).get("members", {})
        return members

    def pattern(self, shape: str) -> re.Pattern[str] | None:
        """The whole value must match it; None where there is none that Python could read."""
        if shape not in self._patterns:
            self._patterns[shape] = _python_pattern(self.by_name[shape].get("pattern"))
        return self._patterns[shape]

    def member_shape(self, root: str, path: Path) -> str | None:
        """The shape that the value at a path below `root` has."""
        shape: str | None = root
        for part in path:
            model = self.by_name.get(shape or "", {})
            shape = (
                model.get("member")
                if isinstance(part, int)
                else model.get("members", {}).get(part) or model.get("value")
            )
        return shape


def definition_shape(definition: Mapping[str, Any]) -> str:
    """Which of the API's definitions this is: of a dashboard, an analysis or a template."""
    if "DataSetConfigurations" in definition:
        return TEMPLATE
    return ANALYSIS if "QueryExecutionOptions" in definition else DASHBOARD


def canonical(value: Any, shape: str, shapes: Shapes) -> Any:
    """The same value with the keys of every structure in the API's order.

    Keys that the API does not know come last, in their own order; lists keep theirs.
    """
    model = shapes.by_name.get(shape, {})
    if isinstance(value, Mapping):
        members = model.get("members")
        if members is None:
            inner = model.get("value", "")
            return {key: canonical(item, inner, shapes) for key, item in value.items()}
        known = {k: canonical(value[k], m, shapes) for k, m in members.items() if k in value}
        return known | {k: canonical(v, "", shapes) for k, v in value.items() if k not in members}
    if isinstance(value, list):
        return [canonical(item, model.get("member", ""), shapes) for item in value]
    return value


def shape_findings(value: Any, shape: str, shapes: Shapes, path: Path = ()) -> Iterator[Finding]:
    """Unknown keys, missing ones, wrong types, values outside what the API takes."""
    model = shapes.by_name[shape]
    if is_filled_at_deployment(value):
        return
    kind = model["type"]
    if not _TYPES[kind](value):
        yield error(
            "wrong-type",
            path_text(path),
            f"expected {_NAMES[kind]}, found {_shown(value)}",
            "write it as the API's reference has it",
        )
        return
    if kind == "structure":
        yield from _structure_findings(value, shape, shapes, path)
    elif kind == "list":
        yield from _size_findings(len(value), model, path, "items")
        for index, item in enumerate(value):
            yield from shape_findings(item, model["member"], shapes, (*path, index))
    elif kind == "map":
        yield from _size_findings(len(value), model, path, "entries")
        for key, item in value.items():
            yield from shape_findings(item, model["value"], shapes, (*path, key))
    elif kind == "string":
        yield from _string_findings(value, shape, shapes, path)
    elif kind in ("integer", "long", "double", "float"):
        yield from _size_findings(value, model, path, "")


def _structure_findings(
    value: Mapping[str, Any], shape: str, shapes: Shapes, path: Path
) -> Iterator[Finding]:
    model = shapes.by_name[shape]
    members = shapes.members(shape)
    # Without a value a key says nothing: the API takes null for absent.
    present = {key: item for key, item in value.items() if item is not None}
    for key in present.keys() - members.keys():
        near = get_close_matches(key, members, 1)
        yield error(
            "unknown-key",
            path_text((*path, key)),
            f"{shape} has no `{key}`",
            f"did you mean `{near[0]}`?" if near else f"known are {', '.join(members) or 'none'}",
        )
    for key in model.get("required", ()):
        if key not in present:
            yield error(
                "missing-key",
                path_text(path),
                f"{shape} without its `{key}`",
                f"add `{key}`",
            )
    given = [key for key in members if key in present]
    one_of = f"give one of {', '.join(members)}"
    if shape in KINDS and not given:
        yield error("no-kind", path_text(path), f"{shape} is empty", one_of)
    elif shape in KINDS and len(given) > 1:
        message = f"{shape} takes one member, found {' and '.join(given)}"
        yield error("two-kinds", path_text(path), message, one_of)
    elif model.get("union") and len(given) > 1 and shape not in _TAKES_TWO:
        message = f"{shape} is documented to take one member, found {' and '.join(given)}"
        yield warning("two-members", path_text(path), message, one_of)
    for key in given:
        yield from shape_findings(present[key], members[key], shapes, (*path, key))


def _string_findings(value: Any, shape: str, shapes: Shapes, path: Path) -> Iterator[Finding]:
    model = shapes.by_name[shape]
    if "enum" in model and value not in model["enum"]:
        near = get_close_matches(str(value).upper(), model["enum"], 1)
        yield error(
            "unknown-value",
            path_text(path),
            f"{shape} has no value {_shown(value)}",
            f"did you mean {near[0]}?" if near else f"known are {', '.join(model['enum'])}",
        )
    yield from _size_findings(len(value), model, path, "characters")
    pattern = shapes.pattern(shape)
    if pattern and not pattern.fullmatch(_VARIATION_SELECTOR.sub("", value)):
        yield error(
            "pattern",
            path_text(path),
            f"{_shown(value)} is no {shape}",
            f"it must match {model['pattern']}",
        )


def _size_findings(
    size: float, model: Mapping[str, Any], path: Path, unit: str
) -> Iterator[Finding]:
    unit = f" {unit}" if unit else ""
    if "max" in model and size > model["max"]:
        message = f"at most {model['max']}{unit}, found {size}"
        yield error("too-much", path_text(path), message, "take the rest away")
    if "min" in model and size < model["min"]:
        message = f"at least {model['min']}{unit}, found {size}"
        yield error("too-little", path_text(path), message, "add what is missing, or drop the key")


def is_filled_at_deployment(value: Any) -> bool:
    """Whether CloudFormation puts the value in: `{"Ref": ...}`, `{"Fn::GetAtt": ...}`."""
    return (
        isinstance(value, Mapping)
        and len(value) == 1
        and all(key == "Ref" or key.startswith("Fn::") for key in value)
    )


def _is_timestamp(value: Any) -> bool:
    """A moment as text in a usual format, or seconds since 1970."""
    if isinstance(value, str):
        if moment_written(value) is not None:
            return True
        try:
            dt.datetime.fromisoformat(value.strip())
        except ValueError:
            return False
        return True
    return _is_number(value) or isinstance(value, dt.date)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_whole(value: Any) -> bool:
    return _is_number(value) and float(value).is_integer()


_TYPES: Final[dict[str, Callable[[Any], bool]]] = {
    "structure": lambda value: isinstance(value, Mapping),
    "map": lambda value: isinstance(value, Mapping),
    "list": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "integer": _is_whole,
    "long": _is_whole,
    "double": _is_number,
    "float": _is_number,
    "timestamp": _is_timestamp,
    "blob": lambda value: isinstance(value, str | bytes),
}
_NAMES: Final = {
    "structure": "keys and values",
    "map": "keys and values",
    "list": "a list",
    "string": "a text",
    "boolean": "true or false",
    "integer": "a whole number",
    "long": "a whole number",
    "double": "a number",
    "float": "a number",
    "timestamp": "a moment such as 2026-01-31T00:00:00",
    "blob": "bytes",
}


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _python_pattern(pattern: str | None) -> re.Pattern[str] | None:
    """The service's pattern in Python's dialect: it has no letter classes of Unicode."""
    if pattern is None:
        return None
    text = pattern.replace(r"\p{L}\p{M}\p{N}", r"\w").replace(r"\z", r"\Z")
    try:
        return re.compile(text, re.DOTALL)
    except re.error:
        return None
