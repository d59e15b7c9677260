"""Every command of `rlm dashboards` explains itself, with an example that parses."""

from __future__ import annotations

import re

import click
import pytest
from click.testing import CliRunner

from rlm.cli import main
from rlm.dashboards.commands import dashboards_group

COMMANDS = sorted(dashboards_group.commands)


def test_all_commands_are_there() -> None:
    assert sorted(
        ["lint", "show", "shot", "diff", "plan", "deploy", "promote", "rollback", "drift", "pull",
         "refresh"]
    ) == COMMANDS  # fmt: skip


@pytest.mark.parametrize("name", COMMANDS)
def test_help_has_examples_that_the_command_takes(name: str) -> None:
    result = CliRunner().invoke(main, ["dashboards", name, "--help"])
    assert result.exit_code == 0
    examples = re.findall(r"^ *rlm dashboards (.*?)(?: &&.*)?$", result.output, re.MULTILINE)
    assert examples, result.output
    command = dashboards_group.commands[name]
    for example in examples:
        words = example.split()
        assert words[0] == name, example
        parser = command.make_parser(click.Context(command))
        _, left, _ = parser.parse_args(words[1:])
        assert left == []


def test_wrong_usage_exits_with_2() -> None:
    runner = CliRunner()
    assert runner.invoke(main, ["dashboards", "plan", "--env", "staging"]).exit_code == 2
    assert runner.invoke(main, ["dashboards", "promote"]).exit_code == 2
    both = ["dashboards", "show", "--samples", "--deployed"]
    assert runner.invoke(main, both).exit_code == 2
