"""The silver tables as assets: what runs after ingestion listens to these."""

from __future__ import annotations

from airflow.sdk import Asset

from rlm import names


def silver_asset(env: str, source: str) -> Asset:
    """The asset of one silver table; its events carry `rows`, `run_id` and `business_date`."""
    database = names.database(env, "silver")
    return Asset(
        name=f"{database}.{source}",
        uri=f"s3://{names.bucket(env, 'lake')}/{names.SILVER_PREFIX}/{source}",
        group="silver",
    )
