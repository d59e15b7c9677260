"""The charts of a report as SVG that takes its colours from the page, drawn by Vega-Lite.

Colours are names of CSS variables: one drawing serves light, dark and paper.
"""

from __future__ import annotations

import datetime as dt
from html import escape
from typing import TYPE_CHECKING, Any, Final

import vl_convert

from rlm.jobs.event_reports.wording import day, number, percent

if TYPE_CHECKING:
    from rlm.jobs.event_reports.document import Document

_VEGA_LITE: Final = "6.4"
# In units of the drawing. A phone shows it at about 0.85 of that, a desk at 1.1: 13 is legible on
# both.
_WIDTH: Final = 360
_HEIGHT: Final = 190
# More bars than this are thinner than the gap between them; weeks are shown instead.
_MOST_DAYS: Final = 70
# Of bars, below the axis: more would touch each other on a phone.
_MOST_DATES: Final = 6
_DAY_MS: Final = 86_400_000
_CONFIG: Final = {
    "aria": False,
    "background": None,
    "font": "system-ui, sans-serif",
    "view": {"stroke": None},
    "axis": {
        "domain": False,
        "ticks": False,
        "gridColor": "var(--line)",
        "labelColor": "var(--soft)",
        "labelFontSize": 13,
        "labelPadding": 6,
        "titleColor": "var(--soft)",
        "titleFontSize": 13,
        "titleFontWeight": "normal",
        "titlePadding": 8,
    },
    "axisX": {"grid": False},
}


def build_up(found: Document) -> str | None:
    """How the event filled up, day by day, against comparable ones; None below two points."""
    capacity = found["event"]["capacity"]
    unit = capacity or 1
    days = [d for d in found["days"] if d["days_to_go"] >= 0]
    if not days:
        return None
    line = [{"to_go": d["days_to_go"], "sold": d["so_far"] / unit} for d in days]
    # Nothing was sold on the day before the first sale, and nothing more since the last one.
    line.insert(0, {"to_go": line[0]["to_go"] + 1, "sold": 0})
    if found["days_to_go"] is not None and line[-1]["to_go"] > found["days_to_go"]:
        line.append({"to_go": found["days_to_go"], "sold": line[-1]["sold"]})
    if len(line) < 3:
        return None
    furthest = max(14, line[0]["to_go"])
    curve = [p for p in found["comparable"]["curve"] if p["days_to_go"] <= furthest]
    top = max([p["sold"] for p in line] + [p["upper_quartile"] for p in curve])
    x = {
        "field": "to_go",
        "type": "quantitative",
        "scale": {"domain": [0, furthest], "nice": False, "reverse": True},
        "axis": {"title": "days to go", "tickMinStep": 1, "tickCount": 6, "format": "d"},
    }
    axis = {"title": None, "tickCount": 4, "format": ".0%" if capacity else ",.0f"}
    scale = {"domain": [0, max(1.0, top)]} if capacity else {"nice": True, "zero": True}
    y = {"field": "sold", "type": "quantitative", "axis": axis, "scale": scale}
    layers: list[dict[str, Any]] = []
    if curve:
        points = [
            {
                "to_go": p["days_to_go"],
                "low": p["lower_quartile"],
                "sold": p["median"],
                "high": p["upper_quartile"],
            }
            for p in curve
        ]
        layers += [
            {
                "data": {"values": points},
                "mark": {"type": "area", "color": "var(--soft)", "opacity": 0.18},
                "encoding": {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}},
            },
            {
                "data": {"values": points},
                "mark": {
                    "type": "line",
                    "color": "var(--soft)",
                    "strokeDash": [5, 4],
                    "strokeWidth": 1.5,
                },
                "encoding": {"x": x, "y": y},
            },
        ]
    steps = [{**point, "nth": nth} for nth, point in enumerate(line)]
    layers += [
        {
            "data": {"values": steps},
            "mark": {
                "type": "line",
                "color": "var(--accent)",
                "strokeWidth": 2.5,
                "interpolate": "step-after",
            },
            "encoding": {"x": x, "y": y, "order": {"field": "nth"}},
        },
        {
            "data": {"values": steps[-1:]},
            "mark": {
                "type": "point",
                "filled": True,
                "size": 55,
                "color": "var(--accent)",
                "opacity": 1,
            },
            "encoding": {"x": x, "y": y},
        },
    ]
    share = percent(line[-1]["sold"]) if capacity else f"{number(line[-1]['sold'])} tickets"
    first, last = line[0]["to_go"] - 1, line[-1]["to_go"]
    described = f"From {first} to {last} days to go; {share} at the end."
    if curve:
        nearest = curve[0]
        described += (
            f" At {nearest['days_to_go']} days to go, half of the comparable events had sold "
            f"{percent(nearest['median'])} or more."
        )
    return _svg({"layer": layers}, "build-up", "Tickets sold so far, by days to go", described)


