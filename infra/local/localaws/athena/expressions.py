"""Pieces of DuckDB's SQL, as trees: what the translation is put together from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlglot import exp

from localaws.athena.failures import not_supported

Arguments = list[Any]
# Of the translated arguments of a call, and whether it is within TRY: the expression for it.
Maker = Callable[[Arguments, bool], Any]


def call(name: str, *arguments: Any) -> exp.Anonymous:
    return exp.Anonymous(this=name, expressions=list(arguments))


def text(value: str) -> exp.Literal:
    return exp.Literal.string(value)


def number(value: int) -> exp.Literal:
    return exp.Literal.number(value)


def null() -> exp.Null:
    return exp.Null()


def literal_of(node: Any, what: str) -> str:
    """The text of a literal argument; a computed one cannot be translated."""
    if isinstance(node, exp.Cast) and isinstance(node.this, exp.Literal):
        node = node.this
    if not isinstance(node, exp.Literal):
        raise not_supported(f"{what} that is not a literal")
    return str(node.this)


def case(*branches: tuple[Any, Any], default: Any = None) -> exp.Case:
    ifs = [exp.If(this=condition, true=result) for condition, result in branches]
    return exp.Case(ifs=ifs, default=default or null())


def is_null(node: Any) -> exp.Is:
    return exp.Is(this=exp.Paren(this=node.copy()), expression=null())


def guarded(name: str, nulls: bool) -> str:
    """A macro of ours: the raising form, or inside TRY the one that gives null."""
    return f"athena_{name}__try" if nulls else f"athena_{name}"


def typed(kind: str) -> Maker:
    return lambda arguments, _nulls: exp.Cast(
        this=arguments[0], to=exp.DataType.build(kind, dialect="duckdb")
    )


def macro(name: str) -> Maker:
    return lambda arguments, nulls: call(guarded(name, nulls), *arguments)


def whole(name: str) -> Maker:
    """A count or a place, which is a BIGINT in Trino."""
    return lambda arguments, _nulls: exp.Cast(
        this=call(name, *arguments), to=exp.DataType.build("BIGINT", dialect="duckdb")
    )
