"""What SageMaker's resources are told apart by when the month is paid for."""

from __future__ import annotations


def cost_tags(env: str) -> list[dict[str, str]]:
    """The tags that the template gives all of its resources; the budget counts by them.

    Whoever creates with tags needs the right to `AddTags` too.
    """
    tags = {"project": "rlm", "environment": env}
    return [{"Key": key, "Value": value} for key, value in tags.items()]