def per_day(found: Document) -> str | None:
    """Tickets sold and refunded a day, or a week for long sales; None below three days."""
    days = found["days"]
    if len(days) < 3:
        return None
    first, last = (dt.date.fromisoformat(days[end]["date"]) for end in (0, -1))
    is_weekly = (last - first).days > _MOST_DAYS
    sums: dict[dt.date, list[int]] = {}
    for one in days:
        date = dt.date.fromisoformat(one["date"])
        start = date - dt.timedelta(days=date.weekday()) if is_weekly else date
        both = sums.setdefault(start, [0, 0])
        both[0] += one["sold"]
        both[1] += one["refunded"]
    step = 7 if is_weekly else 1
    bars = (max(sums) - min(sums)).days // step + 1
    # Named one by one: left to itself, the axis names the hours of a few days.
    dates = [_ms(min(sums)) + n * step * _DAY_MS for n in range(0, bars, -(-bars // _MOST_DATES))]
    values = [
        {"at": _ms(date), "tickets": count, "kind": kind}
        for date, (sold, refunded) in sums.items()
        for kind, count in (("sold", sold), ("refunded", -refunded))
        if count
    ]
    spec = {
        "data": {"values": values},
        "mark": {"type": "bar", "width": max(1.0, round(_WIDTH / (bars + 1) * 0.75, 1))},
        "encoding": {
            "x": {
                "field": "at",
                "type": "temporal",
                "scale": {
                    "type": "utc",
                    "domain": [
                        _ms(min(sums)) - step * _DAY_MS // 2,
                        _ms(max(sums)) + step * _DAY_MS // 2,
                    ],
                },
                "axis": {
                    "title": None,
                    "format": "%-d %b",
                    "values": dates,
                    "labelOverlap": True,
                },
            },
            "y": {
                "field": "tickets",
                "type": "quantitative",
                "stack": None,
                "axis": {"title": None, "tickCount": 4, "tickMinStep": 1, "format": ",d"},
            },
            "color": {
                "field": "kind",
                "type": "nominal",
                "legend": None,
                "scale": {
                    "domain": ["sold", "refunded"],
                    "range": ["var(--accent)", "var(--bad)"],
                },
            },
        },
    }
    best = max(sums, key=lambda date: (sums[date][0], -_ms(date)))
    title = f"Tickets sold and refunded per {'week' if is_weekly else 'day'}"
    described = (
        f"From {day(first)} to {day(last)}; most, {number(sums[best][0])}, "
        f"{'in the week of' if is_weekly else 'on'} {day(best)}."
    )
    return _svg(spec, "per-day", title, described)


def _svg(spec: dict[str, Any], name: str, title: str, described: str) -> str:
    """The drawing, with what a screen reader says of it."""
    sized = {"width": _WIDTH, "height": _HEIGHT, "config": _CONFIG, **spec}
    drawn: str = vl_convert.vegalite_to_svg(sized, vl_version=_VEGA_LITE)
    start = drawn.index("<svg ") + len("<svg ")
    end = drawn.index(">", start)
    view_box = next(a for a in drawn[start:end].split('" ') if a.startswith("viewBox")).rstrip('"')
    return (
        f'<svg role="img" aria-labelledby="{name}-title {name}-text" {view_box}" '
        f'xmlns="http://www.w3.org/2000/svg"><title id="{name}-title">{escape(title)}</title>'
        f'<desc id="{name}-text">{escape(described)}</desc>{drawn[end + 1 :]}'
    )


def _ms(date: dt.date) -> int:
    """Milliseconds since 1970: a number is the same in every time zone."""
    return (date - dt.date(1970, 1, 1)).days * _DAY_MS
