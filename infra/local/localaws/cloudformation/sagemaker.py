"""SageMaker's resource types, by the same operations that API callers use.

Ref gives a resource's ARN, Fn::GetAtt its name. What an update cannot change makes another
resource, as on AWS; an endpoint is the one that changes in place, and stacks wait for it.
"""

from __future__ import annotations

import time
import uuid
from typing import TYPE_CHECKING, Any

from localaws.cloudformation.requests import as_request
from localaws.cloudformation.sagemaker_kinds import (
    ENDPOINT_CONFIGS,
    ENDPOINTS,
    LIFECYCLE_CONFIGS,
    MODEL_PACKAGE_GROUPS,
    MODELS,
    NOTEBOOK_INSTANCES,
    Kind,
)
from localaws.cloudformation.services import ResourceError, Services, Tags, only, tags_of
from localaws.errors import AwsError

if TYPE_CHECKING:
    from localaws.ministack_cloudformation_seam import CloudFormation, Made, Properties

_SERVICE = "sagemaker"
_POLL_SECONDS = 0.1
# As long as CloudFormation waits for an endpoint.
_WAIT_SECONDS = 3_600.0


def serve_sagemaker(engine: CloudFormation, services: Services) -> None:
    """Let CloudFormation make SageMaker's types."""
    for kind in (MODELS, ENDPOINT_CONFIGS, MODEL_PACKAGE_GROUPS):
        engine.serve(
            kind.type, Fixed(kind, services), replaced_with=kind.replaced_with, blocking=True
        )
    engine.serve(
        ENDPOINTS.type,
        Endpoints(ENDPOINTS, services),
        replaced_with=ENDPOINTS.replaced_with,
        blocking=True,
    )
    engine.serve(
        NOTEBOOK_INSTANCES.type,
        NotebookInstances(NOTEBOOK_INSTANCES, services),
        replaced_with=NOTEBOOK_INSTANCES.replaced_with,
        blocking=True,
    )
    engine.serve(
        LIFECYCLE_CONFIGS.type,
        LifecycleConfigs(LIFECYCLE_CONFIGS, services),
        replaced_with=LIFECYCLE_CONFIGS.replaced_with,
        blocking=True,
    )


class Fixed:
    """A resource of which only tags can change."""

    def __init__(self, kind: Kind, services: Services) -> None:
        self._kind = kind
        self._services = services

    def create(self, logical_id: str, properties: Properties, stack_name: str) -> Made:
        kind = self._kind
        only(kind.type, properties, kind.properties)
        name = properties.get(kind.name) or generated_name(logical_id)
        request = as_request(_SERVICE, f"Create{kind.noun}", dict(properties.items()))
        request |= {kind.name: name}
        request.pop("Tags", None)
        if tags := tags_of(properties.get("Tags")):
            request["Tags"] = _tag_list(tags)
        made = self._services(_SERVICE, f"Create{kind.noun}", request)
        return self._made(made[kind.arn], name)

    def update(
        self,
        physical_id: str,
        old: Properties,
        new: Properties,
        stack_name: str,
        logical_id: str,
    ) -> Made:
        if any(old.get(name) != new.get(name) for name in self._kind.replaced_with):
            # The stack deletes the old one when all else is updated.
            return self.create(logical_id, new, stack_name)
        only(self._kind.type, new, self._kind.properties)
        before, after = tags_of(old.get("Tags")), tags_of(new.get("Tags"))
        if removed := sorted(before.keys() - after.keys()):
            self._services(_SERVICE, "DeleteTags", {"ResourceArn": physical_id, "TagKeys": removed})
        if after and before != after:
            request = {"ResourceArn": physical_id, "Tags": _tag_list(after)}
            self._services(_SERVICE, "AddTags", request)
        return self._made(physical_id, name_of(physical_id))

    def delete(self, physical_id: str, properties: Properties) -> None:
        """What is gone already is no error."""
        if self._described(physical_id) is not None:
            named = {self._kind.name: name_of(physical_id)}
            self._services(_SERVICE, f"Delete{self._kind.noun}", named)

    def _described(self, physical_id: str) -> dict[str, Any] | None:
        """What the service says of the resource; None when there is none."""
        named = {self._kind.name: name_of(physical_id)}
        try:
            return self._services(_SERVICE, f"Describe{self._kind.noun}", named)
        except AwsError as error:
            if error.code in ("ValidationException", "ResourceNotFound"):
                return None
            raise

    def _made(self, arn: str, name: str) -> Made:
        kind = self._kind
        return arn, {kind.name: name, kind.arn: arn, "Arn": arn, "Id": arn}


