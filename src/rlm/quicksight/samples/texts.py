"""Texts turned round: of what text is a part, or what are the parts of a text that is wished?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rlm.quicksight.expressions.tree import Expression, Literal
from rlm.quicksight.samples.turning import document
from rlm.quicksight.samples.wishes import PRESENT, Wish, as_number

if TYPE_CHECKING:
    from rlm.quicksight.samples.solving import Solver

TEXTS: Final = frozenset(
    ("concat", "split", "left", "right", "substring", "replace", "strlen", "parseJson")
)
"""Functions that are turned round here."""


def push_text(solver: Solver, function: str, arguments: tuple[Expression, ...], wish: Wish) -> bool:
    """Whether the value of one of `TEXTS` can be made as wished."""
    if function == "concat":
        return _concat(solver, arguments, wish)
    subject = arguments[0]
    rest = [one.value if isinstance(one, Literal) else None for one in arguments[1:]]
    if function == "strlen":
        is_empty = wish.takes(0) and not wish.takes(9)
        empty = frozenset(("",))
        return solver.push(
            subject,
            Wish(among=("",), is_null=False) if is_empty else Wish(not_among=empty, is_null=False),
        )
    if function == "parseJson" and (wish.among is None or not isinstance(rest[0], str)):
        return solver.push(subject, PRESENT)
    if wish.among is None:
        # Texts around what is wished for do no harm.
        return solver.push(subject, wish)
    texts = [str(one) for one in wish.among]
    if function == "parseJson":
        made = tuple(document({str(rest[0]): one}) for one in wish.among)
        return solver.push(subject, Wish(among=made, is_null=False))
    if function in ("left", "substring"):
        place = int(as_number(rest[0]) or 1) if function == "substring" else 1
        before = "x" * (place - 1)
        return solver.one_of([(subject, Wish(starts=before + one, is_null=False)) for one in texts])
    if function == "right":
        return solver.one_of([(subject, Wish(ends=one, is_null=False)) for one in texts])
    if function == "split" and isinstance(rest[0], str) and len(rest) > 1:
        count = int(as_number(rest[1]) or 1)
        whole = tuple(rest[0].join(["x"] * (count - 1) + [one]) for one in texts)
        return solver.push(subject, Wish(among=whole, is_null=False))
    if function == "replace" and isinstance(rest[0], str) and rest[0]:
        # A text without what is replaced stays as it is.
        same = tuple(one for one in texts if rest[0] not in one)
        if same:
            return solver.push(subject, Wish(among=same, is_null=False))
    return solver.one_of([(subject, Wish(contains=(one,), is_null=False)) for one in texts])


def _concat(solver: Solver, arguments: tuple[Expression, ...], wish: Wish) -> bool:
    texts = [one for one in wish.among or () if isinstance(one, str)]
    columns = [one for one in arguments if not isinstance(one, Literal)]
    if texts and columns:
        return any(_parted(solver, arguments, one) for one in texts)
    if wish.contains and any(
        isinstance(one, Literal) and all(part in str(one.value) for part in wish.contains)
        for one in arguments
    ):
        return True
    if wish.without or wish.not_among:
        return all(solver.push(one, Wish(without=wish.without)) for one in columns)
    return all(solver.push(one, PRESENT) for one in columns) and (
        not wish.contains or solver.one_of([(one, wish) for one in columns])
    )


def _parted(solver: Solver, arguments: tuple[Expression, ...], text: str) -> bool:
    """The text cut where the constants of a `concat` stand in it, each part wished for."""
    parts: list[tuple[Expression, str]] = []
    waiting: Expression | None = None
    for one in arguments:
        if isinstance(one, Literal):
            before, found, text = text.partition(str(one.value)) if one.value else ("", "-", text)
            if not found or (before and waiting is None):
                return False
            if waiting is not None and one.value:
                parts.append((waiting, before))
                waiting = None
        elif waiting is None:
            waiting = one
        else:
            # Nothing tells two columns apart: all of it is the last one's.
            parts.append((waiting, ""))
            waiting = one
    if waiting is not None:
        parts.append((waiting, text))
    elif text:
        return False
    earlier = dict(solver.wishes)
    if all(solver.push(tree, Wish(among=(part,), is_null=False)) for tree, part in parts):
        return True
    solver.wishes = earlier
    return False
