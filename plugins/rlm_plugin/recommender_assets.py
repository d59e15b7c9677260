"""A wish for a new model as an asset: monitor_model announces it, train_recommender listens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.sdk import Asset

from rlm import names

if TYPE_CHECKING:
    from airflow.sdk import Context


def retraining_asset(env: str) -> Asset:
    """An event says `reason`, `business_date`, `live_version`, `page` and `run_id`."""
    return Asset(
        name=f"{names.endpoint(env)}.retraining",
        uri=f"s3://{names.bucket(env, 'lake')}/{names.MONITORING_PREFIX}",
        group="recommender",
    )


def requests(context: Context, asset_name: str) -> list[dict[str, Any]]:
    """What the events of that asset said which started this run; none for any other run."""
    triggering: Any = context.get("triggering_asset_events") or {}
    return [
        dict(event.extra)
        for asset, events in triggering.items()
        if getattr(asset, "name", None) == asset_name
        for event in events
    ]
