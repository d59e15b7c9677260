"""Where the things of an environment are, once they are there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from deploy import described_stack
from rlm import names
from rlm.settings import Settings

if TYPE_CHECKING:
    from deploy import Target


def whereabouts(env: str, account: str, target: Target) -> list[str]:
    """A line a thing; what is not deployed is left out, and what waits for people is said."""
    region = target.region
    console = f"https://{region}.console.aws.amazon.com"
    found = {
        "environment": f"{env}, account {account}, {region}",
        "Airflow": _airflow(env, target),
        "API": _api(env, target),
        "API keys": f"{console}/apigateway/main/api-keys?region={region}",
        "dashboards": Settings(env, region).dashboards_url,
        "alarms": f"{console}/cloudwatch/home?region={region}"
        f"#dashboards/dashboard/{names.monitoring_dashboard(env)}",
        "deliveries go to": f"s3://{names.bucket(env, 'landing')}/<source>/delivery_date=<day>/",
        "event reports": f"s3://{names.bucket(env, 'event-reports')}/index.html",
    }
    width = max(map(len, found)) + 2
    lines = [f"{what:<{width}}{where}" for what, where in found.items() if where]
    unconfirmed = _unconfirmed(env, account, target)
    if unconfirmed:
        lines.append(f"not confirmed yet, so no alarm reaches them: {', '.join(unconfirmed)}")
    return lines


def _airflow(env: str, target: Target) -> str:
    return _outputs(target, names.stack(env, "mwaa")).get("AirflowUrl", "")


def _api(env: str, target: Target) -> str:
    gateway = target.client("apigateway")
    for page in gateway.get_paginator("get_rest_apis").paginate():
        for api in page["items"]:
            if api["name"] == names.rest_api(env):
                (stage,) = gateway.get_stages(restApiId=api["id"])["item"]
                host = f"{api['id']}.execute-api.{target.region}.amazonaws.com"
                return f"https://{host}/{stage['stageName']}"
    return ""


def _unconfirmed(env: str, account: str, target: Target) -> list[str]:
    """Addresses whose owners have not said yes to SNS's letter."""
    sns = target.client("sns")
    waiting: list[str] = []
    for topic in names.ALARM_TOPICS:
        arn = f"arn:aws:sns:{target.region}:{account}:{names.alarm_topic(env, topic)}"
        try:
            found: dict[str, Any] = sns.list_subscriptions_by_topic(TopicArn=arn)
        except ClientError as error:
            if "NotFound" not in error.response["Error"]["Code"]:
                raise
            continue
        waiting += [
            f"{one['Endpoint']} ({topic})"
            for one in found["Subscriptions"]
            if one["SubscriptionArn"] == "PendingConfirmation"
        ]
    return waiting


def _outputs(target: Target, stack: str) -> dict[str, str]:
    found = described_stack(target, stack) or {}
    return {one["OutputKey"]: one["OutputValue"] for one in found.get("Outputs", [])}
