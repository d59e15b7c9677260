"""The private names of ministack that the seam uses still mean what it takes them to mean."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.slow


def test_health_lists_services(gateway):
    import json
    import urllib.request

    with urllib.request.urlopen(f"{gateway.endpoint_url}/_localaws/health") as answer:
        health = json.load(answer)
    assert health["status"] == "running"
    assert {"s3", "glue", "logs", "iam", "dynamodb", "cloudformation"} <= set(health["services"])


def test_accounts_and_regions_are_apart(gateway):
    """AWS: a log group exists in one account and one region."""
    gateway.client("logs").create_log_group(logGroupName="/seam/apart")
    import boto3

    elsewhere = boto3.client(
        "logs",
        endpoint_url=gateway.endpoint_url,
        region_name="eu-west-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    assert elsewhere.describe_log_groups()["logGroups"] == []
