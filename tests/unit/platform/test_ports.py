"""Ports that are taken are named, with who holds them and the variable that changes them."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

import pytest

from bringup.failures import PlatformError
from bringup.ports import AIRFLOW, AWS, LOOPBACK, PORTS, listener, listening_addresses, require_free

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as server:
        server.bind((LOOPBACK, 0))
        server.listen()
        yield server.getsockname()[1]


def test_taken_port_names_holder_and_variable(taken: int) -> None:
    with pytest.raises(PlatformError) as failure:
        require_free(AIRFLOW, {"RLM_AIRFLOW_PORT": str(taken)})
    message = str(failure.value)
    assert f"port {taken} for Airflow's UI is taken by process {os.getpid()}" in message
    assert f"make run RLM_AIRFLOW_PORT={taken + 1}" in message


def test_free_port_is_accepted(taken: int) -> None:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        free = probe.getsockname()[1]
    assert free != taken
    require_free(AWS, {"RLM_AWS_PORT": str(free)})


def test_listener_and_its_address_are_found(taken: int) -> None:
    assert listener(taken) == os.getpid()
    # 127.0.0.1 as the kernel writes it.
    assert ("0100007F", taken) in listening_addresses({os.getpid()})


@pytest.mark.parametrize("text", ["http", "80", "0", "70000", "-1"])
def test_what_is_no_port_names_its_variable(text: str) -> None:
    with pytest.raises(PlatformError, match="RLM_AWS_PORT"):
        AWS.number({"RLM_AWS_PORT": text})


def test_every_port_has_a_variable_and_a_default_of_its_own() -> None:
    assert len({port.variable for port in PORTS}) == len(PORTS) >= 2
    assert len({port.number({}) for port in PORTS}) == len(PORTS)
