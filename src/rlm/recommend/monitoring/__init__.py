"""How good the live model was for fans: its captured answers beside what they did afterwards."""

from __future__ import annotations

from typing import Final

# Files between the DAG and its job: what the job is about, what it found, and the page of it.
REQUEST: Final = "request.json"
FOUND: Final = "monitoring.json"
PAGE: Final = "monitoring.html"
