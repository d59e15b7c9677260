"""What AWS refuses ends a command with a line that says what to do next."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError

import deploy
import destroy
import leftovers
import release
from leftovers import LeftoverError, delete_endpoint

COMMANDS = {
    deploy: ("deploy", "deployment failed: "),
    release: ("release", "deployment failed: "),
    destroy: ("destroy", "not destroyed: "),
}


def client_error(code: str, message: str = "not now") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "CreateThing")


@pytest.mark.parametrize("module", COMMANDS, ids=lambda one: one.__name__)
@pytest.mark.parametrize(
    ("error", "next_step"),
    [
        (client_error("AccessDenied"), "ask for that right"),
        (client_error("ExpiredToken"), "log in again"),
        (client_error("ThrottlingException"), "run the command again in a while"),
        (client_error("BucketAlreadyExists"), "mend that and run the command again"),
        (ConnectTimeoutError(endpoint_url="https://sts"), "mend that and run the command again"),
    ],
    ids=["denied", "expired", "throttled", "in the way", "nobody there"],
)
def test_refusal_is_a_line_with_the_next_step(module, error, next_step, monkeypatch, capsys):
    def refused(*_: Any, **__: Any) -> bool:
        raise error

    name, beginning = COMMANDS[module]
    monkeypatch.setattr(module, name, refused)
    monkeypatch.setattr(module, "target_of", lambda *_: None)
    assert module.main(["--env", "dev"]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(beginning + str(error).rstrip("."))
    assert f"; {next_step}" in line


class SageMaker:
    """An endpoint with one of these statuses after the other, a look each; None is no endpoint."""

    def __init__(self, *statuses: str | None) -> None:
        self._statuses = list(statuses)
        self.deleted_when: list[str | None] = []

    def describe_endpoint(self, **_: Any) -> Any:
        status = self._statuses.pop(0) if len(self._statuses) > 1 else self._statuses[0]
        if status is None:
            raise client_error("ValidationException", "Could not find endpoint")
        return {"EndpointStatus": status}

    def delete_endpoint(self, **_: Any) -> None:
        self.deleted_when.append(self._statuses[0])
        # It takes SageMaker a moment to say so.
        self._statuses += ["Deleting", None]

    def get_paginator(self, _: str) -> Any:
        return self

    def paginate(self, **_: Any) -> Any:
        return []


@pytest.mark.parametrize("busy", ["Creating", "Updating", "SystemUpdating", "RollingBack"])
def test_endpoint_that_is_busy_is_deleted_when_it_is_not(busy, monkeypatch):
    monkeypatch.setattr(leftovers, "_POLL_SECONDS", 0.0)
    sagemaker, said = SageMaker(busy, busy, busy, "InService"), list[str]()
    delete_endpoint("dev", sagemaker, said.append)
    assert sagemaker.deleted_when == ["InService"]
    assert said == [
        f"the endpoint rlm-dev-recommender is {busy}, and can be deleted when that is over",
        "deleted the endpoint rlm-dev-recommender",
    ]


def test_endpoint_that_goes_already_is_waited_for(monkeypatch):
    monkeypatch.setattr(leftovers, "_POLL_SECONDS", 0.0)
    sagemaker, said = SageMaker("Deleting", "Deleting", None), list[str]()
    delete_endpoint("dev", sagemaker, said.append)
    assert sagemaker.deleted_when == []
    assert said == ["deleted the endpoint rlm-dev-recommender"]


def test_endpoint_that_stays_busy_is_named(monkeypatch):
    monkeypatch.setattr(leftovers, "_PATIENCE_SECONDS", 0.0)
    with pytest.raises(LeftoverError, match="rlm-dev-recommender is Updating after 0 h"):
        delete_endpoint("dev", SageMaker("Updating"), print)
