"""Where things stand on a sheet."""

from __future__ import annotations

from rlm.quicksight.drawing.layouts import control_order, layout_of
from rlm.quicksight.drawing.look import Look
from rlm.quicksight.drawing.sheets import sheet_outline, sheet_texts, still_drawings


def laid_out(kind: str, layout: dict[str, object]) -> dict[str, object]:
    return layout_of({"Layouts": [{"Configuration": {kind: layout}}]})


def test_grid() -> None:
    assert laid_out(
        "GridLayout",
        {
            "Elements": [
                {
                    "ElementId": "v",
                    "ElementType": "VISUAL",
                    "ColumnIndex": 9,
                    "ColumnSpan": 27,
                    "RowIndex": 3,
                    "RowSpan": 18,
                    "BorderStyle": {"Visibility": "HIDDEN"},
                },
                {"ElementId": "t", "ElementType": "TEXT_BOX", "ColumnSpan": 40, "RowSpan": 2},
            ],
            "CanvasSizeOptions": {
                "ScreenCanvasSizeOptions": {
                    "ResizeOption": "FIXED",
                    "OptimizedViewPortWidth": "1200px",
                }
            },
        },
    ) == {
        "kind": "grid",
        "width": 1200,
        "isFixed": True,
        "elements": [
            {
                "id": "v", "type": "VISUAL", "x": 9, "y": 3, "w": 27, "h": 18,
                "style": {"border": "1px solid transparent"},
            },
            {"id": "t", "type": "TEXT_BOX", "w": 36, "h": 2},
        ],
    }  # fmt: skip


def free(element_id: str, x: int, y: int, **more: object) -> dict[str, object]:
    return {
        "ElementId": element_id, "ElementType": "VISUAL", "XAxisLocation": f"{x}px",
        "YAxisLocation": f"{y}px", "Width": "100px", "Height": "50px", **more,
    }  # fmt: skip


def test_free_form_leaves_out_what_is_hidden() -> None:
    layout = laid_out(
        "FreeFormLayout",
        {
            "Elements": [
                free("a", 10, 20, BackgroundStyle={"Color": "#FF000080"}),
                free("b", 0, 500, Visibility="HIDDEN"),
            ],
            "CanvasSizeOptions": {"ScreenCanvasSizeOptions": {"OptimizedViewPortWidth": "800px"}},
        },
    )
    assert (layout["kind"], layout["width"], layout["height"]) == ("free", 800, 70)
    assert layout["elements"] == [
        {
            "id": "a", "type": "VISUAL", "x": 10, "y": 20, "w": 100, "h": 50,
            "style": {"background": "#FF000080"},
        }
    ]  # fmt: skip


def test_sections_stand_below_one_another() -> None:
    def section(element_id: str) -> dict[str, object]:
        return {"FreeFormLayout": {"Elements": [free(element_id, 0, 5)]}}

    layout = laid_out(
        "SectionBasedLayout",
        {
            "HeaderSections": [
                {"SectionId": "h", "Layout": section("a"), "Style": {"Height": "80px"}}
            ],
            "BodySections": [{"SectionId": "b", "Content": {"Layout": section("b")}}],
            "FooterSections": [{"SectionId": "f", "Layout": section("c")}],
        },
    )
    assert [(one["id"], one["y"]) for one in layout["elements"]] == [  # type: ignore[attr-defined]
        ("a", 5),
        ("b", 85),
        ("c", 140),
    ]
    assert layout["height"] == 190


def test_sheet_without_a_layout_is_tiled() -> None:
    sheet = {"Visuals": [{"KPIVisual": {"VisualId": "v"}}], "TextBoxes": [{"SheetTextBoxId": "t"}]}
    assert layout_of(sheet)["elements"] == [
        {"id": "t", "type": "TEXT_BOX", "w": 36, "h": 3},
        {"id": "v", "type": "VISUAL", "w": 18, "h": 12},
    ]


def test_controls_above_the_sheet_in_their_order_and_those_without_a_place_last() -> None:
    sheet = {
        "ParameterControls": [
            {"Dropdown": {"ParameterControlId": "p"}},
            {"Slider": {"ParameterControlId": "on sheet"}},
        ],
        "FilterControls": [{"List": {"FilterControlId": "f"}}, {"List": {"FilterControlId": "g"}}],
        "Layouts": [
            {
                "Configuration": {
                    "GridLayout": {
                        "Elements": [
                            {
                                "ElementId": "on sheet", "ElementType": "PARAMETER_CONTROL",
                                "ColumnSpan": 4, "RowSpan": 2,
                            }
                        ]
                    }
                }
            }
        ],
        "SheetControlLayouts": [
            {
                "Configuration": {
                    "GridLayout": {
                        "Elements": [
                            {"ElementId": "p", "ColumnIndex": 2, "ColumnSpan": 3},
                            {"ElementId": "f", "ColumnIndex": 0, "ColumnSpan": 2},
                        ]
                    }
                }
            }
        ],
    }  # fmt: skip
    assert control_order(sheet) == [{"id": "f", "w": 2}, {"id": "p", "w": 3}, {"id": "g", "w": 2}]


def test_texts_and_images_of_a_sheet() -> None:
    sheet = {
        "SheetId": "s",
        "Title": "Sales of ${Year}",
        "TextBoxes": [{"SheetTextBoxId": "t", "Content": "<text-box><b>${Year}</b></text-box>"}],
        "Images": [
            {
                "SheetImageId": "i",
                "Source": {"SheetImageStaticFileSource": {"StaticFileId": "logo"}},
                "Scaling": {"ScalingType": "SCALE_TO_WIDTH"},
                "ImageContentAltText": "Our logo",
            }
        ],
    }
    look = Look(parameters={"Year": (2026,)})
    assert sheet_outline(sheet, 1)["name"] == "Sheet 2"
    assert sheet_texts(sheet, look) == {"title": [{"text": "Sales of 2026"}], "description": []}
    text, image = still_drawings(sheet, look)
    assert text.body == {"content": [{"tag": "b", "children": [{"text": "2026"}]}]}
    assert (image.body, image.label) == ({"file": "logo", "scaling": "width"}, "Our logo")
