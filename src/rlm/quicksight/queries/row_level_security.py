"""Row-level security: a rules table, a user and the user's groups make a filter of rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence  # noqa: TC003 - part of the public types
from typing import Any, Final

from rlm.quicksight.expressions.tree import Call, Column, Expression, Value
from rlm.quicksight.queries.building import NOTHING, among, both, either
from rlm.quicksight.queries.conditions import convert
from rlm.quicksight.query import ColumnType

_USERS: Final = ("username", "userarn")
_GROUPS: Final = ("groupname", "grouparn")


def rule_filter(
    rules: Sequence[Mapping[str, Any]],
    user: str,
    groups: Sequence[str],
    columns: Mapping[str, ColumnType],
) -> Expression | None:
    """What the user may see; None is everything.

    A rule is for its user or group; one that names neither is for everybody. Its fields hold one
    value, several with commas between, or nothing, which is every value. Fields of a rule are
    joined by AND, rules by OR. Who has no rule sees nothing. Fields that the data set lacks do not
    restrict.
    """
    mine = [rule for rule in rules if _is_for(rule, user, groups)]
    alternatives: list[Expression] = []
    for rule in mine:
        parts = [
            _field(name, values, columns)
            for name, told in rule.items()
            if name.lower() not in (*_USERS, *_GROUPS)
            and name in columns
            and (values := _values(told))
        ]
        condition = both(parts)
        if condition is None:
            return None
        alternatives.append(condition)
    return either(alternatives) or NOTHING


def _is_for(rule: Mapping[str, Any], user: str, groups: Sequence[str]) -> bool:
    named = {name.lower(): str(value) for name, value in rule.items() if value not in (None, "")}
    users = [named[name] for name in _USERS if name in named]
    teams = [named[name] for name in _GROUPS if name in named]
    if not users and not teams:
        return True
    return any(user in _split(one) for one in users) or any(
        group in _split(one) for one in teams for group in groups
    )


def _values(told: Any) -> list[str]:
    return [] if told is None else [one for one in _split(str(told)) if one != ""]


def _split(text: str) -> list[str]:
    """Values between commas; a value in double quotes may hold a comma."""
    found, current, is_quoted = [], "", False
    for character in text:
        if character == '"':
            is_quoted = not is_quoted
        elif character == "," and not is_quoted:
            found.append(current.strip())
            current = ""
        else:
            current += character
    return [*found, current.strip()]


def _field(name: str, values: Sequence[str], columns: Mapping[str, ColumnType]) -> Expression:
    kind = columns[name]
    typed: list[Value] = [convert(one, kind) for one in values]
    if any(isinstance(one, str) for one in typed) and kind is not ColumnType.STRING:
        return among(Call("toString", (Column(name),)), list(values))
    return among(Column(name), typed)
