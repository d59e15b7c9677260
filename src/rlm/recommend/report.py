"""The report of an evaluation: one page that needs nothing but itself, stored with the model."""

from __future__ import annotations

from html import escape
from importlib import resources
from typing import TYPE_CHECKING, Any, Final

import vl_convert
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

if TYPE_CHECKING:
    from collections.abc import Mapping

_VEGA_LITE: Final = "6.4"
_WIDTH: Final = 420
# Colours are names of CSS variables: one drawing serves light, dark and paper.
_CONFIG: Final = {
    "aria": False,
    "background": None,
    "font": "system-ui, sans-serif",
    "view": {"stroke": None},
    "axis": {
        "domain": False, "ticks": False, "gridColor": "var(--line)", "labelColor": "var(--soft)",
        "labelFontSize": 13, "labelPadding": 6, "titleColor": "var(--soft)", "titleFontSize": 13,
        "titleFontWeight": "normal", "titlePadding": 8,
    },
}  # fmt: skip
_COLOURS: Final = {"candidate": "var(--accent)", "live": "var(--warn)", "popularity": "var(--soft)"}
_METRICS: Final = {
    "ndcg": "nDCG@20",
    "recall": "Recall@20",
    "map": "MAP@20",
    "hit_rate": "Hit rate@20",
}


def report_page(evaluation: Mapping[str, Any]) -> bytes:
    """Draw what `training.train` returns; the page says nothing that is not in it."""
    models: Mapping[str, Any] = evaluation["models"]
    template = _environment().from_string(_file("evaluation.html"))
    page = template.render(
        evaluation=evaluation,
        models=models,
        metrics=_METRICS,
        segments=list(next(iter(models.values()))["segments"]),
        style=Markup(_file("evaluation.css")),  # noqa: S704 - our own file
        metrics_chart=Markup(_metrics_chart(models)),  # noqa: S704 - Vega's own escaping
        segments_chart=Markup(_segments_chart(models)),  # noqa: S704
        colours=_COLOURS,
    )
    return page.encode()


def _metrics_chart(models: Mapping[str, Any]) -> str:
    """Every measure of every model, with its 95 % interval."""
    values = [
        {"model": model, "on": title, **found["metrics"][metric]}
        for model, found in models.items()
        for metric, title in _METRICS.items()
    ]
    return _intervals(values, list(_METRICS.values()), "metrics", "Measures of each model", models)


def _segments_chart(models: Mapping[str, Any]) -> str:
    """nDCG by how much was known of the fan; segments without fans are left out."""
    values = [
        {"model": model, "on": f"{segment} ({found_segment['fans']:,})", **found_segment["ndcg"]}
        for model, found in models.items()
        for segment, found_segment in found["segments"].items()
        if found_segment["fans"]
    ]
    order = list(dict.fromkeys(value["on"] for value in values))
    return _intervals(values, order, "segments", "nDCG@20 by segment of fans", models)


def _intervals(
    values: list[dict[str, Any]], order: list[str], name: str, title: str, models: Mapping[str, Any]
) -> str:
    """A dot a mean and a line from its low to its high, models one below the other."""
    names = list(models)
    x = {"type": "quantitative", "scale": {"zero": True}, "axis": {"title": None, "tickCount": 5}}
    shared = {
        "y": {
            "field": "on", "type": "nominal", "sort": order,
            "axis": {"title": None, "grid": False, "labelLimit": 200},
        },
        "yOffset": {"field": "model", "sort": names},
        "color": {
            "field": "model", "type": "nominal", "legend": None,
            "scale": {"domain": names, "range": [_COLOURS.get(n, "var(--ink)") for n in names]},
        },
    }  # fmt: skip
    spec = {
        "width": _WIDTH,
        "height": {"step": 15},
        # Browsers' letters are wider than those that it was measured with.
        "padding": {"left": 18, "right": 12, "top": 4, "bottom": 4},
        "config": _CONFIG,
        "data": {"values": values},
        "layer": [
            {
                "mark": {"type": "rule", "strokeWidth": 2},
                "encoding": {**shared, "x": {**x, "field": "low"}, "x2": {"field": "high"}},
            },
            {
                "mark": {"type": "point", "filled": True, "size": 60, "opacity": 1},
                "encoding": {**shared, "x": {**x, "field": "mean"}},
            },
        ],
    }
    described = "; ".join(
        f"{v['on']}, {v['model']}: {v['mean']:.3f} ({v['low']:.3f} to {v['high']:.3f})"
        for v in values
    )
    drawn: str = vl_convert.vegalite_to_svg(spec, vl_version=_VEGA_LITE)
    start = drawn.index("<svg ") + len("<svg ")
    end = drawn.index(">", start)
    view_box = next(a for a in drawn[start:end].split('" ') if a.startswith("viewBox")).rstrip('"')
    return (
        f'<svg role="img" aria-labelledby="{name}-title {name}-text" {view_box}" '
        f'xmlns="http://www.w3.org/2000/svg"><title id="{name}-title">{escape(title)}</title>'
        f'<desc id="{name}-text">{escape(described)}</desc>{drawn[end + 1 :]}'
    )


def _environment() -> Environment:
    # Names come from outside: everything is escaped, and a name that is missing is an error.
    made = Environment(autoescape=True, undefined=StrictUndefined)
    made.filters["percent"] = lambda share: f"{share:.1%}"
    return made


def _file(name: str) -> str:
    folder = resources.files("rlm.recommend") / "templates"
    return (folder / name).read_text(encoding="utf-8")
