"""The constraints of a service's own model, as AWS checks them before it looks at anything else.

Enums, lengths, ranges, patterns and required members; each broken one in AWS's own words.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator


def message(broken: list[str]) -> str:
    """The message of the exception that names every broken constraint."""
    noun = "validation error" if len(broken) == 1 else "validation errors"
    return f"{len(broken)} {noun} detected: {'; '.join(broken)}"


def broken(shape: Any, value: Any, path: str = "") -> Iterator[str]:
    """What is wrong with a value of a request."""
    kind = shape.type_name
    if kind == "structure":
        if not isinstance(value, dict):
            yield _fails(value, path, "Member must be a structure")
            return
        for name, member in shape.members.items():
            inner = f"{path}.{_camel(name)}" if path else _camel(name)
            if value.get(name) is not None:
                yield from broken(member, value[name], inner)
            elif name in shape.required_members:
                yield _fails(None, inner, "Member must not be null")
    elif kind == "list":
        if not isinstance(value, list):
            yield _fails(value, path, "Member must be a list")
            return
        yield from _size(shape, value, path)
        for number, item in enumerate(value, 1):
            yield from broken(shape.member, item, f"{path}.{number}.member")
    elif kind == "map":
        if not isinstance(value, dict):
            yield _fails(value, path, "Member must be a map")
            return
        yield from _size(shape, value, path)
        for key, item in value.items():
            yield from _text(shape.key, str(key), f"{path}.{key}.key")
            yield from broken(shape.value, item, f"{path}.{key}.member")
    elif kind == "boolean":
        if not isinstance(value, bool):
            yield _fails(value, path, "Member must be a boolean")
    elif kind == "string":
        yield from _text(shape, str(value), path)
    elif kind in ("integer", "long", "float", "double"):
        if isinstance(value, bool) or not isinstance(value, int | float):
            yield _fails(value, path, "Member must be a number")
            return
        low, high = shape.metadata.get("min"), shape.metadata.get("max")
        if low is not None and value < low:
            yield _fails(value, path, f"Member must have value greater than or equal to {low}")
        if high is not None and value > high:
            yield _fails(value, path, f"Member must have value less than or equal to {high}")


def _text(shape: Any, value: str, path: str) -> Iterator[str]:
    options = shape.metadata.get("enum")
    if options and value not in options:
        yield _fails(value, path, f"Member must satisfy enum value set: [{', '.join(options)}]")
    yield from _size(shape, value, path)
    pattern = shape.metadata.get("pattern", "")
    # Python's expressions know no Unicode classes; what needs them says little more than "text".
    if pattern and "\\p{" not in pattern and not re.fullmatch(_python(pattern), value):
        yield _fails(value, path, f"Member must satisfy regular expression pattern: {pattern}")


def _size(shape: Any, value: Any, path: str) -> Iterator[str]:
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if low is not None and len(value) < low:
        yield _fails(value, path, f"Member must have length greater than or equal to {low}")
    if high is not None and len(value) > high:
        yield _fails(value, path, f"Member must have length less than or equal to {high}")


def _python(pattern: str) -> str:
    return pattern.replace("\\z", "\\Z")


def _fails(value: Any, path: str, rule: str) -> str:
    shown = "null" if value is None else f"'{value}'"
    return f"Value {shown} at '{path}' failed to satisfy constraint: {rule}"


def _camel(name: str) -> str:
    return name[:1].lower() + name[1:]
