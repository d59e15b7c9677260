"""KPIs: the last of a trend, or a value beside its target."""

from __future__ import annotations

from typing import Any

from drawn_results import CURRENCY, FEBRUARY, JANUARY, MARCH, amount, month, result, table

from rlm.quicksight.drawing import Look, draw
from rlm.quicksight.drawing.themes import read_theme
from rlm.quicksight.results import CellFormat, ResultTable

TREND = table(
    [month("m", "TrendGroups"), amount("net", "Values", format=CURRENCY)],
    (JANUARY, 100),
    (FEBRUARY, 200),
    (MARCH, 150),
)


def body(found: ResultTable, options: dict[str, Any] | None = None, **more: Any) -> Any:
    return draw(result("KPIVisual", found, {"KPIOptions": options or {}}, **more), Look()).body


def test_last_period_is_compared_with_the_one_before() -> None:
    shown = body(TREND)
    assert shown["value"] == "$150"
    assert shown["label"] == "Mar 2026"
    comparison = shown["comparison"]
    assert (comparison["text"], comparison["direction"]) == ("-25.00%", "down")
    assert (comparison["label"], comparison["than"]) == ("Feb 2026", "$200")
    assert comparison["color"] == Look().theme.ui["Danger"]
    assert [one["value"] for one in shown["sparkline"]["points"]] == [100, 200, 150]
    assert shown["sparkline"]["points"][0]["text"] == "Jan 2026: $100"


def test_difference_and_share_instead_of_percent_difference() -> None:
    def told(method: str) -> str:
        shown = body(TREND, {"Comparison": {"ComparisonMethod": method}})
        return str(shown["comparison"]["text"])

    assert told("DIFFERENCE") == "-$50"
    assert told("PERCENT") == "75.00%"


def test_comparison_is_written_in_its_own_format_and_can_be_the_value() -> None:
    form = {
        "PercentageDisplayFormatConfiguration": {"DecimalPlacesConfiguration": {"DecimalPlaces": 0}}
    }
    shown = body(
        TREND,
        {
            "PrimaryValueDisplayType": "COMPARISON",
            "Comparison": {"ComparisonMethod": "PERCENT_DIFFERENCE", "ComparisonFormat": form},
        },
    )
    assert (shown["value"], shown["comparison"]["text"]) == ("-25%", "$150")


def test_target_is_what_is_compared_with_and_how_far_it_is() -> None:
    found = table([amount("net", "Values"), amount("goal", "TargetValues")], (75, 100))
    target = table([amount("goal", "TargetValues")], (100,))
    shown = body(found, comparison=target)
    assert shown["comparison"]["text"] == "-25.00%"
    assert (shown["comparison"]["label"], shown["comparison"]["than"]) == ("goal", "100")
    assert shown["progress"] == 0.75
    hidden = body(found, {"ProgressBar": {"Visibility": "HIDDEN"}}, comparison=target)
    assert "progress" not in hidden


def test_nothing_to_compare_with_and_a_zero() -> None:
    assert "comparison" not in body(table([amount("net", "Values")], (5,)))
    zero = table([month("m", "TrendGroups"), amount("net", "Values")], (JANUARY, 0), (FEBRUARY, 5))
    assert body(zero)["comparison"]["text"] == "-"


def test_sparkline_and_comparison_can_be_hidden() -> None:
    shown = body(
        TREND,
        {"Sparkline": {"Visibility": "HIDDEN"}, "SecondaryValue": {"Visibility": "HIDDEN"}},
    )
    assert "sparkline" not in shown
    assert "comparison" not in shown


def test_conditional_formats_of_the_parts() -> None:
    shown = body(
        TREND,
        {"PrimaryValueFontConfiguration": {"FontColor": "#111111"}},
        formats=(
            CellFormat(0, "primary", color="#DE3B00"),
            CellFormat(0, "comparison", icon="ARROW_DOWN", icon_color="#DE3B00"),
        ),
    )
    assert shown["valueStyle"]["color"] == "#DE3B00"
    assert shown["comparison"]["icon"] == {"name": "ARROW_DOWN", "color": "#DE3B00"}


def test_a_value_is_never_of_the_colour_of_its_tile() -> None:
    def style(color: str, theme: dict[str, Any] | None = None) -> Any:
        options = {"PrimaryValueFontConfiguration": {"FontColor": color}}
        kpi = result("KPIVisual", TREND, {"KPIOptions": options})
        return draw(kpi, Look(read_theme(theme))).body["valueStyle"]

    dark = {"UIColorPalette": {"PrimaryBackground": "#101010"}}
    assert style("#FFFFFF") == {}
    assert style("#FFFFFF", dark) == {"color": "#FFFFFF"}
    assert style("#C0C0C0") == {"color": "#C0C0C0"}
