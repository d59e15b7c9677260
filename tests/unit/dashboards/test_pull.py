"""A pulled dashboard's files: only what changed is touched, under the names that it had."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rlm.dashboards.pull import Pulled, with_known_names, write_files

if TYPE_CHECKING:
    from pathlib import Path


def files(*sheets: tuple[str, str, tuple[tuple[str, str], ...]]) -> dict[str, str]:
    """`(folder, id, ((file, id), ...))` of each sheet."""
    found = {"dashboard.yaml": "Name: Sales\n"}
    for folder, sheet_id, visuals in sheets:
        found[f"sheets/{folder}/sheet.yaml"] = f"SheetId: {sheet_id}\n"
        for file, visual_id in visuals:
            text = f"KPIVisual:\n  VisualId: {visual_id}\n"
            found[f"sheets/{folder}/visuals/{file}.yaml"] = text
    return found


BEFORE = files(("10-sales", "s", (("10-money", "m"), ("20-people", "p"))), ("20-map", "t", ()))


def test_sheets_and_visuals_keep_their_files_when_their_titles_change() -> None:
    after = files(("01-turnover", "s", (("01-cash", "m"), ("02-crowd", "p"))), ("02-map", "t", ()))
    assert with_known_names(after, BEFORE) == BEFORE


def test_a_new_visual_stands_between_where_its_name_allows() -> None:
    after = files(
        ("01-turnover", "s", (("01-cash", "m"), ("11-new", "n"), ("12-crowd", "p"))),
        ("02-map", "t", ()),
    )
    assert sorted(with_known_names(after, BEFORE)) == [
        "dashboard.yaml",
        "sheets/10-sales/sheet.yaml",
        "sheets/10-sales/visuals/10-money.yaml",
        "sheets/10-sales/visuals/11-new.yaml",
        "sheets/10-sales/visuals/20-people.yaml",
        "sheets/20-map/sheet.yaml",
    ]


def test_another_order_takes_new_names() -> None:
    after = files(("01-turnover", "s", (("01-crowd", "p"), ("02-cash", "m"))), ("02-map", "t", ()))
    assert [path for path in with_known_names(after, BEFORE) if "visuals" in path] == [
        "sheets/10-sales/visuals/01-crowd.yaml",
        "sheets/10-sales/visuals/02-cash.yaml",
    ]


def test_what_means_the_same_keeps_its_comments_and_what_is_gone_goes(tmp_path: Path) -> None:
    for path, text in BEFORE.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(f"# Why it is so.\n{text}")
    (tmp_path / "notes.txt").write_text("mine")
    after = files(("10-sales", "s", (("10-money", "m"),)))
    after["dashboard.yaml"] = "Name: Sales today\n"
    assert write_files(tmp_path, after) == Pulled(
        ("dashboard.yaml",),
        ("sheets/10-sales/visuals/20-people.yaml", "sheets/20-map/sheet.yaml"),
        2,
    )
    assert (tmp_path / "dashboard.yaml").read_text() == "Name: Sales today\n"
    assert (tmp_path / "sheets/10-sales/sheet.yaml").read_text().startswith("# Why it is so.")
    assert not (tmp_path / "sheets/20-map").exists()
    assert (tmp_path / "notes.txt").exists()
