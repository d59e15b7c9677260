"""The ids by which one request is found in every log that it left, and in what was captured of it.

`request_id` is API Gateway's: unique, and nobody outside can choose it. `correlation_id` is what
the caller knows the request by, in the header `x-correlation-id`; without one, the request's id.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

HEADER: Final = "X-Correlation-Id"
# It goes into logs and other services' headers as it is: short, and nothing that means something
# there. UUIDs, ULIDs and a traceparent of W3C are of this form.
_TAKEN: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{7,63}")


@dataclass(frozen=True)
class RequestIds:
    """Of one request; both may be written anywhere."""

    request_id: str
    correlation_id: str


def request_ids(event: Mapping[str, Any]) -> RequestIds:
    """Of an event of API Gateway's proxy integration; another form of id is passed over."""
    request_id = str(event["requestContext"].get("requestId") or "")
    named = HEADER.lower()
    for name, value in (event.get("headers") or {}).items():
        if name.lower() == named and _TAKEN.fullmatch(value):
            return RequestIds(request_id, value)
    return RequestIds(request_id, request_id)
