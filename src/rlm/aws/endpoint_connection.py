"""InvokeEndpoint as one signed request: there is something to fall back to, so no second try."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rlm.aws.signed_connection import Service

if TYPE_CHECKING:
    from rlm.aws.signed_connection import SignedConnection

ENDPOINT: Final = Service("recommender", "sagemaker", connect_seconds=0.2, answer_seconds=0.4)
_JSON: Final = "application/json"


class EndpointConnection:
    """The runtime of SageMaker, by a connection for ENDPOINT."""

    def __init__(self, connection: SignedConnection) -> None:
        self._connection = connection

    def invoke(self, endpoint: str, body: bytes, request_id: str, correlation_id: str) -> bytes:
        """The model's answer to `body`. Raises DependencyError; never asks twice.

        The request's id is the inference's: data capture keeps it. A container is given no more
        than custom attributes for certain, so both ids are there too.
        """
        headers = {"Content-Type": _JSON, "Accept": _JSON}
        if request_id:
            headers |= {
                "X-Amzn-SageMaker-Inference-Id": request_id,
                "X-Amzn-SageMaker-Custom-Attributes": (
                    f"request_id={request_id};correlation_id={correlation_id}"
                ),
            }
        return self._connection.post(f"/endpoints/{endpoint}/invocations", headers, body)
