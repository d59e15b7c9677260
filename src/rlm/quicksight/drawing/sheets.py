"""A sheet as the page shows it: what stands where, its texts and pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rlm.quicksight.drawing.drawing import Drawing
from rlm.quicksight.drawing.layouts import control_order, layout_of
from rlm.quicksight.drawing.look import Look  # noqa: TC001 - part of the public types
from rlm.quicksight.drawing.markup import nodes, plain_text

if TYPE_CHECKING:
    from collections.abc import Mapping

SCALES = {
    "SCALE_TO_WIDTH": "width",
    "SCALE_TO_HEIGHT": "height",
    "SCALE_TO_CONTAINER": "contain",
    "SCALE_NONE": "none",
}


def sheet_name(sheet: Mapping[str, Any], position: int) -> str:
    """What the tab says."""
    return str(sheet.get("Name") or f"Sheet {position + 1}")


def sheet_outline(sheet: Mapping[str, Any], position: int = 0) -> dict[str, Any]:
    """What of a sheet does not depend on anybody's choices."""
    return {
        "id": sheet["SheetId"],
        "name": sheet_name(sheet, position),
        "layout": layout_of(sheet),
        "controls": control_order(sheet),
    }


def sheet_texts(sheet: Mapping[str, Any], look: Look) -> dict[str, Any]:
    """Title and description, parameters filled in."""
    return {
        "title": nodes(sheet.get("Title") or "", look.parameters),
        "description": nodes(sheet.get("Description") or "", look.parameters),
    }


def still_drawings(sheet: Mapping[str, Any], look: Look) -> list[Drawing]:
    """Text boxes and images."""
    drawn = []
    for one in sheet.get("TextBoxes") or ():
        content = nodes(one.get("Content") or "", look.parameters)
        drawn.append(
            Drawing(
                visual_id=one["SheetTextBoxId"],
                kind="text",
                body={"content": content},
                label=plain_text(content),
            )
        )
    for one in sheet.get("Images") or ():
        source = ((one.get("Source") or {}).get("SheetImageStaticFileSource")) or {}
        drawn.append(
            Drawing(
                visual_id=one["SheetImageId"],
                kind="image",
                body={
                    "file": source.get("StaticFileId", ""),
                    "scaling": SCALES.get(
                        (one.get("Scaling") or {}).get("ScalingType", ""), "contain"
                    ),
                },
                label=one.get("ImageContentAltText") or "Image",
            )
        )
    return drawn
