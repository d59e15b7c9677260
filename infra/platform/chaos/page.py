"""The report as a page."""

from __future__ import annotations

import json
from html import escape
from typing import Any


def page_of(report: dict[str, Any]) -> str:
    """HTML that needs nothing else."""
    return f"<!doctype html><title>Chaos</title><pre>{escape(json.dumps(report, indent=1))}</pre>"
