"""Narratives say what their computations found."""

from __future__ import annotations

from typing import Any

import pytest
from drawn_results import CURRENCY, MARCH, amount, month, name, result

from rlm.quicksight.drawing import Look, draw
from rlm.quicksight.drawing.markup import plain_text
from rlm.quicksight.drawing.narrative_values import Found, NarrativeError, evaluate, said

NET, CITY = amount("net", "Value", format=CURRENCY), name("city", "Category")
TOP = {
    "metricField": {"name": "Net sales"},
    "itemsCount": 2,
    "items": [
        {
            "categoryValue": {"value": "Oslo", "field": CITY},
            "metricValue": {"value": 1200.0, "field": NET},
            "percentDifference": {"value": -0.125, "field": None},
        },
        {
            "categoryValue": {"value": "Kiel", "field": CITY},
            "metricValue": {"value": 300.0, "field": NET},
            "percentDifference": {"value": 0.5, "field": None},
        },
    ],
}
LAST = {"timeValue": {"value": MARCH, "field": month("m", "Time")}}
FOUND = Found({"Top": TOP, "Max": LAST}, {"Period": ("Weekly",)})


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Top.itemsCount", 2),
        ("Top.itemsCount > 1", True),
        ("Top.itemsCount < 2 or Top.itemsCount = 2", True),
        ("not (Top.itemsCount = 2)", False),
        ("Top.items[0].metricValue.value / 2", 600.0),
        ("-Top.items[1].metricValue.value + 1", -299.0),
        ("Top.items[index].categoryValue.formattedValue", "Oslo"),
        ("Top.items[0].metricValue.formattedValue", "$1,200"),
        ("Top.items[0].percentDifference.formattedAbsoluteValue", "12.50%"),
        ("Max.timeValue.formattedValue", "Mar 2026"),
        ("Top.metricField.name", "Net sales"),
        ("ifelse(${Period}='Weekly', 'week', ${Period}='Monthly', 'month', '')", "week"),
        ("concat('a', \"b\", 3)", "ab3"),
        ("round(2.5678, 2)", 2.57),
        ("Nothing.here > 0", False),
        ("${Period} <> 'Daily'", True),
    ],
)
def test_expression(text: str, value: Any) -> None:
    assert evaluate(text, FOUND) == value


@pytest.mark.parametrize("text", ["Top.", "1 +", "(1", "open('x')", "1 2", "'a"])
def test_what_is_no_expression_is_refused(text: str) -> None:
    with pytest.raises(NarrativeError):
        evaluate(text, FOUND)


def test_values_in_sentences() -> None:
    assert said({"value": 5.0, "field": NET}) == "$5"
    assert said(1234.5) == "1,234.5"
    assert said(True) == "true"


def content(narrative: str, computations: dict[str, Any]) -> Any:
    definition = {"InsightConfiguration": {"CustomNarrative": {"Narrative": narrative}}}
    return draw(
        result("InsightVisual", None, definition=definition, computations=computations),
        Look(parameters={"Period": ("Weekly",)}),
    ).body["content"]


def test_conditions_lists_and_parameters() -> None:
    shown = content(
        """<narrative>
  Best cit
  <if condition="Top.itemsCount &lt; 2" level="inline">y</if>
  <if condition="Top.itemsCount &gt; 1" level="inline">ies</if>
   of
  <expression>Top.metricField.name</expression>
  :
  <for level="inline" listExpression="Top.items">
    <b>
      <expression>Top.items[index].categoryValue.formattedValue</expression>
    </b>
     ${Period};
  </for>
</narrative>""",
        {"Top": TOP},
    )
    assert plain_text(shown) == "Best cities of Net sales:Oslo Weekly;Kiel Weekly;"


def test_styles_stay_and_a_broken_expression_can_be_seen() -> None:
    shown = content(
        '<narrative><inline color="#ff0000"><expression>Top..x</expression></inline></narrative>',
        {},
    )
    assert shown == [
        {"tag": "inline", "style": {"color": "#ff0000"}, "children": [{"text": "Top..x"}]}
    ]


def test_without_a_narrative_the_computations_speak() -> None:
    shown = content("", {"Top": TOP, "Max": LAST})
    assert [plain_text([line]) for line in shown] == [
        "Top: Oslo: $1,200: -12.50%; Kiel: $300: 50.00%",
        "Max: time value Mar 2026",
    ]
