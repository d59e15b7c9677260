"""Why a source gave no rows, as data sources and ingestions tell it."""

from __future__ import annotations


class SourceError(Exception):
    """`type` is an ingestion's error type, `connection_type` a data source's."""

    def __init__(self, type_: str, message: str, connection_type: str = "GENERIC_SQL_FAILURE"):
        super().__init__(message)
        self.type = type_
        self.message = message
        self.connection_type = connection_type


class CancelledError(Exception):
    """The ingestion was asked to stop."""
