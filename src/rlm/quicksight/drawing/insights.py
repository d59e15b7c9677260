"""Insights: a narrative with what its computations found; without one, what they found itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rlm.quicksight.drawing.look import Look  # noqa: TC001 - part of the public types
from rlm.quicksight.drawing.markup import Node, parse, plain_text, render
from rlm.quicksight.drawing.narrative_values import Found, NarrativeError, evaluate, said
from rlm.quicksight.results import VisualResult  # noqa: TC001 - part of the public types


def insight_body(result: VisualResult, look: Look) -> dict[str, Any]:
    """What the page needs to show an InsightVisual.

    An expression that cannot be read is shown as it is written, so that it can be seen.
    """
    configuration = result.definition.get("InsightConfiguration") or {}
    narrative = (configuration.get("CustomNarrative") or {}).get("Narrative") or ""
    found = Found(result.computations, look.parameters)
    content = narrative_nodes(narrative, found)
    if not plain_text(content) and result.computations:
        content = _automatic(result.computations)
    return {"content": content}


def narrative_nodes(narrative: str, found: Found) -> list[dict[str, Any]]:
    """A narrative's text: conditions decided, lists gone through, expressions replaced."""
    return _nodes(parse(narrative).children, found)


def _nodes(children: Sequence[Node], found: Found) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = []
    for node in children:
        if node.tag == "if":
            if _holds(node.attributes.get("condition", ""), found):
                made.extend(_block(node, _nodes(node.children, found)))
        elif node.tag == "for":
            items = _value(node.attributes.get("listexpression", ""), found)
            count = len(items) if isinstance(items, Sequence) and not isinstance(items, str) else 0
            for index in range(count):
                made.extend(_block(node, _nodes(node.children, found.at(index))))
        elif node.tag == "expression":
            made.append({"text": _said("".join(one.text for one in node.children), found)})
        elif node.tag is None or not node.children:
            made.extend(render([node], found.parameters))
        else:
            inside = _nodes(node.children, found)
            shell = render([Node(node.tag, "", node.attributes)], found.parameters)
            if shell:
                made.append({**shell[0], "children": inside})
            else:
                made.extend(inside)
    return made


def _block(node: Node, inside: list[dict[str, Any]]) -> list[dict[str, Any]]:
    is_block = node.attributes.get("level") == "block"
    return [{"tag": "block", "children": inside}] if is_block and inside else inside


def _value(text: str, found: Found) -> Any:
    try:
        return evaluate(text, found)
    except NarrativeError:
        return None


def _holds(condition: str, found: Found) -> bool:
    return _value(condition, found) is True


def _said(text: str, found: Found) -> str:
    try:
        return said(evaluate(text, found))
    except NarrativeError:
        return text.strip()


def _automatic(computations: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """A line a computation, where nobody wrote a narrative."""
    lines = [(name, _line(told)) for name, told in computations.items()]
    return [
        {
            "tag": "block",
            "children": [{"tag": "b", "children": [{"text": name}]}, {"text": f": {line}"}],
        }
        for name, line in lines
        if line
    ]


def _line(told: Mapping[str, Any]) -> str:
    if isinstance(told.get("items"), Sequence):
        parts = [
            ": ".join(said(value) for value in item.values() if isinstance(value, Mapping))
            for item in told["items"]
        ]
        return "; ".join(parts)
    values = [
        f"{_words(key)} {said(value)}"
        for key, value in told.items()
        if isinstance(value, Mapping) and value.get("value") is not None
    ]
    return ", ".join(values)


def _words(name: str) -> str:
    """`totalAggregate` -> `total aggregate`."""
    return "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name)
