"""What a source and an ingestion say to each other: why there are no rows, and whether to go on."""

from __future__ import annotations

from typing import Protocol


class SourceError(Exception):
    """`type` is an ingestion's error type, `connection_type` a data source's."""

    def __init__(self, type_: str, message: str, connection_type: str = "GENERIC_SQL_FAILURE"):
        super().__init__(message)
        self.type = type_
        self.message = message
        self.connection_type = connection_type


class CancelledError(Exception):
    """The ingestion was asked to stop."""


class Progress(Protocol):
    """An ingestion, as the source that it reads from sees it."""

    def check(self) -> None:
        """Raise CancelledError or InterruptedError when the rows are wanted no more."""
        ...


class NoProgress:
    """Of what nobody cancels."""

    def check(self) -> None: ...
