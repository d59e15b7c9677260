"""`rlm dashboards shot` and `diff`: pictures that repeat, and what changed between two of them."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

VISUAL = "sales/sheets/01-overview/visuals/01-cities.yaml"
PNG = b"\x89PNG\r\n\x1a\n"
NOW = ("--now", "2026-06-03")


def commit(world: Any) -> None:
    """The files as they are, as a git revision."""
    git = ["git", "-C", str(world.folder.parent), "-c", "user.name=t", "-c", "user.email=t@x"]
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "add", "dashboards"], check=True)
    subprocess.run([*git, "commit", "-qm", "One"], check=True)


def test_pictures_of_samples_repeat_byte_by_byte(world: Any, tmp_path: Path) -> None:
    taken = []
    for out in ("one", "other"):
        said = world.rlm("shot", "--samples", *NOW, "--out", str(tmp_path / out)).stdout
        assert said.split() == [str(tmp_path / out / "sales" / "01-overview.png")]
        taken.append((tmp_path / out / "sales" / "01-overview.png").read_bytes())
    assert taken[0].startswith(PNG)
    assert taken[0] == taken[1]


def test_deployed_dashboards_are_drawn_from_spice(world: Any, tmp_path: Path) -> None:
    world.rlm("deploy")
    said = world.rlm("shot", "--deployed", "sales", *NOW, "--out", str(tmp_path)).stdout
    (file,) = said.split()
    assert file == str(tmp_path / "rlm-dev-sales" / "01-overview.png")
    there = world.rlm("shot", "--deployed", "nope", *NOW, code=1).stderr
    assert "there is no dashboard rlm-dev-nope; there are: rlm-dev-sales" in there


def test_a_revision_is_compared_in_pictures_and_words(world: Any, tmp_path: Path) -> None:
    commit(world)
    out = tmp_path / "diff.html"
    arguments = ("diff", "--base", "HEAD", "--samples", *NOW, "--out", str(out))
    assert world.rlm(*arguments, "--check").stdout.splitlines() == [str(out)]
    assert "Nothing differs." in out.read_text()
    # A change that is seen, one that is only read, and a sheet that is new.
    world.replace(VISUAL, "Tickets by city", "Where people buy")
    world.replace("data_sets/ticket_sales.sql", "One row a day", "One row a local day")
    world.write("sales/sheets/02-more/sheet.yaml", "SheetId: more\nName: More\n")
    said = world.rlm(*arguments, "--check", code=1).stdout.splitlines()
    assert said == ["changed  sales", "changed  data_sets/ticket_sales.sql", str(out)]
    page = out.read_text()
    headings = re.findall(r"<h3>(\w+)<span class=\"badge (\w+)\">", page)
    assert headings == [("Overview", "changed"), ("More", "added")]
    # Before, after, what changed; the new sheet once.
    assert page.count('src="data:image/png;base64,') == 4
    assert "<s>-" in page
    assert "Where people buy</b>" in page
    assert "One row a local day" in page
    assert re.findall(r'(?:src|href)="(?!data:|#)', page) == []


def test_files_are_compared_with_what_readers_see(world: Any, tmp_path: Path) -> None:
    world.rlm("deploy")
    out = tmp_path / "diff.html"
    arguments = ("diff", "--deployed", *NOW, "--out", str(out))
    assert world.rlm(*arguments).stdout.splitlines() == [str(out)]
    world.replace(VISUAL, "SUM", "MAX")
    world.rlm("deploy")
    assert world.rlm(*arguments).stdout.splitlines() == ["changed  sales", str(out)]
    assert 'class="badge changed"' in out.read_text()
    world.rlm("promote", "sales")
    assert world.rlm(*arguments).stdout.splitlines() == [str(out)]


def test_a_revision_that_is_not_there_is_told(world: Any) -> None:
    commit(world)
    told = world.rlm("diff", "--base", "nope", "--samples", code=1).stderr
    assert "git rev-parse" in told
    assert world.rlm("diff", code=2)
