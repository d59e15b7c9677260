"""The one exception that ends a command with a message instead of a traceback."""

from __future__ import annotations


class PlatformError(Exception):
    """The platform cannot go on: the text says what was expected, what was found, what to do."""
