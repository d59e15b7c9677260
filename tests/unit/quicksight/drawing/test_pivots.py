"""Pivot tables are a tree of rows under a head of columns."""

from __future__ import annotations

from typing import Any

from drawn_results import FEBRUARY, JANUARY, amount, month, name, result, table

from rlm.quicksight.drawing import Look, draw
from rlm.quicksight.results import CellFormat

CITY, VENUE, MONTH = name("city", "Rows"), name("venue", "Rows"), month("m", "Columns")
NET, SOLD = amount("net", "Values"), amount("sold", "Values")
FOUND = table(
    [CITY, VENUE, MONTH, NET, SOLD],
    ("Oslo", "Arena", JANUARY, 1, 10),
    ("Oslo", "Arena", FEBRUARY, 2, 20),
    ("Kiel", "Hall", JANUARY, 4, 40),
    ("Oslo", "Club", FEBRUARY, 8, 80),
)
TOTALS = {
    ("city", "m"): table(
        [CITY, MONTH, NET, SOLD],
        ("Oslo", JANUARY, 1, 10),
        ("Oslo", FEBRUARY, 10, 100),
        ("Kiel", JANUARY, 4, 40),
    ),
    ("city", "venue"): table(
        [CITY, VENUE, NET, SOLD],
        ("Oslo", "Arena", 3, 30),
        ("Oslo", "Club", 8, 80),
        ("Kiel", "Hall", 4, 40),
    ),
    ("city",): table([CITY, NET, SOLD], ("Oslo", 11, 110), ("Kiel", 4, 40)),
    ("m",): table([MONTH, NET, SOLD], (JANUARY, 5, 50), (FEBRUARY, 10, 100)),
    (): table([NET, SOLD], (15, 150)),
}


def body(options: dict[str, Any] | None = None, **more: Any) -> Any:
    shown = result("PivotTableVisual", FOUND, options, totals=TOTALS, **more)
    return draw(shown, Look()).body


def test_rows_are_kept_together_in_the_order_in_which_they_come() -> None:
    tree = body()["tree"]
    assert [(one["text"], [leaf["text"] for leaf in one["children"]]) for one in tree] == [
        ("Oslo", ["Arena", "Club"]),
        ("Kiel", ["Hall"]),
    ]
    arena, club = tree[0]["children"]
    assert arena["cells"] == [["1", "10", "2", "20"]]
    assert club["cells"] == [["", "", "8", "80"]]
    assert tree[0]["cells"] == [["1", "10", "10", "100"]]
    assert club["point"] == {"city": "Oslo", "venue": "Club"}


def test_head_spans_the_values_of_each_column() -> None:
    head = body()["head"]
    assert [(cell["text"], cell["span"]) for cell in head[0]] == [("Jan 2026", 2), ("Feb 2026", 2)]
    assert [cell["text"] for cell in head[1]] == ["net", "sold", "net", "sold"]


def test_totals_of_rows_and_columns() -> None:
    shown = body(
        {
            "TotalOptions": {
                "RowTotalOptions": {"TotalsVisibility": "VISIBLE", "CustomLabel": "Everything"},
                "ColumnTotalOptions": {"TotalsVisibility": "VISIBLE"},
            }
        }
    )
    assert shown["head"][0][-1] == {"text": "Total", "span": 2, "rows": 1, "isTotal": True}
    assert shown["tree"][0]["children"][0]["cells"] == [["1", "10", "2", "20", "3", "30"]]
    assert shown["total"] == {
        "text": "Everything",
        "cells": [["5", "50", "10", "100", "15", "150"]],
        "isFirst": False,
    }


def test_values_in_rows_have_a_line_each() -> None:
    shown = body({"TableOptions": {"MetricPlacement": "ROW"}})
    assert shown["measuresInRows"] is True
    assert shown["tree"][0]["children"][0]["cells"] == [["1", "2"], ["10", "20"]]
    assert [[cell["span"] for cell in row] for row in shown["head"]] == [[1, 1]]


def test_subtotals_at_the_levels_that_are_chosen() -> None:
    def levels(**options: Any) -> Any:
        chosen = {"TotalsVisibility": "VISIBLE", **options}
        return body({"TotalOptions": {"RowSubtotalOptions": chosen}})["subtotals"]

    assert levels() == {"levels": [0], "label": "Subtotal"}
    assert levels(FieldLevel="CUSTOM", FieldLevelOptions=[{"FieldId": "venue"}])["levels"] == []
    assert body()["subtotals"]["levels"] == []


def test_collapsed_are_whole_fields_or_single_rows() -> None:
    def collapsed(*states: Any) -> list[bool]:
        options = {"FieldOptions": {"CollapseStateOptions": list(states)}}
        return [bool(one.get("isCollapsed")) for one in body(options)["tree"]]

    whole = {"Target": {"FieldId": "city"}, "State": "COLLAPSED"}
    path = [{"FieldId": "city", "FieldValue": "Oslo"}]
    one = {"Target": {"FieldDataPathValues": path}, "State": "EXPANDED"}
    assert collapsed() == [False, False]
    assert collapsed(whole) == [True, True]
    assert collapsed(whole, one) == [False, True]


def test_without_totals_nothing_can_be_closed() -> None:
    shown = draw(result("PivotTableVisual", FOUND), Look()).body
    assert "cells" not in shown["tree"][0]


def test_conditional_formats_of_values_and_of_totals() -> None:
    shown = body(
        {"TotalOptions": {"RowTotalOptions": {"TotalsVisibility": "VISIBLE"}}},
        formats=(
            CellFormat(0, "net", color="#AA0000"),
            CellFormat(0, "net", kept=("m",), color="#00AA00"),
        ),
    )
    assert shown["tree"][0]["children"][0]["cells"][0][0] == {
        "text": "1",
        "style": {"color": "#AA0000"},
    }
    assert shown["total"]["cells"][0][0] == {"text": "5", "style": {"color": "#00AA00"}}


def test_without_rows_there_is_one_line() -> None:
    found = table([MONTH, NET], (JANUARY, 1), (FEBRUARY, 2))
    shown = draw(result("PivotTableVisual", found), Look()).body
    assert shown["tree"] == [{"text": "", "point": {}, "cells": [["1", "2"]]}]
    assert len(shown["head"]) == 1


def test_columns_have_an_order_of_their_own_whichever_the_first_row_has() -> None:
    found = table(
        [CITY, MONTH, NET], ("Oslo", FEBRUARY, 1), ("Kiel", JANUARY, 2), ("Kiel", FEBRUARY, 3)
    )
    agreed = draw(result("PivotTableVisual", found), Look()).body["head"]
    assert [cell["text"] for cell in agreed[0]] == ["Jan 2026", "Feb 2026"]
    sparse = table([CITY, MONTH, NET], ("Oslo", FEBRUARY, 1), ("Kiel", JANUARY, 2))
    totals = {("m",): table([MONTH, NET], (JANUARY, 2), (FEBRUARY, 1))}
    ordered = draw(result("PivotTableVisual", sparse, totals=totals), Look()).body
    assert [cell["text"] for cell in ordered["head"][0]] == ["Jan 2026", "Feb 2026"]
    assert ordered["tree"][0]["cells"] == [["", "1"]]
