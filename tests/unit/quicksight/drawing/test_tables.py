"""Tables show what their options choose, with what conditional formatting decided."""

from __future__ import annotations

from typing import Any

from drawn_results import CURRENCY, amount, name, result, table

from rlm.quicksight.drawing import Look, draw
from rlm.quicksight.results import CellFormat

FOUND = table(
    [name("city", "GroupBy"), amount("net", "Values", format=CURRENCY), amount("n", "Values")],
    ("Oslo", 30.0, 3),
    ("Kiel", -10.0, None),
)


def body(options: dict[str, Any] | None = None, **more: Any) -> Any:
    return draw(result("TableVisual", FOUND, options, **more), Look()).body


def test_columns_rows_and_what_a_click_on_a_row_means() -> None:
    shown = body()
    assert [(one["label"], one["align"]) for one in shown["columns"]] == [
        ("city", "left"),
        ("net", "right"),
        ("n", "right"),
    ]
    assert [row["cells"] for row in shown["rows"]] == [
        ["Oslo", "$30", "3"],
        ["Kiel", "-$10", "null"],
    ]
    assert shown["rows"][0]["point"] == {"city": "Oslo"}
    assert "totals" not in shown


def test_labels_widths_order_and_hidden_columns() -> None:
    shown = body(
        {
            "FieldOptions": {
                "Order": ["n", "net"],
                "SelectedFieldOptions": [
                    {"FieldId": "n", "CustomLabel": "Number", "Width": "120px"},
                    {"FieldId": "city", "Visibility": "HIDDEN"},
                ],
            }
        }
    )
    assert [(one["id"], one["label"], one["width"]) for one in shown["columns"]] == [
        ("n", "Number", 120),
        ("net", "net", None),
    ]
    assert shown["rows"][0]["cells"] == ["3", "$30"]


def test_totals_stand_under_their_columns() -> None:
    total = table([amount("net", "Values", format=CURRENCY), amount("n", "Values")], (20.0, 3))
    options = {"TotalOptions": {"TotalsVisibility": "VISIBLE", "Placement": "START"}}
    shown = body(options, totals={(): total})["totals"]
    assert shown["cells"] == ["Total", "$20", "3"]
    assert shown["isFirst"] is True
    assert "totals" not in body({}, totals={(): total})


def test_conditional_formats_of_cells_and_rows() -> None:
    shown = body(
        formats=(
            CellFormat(0, "net", background="#14363D"),
            CellFormat(0, "net", color="#FFFFFF", icon="ARROW_UP", icon_color="#00AA00"),
            CellFormat(1, None, background="#FFFFFF"),
        )
    )
    assert shown["rows"][0]["cells"][1] == {
        "text": "$30",
        "style": {"background": "#14363D", "color": "#FFFFFF"},
        "icon": {"name": "ARROW_UP", "color": "#00AA00"},
    }
    assert shown["rows"][1]["style"]["background"] == "#FFFFFF"


def test_icon_alone_and_a_readable_text_on_a_dark_cell() -> None:
    shown = body(
        formats=(
            CellFormat(0, "n", icon="FLAG", is_icon_only=True),
            CellFormat(1, "net", background="#000000"),
        )
    )
    assert shown["rows"][0]["cells"][2]["hidesText"] is True
    assert shown["rows"][1]["cells"][1]["style"] == {"background": "#000000", "color": "#ffffff"}


def test_data_bars_begin_at_zero() -> None:
    bars = [
        {"DataBars": {"FieldId": "net", "PositiveColor": "#00FF00", "NegativeColor": "#FF0000"}}
    ]
    rows = body({"TableInlineVisualizations": bars})["rows"]
    assert rows[0]["cells"][1]["bar"] == {"from": 25.0, "length": 75.0, "color": "#00FF00"}
    assert rows[1]["cells"][1]["bar"] == {"from": 0.0, "length": 25.0, "color": "#FF0000"}


def test_links_lead_to_pages_only() -> None:
    found = table([name("url", "Values")], ("https://example.com/a",), ("javascript:alert(1)",))
    styled = {
        "FieldOptions": {
            "SelectedFieldOptions": [
                {
                    "FieldId": "url",
                    "URLStyling": {
                        "LinkConfiguration": {
                            "Target": "SAME_TAB",
                            "Content": {"CustomTextContent": {"Value": "open"}},
                        }
                    },
                }
            ]
        }
    }
    rows = draw(result("TableVisual", found, styled), Look()).body["rows"]
    assert rows[0]["cells"] == [{"text": "open", "href": "https://example.com/a", "newTab": False}]
    assert rows[1]["cells"] == ["javascript:alert(1)"]


def test_styles_of_head_cells_and_stripes() -> None:
    shown = body(
        {
            "TableOptions": {
                "HeaderStyle": {"BackgroundColor": "#0A87AF", "TextWrap": "WRAP"},
                "CellStyle": {
                    "Height": 25,
                    "Border": {
                        "UniformBorder": {"Style": "SOLID", "Thickness": 2, "Color": "#AAAAAA"}
                    },
                },
                "RowAlternateColorOptions": {
                    "Status": "ENABLED",
                    "RowAlternateColors": ["#EEEEEE"],
                },
            }
        }
    )
    assert shown["header"]["style"] == {
        "background": "#0A87AF",
        "color": "#10151d",
        "whiteSpace": "normal",
    }
    assert shown["cell"] == {"height": "25px", "border": "2px solid #AAAAAA"}
    assert shown["zebra"] == ["#EEEEEE"]
