"""Where the things of an environment are, once they are there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from deploy import described_stack
from rlm import names
from rlm.settings import Settings

if TYPE_CHECKING:
    from deploy import Target

# Of each partition the hosts of its services, and of its console.
_HOSTS: Final = {
    "aws": ("amazonaws.com", "console.aws.amazon.com"),
    "aws-cn": ("amazonaws.com.cn", "console.amazonaws.cn"),
    "aws-us-gov": ("amazonaws.com", "console.amazonaws-us-gov.com"),
}
_UNCONFIRMED: Final = "PendingConfirmation"
# A subscription that ended is listed for a while.
_ENDED: Final = "Deleted"


def whereabouts(env: str, account: str, target: Target) -> list[str]:
    """A line a thing; what is not deployed is left out, and what waits for people is said."""
    region, partition = target.region, _partition(target)
    services, console = (f"{region}.{host}" for host in _HOSTS.get(partition, _HOSTS["aws"]))
    found = {
        "environment": f"{env}, account {account}, {region}",
        "Airflow": _airflow(env, target),
        "API": _api(env, target, services),
        "API keys": f"https://{console}/apigateway/main/api-keys?region={region}",
        "dashboards": Settings(env, region).dashboards_url,
        "alarms": f"https://{console}/cloudwatch/home?region={region}"
        f"#dashboards/dashboard/{names.monitoring_dashboard(env)}",
        "deliveries go to": f"s3://{names.bucket(env, 'landing')}/<source>/delivery_date=<day>/",
        "event reports": f"s3://{names.bucket(env, 'event-reports')}/index.html",
    }
    width = max(map(len, found)) + 2
    lines = [f"{what:<{width}}{where}" for what, where in found.items() if where]
    return [*lines, *_unheard(env, f"arn:{partition}:sns:{region}:{account}", target)]


def _unheard(env: str, topics: str, target: Target) -> list[str]:
    """What people have to do before alarms reach them; `topics` is what the ARNs begin with."""
    lines, unconfirmed = [], []
    for severity in names.ALARM_TOPICS:
        topic = names.alarm_topic(env, severity)
        listening = _subscriptions(target, f"{topics}:{topic}")
        if listening == []:
            lines.append(
                f"nobody hears of {topic}: set {severity}_emails of {env} in"
                " infra/aws/environments.py, and deploy again"
            )
        unconfirmed += [
            f"{one['Endpoint']} ({severity})"
            for one in listening or ()
            if one["SubscriptionArn"] == _UNCONFIRMED
        ]
    if unconfirmed:
        lines.append(f"not confirmed yet, so no alarm reaches them: {', '.join(unconfirmed)}")
    return lines


def _partition(target: Target) -> str:
    """`aws`, but for AWS's own worlds in China and of governments."""
    return str(target.client("sts").get_caller_identity()["Arn"]).split(":")[1]


def _airflow(env: str, target: Target) -> str:
    return _outputs(target, names.stack(env, "mwaa")).get("AirflowUrl", "")


def _api(env: str, target: Target, services: str) -> str:
    for page in target.client("apigateway").get_paginator("get_rest_apis").paginate():
        for api in page["items"]:
            if api["name"] == names.rest_api(env):
                return f"https://{api['id']}.execute-api.{services}/{names.API_STAGE}"
    return ""


def _subscriptions(target: Target, topic_arn: str) -> list[dict[str, Any]] | None:
    """Who hears of a topic, or will when they said yes to SNS's letter; None without a topic."""
    pages = target.client("sns").get_paginator("list_subscriptions_by_topic")
    try:
        return [
            one
            for page in pages.paginate(TopicArn=topic_arn)
            for one in page["Subscriptions"]
            if one["SubscriptionArn"] != _ENDED
        ]
    except ClientError as error:
        if "NotFound" not in error.response["Error"]["Code"]:
            raise
        return None


def _outputs(target: Target, stack: str) -> dict[str, str]:
    found = described_stack(target, stack) or {}
    return {one["OutputKey"]: one["OutputValue"] for one in found.get("Outputs", [])}
