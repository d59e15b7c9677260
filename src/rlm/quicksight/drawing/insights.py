"""Insights: a narrative with what its computations found."""

from __future__ import annotations

from typing import Any

from rlm.quicksight.drawing.look import Look  # noqa: TC001 - part of the public types
from rlm.quicksight.drawing.markup import nodes
from rlm.quicksight.results import VisualResult  # noqa: TC001 - part of the public types


def insight_body(result: VisualResult, look: Look) -> dict[str, Any]:
    """What the page needs to show an InsightVisual."""
    configuration = result.definition.get("InsightConfiguration") or {}
    narrative = (configuration.get("CustomNarrative") or {}).get("Narrative") or ""
    return {"content": nodes(narrative, look.parameters)}
