"""CloudWatch's alarms, SNS's subscriptions and Budgets' budgets, made by their own operations."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from localaws.cloudformation.providers import Completed
from localaws.cloudformation.requests import as_request
from localaws.cloudformation.services import ResourceError, Services, Tags, only, tags_of

if TYPE_CHECKING:
    from localaws.cloudformation.providers import Complete, NameResource
    from localaws.ministack_cloudformation_seam import CloudFormation, Made, Properties

TOPIC = "AWS::SNS::Topic"
ALARM = "AWS::CloudWatch::Alarm"
COMPOSITE_ALARM = "AWS::CloudWatch::CompositeAlarm"
SUBSCRIPTION = "AWS::SNS::Subscription"
BUDGET = "AWS::Budgets::Budget"
_NOT_FOUND = ("ResourceNotFound", "ResourceNotFoundException", "NotFoundException", "NotFound")
_KEY = "KmsMasterKeyId"
_SUBSCRIPTION_ATTRIBUTES = (
    *("DeliveryPolicy", "FilterPolicy", "FilterPolicyScope", "RawMessageDelivery"),
    *("RedrivePolicy", "SubscriptionRoleArn"),
)


def serve_monitoring(engine: CloudFormation, services: Services) -> None:
    """Make these types from now on."""
    for resource_type, operation in (
        (ALARM, "PutMetricAlarm"),
        (COMPOSITE_ALARM, "PutCompositeAlarm"),
    ):
        engine.serve(
            resource_type,
            Alarms(services, operation, engine.generated_name),
            replaced_with=("AlarmName",),
            blocking=True,
        )
    engine.serve(
        TOPIC,
        Completed(engine.provider(TOPIC), topic_completion(services), own_subscriptions),
        replaced_with=("TopicName", "FifoTopic"),
        blocking=True,
    )
    engine.serve(
        SUBSCRIPTION,
        Subscriptions(services),
        replaced_with=("Endpoint", "Protocol", "TopicArn"),
        blocking=True,
    )
    engine.serve(BUDGET, Budgets(services, engine.generated_name), replaced_with=(), blocking=True)


def own_subscriptions(properties: Properties) -> None:
    """Those of HTTP are asked first, which a topic's own list does not do here."""
    for one in properties.get("Subscription") or ():
        if one.get("Protocol") in ("http", "https"):
            raise ResourceError(f"{TOPIC}: use {SUBSCRIPTION} for {one['Protocol']}")


def topic_completion(services: Services) -> Complete:
    """Adds the key that messages are encrypted with."""

    def complete(topic: str, old: Properties, new: Properties) -> None:
        key, before = new.get(_KEY), old.get(_KEY)
        if key != before:
            change = {"TopicArn": topic, "AttributeName": _KEY, "AttributeValue": key or ""}
            services("sns", "SetTopicAttributes", change)

    return complete


class Alarms:
    """Ref gives the alarm's name; metric alarms and composite ones differ in one operation."""

    def __init__(self, services: Services, operation: str, name_resource: NameResource) -> None:
        self._services = services
        self._operation = operation
        self._name_resource = name_resource

    def create(self, logical_id: str, properties: Properties, stack_name: str) -> Made:
        name = properties.get("AlarmName") or self._name_resource(stack_name, logical_id)
        return self._put(str(name), properties)

    def update(
        self, physical_id: str, old: Properties, new: Properties, stack_name: str, logical_id: str
    ) -> Made:
        made = self._put(physical_id, new)
        before, after = _own_tags(old), _own_tags(new)
        if before != after:
            arn = made[1]["Arn"]
            removed = {"ResourceARN": arn, "TagKeys": sorted(before.keys() - after.keys())}
            if removed["TagKeys"]:
                self._services("cloudwatch", "UntagResource", removed)
            if given := [{"Key": key, "Value": value} for key, value in after.items()]:
                self._services("cloudwatch", "TagResource", {"ResourceARN": arn, "Tags": given})
        return made

    def delete(self, physical_id: str, properties: Properties) -> None:
        request = {"AlarmNames": [physical_id]}
        self._services.call_unless_gone("cloudwatch", "DeleteAlarms", request, _NOT_FOUND)

    def _put(self, name: str, properties: Properties) -> Made:
        request = as_request("cloudwatch", self._operation, properties) | {"AlarmName": name}
        if "Tags" in request:
            own = _own_tags(properties)
            request["Tags"] = [{"Key": key, "Value": value} for key, value in own.items()]
        self._services("cloudwatch", self._operation, request)
        return name, {"Arn": self._services.arn("cloudwatch", f"alarm:{name}")}


