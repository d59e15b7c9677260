"""Pictures of pages that need nothing but themselves: drawn here, coloured by the page's CSS."""

from __future__ import annotations

import re
from html import escape
from importlib import resources
from typing import TYPE_CHECKING, Any, Final

import vl_convert
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

if TYPE_CHECKING:
    from collections.abc import Mapping

_VEGA_LITE: Final = "6.4"
WIDTH: Final = 420
# Colours are names of CSS variables: one drawing serves light, dark and paper.
CONFIG: Final = {
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


def picture(spec: Mapping[str, Any], name: str, title: str, described: str) -> Markup:
    """A Vega-Lite drawing as SVG that fits its place; `described` is for those who see none."""
    whole = {
        # Browsers' letters are wider than those that it was measured with.
        "padding": {"left": 18, "right": 12, "top": 4, "bottom": 4},
        "config": CONFIG,
        **spec,
    }
    drawn = _with_ids_of_its_own(vl_convert.vegalite_to_svg(whole, vl_version=_VEGA_LITE), name)
    start = drawn.index("<svg ") + len("<svg ")
    end = drawn.index(">", start)
    view_box = next(a for a in drawn[start:end].split('" ') if a.startswith("viewBox")).rstrip('"')
    return Markup(  # noqa: S704 - Vega's own escaping, and ours
        f'<svg role="img" aria-labelledby="{name}-title {name}-text" {view_box}" '
        f'xmlns="http://www.w3.org/2000/svg"><title id="{name}-title">{escape(title)}</title>'
        f'<desc id="{name}-text">{escape(described)}</desc>{drawn[end + 1 :]}'
    )


def _with_ids_of_its_own(drawn: str, name: str) -> str:
    """Vega numbers what it clips through all of a process: ids would meet, and change by run."""
    numbers: dict[str, str] = {}
    return re.sub(
        r"\bclip\d+\b",
        lambda found: numbers.setdefault(found[0], f"{name}-clip{len(numbers)}"),
        drawn,
    )


def intervals(
    values: list[dict[str, Any]],
    order: list[str],
    name: str,
    title: str,
    colours: Mapping[str, str],
) -> Markup:
    """A dot a mean and a line from its low to its high, models one below the other.

    Values are of a `model`, `on` something: `mean`, `low` and `high`.
    """
    names = list(colours)
    x = {"type": "quantitative", "scale": {"zero": True}, "axis": {"title": None, "tickCount": 5}}
    shared = {
        "y": {
            "field": "on", "type": "nominal", "sort": order,
            "axis": {"title": None, "grid": False, "labelLimit": 200},
        },
        "yOffset": {"field": "model", "sort": names},
        "color": {
            "field": "model", "type": "nominal", "legend": None,
            "scale": {"domain": names, "range": list(colours.values())},
        },
    }  # fmt: skip
    spec = {
        "width": WIDTH,
        "height": {"step": 15},
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
    return picture(spec, name, title, described)


def page_environment() -> Environment:
    """Names come from outside: everything is escaped, and a name that is missing is an error."""
    made = Environment(autoescape=True, undefined=StrictUndefined)
    made.filters["percent"] = lambda share: f"{share:.1%}"
    return made


def template(name: str) -> str:
    """A file of this package's templates."""
    folder = resources.files("rlm.recommend") / "templates"
    return (folder / name).read_text(encoding="utf-8")


def stylesheet() -> Markup:
    """What every page of the recommender looks like."""
    return Markup(template("evaluation.css"))  # noqa: S704 - our own file
