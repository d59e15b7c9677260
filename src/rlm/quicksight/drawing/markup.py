"""The XML-like markup of narratives, titles and text boxes, as a tree that is safe to show.

Foreign text never becomes HTML: the page builds elements from these nodes, and only for the tags
and the attributes that are known here. What is unknown loses its tag and keeps its text.
"""

from __future__ import annotations

import html
import itertools
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

ROOTS = ("narrative", "text-box", "visual-title", "visual-subtitle", "control-title")
VOID = ("br", "img")
TEXT_TAGS = ("b", "i", "u", "s", "sub", "sup", "ul", "ol", "li", "block", "inline", "a", "br")
_TAG = re.compile(r"<(/?)([A-Za-z][\w-]*)((?:[^<>\"']|\"[^\"]*\"|'[^']*')*?)(/?)>")
_ATTRIBUTE = re.compile(r"([\w-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_COLOR = re.compile(r"#[0-9A-Fa-f]{3,8}$")
_SIZE = re.compile(r"(\d+(?:\.\d+)?)(px|pt|em|rem)?$")
_PARAMETER = re.compile(r"\$\{([^}]+)\}|<<\$([^>]+)>>")
# Colours that a text may take from the theme by their role.
ROLES = (
    "Accent",
    "AccentForeground",
    "PrimaryForeground",
    "PrimaryBackground",
    "SecondaryForeground",
    "SecondaryBackground",
    "Danger",
    "Warning",
    "Success",
    "Dimension",
    "Measure",
)


@dataclass
class Node:
    """An element as it stands in the text, or a piece of text (no tag)."""

    tag: str | None
    text: str = ""
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[Node] = field(default_factory=list)


def parse(text: str) -> Node:
    """The markup as a tree below a node without a name; a text without tags is one text node.

    Never fails: an end without its beginning is dropped, an element without its end closes with
    its parent.
    """
    root = Node("root")
    stack = [root]
    position = 0
    for match in _TAG.finditer(text):
        _add_text(stack[-1], text[position : match.start()], len(stack) - 1)
        position = match.end()
        closes, tag, inside, is_empty = match.groups()
        tag = tag.lower()
        if closes:
            if any(one.tag == tag for one in stack[1:]):
                while stack[-1].tag != tag:
                    stack.pop()
                stack.pop()
            continue
        attributes = {
            name.lower(): html.unescape(quoted if quoted is not None else single)
            for name, quoted, single in (
                (one.group(1), one.group(2), one.group(3)) for one in _ATTRIBUTE.finditer(inside)
            )
        }
        node = Node(tag, attributes=attributes)
        stack[-1].children.append(node)
        if not is_empty and tag not in VOID:
            stack.append(node)
    _add_text(stack[-1], text[position:], len(stack) - 1)
    _spaced(root.children)
    return root


def _add_text(parent: Node, raw: str, depth: int) -> None:
    """Text as it was before the source was laid out: one node a line, two spaces a level.

    Of a line's white space only what goes beyond the indentation belongs to the text; what stood
    at its end is lost, `_spaced` puts it back.
    """
    if "\n" not in raw:
        if raw:
            parent.children.append(Node(None, text=html.unescape(raw)))
        return
    lines = raw.split("\n")
    kept = [lines[0].rstrip()] if lines[0].strip() else []
    for line in lines[1:]:
        if line.strip():
            inner = len(line) - len(line.lstrip()) - 2 * depth
            kept.append((" " if inner > 0 else "") + line.strip())
    if not kept:
        return
    text = html.unescape(" ".join(kept).replace("  ", " "))
    ends_at_line = not lines[-1].strip()
    if not ends_at_line and lines[-1][-1].isspace():
        # On the line of what comes next: nothing was lost.
        text += " "
    parent.children.append(Node(None, text=text, attributes={"line": ""} if ends_at_line else {}))


def _spaced(children: Sequence[Node]) -> None:
    """A space between words and what is said inline after them."""
    for one, following in itertools.pairwise(children):
        is_word = one.tag is None and "line" in one.attributes and one.text[-1:].isalnum()
        if is_word and following.tag in ("expression", "parameter", "inline", "a", "b", "i", "u"):
            one.text += " "
    for one, following in itertools.pairwise(children):
        if one.tag in ("expression", "parameter") and following.tag is None:
            following.text = (" " if following.text[:1].isalnum() else "") + following.text
    for one in children:
        _spaced(one.children)


Resolve = Callable[[str], str]
"""What stands for an expression or a parameter, as text."""


def nodes(
    text: str,
    parameters: Mapping[str, Any] | None = None,
    evaluate: Resolve | None = None,
) -> list[dict[str, Any]]:
    """The text as what the page shows; `${Parameter}` is replaced wherever it stands."""
    return render(parse(text).children, parameters or {}, evaluate)


def render(
    children: Sequence[Node],
    parameters: Mapping[str, Any],
    evaluate: Resolve | None = None,
) -> list[dict[str, Any]]:
    """Nodes as JSON: `{"text"}` or `{"tag", "style", "href", "children"}`."""
    rendered: list[dict[str, Any]] = []
    for node in children:
        if node.tag is None:
            rendered.append({"text": with_parameters(node.text, parameters)})
            continue
        if node.tag in ("parameter", "expression"):
            inner = "".join(one.text for one in node.children)
            if evaluate is not None and node.tag == "expression":
                rendered.append({"text": evaluate(inner)})
            else:
                rendered.append({"text": with_parameters(inner, parameters)})
            continue
        inside = render(node.children, parameters, evaluate)
        if node.tag not in TEXT_TAGS:
            rendered.extend(inside)
            continue
        rendered.append(_element(node, inside, parameters))
    return rendered


def _element(
    node: Node, inside: list[dict[str, Any]], parameters: Mapping[str, Any]
) -> dict[str, Any]:
    element: dict[str, Any] = {"tag": node.tag}
    style = _style(node)
    if style:
        element["style"] = style
    if node.tag == "a":
        href = safe_href(with_parameters(node.attributes.get("href", ""), parameters))
        if href:
            element["href"] = href
            element["newTab"] = node.attributes.get("target") != "_self"
        else:
            element["tag"] = "inline"
    if inside:
        element["children"] = inside
    return element


def _style(node: Node) -> dict[str, str]:
    style: dict[str, str] = {}
    for name, key in (("color", "color"), ("background-color", "background")):
        value = node.attributes.get(name, "")
        if _COLOR.match(value):
            style[key] = value
        elif value in ROLES:
            style[key] = f"var(--{hyphened(value)})"
    size = _SIZE.match(node.attributes.get("font-size", ""))
    if size:
        style["fontSize"] = f"{_short(float(size.group(1)))}{size.group(2) or 'px'}"
    align = node.attributes.get("align", "").lower()
    if align in ("left", "center", "right", "justify"):
        style["textAlign"] = align
    indent = re.search(r"ql-indent-(\d)", node.attributes.get("class", ""))
    if indent and indent.group(1) != "0":
        style["marginLeft"] = f"{int(indent.group(1)) * 1.5:g}em"
    return style


def hyphened(role: str) -> str:
    """`PrimaryForeground` -> `primary-foreground`: a theme's colour as a CSS variable."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", role).lower()


def _short(size: float) -> str:
    return f"{size:.4g}"


def safe_href(address: str) -> str | None:
    """The address if it leads to a page or a mailbox; scripts and files are refused."""
    address = address.strip()
    if address.startswith(("/", "#")) and not address.startswith("//"):
        return address
    try:
        scheme = urlsplit(address).scheme.lower()
    except ValueError:
        return None
    return address if scheme in ("http", "https", "mailto") else None


def with_parameters(text: str, parameters: Mapping[str, Any]) -> str:
    """`${Region}` and `<<$Region>>` replaced by the parameter's value; an unknown one stays."""

    def value(match: re.Match[str]) -> str:
        name = (match.group(1) or match.group(2)).strip()
        if name not in parameters:
            return match.group()
        return spoken(parameters[name])

    return _PARAMETER.sub(value, text)


def spoken(value: Any) -> str:
    """A parameter's value in a sentence: several are joined by commas."""
    if isinstance(value, list | tuple):
        return ", ".join(spoken(one) for one in value) if value else "All"
    if hasattr(value, "strftime"):
        return str(value.strftime("%Y-%m-%d"))
    return "" if value is None else str(value)


def plain_text(content: Sequence[Mapping[str, Any]]) -> str:
    """What the nodes say, for those who hear the page."""
    words = []
    for node in content:
        if "text" in node:
            words.append(str(node["text"]))
        elif node.get("tag") in ("br", "li", "block"):
            words.append(" " + plain_text(node.get("children", ())))
        else:
            words.append(plain_text(node.get("children", ())))
    return re.sub(r"\s+", " ", "".join(words)).strip()
