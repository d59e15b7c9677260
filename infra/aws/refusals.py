"""What AWS refused, as a line for whoever deploys: what it said, and what to do next."""

from __future__ import annotations

from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

# What a command that talks to AWS ends with instead of a traceback.
REFUSED: Final = (ClientError, BotoCoreError)

_DENIED: Final = (
    "ask for that right, or let somebody deploy who has it (docs/deployment.md, Who deploys)"
)
_LOG_IN: Final = "log in again (`aws sso login`, or new keys), and run the command again"
_AGAIN: Final = "run the command again in a while: it goes on with what is left"
_OTHERWISE: Final = "mend that and run the command again: it goes on with what is left"
_NEXT: Final = {
    "AccessDenied": _DENIED,
    "AccessDeniedException": _DENIED,
    "AuthorizationError": _DENIED,
    "UnauthorizedOperation": _DENIED,
    "ExpiredToken": _LOG_IN,
    "ExpiredTokenException": _LOG_IN,
    "InvalidClientTokenId": _LOG_IN,
    "UnrecognizedClientException": _LOG_IN,
    "ConflictException": _AGAIN,
    "ResourceInUseException": _AGAIN,
    "SlowDown": _AGAIN,
    "Throttling": _AGAIN,
    "ThrottlingException": _AGAIN,
}


def refusal(error: ClientError | BotoCoreError) -> str:
    """One line: botocore's message says what was asked, and what AWS answered."""
    message = " ".join(str(error).split()).rstrip(".")
    if isinstance(error, ClientError):
        return f"{message}; {_NEXT.get(error.response['Error']['Code'], _OTHERWISE)}"
    return f"{message}; {_OTHERWISE}"
