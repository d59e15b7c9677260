"""The serving tables in DynamoDB as one asset: dashboards that read them listen to it."""

from __future__ import annotations

from airflow.sdk import Asset

from rlm import names


def serving_asset(env: str) -> Asset:
    """All serving tables together; its events carry `run_id` and how many items were written."""
    database = names.serving_database(env)
    return Asset(
        name=f"{database}.tables",
        uri=f"s3://{names.bucket(env, 'lake')}/serving",
        group="serving",
    )
