"""Calls of QuickSight: the account added, pages followed, conflicts waited for, errors told."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final, Self

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from rlm.quicksight.deployment.service import ServiceError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# Another change of the same resource is under way: it is over within seconds.
_CONFLICT_TRIES: Final = 5
_CONFLICT_WAIT_SECONDS: Final = 1.5


class QuickSightCalls:
    """One account's QuickSight in one region, operation by operation."""

    def __init__(self, client: Any, account: str, region: str) -> None:
        self._client = client
        self.account = account
        self.region = region

    @classmethod
    def of(cls, session: Any) -> Self:
        """With the account that a boto3 session's credentials belong to."""
        config = Config(
            retries={"mode": "standard", "total_max_attempts": 6},
            connect_timeout=5,
            read_timeout=60,
        )
        try:
            client = session.client("quicksight", config=config)
            account = str(session.client("sts", config=config).get_caller_identity()["Account"])
        except (BotoCoreError, ClientError) as error:
            raise ServiceError(
                f"cannot ask AWS who we are: {error}. Are AWS_ACCESS_KEY_ID and"
                " AWS_SECRET_ACCESS_KEY (or AWS_PROFILE) set, and does AWS_ENDPOINT_URL answer?"
            ) from error
        return cls(client, account, str(client.meta.region_name))

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Self:
        """With credentials, region and endpoint as the AWS SDKs find them."""
        region = environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION")
        return cls.of(boto3.session.Session(region_name=region))

    def pages(self, operation: str, key: str, **request: Any) -> Iterator[dict[str, Any]]:
        """What every page of an answer has under a key."""
        token: dict[str, str] = {}
        while True:
            answer = self.call(operation, **request, **token)
            yield from answer.get(key) or []
            if not answer.get("NextToken"):
                return
            token = {"NextToken": answer["NextToken"]}

    def find(self, operation: str, **request: Any) -> dict[str, Any] | None:
        """The answer; None where there is no such resource."""
        try:
            return self.call(operation, **request)
        except MissingError:
            return None

    def call(self, operation: str, **request: Any) -> dict[str, Any]:
        """The answer to an operation on this account."""
        return self.ask(operation, {"AwsAccountId": self.account, **request})

    def ask(self, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """The answer to an operation; raises `ServiceError` with what was asked of what."""
        for tries_left in reversed(range(_CONFLICT_TRIES)):
            try:
                answer: dict[str, Any] = getattr(self._client, operation)(**request)
            except ClientError as error:
                code = error.response.get("Error", {}).get("Code", "")
                if code == "ConflictException" and tries_left:
                    time.sleep(_CONFLICT_WAIT_SECONDS)
                    continue
                raise _ERRORS.get(code, ServiceError)(_told(operation, request, error)) from error
            except BotoCoreError as error:
                raise ServiceError(_told(operation, request, error)) from error
            return answer
        raise AssertionError("the last try raises or answers")


class MissingError(ServiceError):
    """There is no such resource."""


class ExistsError(ServiceError):
    """There is one of that id."""


class InvalidError(ServiceError):
    """A parameter that QuickSight does not take."""


_ERRORS: Final[Mapping[str, type[ServiceError]]] = {
    "ResourceNotFoundException": MissingError,
    "ResourceExistsException": ExistsError,
    "InvalidParameterValueException": InvalidError,
}


def _told(operation: str, request: Mapping[str, Any], error: Exception) -> str:
    """What was asked of what; never the request's body, which may hold a password."""
    what = [f"{k}={v}" for k, v in request.items() if k.endswith("Id") and k != "AwsAccountId"]
    return f"{operation}({', '.join(what)}): {error}"
