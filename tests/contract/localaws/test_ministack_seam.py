"""The private names of ministack that the seam uses still mean what it takes them to mean."""

from __future__ import annotations

import boto3
import pytest

pytestmark = pytest.mark.slow


def test_accounts_and_regions_are_apart(gateway):
    """AWS: a log group exists in one account and one region."""
    gateway.client("logs").create_log_group(logGroupName="/seam/apart")
    elsewhere = boto3.client(
        "logs",
        endpoint_url=gateway.endpoint_url,
        region_name="eu-west-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    assert elsewhere.describe_log_groups()["logGroups"] == []
