"""What the browser shows of a visual, as data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Content = Sequence[Mapping[str, Any]]
"""Text with its styles: what `markup.nodes` gives."""


@dataclass(frozen=True)
class Drawing:
    """One visual, ready to be shown."""

    visual_id: str
    kind: str
    """chart, table, pivot, kpi, insight, words, custom, text, image, empty or box."""
    title: Content = ()
    subtitle: Content = ()
    body: Mapping[str, Any] = field(default_factory=dict)
    """chart: `option` for ECharts; table and pivot: cells; kpi: values; insight: content; ..."""
    label: str = ""
    """The visual in one sentence, for those who hear the page."""
    notes: tuple[str, ...] = ()
    """What is said below it: that rows were left out, that options are not honoured."""
    missing: tuple[str, ...] = ()
    """Of a box: what keeps it from being drawn."""
    actions: Sequence[Mapping[str, Any]] = ()
    """Custom actions: name, trigger, operations."""
    fields: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Its dimensions by field id: label, column, and the levels below that can be drilled to."""

    def to_json(self) -> dict[str, Any]:
        """As the page gets it."""
        return {
            "id": self.visual_id,
            "kind": self.kind,
            "title": list(self.title),
            "subtitle": list(self.subtitle),
            "body": dict(self.body),
            "label": self.label,
            "notes": list(self.notes),
            "missing": list(self.missing),
            "actions": list(self.actions),
            "fields": dict(self.fields),
        }
