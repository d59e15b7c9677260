"""What a function imports when it starts cold: a budget, since each start pays for every module."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
FUNCTIONS = sorted(path.parent.name for path in (ROOT / "lambdas").glob("*/handler.py"))
# Modules after importing the handler, and what it may not import at all. On one 2026 core botocore
# costs 130 ms, powertools' resolver 50 ms, Logger and Metrics 30 ms: together they are the budget.
MOST_MODULES = 520
FORBIDDEN = {
    "aws_xray_sdk",
    "boto3",
    "msgspec",
    "numpy",
    "pandas",
    "pydantic",
    "rlm.api.openapi",
    "rlm.jobs",
    "rlm.recommend",
}
_PROGRAM = (
    "import sys; sys.path.insert(0, sys.argv[1]); import handler;"
    "print('\\n'.join(sorted(sys.modules)))"
)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_cold_start_imports_no_more_than_it_may(function: str) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", _PROGRAM, str(ROOT / "lambdas" / function)],
        capture_output=True,
        text=True,
        check=True,
    )
    modules = set(ran.stdout.split())
    assert f"rlm.api.{'trends' if function == 'fetch_trends' else 'function'}" in modules
    assert modules & FORBIDDEN == set()
    assert len(modules) <= MOST_MODULES


def test_the_budget_is_for_every_function() -> None:
    assert FUNCTIONS == ["fetch_event_analytics", "fetch_trends", "recommend_artist"]
