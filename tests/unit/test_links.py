"""Links in Markdown lead somewhere: to a file of the checkout, and to a heading of it."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote

import pytest

ROOT = Path(__file__).parents[2]
# Beside the project's own folders: environments, state, what others installed and what is built.
OTHERS = {"node_modules", "build", "cdk.out"}
LINK = re.compile(r"(?<!\\)\[[^\]]*\]\(([^()\s]+)\)")
FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)


def pages(root: Path = ROOT) -> list[Path]:
    found = []
    for folder, folders, files in root.walk():
        folders[:] = [one for one in folders if one not in OTHERS and not one.startswith(".")]
        found += [folder / one for one in files if one.endswith(".md")]
    return sorted(found)


def anchors(text: str) -> set[str]:
    """Anchors as GitHub makes them of headings."""
    found: set[str] = set()
    for heading in re.findall(r"^#+ +(.+?) *#*$", FENCE.sub("", text), re.MULTILINE):
        words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
        name = re.sub(r"[^\w\- ]", "", words).replace(" ", "-")
        nth, again = 0, name
        while again in found:
            nth += 1
            again = f"{name}-{nth}"
        found.add(again)
    return found


def has_anchor(file: Path, anchor: str) -> bool:
    return file.suffix == ".md" and anchor in anchors(file.read_text("utf-8"))


def dead_links(page: Path) -> list[str]:
    text = page.read_text("utf-8")
    found = []
    for target in LINK.findall(re.sub(r"`[^`\n]*`", "", FENCE.sub("", text))):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = unquote(target).partition("#")
        file = (page.parent / path).resolve() if path else page
        if not file.exists() or (anchor and not has_anchor(file, anchor)):
            found.append(target)
    return found


def test_every_link_leads_somewhere() -> None:
    found = pages()
    assert {ROOT / "README.md", ROOT / "docs/architecture.md"} <= set(found)
    links = sum(len(LINK.findall(page.read_text("utf-8"))) for page in found)
    assert links > 100
    dead = {str(page.relative_to(ROOT)): dead_links(page) for page in found}
    assert {page: targets for page, targets in dead.items() if targets} == {}


def unlisted(folder: Path) -> list[str]:
    """Pages below a folder that its own README.md has no link to."""
    index = folder / "README.md"
    links = {target.partition("#")[0] for target in LINK.findall(index.read_text("utf-8"))}
    found = {page.relative_to(folder).as_posix() for page in folder.rglob("*.md") if page != index}
    return sorted(found - links)


@pytest.mark.parametrize(("folder", "fewest"), [("decisions", 30), ("runbooks", 35)])
def test_the_index_of_a_folder_lists_each_of_its_pages(folder: str, fewest: int) -> None:
    assert unlisted(ROOT / "docs" / folder) == []
    assert len(list((ROOT / "docs" / folder).rglob("*.md"))) > fewest


def test_a_page_that_no_index_lists_would_be_found(tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    for name in ("listed", "forgotten", "below/listed", "below/forgotten"):
        (tmp_path / f"{name}.md").touch()
    (tmp_path / "README.md").write_text("[a](listed.md#here) [b](below/listed.md)\n")
    assert unlisted(tmp_path) == ["below/forgotten.md", "forgotten.md"]


@pytest.mark.parametrize(
    ("target", "is_dead"),
    [
        ("there.md", False),
        ("there.md#a-heading-with--signs", False),
        ("there.md#a-heading-with--signs-1", False),
        ("#here", False),
        ("https://example.org/gone", False),
        ("gone.md", True),
        ("there.md#gone", True),
        ("there.md#no-heading", True),
    ],
)
def test_a_dead_link_would_be_found(tmp_path: Path, target: str, is_dead: bool) -> None:
    (tmp_path / "there.md").write_text(
        "# A heading, *with* — signs\n\n## A heading, with — signs\n```\n# no heading\n```\n"
    )
    page = tmp_path / "page.md"
    page.write_text(f"# Here\n[one]({target}) `[code](nowhere.md)`\n```\n[code](nowhere.md)\n```\n")
    assert dead_links(page) == ([target] if is_dead else [])
