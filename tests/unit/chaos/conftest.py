"""Chaos is no installed package: it runs from the checkout, and so do its tests."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "infra" / "platform"))
