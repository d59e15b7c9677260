"""What docs/deployment.md tells people to ask AWS for is what the settings need."""

from __future__ import annotations

import re
from pathlib import Path

from costs import ENDPOINT_INSTANCE, ENDPOINT_INSTANCES, MONITORING_INSTANCE, TRAINING_INSTANCE
from environments import ENVIRONMENTS

REPOSITORY = Path(__file__).parents[2]
PAGE = (REPOSITORY / "docs" / "deployment.md").read_text(encoding="utf-8")


def test_quotas_are_of_the_instances_that_an_environment_uses_at_once():
    head, _, *rows = PAGE[PAGE.index("| quota |") :].partition("\n\n")[0].splitlines()
    _, *envs = cells(head)
    assert envs == list(ENVIRONMENTS)
    told = {quota: dict(zip(envs, asked, strict=True)) for quota, *asked in map(cells, rows)}
    assert told == {
        "for training job usage": {env: f"1 {TRAINING_INSTANCE[env]}" for env in envs},
        # Blue/green: both fleets are there until the new one has all the traffic.
        "for endpoint usage": {
            env: f"{2 * ENDPOINT_INSTANCES} {ENDPOINT_INSTANCE[env]}" for env in envs
        },
        "for processing job usage": {env: f"1 {MONITORING_INSTANCE[env]}" for env in envs},
        "for notebook instance usage": {
            env: f"1 {kind}" if (kind := ENVIRONMENTS[env].notebook_instance_type) else "none"
            for env in envs
        },
    }


def test_tag_that_the_budget_counts_is_activated():
    budget = REPOSITORY / "infra" / "aws" / "stacks" / "monitoring_budget.py"
    (tag,) = re.findall(r"user:(\w+)\$", budget.read_text(encoding="utf-8"))
    assert f"TagKey={tag},Status=Active" in PAGE


def cells(row: str) -> list[str]:
    return [cell.strip() for cell in row.strip("|").split("|")]
