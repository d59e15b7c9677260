"""The synthesized templates of both environments, made once."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

REPOSITORY = Path(__file__).parents[2]
# The app is a program, not a package; `described` and `templates` are helpers of these tests.
sys.path[:0] = [str(REPOSITORY / "infra" / "aws"), str(Path(__file__).parent)]

if TYPE_CHECKING:
    from assembly import Assembly


@pytest.fixture(scope="session")
def assemblies() -> dict[str, Assembly]:
    """By environment, as a deployment would find them."""
    from assembly import synthesize
    from environments import ENVIRONMENTS

    return {env: synthesize(env, REPOSITORY) for env in ENVIRONMENTS}


@pytest.fixture(params=["dev", "prod"])
def assembly(request: pytest.FixtureRequest, assemblies: dict[str, Assembly]) -> Assembly:
    return assemblies[request.param]
