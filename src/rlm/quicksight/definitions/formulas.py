"""Calculated fields and other formulas of a definition: parsed, typed, without circles."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Final

from rlm.quicksight.definitions.findings import Finding, error, warning
from rlm.quicksight.definitions.index import Index, is_internal
from rlm.quicksight.definitions.paths import Path, mappings_with, path_text, value_at
from rlm.quicksight.expressions import ExpressionError, columns_of, parameters_of, parse
from rlm.quicksight.expressions.types import check

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rlm.quicksight.definitions.columns import Columns
    from rlm.quicksight.expressions.tree import Expression, Value

# A value of each type stands for whatever a parameter will be.
_VALUES: Final[dict[str, tuple[Value, ...]]] = {
    "StringParameterDeclaration": ("text",),
    "IntegerParameterDeclaration": (1,),
    "DecimalParameterDeclaration": (1.5,),
    "DateTimeParameterDeclaration": (dt.datetime(2026, 1, 1),),  # noqa: DTZ001 - without a zone
}


def formula_findings(index: Index, columns: Mapping[str, Columns]) -> Iterator[Finding]:
    """What is wrong with formulas; types are checked where the data set's columns are known."""
    trees: dict[str, dict[str, Expression]] = {}
    texts: dict[tuple[str, str], tuple[str, Path]] = {}
    wrong: dict[tuple[str, str], Finding] = {}
    for data_set, name, path in index.calculated:
        text = value_at(index.definition, (*path, "Expression"))
        if not isinstance(text, str):
            continue
        texts[data_set, name] = text, path
        try:
            trees.setdefault(data_set, {})[name] = parse(text)
        except ExpressionError as problem:
            wrong[data_set, name] = _wrong(path, name, problem)
    in_circles = set()
    for data_set, of_set in trees.items():
        for circle in _circles(of_set):
            in_circles |= {(data_set, name) for name in circle}
            yield _circle(circle, texts[data_set, circle[0]][1])
    parameters = {one.id: _VALUES.get(one.kind, ()) for one in index.parameters}
    for (data_set, name), (text, path) in texts.items():
        tree = trees.get(data_set, {}).get(name)
        if tree is None:
            continue
        yield from _internal_names(tree, path, name)
        if data_set not in columns:
            yield from _unknown_parameters(tree, path, name, parameters)
        # What QuickSight knows by an id of its own is of any type, and has a warning already.
        elif not any(is_internal(one) for one in _used(name, trees[data_set])):
            try:
                check(text, columns[data_set], trees[data_set], parameters, data_set)
            except ExpressionError as problem:
                wrong[data_set, name] = _wrong(path, name, problem)
    for (data_set, name), finding in wrong.items():
        # Whoever uses what is wrong is not wrong itself.
        others = in_circles | wrong.keys()
        if (data_set, name) in in_circles or any(
            (data_set, one) in others for one in _used(name, trees.get(data_set, {}))
        ):
            continue
        yield finding
    yield from _other_formulas(index)


def _used(name: str, trees: Mapping[str, Expression]) -> set[str]:
    """Every name that a calculated field depends on, through others too, without its own."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        tree = trees.get(waiting.pop())
        if tree is not None:
            new = {*columns_of(tree), *parameters_of(tree)} - found
            found |= new
            waiting.extend(new)
    return found - {name}


def _internal_names(tree: Expression, path: Path, name: str) -> Iterator[Finding]:
    for one in (*columns_of(tree), *parameters_of(tree)):
        if is_internal(one):
            yield warning(
                "internal-name",
                path_text((*path, "Expression")),
                f"calculated field `{name}` names `{one}`, an id of QuickSight's own",
                "write the name of the column or parameter that was meant",
            )


def _unknown_parameters(
    tree: Expression, path: Path, name: str, parameters: Mapping[str, Any]
) -> Iterator[Finding]:
    for one in parameters_of(tree):
        if one not in parameters and not is_internal(one):
            yield error(
                "unknown-parameter",
                path_text((*path, "Expression")),
                f"calculated field `{name}`: there is no parameter `{one}`",
                f"known are {', '.join(sorted(parameters)) or 'none'}",
            )


def _other_formulas(index: Index) -> Iterator[Finding]:
    """Formulas of conditional formats, rolling dates, rules and measures: that they parse."""
    for key in ("Sheets", "ParameterDeclarations", "FilterGroups"):
        for path, one in mappings_with(index.definition.get(key), "Expression"):
            text = one["Expression"]
            if not isinstance(text, str) or not text.strip():
                continue
            try:
                parse(text)
            except ExpressionError as problem:
                # A measure is nothing without it, a format only loses its colour.
                say = error if "CalculatedMeasureField" in path else warning
                yield say(
                    "expression",
                    path_text((key, *path, "Expression")),
                    f"{_place(problem)}{problem.problem}",
                    "mend the expression",
                )


def _circles(trees: Mapping[str, Expression]) -> Iterator[tuple[str, ...]]:
    """Each circle once, from the field at which it was met."""
    done: set[str] = set()
    for start in trees:
        way: list[str] = []
        waiting: list[tuple[str, bool]] = [(start, True)]
        while waiting:
            name, is_entered = waiting.pop()
            if not is_entered:
                way.pop()
                done.add(name)
                continue
            if name in way:
                yield tuple(way[way.index(name) :])
                continue
            if name in done or name not in trees:
                continue
            way.append(name)
            waiting.append((name, False))
            waiting.extend((one, True) for one in columns_of(trees[name]))


def _circle(circle: tuple[str, ...], path: Path) -> Finding:
    way = " -> ".join(f"{{{name}}}" for name in (*circle, circle[0]))
    return error(
        "circle",
        path_text((*path, "Expression")),
        f"calculated fields refer to each other in a circle: {way}",
        "let one of them refer to columns only",
    )


def _wrong(path: Path, name: str, problem: ExpressionError) -> Finding:
    return error(
        "expression",
        path_text((*path, "Expression")),
        f"calculated field `{name}`: {_place(problem)}{problem.problem}",
        "mend the expression",
    )


def _place(problem: ExpressionError) -> str:
    return f"line {problem.line}, column {problem.column}: " if problem.line else ""
