"""The `rlm` command."""

from __future__ import annotations

import json
import re
from importlib.metadata import version
from typing import TYPE_CHECKING

import click
import pytest
from click.testing import CliRunner

from rlm.cli import main

if TYPE_CHECKING:
    from pathlib import Path


def _commands(group: click.Group, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    found = []
    for name, command in group.commands.items():
        found.append((*path, name))
        if isinstance(command, click.Group):
            found += _commands(command, (*path, name))
    return found


def test_every_command_and_option_is_explained() -> None:
    commands = _commands(main)
    assert ("generate",) in commands
    assert ("import", "broadway") in commands
    for path in commands:
        result = CliRunner().invoke(main, [*path, "--help"])
        assert result.exit_code == 0
        command: click.Command = main
        for name in path:
            assert isinstance(command, click.Group)
            command = command.commands[name]
        assert command.help
        for given in command.params:
            # Click shows no help of an argument: the command's own must speak of it.
            name = str(given.name)
            told = given.help if isinstance(given, click.Option) else name.upper() in command.help
            assert told, f"{' '.join(path)} {given.opts[0]} lacks its help"


def test_lists_of_commands_show_whole_sentences() -> None:
    # Click cuts what is longer than 45 letters, in the middle of a phrase.
    listed = 0
    for path in ((), *_commands(main)):
        command: click.Command = main
        for name in path:
            assert isinstance(command, click.Group)
            command = command.commands[name]
        for one in command.commands.values() if isinstance(command, click.Group) else ():
            summary = one.get_short_help_str()
            assert re.search(r"\w\.$", summary), one.name
            assert len(summary) < 45, one.name
            listed += 1
    assert listed == len(_commands(main)) > 10


def test_version_is_that_of_the_package() -> None:
    result = CliRunner().invoke(main, ["--version"])
    assert result.stdout == f"rlm, version {version('rlm')}\n"


@pytest.mark.parametrize("way", ["broadway", "tickit-lastfm"])
@pytest.mark.parametrize("named", [None, ""])
def test_import_without_a_folder_says_where_to_read_on(way: str, named: str | None) -> None:
    result = CliRunner().invoke(main, ["import", way, "--out", "gone"], env={"DATA_DIR": named})
    assert result.exit_code == 2
    assert "Missing option '--data-dir'. It, or DATA_DIR, names the folder" in result.stderr
    assert "docs/data-sources.md" in result.stderr


def test_import_takes_its_folder_from_the_environment(tmp_path: Path) -> None:
    out = str(tmp_path / "out")
    result = CliRunner().invoke(
        main, ["import", "broadway", "--out", out], env={"DATA_DIR": str(tmp_path)}
    )
    assert result.exit_code == 1
    assert f"{tmp_path}/broadway/broadway_corgis.csv is missing" in result.stderr
    assert "docs/data-sources.md" in result.stderr


def test_generate_reports_what_it_made(tmp_path: Path) -> None:
    arguments = ["generate", "--out", str(tmp_path), "--ticket-sales", "500", "--days", "2"]
    result = CliRunner().invoke(main, [*arguments, "--history-days", "40", "--start", "2026-03-01"])
    assert result.exit_code == 0, result.output
    report = json.loads(result.stdout)
    truth = json.loads((tmp_path / "_truth" / "truth.json").read_text())
    assert report["first_delivery"] == "2026-03-01"
    assert report["last_delivery"] == "2026-03-02"
    assert report["rows"] == {s: c["rows_in"] for s, c in truth["sources"].items()}
    assert "ticket_sales: " in result.stderr
    again = CliRunner().invoke(main, arguments)
    assert again.exit_code == 1
    assert "--force" in again.stderr


@pytest.mark.parametrize("command", ["tickit-lastfm", "broadway"])
def test_missing_input_is_named(tmp_path: Path, command: str) -> None:
    (tmp_path / "empty").mkdir()
    result = CliRunner().invoke(
        main,
        ["import", command, "--data-dir", str(tmp_path / "empty"), "--out", str(tmp_path / "out")],
    )
    assert result.exit_code == 1
    assert "is missing" in result.stderr
    assert "--data-dir" in result.stderr
