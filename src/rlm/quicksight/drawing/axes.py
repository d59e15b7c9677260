"""Axes, grids, legends and data labels: what most charts have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence  # noqa: TC003 - part of the public types
from typing import Any

from rlm.quicksight.drawing.formats.values import format_of
from rlm.quicksight.drawing.look import Look  # noqa: TC001 - part of the public types
from rlm.quicksight.drawing.themes import font_style, readable_on
from rlm.quicksight.results import Field  # noqa: TC001 - part of the public types

MAX_LABELS = 3000


def is_hidden(options: Mapping[str, Any] | None) -> bool:
    """Whether a part is switched off."""
    return (options or {}).get("Visibility") == "HIDDEN"


def text_style(look: Look, kind: str, given: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """A FontConfiguration over the theme's, as ECharts takes it."""
    style = {**look.theme.font(kind), **font_style(given)}
    found: dict[str, Any] = {}
    if "fontSize" in style and style["fontSize"].endswith("px"):
        found["fontSize"] = float(style["fontSize"][:-2])
    if "color" in style:
        found["color"] = style["color"]
    if "fontWeight" in style:
        found["fontWeight"] = int(style["fontWeight"])
    if "fontStyle" in style:
        found["fontStyle"] = style["fontStyle"]
    return found


def axis_title(options: Mapping[str, Any] | None, default: str) -> str:
    """The title of an axis: a ChartAxisLabelOptions' own label, else what the axis shows."""
    if is_hidden(options):
        return ""
    for one in (options or {}).get("AxisLabelOptions") or ():
        if one.get("CustomLabel"):
            return str(one["CustomLabel"])
    return default


def category_axis(
    labels: Sequence[str],
    look: Look,
    display: Mapping[str, Any] | None,
    title: str = "",
) -> dict[str, Any]:
    """An axis of names."""
    display = display or {}
    ticks = display.get("TickLabelOptions") or {}
    label: dict[str, Any] = {
        "color": look.theme.ui["SecondaryForeground"],
        "hideOverlap": True,
        **text_style(look, "AxisLabel", (ticks.get("LabelOptions") or {}).get("FontConfiguration")),
    }
    if is_hidden(ticks.get("LabelOptions")):
        label["show"] = False
    if ticks.get("RotationAngle") is not None:
        label["rotate"] = float(ticks["RotationAngle"])
    axis: dict[str, Any] = {
        "type": "category",
        "data": list(labels),
        "axisTick": {"show": False},
        "axisLabel": label,
        "axisLine": {
            "show": display.get("AxisLineVisibility") != "HIDDEN",
            "lineStyle": {"color": look.theme.line},
        },
    }
    return _titled(axis, title, look)


def value_axis(
    look: Look,
    measure: Field | None,
    display: Mapping[str, Any] | None,
    title: str = "",
    *,
    is_percent: bool = False,
) -> dict[str, Any]:
    """An axis of amounts, written as its measure is."""
    display = display or {}
    ticks = display.get("TickLabelOptions") or {}
    numeric = (display.get("DataOptions") or {}).get("NumericAxisOptions") or {}
    label: dict[str, Any] = {
        "color": look.theme.ui["SecondaryForeground"],
        "hideOverlap": True,
        **text_style(look, "AxisLabel", (ticks.get("LabelOptions") or {}).get("FontConfiguration")),
    }
    if is_percent:
        label["format"] = {"kind": "percent", "decimals": 0}
    elif measure is not None:
        label["format"] = format_of(measure).short().to_json()
    if is_hidden(ticks.get("LabelOptions")):
        label["show"] = False
    axis: dict[str, Any] = {
        "type": "value",
        "axisLabel": label,
        "axisLine": {"show": False},
        "splitLine": {
            "show": display.get("GridLineVisibility") != "HIDDEN",
            "lineStyle": {"color": look.theme.line, "type": "solid"},
        },
    }
    scale = numeric.get("Scale") or {}
    if scale.get("Logarithmic") is not None:
        axis["type"] = "log"
        axis["logBase"] = (scale["Logarithmic"] or {}).get("Base") or 10
    linear = scale.get("Linear") or {}
    if linear.get("StepSize"):
        axis["interval"] = linear["StepSize"]
    elif linear.get("StepCount"):
        axis["splitNumber"] = linear["StepCount"]
    limits = numeric.get("Range") or {}
    bounds = limits.get("MinMax") or {}
    if "Minimum" in bounds:
        axis["min"] = bounds["Minimum"]
    if "Maximum" in bounds:
        axis["max"] = bounds["Maximum"]
    if "DataDriven" in limits:
        axis["scale"] = True
    if is_percent:
        axis.setdefault("max", 1)
    return _titled(axis, title, look)


def _titled(axis: dict[str, Any], title: str, look: Look) -> dict[str, Any]:
    if title:
        axis["name"] = title
        axis["nameLocation"] = "middle"
        axis["nameTextStyle"] = {
            "color": look.theme.ui["SecondaryForeground"],
            **text_style(look, "AxisTitle"),
        }
    return axis


def legend(
    options: Mapping[str, Any] | None, look: Look, names: Sequence[str], title: str = ""
) -> dict[str, Any] | None:
    """A legend, or None where it is hidden or says nothing that the title does not."""
    options = options or {}
    if is_hidden(options) or (len(names) < 2 and options.get("Visibility") != "VISIBLE"):
        return None
    given = options.get("Title") or {}
    shown = given.get("CustomLabel") or title if given.get("Visibility") == "VISIBLE" else ""
    position = options.get("Position", "AUTO").lower()
    return {
        "position": "right" if position == "auto" else position,
        "title": shown,
        "data": list(dict.fromkeys(names)),
        "textStyle": {
            "color": look.theme.ui["PrimaryForeground"],
            **text_style(look, "LegendValue", options.get("ValueFontConfiguration")),
        },
        "isAutomatic": position == "auto",
    }


def data_label(
    options: Mapping[str, Any] | None,
    look: Look,
    position: str,
    *,
    field_id: str = "",
    value: str | None = None,
) -> dict[str, Any]:
    """The labels of one series; `position` is where they stand if the definition does not say."""
    options = options or {}
    if options.get("Visibility", "HIDDEN") != "VISIBLE" or not _is_labelled(
        options, field_id, value
    ):
        return {"show": False}
    given = str(options.get("Position") or "").lower()
    where = {"outside": position, "inside": "inside"}.get(given, given) or position
    label: dict[str, Any] = {
        "show": True,
        "position": where,
        "color": look.theme.ui["PrimaryForeground"],
        "fontSize": 11,
        **text_style(look, "DataLabel", options.get("LabelFontConfiguration")),
    }
    if options.get("LabelColor"):
        label["color"] = options["LabelColor"]
    return label


def _is_labelled(options: Mapping[str, Any], field_id: str, value: str | None) -> bool:
    """DataLabelTypes name the only fields and values that have labels, if there are any."""
    kinds = options.get("DataLabelTypes") or ()
    chosen = [
        kind[key]
        for kind in kinds
        for key in ("FieldLabelType", "DataPathLabelType")
        if key in kind and kind[key].get("FieldId")
    ]
    if not chosen:
        return True
    for one in chosen:
        if one.get("Visibility") == "HIDDEN":
            continue
        if one.get("FieldValue") in (None, "", value) or one.get("FieldId") == field_id:
            return True
    return False


def inside_color(background: str) -> str:
    """What a label on a coloured surface is written in."""
    return readable_on(background, "#ffffff")
