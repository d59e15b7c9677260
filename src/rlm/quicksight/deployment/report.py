"""Plans and differences as text for a terminal."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from rlm.quicksight.deployment.plan import Action, Plan

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rlm.quicksight.deployment.canonical import Difference
    from rlm.quicksight.deployment.drift import Drift

_LONGEST: Final = 100
_MOST_DIFFERENCES: Final = 20


def plan_text(plan: Plan, *, is_verbose: bool = False) -> str:
    """One line a resource, what is told of it below, and the sums."""
    lines = []
    for step in plan.steps:
        keys = f"  {', '.join(step.keys)}" if step.keys else ""
        version = f"  version {step.version}" if step.action is Action.PUBLISH else ""
        version = version.replace("None", "made by this deployment")
        lines.append(f"{step.action:<10} {step.kind.label:<12} {step.name:<24}{keys}{version}")
        lines[-1] = lines[-1].rstrip()
        if step.note:
            lines.append(f"{'':<24}{step.note}")
        if is_verbose:
            lines += [f"{'':<12}{line}" for line in difference_lines(step.differences)]
    return "\n".join([*lines, plan_sums(plan)])


def plan_sums(plan: Plan) -> str:
    """`1 to update, 1 to publish, 9 unchanged`, or that there is nothing to do."""
    counts = Counter(step.action for step in plan.steps)
    said = [
        f"{counts[action]} {'to ' if action.is_change else ''}{action}"
        for action in Action
        if counts[action]
    ]
    if not plan.changes and not plan.blocked:
        rest = f" ({', '.join(said)})" if said else ""
        return f"nothing to do{rest}"
    return ", ".join(said)


def drift_text(drifts: Iterable[Drift]) -> str:
    """A line a resource and where it differs; or that there is none."""
    lines = []
    for one in drifts:
        when = f", last changed {one.when:%Y-%m-%d %H:%M}" if one.when else ""
        lines.append(f"{one.kind.label} {one.name}: {one.side}{when}")
        if one.detail:
            lines.append(f"    {one.detail}")
        # A dashboard reads better without its ids.
        found = one.text.splitlines() or difference_lines(one.differences)
        lines += [f"    {line}" for line in found]
    return "\n".join(lines) or "the account is as the files say"


def difference_lines(differences: Iterable[Difference]) -> Iterator[str]:
    """`Definition.Sheets[0].Name: "Sales" here, "Ticket sales" in the files`."""
    found = list(differences)
    for one in found[:_MOST_DIFFERENCES]:
        yield f"{one.path}: {_shown(one.found)} there, {_shown(one.wanted)} in the files"
    if len(found) > _MOST_DIFFERENCES:
        yield f"and {len(found) - _MOST_DIFFERENCES} more"


def _shown(value: Any) -> str:
    if value is None:
        return "nothing"
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."