class Subscriptions:
    """Ref gives the subscription's ARN, whether or not it is confirmed."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def create(self, logical_id: str, properties: Properties, stack_name: str) -> Made:
        only(
            SUBSCRIPTION,
            properties,
            frozenset({"Endpoint", "Protocol", "TopicArn", *_SUBSCRIPTION_ATTRIBUTES}),
        )
        request = as_request("sns", "Subscribe", properties)
        answer = self._services(
            "sns",
            "Subscribe",
            request | {"Attributes": _attributes(properties), "ReturnSubscriptionArn": True},
        )
        arn = str(answer["SubscriptionArn"])
        return arn, {"Arn": arn}

    def update(
        self, physical_id: str, old: Properties, new: Properties, stack_name: str, logical_id: str
    ) -> Made:
        identity = ("Endpoint", "Protocol", "TopicArn")
        if any(old.get(key) != new.get(key) for key in identity):
            return self.create(logical_id, new, stack_name)
        before, after = _attributes(old), _attributes(new)
        for name in sorted(before.keys() | after.keys()):
            if before.get(name) != after.get(name):
                change = {"SubscriptionArn": physical_id, "AttributeName": name}
                value = after.get(name, _default(name))
                self._services(
                    "sns", "SetSubscriptionAttributes", change | {"AttributeValue": value}
                )
        return physical_id, {"Arn": physical_id}

    def delete(self, physical_id: str, properties: Properties) -> None:
        request = {"SubscriptionArn": physical_id}
        self._services.call_unless_gone("sns", "Unsubscribe", request, _NOT_FOUND)


class Budgets:
    """Ref gives the budget's name. Nothing costs anything here: the spend of a budget stays 0."""

    def __init__(self, services: Services, name_resource: NameResource) -> None:
        self._services = services
        self._name_resource = name_resource

    def create(self, logical_id: str, properties: Properties, stack_name: str) -> Made:
        only(
            BUDGET,
            properties,
            frozenset({"Budget", "NotificationsWithSubscribers", "ResourceTags"}),
        )
        name = _budget_name(properties) or self._name_resource(stack_name, logical_id)
        self._make(name, properties)
        return name, {}

    def update(
        self, physical_id: str, old: Properties, new: Properties, stack_name: str, logical_id: str
    ) -> Made:
        name = _budget_name(new) or physical_id
        if name == physical_id:
            # AWS replaces a budget whose notifications change; it has no history to lose here.
            self.delete(physical_id, old)
        self._make(name, new)
        return name, {}

    def delete(self, physical_id: str, properties: Properties) -> None:
        request = {"AccountId": self._services.account(), "BudgetName": physical_id}
        self._services.call_unless_gone("budgets", "DeleteBudget", request, _NOT_FOUND)

    def _make(self, name: str, properties: Properties) -> None:
        request = as_request("budgets", "CreateBudget", properties)
        request["Budget"] = {**request["Budget"], "BudgetName": name}
        self._services("budgets", "CreateBudget", request | {"AccountId": self._services.account()})


def _own_tags(properties: Properties) -> Tags:
    """Those of the template: CloudFormation's own are refused by the public operations."""
    tags = tags_of(properties.get("Tags"))
    return {key: value for key, value in tags.items() if not key.lower().startswith("aws:")}


def _budget_name(properties: Properties) -> str:
    return str((properties.get("Budget") or {}).get("BudgetName") or "")


def _attributes(properties: Properties) -> dict[str, str]:
    """Subscription attributes as Subscribe takes them: documents and truth as text."""
    return {
        name: _as_text(properties[name]) for name in _SUBSCRIPTION_ATTRIBUTES if name in properties
    }


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, str) else json.dumps(value)


def _default(attribute: str) -> str:
    """What an attribute is when nothing is said of it."""
    return {"RawMessageDelivery": "false", "FilterPolicyScope": "MessageAttributes"}.get(
        attribute, ""
    )
