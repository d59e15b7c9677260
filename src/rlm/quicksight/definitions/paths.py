"""Places in a definition, as people read them: `Sheets[0].Visuals[3].BarChartVisual.Title`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, TypeAlias

Path: TypeAlias = "tuple[str | int, ...]"

_PART: Final = re.compile(r"\.?([^.\[\]]+)|\[(\d+)\]")


def path_text(path: Path) -> str:
    """The path as text; the definition itself is the empty text."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += f".{part}" if text else part
    return text


def parse_path(text: str) -> Path:
    """The path that `path_text` wrote, where no key holds a dot or a bracket."""
    return tuple(name or int(index) for name, index in _PART.findall(text))


def value_at(tree: Any, path: Path) -> Any:
    """What stands at the path; None where nothing does."""
    for part in path:
        if isinstance(part, int):
            if not isinstance(tree, list) or part >= len(tree):
                return None
            tree = tree[part]
        else:
            if not isinstance(tree, Mapping) or part not in tree:
                return None
            tree = tree[part]
    return tree


def walk(tree: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every value of a tree with its path, a parent before its children."""
    yield path, tree
    if isinstance(tree, Mapping):
        for key, value in tree.items():
            yield from walk(value, (*path, key))
    elif isinstance(tree, list):
        for index, value in enumerate(tree):
            yield from walk(value, (*path, index))


def mappings_with(tree: Any, key: str, path: Path = ()) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """Every mapping of a tree that has the key, with its path."""
    if isinstance(tree, Mapping):
        if key in tree:
            yield path, tree
        for name, value in tree.items():
            if isinstance(value, Mapping | list):
                yield from mappings_with(value, key, (*path, name))
    elif isinstance(tree, list):
        for index, value in enumerate(tree):
            if isinstance(value, Mapping | list):
                yield from mappings_with(value, key, (*path, index))


def mappings_of(value: Any) -> Iterator[Mapping[str, Any]]:
    """The mappings in a list; nothing where it is none: shapes are checked elsewhere."""
    if isinstance(value, list):
        yield from (one for one in value if isinstance(one, Mapping))
