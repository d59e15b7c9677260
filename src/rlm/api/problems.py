"""Problem documents (RFC 9457): every error of the API, its stable `type` and its status."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

CONTENT_TYPE: Final = "application/problem+json"
_TYPE_PREFIX: Final = "urn:rlm:problem:"


@dataclass(frozen=True)
class ProblemKind:
    """One kind of error. Its name is a promise to callers: it never changes its meaning."""

    name: str
    status: int
    title: str

    @property
    def type(self) -> str:
        """The `type` of a problem document."""
        return f"{_TYPE_PREFIX}{self.name}"


INVALID_PARAMETER: Final = ProblemKind(
    "invalid-parameter", 400, "A parameter is missing, unknown or has a value that is not taken."
)
FORBIDDEN: Final = ProblemKind("forbidden", 403, "The API key does not open this.")
NOT_FOUND: Final = ProblemKind("not-found", 404, "What was asked for is not known.")
METHOD_NOT_ALLOWED: Final = ProblemKind(
    "method-not-allowed", 405, "Only GET and OPTIONS are answered here."
)
TOO_LARGE: Final = ProblemKind("too-large", 413, "The request is larger than what is taken here.")
CONFLICTING_PARAMETERS: Final = ProblemKind(
    "conflicting-parameters", 422, "Parameters that are fine by themselves do not go together."
)
THROTTLED: Final = ProblemKind("throttled", 429, "More requests than the API key's plan allows.")
INTERNAL: Final = ProblemKind("internal", 500, "A bug; the request id finds it in the logs.")
UNAVAILABLE: Final = ProblemKind(
    "unavailable", 503, "What the answer is made of cannot be read at the moment; try again."
)
KINDS: Final = (
    INVALID_PARAMETER,
    FORBIDDEN,
    NOT_FOUND,
    METHOD_NOT_ALLOWED,
    TOO_LARGE,
    CONFLICTING_PARAMETERS,
    THROTTLED,
    INTERNAL,
    UNAVAILABLE,
)


@dataclass(frozen=True)
class ParameterError:
    """What is wrong with one parameter."""

    parameter: str
    detail: str


class ProblemError(Exception):
    """Ends a request with a problem document."""

    def __init__(
        self,
        kind: ProblemKind,
        detail: str,
        errors: Sequence[ParameterError] = (),
        retry_after_seconds: int | None = None,
    ) -> None:
        super().__init__(f"{kind.name}: {detail}")
        self.kind = kind
        self.detail = detail
        self.errors = tuple(errors)
        self.retry_after_seconds = retry_after_seconds

    def document(self, request_id: str) -> dict[str, Any]:
        """The body of the answer."""
        return {
            "type": self.kind.type,
            "title": self.kind.title,
            "status": self.kind.status,
            "detail": self.detail,
            "request_id": request_id,
            "errors": [{"parameter": e.parameter, "detail": e.detail} for e in self.errors],
        }


def invalid(*errors: ParameterError) -> ProblemError:
    """A problem that names each parameter at fault."""
    return ProblemError(INVALID_PARAMETER, _joined(errors), errors)


def conflicting(*errors: ParameterError) -> ProblemError:
    """A problem that names each of the parameters that do not go together."""
    return ProblemError(CONFLICTING_PARAMETERS, _joined(errors), errors)


def not_found(parameter: str, detail: str) -> ProblemError:
    """A problem that names the parameter whose value is not known."""
    return ProblemError(NOT_FOUND, detail, [ParameterError(parameter, detail)])


def _joined(errors: Sequence[ParameterError]) -> str:
    return "; ".join(f"{error.parameter}: {error.detail}" for error in errors)
