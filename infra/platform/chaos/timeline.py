"""The picture of a run: when each fault began and was over, what the API answered, what alarmed."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

WIDTH = 1100
_LEFT = 150
_RIGHT = 12
_LANE = 30
_BAR = 7
_ROWS = 3
_TOP = 8
# By title: which faults stand in a lane.
LANES: Sequence[tuple[str, str, str]] = (
    ("servers", "kill", "server"),
    ("workers", "kill", "worker"),
    ("frozen", "freeze", ""),
    ("disk full", "disk", ""),
    ("deliveries", "delivery", ""),
    ("AWS calls", "call", ""),
)
_STEPS_SECONDS = (60, 120, 300, 600, 900, 1800)
_TICKS = 12


def timeline(report: Mapping[str, Any], servers: Sequence[str]) -> str:
    """An SVG; colours come from the page's style."""
    began, ended = float(report["began_at"]), float(report["ended_at"])
    first = min((fault["began_at"] for fault in report["faults"]), default=began)
    # Set-up is of no interest: the picture begins a little before the first fault.
    began = max(began, first - 20)
    scale = _Scale(began, max(ended, began + 1))
    parts: list[str] = []
    y = _TOP
    for title, kind, side in LANES:
        faults = [
            fault
            for fault in report["faults"]
            if fault["kind"] == kind
            and (not side or (fault["target"] in servers) == (side == "server"))
        ]
        parts.append(_lane(title, len(faults), y))
        parts += [_fault(fault, scale, y, number) for number, fault in enumerate(faults)]
        y += _LANE
    parts.append(_lane("API", len(report["answers"]), y))
    parts += [_answer(one, scale, y) for one in report["answers"] if one["at"] >= began]
    y += _LANE
    spans = list(_alarm_spans(report["alarms"], ended))
    parts.append(_lane("alarms", len(spans), y))
    parts += [_alarm(*span, scale, y, number) for number, span in enumerate(spans)]
    y += _LANE
    parts += _axis(scale, y)
    return (
        f'<svg class="timeline" viewBox="0 0 {WIDTH} {y + 26}" role="img"'
        f' aria-label="Faults, answers and alarms over time">{"".join(parts)}</svg>'
    )


class _Scale:
    """Seconds to pixels."""

    def __init__(self, began: float, ended: float) -> None:
        self.began, self.ended = began, ended

    def __call__(self, at: float) -> float:
        share = (at - self.began) / (self.ended - self.began)
        return _LEFT + min(1.0, max(0.0, share)) * (WIDTH - _LEFT - _RIGHT)


def _lane(title: str, count: int, y: float) -> str:
    return (
        f'<line class="lane" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y + _LANE - 2}"'
        f' y2="{y + _LANE - 2}"/>'
        f'<text x="0" y="{y + 18}">{escape(title)}</text>'
        f'<text class="count" x="{_LEFT - 12}" y="{y + 18}">{count}</text>'
    )


def _fault(fault: Mapping[str, Any], scale: _Scale, y: float, number: int) -> str:
    end = fault["recovered_at"] or fault["ended_at"] or fault["began_at"]
    x = scale(fault["began_at"])
    width = max(2.5, scale(end) - x)
    seconds = fault["recovery_seconds"]
    told = f"{seconds:.1f} s" if seconds is not None else "recovery not seen"
    kind = fault["kind"] if fault["recovered_at"] else f"{fault['kind']} open"
    return (
        f'<rect class="{kind}" x="{x:.1f}" y="{y + 3 + (number % _ROWS) * (_BAR + 1)}"'
        f' width="{width:.1f}" height="{_BAR}" rx="1.5">'
        f"<title>{escape(fault['title'])}: {told}</title></rect>"
    )


def _answer(one: Mapping[str, Any], scale: _Scale, y: float) -> str:
    status, source = one["status"], one["source"]
    is_bad = status == 0 or status >= 500
    kind = "bad" if is_bad else "fallback" if source not in ("", "model") else "good"
    # The bad ones are taller: they must be seen among thousands.
    height = {"good": 8, "fallback": 14, "bad": 22}[kind]
    x = scale(one["at"])
    return f'<line class="{kind}" x1="{x:.1f}" x2="{x:.1f}" y1="{y + 25 - height}" y2="{y + 25}"/>'


def _alarm_spans(
    changes: Iterable[Mapping[str, Any]], ended: float
) -> Iterable[tuple[str, float, float]]:
    """Name, from and to of every time that an alarm was on."""
    since: dict[str, float] = {}
    for change in changes:
        if change["state"] == "ALARM":
            since.setdefault(change["name"], change["at"])
        elif change["name"] in since:
            yield change["name"], since.pop(change["name"]), change["at"]
    for name, at in since.items():
        yield name, at, ended


def _alarm(name: str, start: float, end: float, scale: _Scale, y: float, number: int) -> str:
    x = scale(start)
    return (
        f'<rect class="alarm" x="{x:.1f}" y="{y + 3 + (number % _ROWS) * (_BAR + 1)}"'
        f' width="{max(2.5, scale(end) - x):.1f}" height="{_BAR}" rx="1.5">'
        f"<title>{escape(name)}: {end - start:.0f} s</title></rect>"
    )


def _axis(scale: _Scale, y: float) -> list[str]:
    seconds = scale.ended - scale.began
    step = next((s for s in _STEPS_SECONDS if seconds / s <= _TICKS), _STEPS_SECONDS[-1])
    parts = []
    for at in range(0, int(seconds) + 1, step):
        x = scale(scale.began + at)
        parts.append(
            f'<line class="tick" x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP}" y2="{y}"/>'
            f'<text class="at" x="{x:.1f}" y="{y + 16}">{at // 60} min</text>'
        )
    return parts
