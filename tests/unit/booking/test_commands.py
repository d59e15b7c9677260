"""Whose database `rlm targets` means, without one."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from rlm.aws import booking_database
from rlm.booking import commands
from rlm.cli import main

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.mark.parametrize(
    ("options", "named", "meant"),
    [((), None, "dev"), ((), "prod", "prod"), (("--env", "dev"), "prod", "dev")],
)
def test_environment_is_that_of_the_option_then_that_of_the_variable(
    options: tuple[str, ...], named: str | None, meant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    connected = []

    @contextmanager
    def connect(env: str) -> Iterator[None]:
        connected.append(env)
        yield

    monkeypatch.setattr(booking_database, "connect", connect)
    monkeypatch.setattr(commands, "create_tables", lambda _connection: None)
    result = CliRunner().invoke(main, ["targets", "create", *options], env={"RLM_ENV": named})
    assert result.exit_code == 0, result.output
    assert connected == [meant]
    assert f"rlm-{meant}-booking: schema booking is there" in result.stderr
