"""Calls that nobody here serves: found, and answered with an error that names the operation.

ministack answers an unknown operation with one of several client faults, and a few known ones
with a success that did nothing; both would mislead whoever calls.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

import botocore.session

from localaws.errors import AwsError, not_implemented

if TYPE_CHECKING:
    from localaws.wire import Request

_UNKNOWN = re.compile(
    rb"Unknown (?:[A-Za-z]+ )?(?:action|operation)\b"
    rb"|is not valid for this web service"
    rb"|Unsupported service: "
)
# Operations that ministack accepts and then does nothing about.
_HOLLOW = {
    "glue": {
        "StartCrawler", "StopCrawler", "StartJobRun", "BatchStopJobRun",
        "StartTrigger", "StopTrigger", "StartWorkflowRun",
    },
    "ssm": {"SendCommand"},
    "secretsmanager": {"RotateSecret"},
    "events": {"ActivateEventSource", "DeactivateEventSource", "PutPartnerEvents"},
    "iam": {"GenerateCredentialReport"},
}  # fmt: skip
# What ministack's S3 looks for in the query, by level. It takes any other subresource for the plain
# request: DELETE ?analytics would delete the bucket, PUT ?renameObject overwrite the object.
_S3_SERVED = {
    "bucket": {
        "GET": {
            "uploads", "versions", "list-type", "location", "policy", "versioning", "encryption",
            "logging", "notification", "tagging", "cors", "acl", "lifecycle", "accelerate",
            "website", "object-lock", "replication", "ownershipControls", "publicAccessBlock",
        },
        "PUT": {
            "policy", "notification", "tagging", "versioning", "encryption", "lifecycle", "cors",
            "acl", "website", "logging", "accelerate", "requestPayment", "object-lock",
            "replication", "ownershipControls", "publicAccessBlock",
        },
        "DELETE": {
            "policy", "tagging", "cors", "lifecycle", "encryption", "website", "replication",
            "ownershipControls", "publicAccessBlock",
        },
        "POST": {"delete"},
    },
    "key": {
        "GET": {"annotation", "tagging", "retention", "legal-hold", "acl", "attributes"},
        "PUT": {"annotation", "tagging", "retention", "legal-hold", "acl"},
        "DELETE": {"annotation", "tagging"},
        "POST": {"restore", "uploads"},
    },
}  # fmt: skip


def refusal(request: Request, service: str, operation: str, level: str) -> AwsError | None:
    """The error for a request that must not reach ministack; None for one that may.

    `level` is "bucket" or "key", what an S3 request is about.
    """
    if operation in _HOLLOW.get(service, ()):
        return not_implemented(service, operation)
    if service == "s3":
        served = _S3_SERVED[level].get(request.method, set())
        for name in request.query.keys() & _s3_subresources().keys():
            if name not in served and (request.method, level) in _s3_subresources()[name]:
                return not_implemented("s3", _s3_subresources()[name][request.method, level])
    return None


def is_unknown(status: int, body: bytes) -> bool:
    """Whether an answer of ministack's says that it does not know the operation."""
    return 400 <= status < 500 and _UNKNOWN.search(body) is not None


@cache
def _s3_subresources() -> dict[str, dict[tuple[str, str], str]]:
    """Operation names by the query name that selects them, then by (method, level)."""
    model = botocore.session.Session().get_service_model("s3")
    found: dict[str, dict[tuple[str, str], str]] = {}
    for name in model.operation_names:
        http: dict[str, Any] = model.operation_model(name).http
        path, _, query = http["requestUri"].partition("?")
        level = "key" if "{Key" in path else "bucket"
        for part in query.split("&"):
            subresource, _, value = part.partition("=")
            if subresource and subresource != "x-id" and not value:
                found.setdefault(subresource, {})[http["method"], level] = name
    return found
