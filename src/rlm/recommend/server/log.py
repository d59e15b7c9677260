"""What the endpoint writes: a JSON document a line, with the ids of the request it is about."""

from __future__ import annotations

import datetime as dt
import json
import logging
import re
from typing import Any, Final

# Of `X-Amzn-SageMaker-Custom-Attributes`, what goes into a line; a caller may send anything there.
_IDS: Final = ("request_id", "correlation_id")
_ID: Final = re.compile(r"[A-Za-z0-9._:-]{1,64}")


class JsonLines(logging.Formatter):
    """A record as a line; what it was given as `extra={"fields": {...}}` stands beside the rest."""

    def format(self, record: logging.LogRecord) -> str:
        at = dt.datetime.fromtimestamp(record.created, dt.UTC)
        line: dict[str, Any] = {
            "timestamp": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname,
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


LOGGING: Final[dict[str, Any]] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": JsonLines}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"level": "INFO", "handlers": ["stderr"]},
    # Gunicorn brings handlers of its own, which would write each line a second time.
    "loggers": {"gunicorn.error": {"level": "INFO", "handlers": [], "propagate": True}},
}


def request_ids(custom_attributes: str) -> dict[str, str]:
    """The ids in `request_id=...;correlation_id=...`; nothing of what is not of that form."""
    found = (part.strip().partition("=") for part in custom_attributes.split(";"))
    return {name: value for name, _, value in found if name in _IDS and _ID.fullmatch(value)}
