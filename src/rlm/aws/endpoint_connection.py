"""InvokeEndpoint as one signed request on a kept connection.

The SDK's client takes twice the CPU time, for what such a request has no use for: hooks, rules for
addresses, a user agent made anew, validation, retries. What is left is botocore's signature and
urllib3's pool; docs/decisions/api-functions.md has what was measured.
"""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any, Final

import urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError
from botocore.httpsession import get_cert_path
from urllib3.connection import HTTPConnection
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    NewConnectionError,
    ProtocolError,
    ReadTimeoutError,
)

from rlm.aws.faults import DependencyError, fault_of, fault_of_code

if TYPE_CHECKING:
    from rlm.aws.faults import Fault

CONNECT_TIMEOUT_SECONDS: Final = 0.2
READ_TIMEOUT_SECONDS: Final = 0.4
DEPENDENCY: Final = "recommender"
_SIGNED_FOR: Final = "sagemaker"
_JSON: Final = "application/json"


class EndpointConnection:
    """The runtime of SageMaker at one address; `credentials` are those of a botocore session.

    None where it found none: each request then fails, as with the SDK.
    """

    def __init__(self, url: str, region: str, credentials: Any) -> None:
        self._url = url.rstrip("/")
        self._region = region
        self._credentials = credentials
        is_secure = self._url.startswith("https:")
        self._pool = urllib3.connection_from_url(
            self._url,
            timeout=urllib3.Timeout(connect=CONNECT_TIMEOUT_SECONDS, read=READ_TIMEOUT_SECONDS),
            socket_options=[
                *HTTPConnection.default_socket_options,
                (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
            ],
            **({"ca_certs": get_cert_path(True)} if is_secure else {}),
        )

    def invoke(self, endpoint: str, body: bytes, request_id: str, correlation_id: str) -> bytes:
        """The model's answer to `body`. Raises DependencyError; never asks twice.

        The request's id is the inference's: data capture keeps it. A container is given no more
        than custom attributes for certain, so both ids are there too.
        """
        path = f"/endpoints/{endpoint}/invocations"
        headers = {"Content-Type": _JSON, "Accept": _JSON}
        if request_id:
            headers |= {
                "X-Amzn-SageMaker-Inference-Id": request_id,
                "X-Amzn-SageMaker-Custom-Attributes": (
                    f"request_id={request_id};correlation_id={correlation_id}"
                ),
            }
        signed = AWSRequest("POST", self._url + path, headers, body)
        self._sign(signed)
        try:
            # There is something to fall back to: a second try would only make the caller wait.
            answer = self._pool.urlopen(
                "POST",
                path,
                body=body,
                headers=dict(signed.headers.items()),
                retries=False,
                redirect=False,
            )
        except HTTPError as error:
            raise DependencyError(DEPENDENCY, _fault_of(error), str(error)) from error
        if answer.status != 200:
            code = answer.headers.get("x-amzn-errortype", "").partition(":")[0]
            said = answer.data[:200].decode("utf-8", "replace")
            raise DependencyError(
                DEPENDENCY, fault_of_code(code), f"{answer.status} {code}: {said}"
            )
        return answer.data

    def _sign(self, request: AWSRequest) -> None:
        """Credentials may have to be fetched anew, from a service that may fail as any other."""
        try:
            if self._credentials is None:
                raise NoCredentialsError
            frozen = self._credentials.get_frozen_credentials()
            SigV4Auth(frozen, _SIGNED_FOR, self._region).add_auth(request)
        except (BotoCoreError, ClientError) as error:
            raise DependencyError(DEPENDENCY, fault_of(error), str(error)) from error


def _fault_of(error: HTTPError) -> Fault:
    # Older releases call a refused connection one that timed out as well.
    if isinstance(error, NewConnectionError | ProtocolError):
        return "refused"
    return "timeout" if isinstance(error, ConnectTimeoutError | ReadTimeoutError) else "failed"
