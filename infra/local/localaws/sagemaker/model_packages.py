"""The model registry: groups of model packages, their versions, and who may be deployed."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from localaws.errors import AwsError, not_implemented
from localaws.sagemaker.constraints import Served, only
from localaws.sagemaker.listing import Listing
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

_SPECIFICATION: Served = {
    "Containers": {
        "ContainerHostname": None,
        "Image": None,
        "ImageDigest": None,
        "ModelDataUrl": None,
        "Environment": None,
        "Framework": None,
        "FrameworkVersion": None,
        "NearestModelName": None,
        "ModelInput": None,
    },
    "SupportedTransformInstanceTypes": None,
    "SupportedRealtimeInferenceInstanceTypes": None,
    "SupportedContentTypes": None,
    "SupportedResponseMIMETypes": None,
}
# What is only written down goes through as it is.
_NOTES = (
    "ModelPackageDescription",
    "MetadataProperties",
    "ModelMetrics",
    "Domain",
    "Task",
    "SamplePayloadUrl",
    "CustomerMetadataProperties",
    "DriftCheckBaselines",
    "SourceUri",
    "SkipModelValidation",
    "ModelLifeCycle",
)
SERVED: Served = {
    "ModelPackageName": None,
    "ModelPackageGroupName": None,
    "InferenceSpecification": _SPECIFICATION,
    "ModelApprovalStatus": None,
    "ClientToken": None,
    "Tags": None,
    **dict.fromkeys(_NOTES),
}
_UPDATE: Served = {
    "ModelPackageArn": None,
    "ModelApprovalStatus": None,
    "ApprovalDescription": None,
    "CustomerMetadataProperties": None,
    "CustomerMetadataPropertiesToRemove": None,
    "InferenceSpecification": _SPECIFICATION,
    "SourceUri": None,
    "ModelLifeCycle": None,
    "ClientToken": None,
}
_PACKAGES = Listing(
    answer="ModelPackageSummaryList",
    shown=(
        "ModelPackageName",
        "ModelPackageGroupName",
        "ModelPackageVersion",
        "ModelPackageArn",
        "ModelPackageDescription",
        "CreationTime",
        "ModelPackageStatus",
        "ModelApprovalStatus",
        "ModelLifeCycle",
    ),
    name="ModelPackageName",
    default_order="Ascending",
)
_BATCH = (*_PACKAGES.shown, "InferenceSpecification")


class ModelPackages:
    """The operations on model packages."""

    def __init__(self, store: SageMakerStore) -> None:
        self._store = store

    def handlers(self) -> dict[str, Handler]:
        return {
            "CreateModelPackage": self.create,
            "DescribeModelPackage": self.describe,
            "BatchDescribeModelPackage": self.batch_describe,
            "UpdateModelPackage": self.update,
            "ListModelPackages": self.list,
            "DeleteModelPackage": self.delete,
        }

    def create(self, request: Document, call: Call) -> Document:
        only("CreateModelPackage", request, SERVED)
        scope = Scope.of(call)
        group = name_in(request.get("ModelPackageGroupName", ""))
        if bool(group) == bool(request.get("ModelPackageName")):
            raise AwsError(
                "ValidationException",
                "Give either ModelPackageName or ModelPackageGroupName.",
            )
        now = time.time()
        package = {key: value for key, value in request.items() if key in _NOTES}
        package |= {
            "InferenceSpecification": request.get("InferenceSpecification") or {"Containers": []},
            "CreationTime": now,
            "LastModifiedTime": now,
            "ModelPackageStatus": "Completed",
            "ModelPackageStatusDetails": {"ValidationStatuses": [], "ImageScanStatuses": []},
        }
        tags = tags_of(request)
        if not group:
            if request.get("ModelApprovalStatus"):
                raise AwsError("ValidationException", "Only versions of a group are approved.")
            return self._add(scope, package, str(request["ModelPackageName"]), tags)
        existing_group(self._store, scope, group)
        # Versions are counted, not reused; the group remembers the last one.
        changed = self._store.change(
            MODEL_PACKAGE_GROUP, scope, group, lambda one: {"Last": one.get("Last", 0) + 1}
        )
        assert changed is not None  # noqa: S101 - it was there a moment ago
        package |= {
            "ModelPackageGroupName": group,
            "ModelPackageVersion": changed["Last"],
            "ModelApprovalStatus": request.get("ModelApprovalStatus", "PendingManualApproval"),
        }
        return self._add(scope, package, f"{group}/{changed['Last']}", tags)

    def describe(self, request: Document, call: Call) -> Document:
        return self._existing(Scope.of(call), request["ModelPackageName"])

    def batch_describe(self, request: Document, call: Call) -> Document:
        found: Document = {}
        errors: Document = {}
        for given in request["ModelPackageArnList"]:
            try:
                package = self._existing(Scope.of(call), given)
            except AwsError as error:
                errors[given] = {"ErrorCode": error.code, "ErrorResponse": error.message}
            else:
                found[given] = {key: package[key] for key in _BATCH if key in package}
        return {
            "ModelPackageSummaries": found,
            "BatchDescribeModelPackageErrorMap": errors,
        }

    def update(self, request: Document, call: Call) -> Document:
        only("UpdateModelPackage", request, _UPDATE)
        scope = Scope.of(call)
        known = self._existing(scope, request["ModelPackageArn"])

        def change(package: Document) -> Document:
            changed = {
                key: request[key]
                for key in (
                    "ModelApprovalStatus",
                    "ApprovalDescription",
                    "InferenceSpecification",
                    "SourceUri",
                    "ModelLifeCycle",
                )
                if key in request
            }
            notes = dict(package.get("CustomerMetadataProperties") or {})
            for key in request.get("CustomerMetadataPropertiesToRemove") or []:
                notes.pop(key, None)
            notes |= request.get("CustomerMetadataProperties") or {}
            return changed | {"CustomerMetadataProperties": notes, "LastModifiedTime": time.time()}

        self._store.change(MODEL_PACKAGE, scope, _key(known), change)
        return {"ModelPackageArn": known["ModelPackageArn"]}

    def list(self, request: Document, call: Call) -> Document:
        """AWS: versions of the group that is asked for; without one, packages in no group."""
        scope = Scope.of(call)
        group = name_in(request.get("ModelPackageGroupName", ""))
        if group:
            existing_group(self._store, scope, group)
        kind = request.get("ModelPackageType") or ("Versioned" if group else "Unversioned")
        status = request.get("ModelApprovalStatus")
        found = [
            one
            for one in self._store.list(MODEL_PACKAGE, scope)
            if kind == "Both" or (kind == "Versioned") == ("ModelPackageVersion" in one)
            if not group or one.get("ModelPackageGroupName") == group
            if status in (None, one.get("ModelApprovalStatus"))
        ]
        return _PACKAGES.of(found, request)

    def delete(self, request: Document, call: Call) -> Document:
        scope = Scope.of(call)
        self._store.delete(
            MODEL_PACKAGE, scope, _key(self._existing(scope, request["ModelPackageName"]))
        )
        return {}

    def deployable(self, scope: Scope, name: str) -> Document:
        """The container of a package that a model may be made of: an approved one."""
        package = self._existing(scope, name)
        if package.get("ModelApprovalStatus", "Approved") != "Approved":
            raise AwsError(
                "ValidationException",
                f"Model package {package['ModelPackageArn']} cannot be deployed: its approval "
                f"status is {package['ModelApprovalStatus']}.",
            )
        containers = package["InferenceSpecification"]["Containers"]
        if len(containers) != 1:
            raise not_implemented("sagemaker", f"CreateModel of {len(containers)} containers")
        return {
            key: containers[0][key]
            for key in ("Image", "ModelDataUrl", "Environment")
            if key in containers[0]
        }

    def _add(self, scope: Scope, package: Document, name: str, tags: dict[str, str]) -> Document:
        package["ModelPackageArn"] = arn(MODEL_PACKAGE, scope, name)
        # A version goes by its ARN, as AWS's answers show it.
        package["ModelPackageName"] = name if "/" not in name else package["ModelPackageArn"]
        if not self._store.add(MODEL_PACKAGE, scope, name, package, tags):
            raise AwsError(
                "ValidationException", f"Model package already exists: {package['ModelPackageArn']}"
            )
        return {"ModelPackageArn": package["ModelPackageArn"]}

    def _existing(self, scope: Scope, name: str) -> Document:
        package = self._store.get(MODEL_PACKAGE, scope, name_in(name))
        if package is None:
            wanted = arn(MODEL_PACKAGE, scope, name_in(name))
            raise AwsError("ValidationException", f"ModelPackage {wanted} does not exist.")
        return package


def _key(package: Document) -> str:
    return name_in(package["ModelPackageArn"])


def existing_group(store: SageMakerStore, scope: Scope, name: str) -> Document:
    """The group, or AWS's error when there is none."""
    group = store.get(MODEL_PACKAGE_GROUP, scope, name)
    if group is None:
        wanted = arn(MODEL_PACKAGE_GROUP, scope, name)
        raise AwsError("ValidationException", f"ModelPackageGroup {wanted} does not exist.")
    return group
