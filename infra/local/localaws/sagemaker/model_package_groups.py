"""Groups of model packages: one a model, its versions inside."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from localaws.errors import AwsError
from localaws.sagemaker.listing import Listing
from localaws.sagemaker.model_packages import existing_group
from localaws.sagemaker.state import (
    MODEL_PACKAGE,
    MODEL_PACKAGE_GROUP,
    SageMakerStore,
    arn,
    name_in,
    tags_of,
)
from localaws.scope import Scope

if TYPE_CHECKING:
    from localaws.operations import Call, Document, Handler

_LISTING = Listing(
    answer="ModelPackageGroupSummaryList",
    shown=(
        "ModelPackageGroupName",
        "ModelPackageGroupArn",
        "ModelPackageGroupDescription",
        "CreationTime",
        "ModelPackageGroupStatus",
    ),
    name="ModelPackageGroupName",
    default_order="Ascending",
)


class ModelPackageGroups:
    """The operations on model package groups."""

    def __init__(self, store: SageMakerStore) -> None:
        self._store = store

    def handlers(self) -> dict[str, Handler]:
        return {
            "CreateModelPackageGroup": self.create,
            "DescribeModelPackageGroup": self.describe,
            "ListModelPackageGroups": self.list,
            "DeleteModelPackageGroup": self.delete,
        }

    def create(self, request: Document, call: Call) -> Document:
        scope, name = Scope.of(call), str(request["ModelPackageGroupName"])
        group: Document = {
            "ModelPackageGroupName": name,
            "ModelPackageGroupArn": arn(MODEL_PACKAGE_GROUP, scope, name),
            "CreationTime": time.time(),
            "ModelPackageGroupStatus": "Completed",
        }
        if request.get("ModelPackageGroupDescription"):
            group["ModelPackageGroupDescription"] = request["ModelPackageGroupDescription"]
        if not self._store.add(MODEL_PACKAGE_GROUP, scope, name, group, tags_of(request)):
            raise AwsError(
                "ValidationException",
                f"Model Package Group already exists: {group['ModelPackageGroupArn']}",
            )
        return {"ModelPackageGroupArn": group["ModelPackageGroupArn"]}

    def describe(self, request: Document, call: Call) -> Document:
        name = name_in(request["ModelPackageGroupName"])
        group = existing_group(self._store, Scope.of(call), name)
        return {key: value for key, value in group.items() if key != "Last"}

    def list(self, request: Document, call: Call) -> Document:
        return _LISTING.of(self._store.list(MODEL_PACKAGE_GROUP, Scope.of(call)), request)

    def delete(self, request: Document, call: Call) -> Document:
        """AWS: only an empty group goes."""
        scope, name = Scope.of(call), name_in(request["ModelPackageGroupName"])
        existing_group(self._store, scope, name)
        packages = self._store.list(MODEL_PACKAGE, scope)
        if any(one.get("ModelPackageGroupName") == name for one in packages):
            raise AwsError(
                "ConflictException",
                f"Model Package Group {name} cannot be deleted: it has model packages.",
            )
        self._store.delete(MODEL_PACKAGE_GROUP, scope, name)
        return {}