class Endpoints(Fixed):
    """AWS::SageMaker::Endpoint: there when it serves, and changed by UpdateEndpoint."""

    def create(self, logical_id: str, properties: Properties, stack_name: str) -> Made:
        made = super().create(logical_id, properties, stack_name)
        try:
            self._wait(made[0])
        except ResourceError:
            self.delete(made[0], properties)
            raise
        return made

    def update(
        self,
        physical_id: str,
        old: Properties,
        new: Properties,
        stack_name: str,
        logical_id: str,
    ) -> Made:
        made = super().update(physical_id, old, new, stack_name, logical_id)
        if made[0] == physical_id and {**old, "Tags": 0} != {**new, "Tags": 0}:
            request = as_request(_SERVICE, "UpdateEndpoint", new)
            request[self._kind.name] = name_of(physical_id)
            self._services(_SERVICE, "UpdateEndpoint", request)
            self._wait(physical_id, new["EndpointConfigName"])
        return made

    def delete(self, physical_id: str, properties: Properties) -> None:
        super().delete(physical_id, properties)
        give_up = time.monotonic() + _WAIT_SECONDS
        while self._described(physical_id) is not None and time.monotonic() < give_up:
            time.sleep(_POLL_SECONDS)

    def _wait(self, physical_id: str, config_name: str = "") -> None:
        give_up = time.monotonic() + _WAIT_SECONDS
        while time.monotonic() < give_up:
            found = self._described(physical_id)
            if found is None:
                raise ResourceError("The endpoint was deleted while the stack waited for it.")
            status = found["EndpointStatus"]
            if status == "InService" and config_name in ("", found["EndpointConfigName"]):
                return
            if status in ("Failed", "InService"):
                raise ResourceError(found.get("FailureReason") or f"The endpoint is {status}.")
            time.sleep(_POLL_SECONDS)
        raise ResourceError("The endpoint did not come into service.")


class LifecycleConfigs(Fixed):
    """AWS::SageMaker::NotebookInstanceLifecycleConfig: its scripts can change."""

    def update(
        self,
        physical_id: str,
        old: Properties,
        new: Properties,
        stack_name: str,
        logical_id: str,
    ) -> Made:
        made = super().update(physical_id, old, new, stack_name, logical_id)
        if made[0] == physical_id:
            hooks = {name: new.get(name) or [] for name in ("OnCreate", "OnStart")}
            request = {self._kind.name: name_of(physical_id), **hooks}
            self._services(_SERVICE, "UpdateNotebookInstanceLifecycleConfig", request)
        return made


class NotebookInstances(Fixed):
    """AWS::SageMaker::NotebookInstance: stopped to be changed or deleted, as on AWS."""

    def create(self, logical_id: str, properties: Properties, stack_name: str) -> Made:
        made = super().create(logical_id, properties, stack_name)
        try:
            self._wait(made[0], "InService")
        except ResourceError:
            self.delete(made[0], properties)
            raise
        return made

    def update(
        self,
        physical_id: str,
        old: Properties,
        new: Properties,
        stack_name: str,
        logical_id: str,
    ) -> Made:
        made = super().update(physical_id, old, new, stack_name, logical_id)
        if made[0] == physical_id and {**old, "Tags": 0} != {**new, "Tags": 0}:
            self._stop(physical_id)
            request = as_request(_SERVICE, "UpdateNotebookInstance", new)
            request[self._kind.name] = name_of(physical_id)
            if not request.get("LifecycleConfigName"):
                request["DisassociateLifecycleConfig"] = True
            self._services(_SERVICE, "UpdateNotebookInstance", request)
            named = {self._kind.name: name_of(physical_id)}
            self._services(_SERVICE, "StartNotebookInstance", named)
            self._wait(physical_id, "InService")
        return made

    def delete(self, physical_id: str, properties: Properties) -> None:
        if self._described(physical_id) is not None:
            self._stop(physical_id)
        super().delete(physical_id, properties)

    def _stop(self, physical_id: str) -> None:
        found = self._described(physical_id) or {}
        if found.get("NotebookInstanceStatus") == "InService":
            named = {self._kind.name: name_of(physical_id)}
            self._services(_SERVICE, "StopNotebookInstance", named)
            self._wait(physical_id, "Stopped")

    def _wait(self, physical_id: str, wanted: str) -> None:
        give_up = time.monotonic() + _WAIT_SECONDS
        while time.monotonic() < give_up:
            found = self._described(physical_id) or {}
            status = found.get("NotebookInstanceStatus")
            if status == wanted:
                return
            if status in (None, "Failed"):
                raise ResourceError(found.get("FailureReason") or f"The instance is {status}.")
            time.sleep(_POLL_SECONDS)
        raise ResourceError(f"The notebook instance did not become {wanted}.")


def generated_name(logical_id: str) -> str:
    """`<logical id>-<random>`, within the 63 characters that SageMaker's names have."""
    return f"{logical_id[:50]}-{uuid.uuid4().hex[:12]}"


def name_of(arn: str) -> str:
    return arn.partition("/")[2]


def _tag_list(tags: Tags) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in sorted(tags.items())]
