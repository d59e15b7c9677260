"""schemathesis asks the deployed API whatever the OpenAPI document allows, and what it does not."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from .conftest import ranking
from .test_analyze import sales

if TYPE_CHECKING:
    from .conftest import Api

pytestmark = pytest.mark.slow

DOCUMENT = Path(__file__).parents[3] / "docs" / "api" / "openapi.json"
# Questions an operation; CPU seconds are a few.
EXAMPLES = 40
# What the schema allows is accepted, but for what it cannot say: which parameters go together
# (422), and who is known (404). Never with a 5xx, which schemathesis would let pass here.
SETTINGS = """
[checks]
positive_data_acceptance.expected-statuses = ["2xx", "3xx", "404", "422"]
"""


def test_the_api_does_what_its_document_says(api: Api, tmp_path: Path) -> None:
    api.put("Trends", ranking("7d#genre#rock"))
    api.put("EventAnalytics", sales("venue#venue-001", "2026-06", {"2026-06-01": 1}))
    report = tmp_path / "report.xml"
    settings = tmp_path / "schemathesis.toml"
    settings.write_text(SETTINGS)
    ran = subprocess.run(
        [
            str(Path(sys.executable).with_name("schemathesis")),
            *("--config-file", str(settings)),
            *("run", str(DOCUMENT), "--url", api.base_url),
            *("--header", f"x-api-key: {api.keys['staff']}"),
            *("--checks", "all", "--mode", "all", "--phases", "examples,coverage,fuzzing"),
            *("--max-examples", str(EXAMPLES), "--seed", "1", "--workers", "2"),
            *("--report", "junit", "--report-junit-path", str(report), "--no-color"),
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        timeout=240,
    )
    assert ran.returncode == 0, ran.stdout[-8000:] + ran.stderr[-2000:]
    operations = len(json.loads(DOCUMENT.read_text())["paths"])
    assert f"{operations} selected / {operations} total" in ran.stdout, ran.stdout[-3000:]
