"""Going through trees: children by place, references, replacement."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from rlm.quicksight.expressions.tree import (
    Call,
    Column,
    Expression,
    Names,
    Operation,
    Parameter,
    Sorted,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Path: TypeAlias = tuple[int, ...]
"""Where a part of a tree stands: the index among the children, from the root down."""

VISUAL_DIMENSIONS = "visualDimensions"
"""`${visualDimensions}` in a level-aware list: what the visual groups by; not a parameter."""


def children(tree: Expression) -> tuple[Expression, ...]:
    """The parts of one node, in the order in which they are written."""
    match tree:
        case Call():
            return tree.arguments
        case Operation():
            return tree.operands
        case Names():
            return tree.items
        case Sorted():
            return (tree.expression,)
        case _:
            return ()


def with_children(tree: Expression, parts: tuple[Expression, ...]) -> Expression:
    """The same node with other parts."""
    match tree:
        case Call():
            return Call(tree.function, parts)
        case Operation():
            return Operation(tree.operator, parts)
        case Names():
            return Names(parts)
        case Sorted():
            return Sorted(parts[0], tree.direction)
        case _:
            return tree


def nodes(tree: Expression) -> Iterator[Expression]:
    """Every node, the root first; long chains of operators are no trouble."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(reversed(children(node)))


def replaced(tree: Expression, change: Callable[[Expression], Expression | None]) -> Expression:
    """A tree in which each node for which `change` answers another is that other one."""
    changed = change(tree)
    if changed is not None:
        return changed
    if isinstance(tree, Operation) and len(tree.operands) == 2:
        # Down the left side without recursion: chains of hundreds of ORs are common.
        spine = [tree]
        left = tree.operands[0]
        while isinstance(left, Operation) and len(left.operands) == 2 and (change(left) is None):
            spine.append(left)
            left = left.operands[0]
        result = replaced(left, change)
        for node in reversed(spine):
            result = Operation(node.operator, (result, replaced(node.operands[1], change)))
        return result
    parts = tuple(replaced(part, change) for part in children(tree))
    return with_children(tree, parts)


def columns_of(tree: Expression) -> tuple[str, ...]:
    """Names of columns and calculated fields that it refers to, each once, as first met."""
    return tuple(dict.fromkeys(one.name for one in nodes(tree) if isinstance(one, Column)))


def parameters_of(tree: Expression) -> tuple[str, ...]:
    """Names of parameters that it refers to, each once, as first met."""
    return tuple(
        dict.fromkeys(
            one.name
            for one in nodes(tree)
            if isinstance(one, Parameter) and one.name != VISUAL_DIMENSIONS
        )
    )


def functions_of(tree: Expression) -> tuple[str, ...]:
    """Functions that it calls, each once, as first met."""
    return tuple(dict.fromkeys(one.function for one in nodes(tree) if isinstance(one, Call)))
