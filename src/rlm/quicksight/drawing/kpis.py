"""KPIs: a value, what it is compared with, its course and its progress."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rlm.quicksight.drawing.conditions import Decisions
from rlm.quicksight.drawing.formats.numbers import NumberFormat, number_format, write_number
from rlm.quicksight.drawing.formats.values import format_of, number, write
from rlm.quicksight.drawing.look import Look  # noqa: TC001 - part of the public types
from rlm.quicksight.drawing.points import fields_in, indexes
from rlm.quicksight.drawing.themes import contrast, font_style

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rlm.quicksight.results import Field, ResultTable, VisualResult

# What stands for a value that there is not.
NOTHING = "-"
# White on white, say: chosen for another theme than the one it is drawn in.
INVISIBLE_CONTRAST = 1.2


def kpi_body(result: VisualResult, table: ResultTable, look: Look) -> dict[str, Any]:
    """What the page needs to show a KPIVisual.

    With trend groups the last of them is the value and the one before it what it is compared with,
    unless the result brings a comparison of its own; with a target value the target is.
    """
    options = (result.definition.get("ChartConfiguration") or {}).get("KPIOptions") or {}
    values, targets = fields_in(table, "Values"), fields_in(table, "TargetValues")
    trends = fields_in(table, "TrendGroups")
    if not (values or targets) or not table.rows:
        return {"value": NOTHING, "label": "", "layout": "VERTICAL"}
    measure = (values or targets)[0]
    place = indexes(table, [measure])[0]
    current = table.rows[-1][place]
    compared, compared_label = _compared(result, table, measure, targets, trends)
    comparison = _comparison(options, current, compared, compared_label, measure, look)
    shown = write(current, measure)
    if options.get("PrimaryValueDisplayType") == "COMPARISON" and comparison:
        shown, comparison = comparison["text"], {**comparison, "text": write(current, measure)}
    body: dict[str, Any] = {
        "value": shown,
        "valueStyle": _visible(font_style(options.get("PrimaryValueFontConfiguration")), look),
        "label": write(table.rows[-1][indexes(table, trends[:1])[0]], trends[0]) if trends else "",
        "layout": ((options.get("VisualLayoutOptions") or {}).get("StandardLayout") or {}).get(
            "Type", "VERTICAL"
        ),
    }
    decisions = Decisions.of(result)
    decided = decisions.of_part("primary")
    if decided:
        body["valueStyle"] = {**body["valueStyle"], **decided["style"]}
        body["icon"] = decided.get("icon")
    if comparison and (options.get("SecondaryValue") or {}).get("Visibility") != "HIDDEN":
        comparison["style"] = font_style(options.get("SecondaryValueFontConfiguration"))
        comparison["hasArrow"] = (options.get("TrendArrows") or {}).get("Visibility") != "HIDDEN"
        beside = decisions.of_part("comparison")
        if beside:
            comparison["style"] = {**comparison["style"], **beside["style"]}
            comparison["icon"] = beside.get("icon")
        body["comparison"] = comparison
    sparkline = _sparkline(options, table, measure, trends, look)
    if sparkline:
        body["sparkline"] = sparkline
    progress = _progress(options, current, compared, targets)
    if progress is not None:
        body["progress"] = progress
        filled = decisions.of_part("progress")
        if filled:
            body["progressColor"] = filled["style"].get("background")
    return body


def _visible(style: dict[str, str], look: Look) -> dict[str, str]:
    """The style, without a colour that the tile's own would swallow."""
    tile = look.theme.tile_background or look.theme.ui["PrimaryBackground"]
    if "color" in style and contrast(tile, style["color"]) < INVISIBLE_CONTRAST:
        return {key: value for key, value in style.items() if key != "color"}
    return style


def _compared(
    result: VisualResult,
    table: ResultTable,
    measure: Field,
    targets: Sequence[Field],
    trends: Sequence[Field],
) -> tuple[Any, str]:
    """What the value is compared with, and what that is called."""
    if targets and targets[0].field_id != measure.field_id:
        return table.rows[-1][indexes(table, targets[:1])[0]], targets[0].label
    other = result.comparison
    if other is not None and other.rows:
        found = fields_in(other, "TargetValues") or fields_in(other, "Values")
        if found:
            names = [one for one in other.fields if not one.is_measure]
            row = other.rows[-1]
            label = write(row[indexes(other, names[:1])[0]], names[0]) if names else found[0].label
            return row[indexes(other, found[:1])[0]], label
    if trends and len(table.rows) > 1:
        row = table.rows[-2]
        label = write(row[indexes(table, trends[:1])[0]], trends[0])
        return row[indexes(table, [measure])[0]], label
    return None, ""


def _comparison(
    options: Mapping[str, Any],
    current: Any,
    compared: Any,
    label: str,
    measure: Field,
    look: Look,
) -> dict[str, Any] | None:
    now, then = number(current), number(compared)
    if now is None or then is None:
        return None
    given = options.get("Comparison") or {}
    method = given.get("ComparisonMethod", "PERCENT_DIFFERENCE")
    difference = now - then
    form = number_format(given.get("ComparisonFormat"))
    has_form = bool(given.get("ComparisonFormat"))
    if method == "DIFFERENCE":
        text = write_number(difference, form if has_form else format_of(measure))
        text = text if difference < 0 else f"+{text}"
    else:
        if then == 0:
            return {
                "text": NOTHING,
                "direction": "same",
                "label": label,
                "color": None,
                "than": write(compared, measure),
            }
        share = difference / abs(then) if method == "PERCENT_DIFFERENCE" else now / then
        text = write_number(share, form if has_form else NumberFormat("percent", decimals=2))
        if method == "PERCENT_DIFFERENCE" and difference > 0:
            text = f"+{text}"
    direction = "up" if difference > 0 else ("down" if difference < 0 else "same")
    color = {"up": look.theme.ui["Success"], "down": look.theme.ui["Danger"], "same": None}
    return {
        "text": text,
        "direction": direction,
        "color": color[direction],
        "label": label,
        "than": write(compared, measure),
    }


def _sparkline(
    options: Mapping[str, Any],
    table: ResultTable,
    measure: Field,
    trends: Sequence[Field],
    look: Look,
) -> dict[str, Any] | None:
    given = options.get("Sparkline") or {}
    if not trends or len(table.rows) < 2 or given.get("Visibility") == "HIDDEN":
        return None
    when, amount = indexes(table, [trends[0], measure])
    return {
        "points": [
            {
                "value": number(row[amount]),
                "text": f"{write(row[when], trends[0])}: {write(row[amount], measure)}",
            }
            for row in table.rows
        ],
        "isArea": given.get("Type", "AREA") == "AREA",
        "color": given.get("Color") or look.theme.colors[0],
        "hasTooltip": given.get("TooltipVisibility") != "HIDDEN",
    }


def _progress(
    options: Mapping[str, Any], current: Any, compared: Any, targets: Sequence[Field]
) -> float | None:
    """How much of the target is reached, between 0 and 1."""
    now, target = number(current), number(compared)
    if (options.get("ProgressBar") or {}).get("Visibility") == "HIDDEN" or not targets:
        return None
    if now is None or not target:
        return None
    return max(0.0, min(1.0, now / target))
