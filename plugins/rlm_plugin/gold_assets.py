"""The gold tables as assets: serving tables, reports and dashboards listen to these."""

from __future__ import annotations

from airflow.sdk import Asset

from rlm import names


def gold_asset(env: str, table: str) -> Asset:
    """The asset of one gold table; its events carry `rows`, `run_id` and `business_date`."""
    database = names.database(env, "gold")
    return Asset(
        name=f"{database}.{table}",
        uri=f"s3://{names.bucket(env, 'lake')}/{names.GOLD_PREFIX}/{table}",
        group="gold",
    )
