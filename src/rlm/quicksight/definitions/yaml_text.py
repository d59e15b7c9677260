"""YAML that reads well in reviews and means the same everywhere.

Written: block style, two spaces, lists indented, texts of several lines as literal blocks.
Read: only null, true, false and decimal numbers are more than text: no dates, no octal numbers,
no `yes` and `no`; a key that stands twice is an error.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

import yaml

from rlm.quicksight.definitions.findings import DefinitionError

if TYPE_CHECKING:
    from rlm.quicksight.definitions.paths import Path

_INTEGER: Final = re.compile(r"[-+]?(?:0|[1-9][0-9]*)\Z")
_FLOAT: Final = re.compile(
    r"[-+]?(?:(?:0|[1-9][0-9]*)?\.[0-9]+|(?:0|[1-9][0-9]*)\.)(?:[eE][-+]?[0-9]+)?\Z"
    r"|[-+]?(?:0|[1-9][0-9]*)[eE][-+]?[0-9]+\Z"
)
# Words that some reader of YAML takes for something else than text.
_WORDS: Final = frozenset(["null", "true", "false", "yes", "no", "on", "off", "y", "n", "~"])
_PLAIN: Final = re.compile(r"[A-Za-z_/(][\w/()%+.&-]*(?: [\w/()%+.&=-]+)*\Z", re.ASCII)
# What a literal block holds unchanged: text without control characters and odd line ends.
_UNPRINTABLE: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]"
)


def write(value: Any) -> str:
    """The value as one YAML document; keys in the order in which they come."""
    if isinstance(value, Mapping | list) and value:
        return "".join(f"{line}\n" for line in _lines(value))
    return f"{_inline(value)}\n"


def _lines(value: Any) -> Iterator[str]:
    """A mapping or a list with something in it."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _entry(f"{_text(str(key))}:", item, "  ")
    else:
        for item in value:
            if isinstance(item, Mapping | list) and item:
                prefix = "- "
                for line in _lines(item):
                    # Lines of a literal block may be empty: no trailing spaces there.
                    yield f"{prefix}{line}" if line else ""
                    prefix = "  "
            else:
                yield from _entry("-", item, "  ")


def _entry(head: str, item: Any, indent: str) -> Iterator[str]:
    if isinstance(item, Mapping | list) and item:
        yield head
        # Lists stand deeper than their key, so that a folded editor shows them below it.
        for line in _lines(item):
            yield f"{indent}{line}" if line else ""
    elif isinstance(item, str) and "\n" in item.rstrip("\n") and not _UNPRINTABLE.search(item):
        yield from _block(head, item)
    else:
        yield f"{head} {_inline(item)}"


def _block(head: str, text: str) -> Iterator[str]:
    """A literal block; its header says what plain reading of the lines would lose."""
    body = text.rstrip("\n")
    ends = len(text) - len(body)
    chomping = "-" if ends == 0 else "" if ends == 1 else "+"
    # Reading takes the indent from the first line that is not empty.
    indent = "2" if body.lstrip("\n").startswith((" ", "\t")) or body[0] in " \n" else ""
    yield f"{head} |{indent}{chomping}"
    for line in (body + "\n" * max(ends - 1, 0)).split("\n"):
        yield f"  {line}" if line else ""


def _inline(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return _float(value)
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, Mapping) and not value:
        return "{}"
    if isinstance(value, list) and not value:
        return "[]"
    raise TypeError(f"no YAML for {type(value).__name__}; definitions hold what JSON holds")


def _float(value: float) -> str:
    text = repr(value)
    if text in ("inf", "-inf", "nan"):
        raise TypeError(f"no YAML for {text}; definitions hold what JSON holds")
    return text


def _text(text: str) -> str:
    if _PLAIN.match(text) and text.lower() not in _WORDS and not _is_number(text):
        return text
    if _UNPRINTABLE.search(text) or "\n" in text or "\t" in text:
        return f'"{"".join(_escaped(c) for c in text)}"'
    if "'" in text and '"' not in text and "\\" not in text:
        return f'"{text}"'
    return "'" + text.replace("'", "''") + "'"


def _escaped(character: str) -> str:
    simple = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}
    if character in simple:
        return simple[character]
    if _UNPRINTABLE.match(character):
        code = ord(character)
        return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"
    return character


def _is_number(text: str) -> bool:
    return bool(_INTEGER.match(text) or _FLOAT.match(text))


class _Loader(yaml.CSafeLoader):
    """Reads what `write` writes, and what people write by hand as they mean it."""

    yaml_implicit_resolvers: Final[dict[str, Any]] = {}  # type: ignore[misc]


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = key_node.value
        if not isinstance(key_node, yaml.ScalarNode):
            raise yaml.constructor.ConstructorError(
                None, None, "expected a text as key", key_node.start_mark
            )
        if key in found:
            raise yaml.constructor.ConstructorError(
                None, None, f"the key `{key}` stands here twice", key_node.start_mark
            )
        found[key] = loader.construct_object(value_node, deep=True)
    return found


_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:null", re.compile(r"(?:null|~|)\Z"), ["n", "~", ""]
)
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"(?:true|false)\Z"), ["t", "f"])
_Loader.add_implicit_resolver("tag:yaml.org,2002:int", _INTEGER, list("-+0123456789"))
_Loader.add_implicit_resolver("tag:yaml.org,2002:float", _FLOAT, list("-+.0123456789"))
_Loader.add_constructor("tag:yaml.org,2002:int", lambda _, node: int(node.value))
_Loader.add_constructor("tag:yaml.org,2002:float", lambda _, node: float(node.value))
_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)


def read(text: str, file: str) -> Any:
    """The document's value; raises `DefinitionError` that names file and line."""
    try:
        return yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe loader, narrowed further
    except yaml.YAMLError as problem:
        mark = getattr(problem, "problem_mark", None)
        message = getattr(problem, "problem", None) or str(problem)
        line = mark.line + 1 if mark else None
        raise DefinitionError(f"not readable as YAML: {message}", file=file, line=line) from None


def line_of(text: str, path: Path) -> int | None:
    """The line, from 1, where the value at the path begins, or the nearest value around it."""
    node = yaml.compose(text, Loader=_Loader)
    if node is None:
        return None
    line: int = node.start_mark.line
    for part in path:
        if isinstance(node, yaml.MappingNode):
            pair = next(((k, v) for k, v in node.value if k.value == part), None)
            if pair is None:
                break
            line, node = pair[0].start_mark.line, pair[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int):
            if part >= len(node.value):
                break
            node = node.value[part]
            line = node.start_mark.line
        else:
            break
    return line + 1
