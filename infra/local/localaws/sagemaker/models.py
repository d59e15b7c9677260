"""Models: a container and the data that it serves. Nothing runs until an endpoint does."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from localaws.errors import AwsError, not_implemented
from localaws.sagemaker.constraints import Served, only
from localaws.sagemaker.listing import Listing
from localaws.sagemaker.state import MODEL, SageMakerStore, arn, tags_of
from localaws.scope import Scope

if TYPE_CHECKING:
    from localaws.operations import Call, Document, Handler
    from localaws.sagemaker.images import Images
    from localaws.sagemaker.model_packages import ModelPackages

_CONTAINER: Served = {
    "ContainerHostname": None,
    "Image": None,
    "Mode": None,
    "ModelDataUrl": None,
    "ModelDataSource": {
        "S3DataSource": {
            "S3Uri": None,
            "S3DataType": None,
            "CompressionType": None,
            "ModelAccessConfig": None,
            "ETag": None,
        }
    },
    "Environment": None,
    "ModelPackageName": None,
}
SERVED: Served = {
    "ModelName": None,
    "PrimaryContainer": _CONTAINER,
    "Containers": _CONTAINER,
    "ExecutionRoleArn": None,
    "Tags": None,
    "VpcConfig": None,
    "EnableNetworkIsolation": None,
}
_LISTING = Listing(
    answer="Models", shown=("ModelName", "ModelArn", "CreationTime"), name="ModelName"
)


class Models:
    """The operations on models."""

    def __init__(self, store: SageMakerStore, images: Images, packages: ModelPackages) -> None:
        self._store = store
        self._images = images
        self._packages = packages

    def handlers(self) -> dict[str, Handler]:
        return {
            "CreateModel": self.create,
            "DescribeModel": self.describe,
            "ListModels": self.list,
            "DeleteModel": self.delete,
        }

    def create(self, request: Document, call: Call) -> Document:
        only("CreateModel", request, SERVED)
        scope, name = Scope.of(call), str(request["ModelName"])
        containers = request.get("Containers") or [request.get("PrimaryContainer") or {}]
        if len(containers) > 1:
            raise not_implemented("sagemaker", "CreateModel with a pipeline of containers")
        resolved = self._resolved(containers[0], scope)
        if not resolved.get("Image"):
            raise AwsError("ValidationException", "A model needs an image or a model package.")
        self._images.check(resolved["Image"])
        for uri in filter(None, (resolved.get("ModelDataUrl"), _source_uri(resolved))):
            if not uri.startswith("s3://"):
                raise AwsError("ValidationException", f"{uri} must be an s3:// address.")
        model = {key: value for key, value in request.items() if key != "Tags"} | {
            "ModelArn": arn(MODEL, scope, name),
            "CreationTime": time.time(),
            "EnableNetworkIsolation": bool(request.get("EnableNetworkIsolation")),
            # What a server is started with; callers see what they gave.
            "Resolved": resolved,
        }
        if not self._store.add(MODEL, scope, name, model, tags_of(request)):
            raise AwsError(
                "ValidationException",
                f'Cannot create already existing model "{model["ModelArn"]}".',
            )
        return {"ModelArn": model["ModelArn"]}

    def describe(self, request: Document, call: Call) -> Document:
        model = existing_model(self._store, Scope.of(call), request["ModelName"])
        return {key: value for key, value in model.items() if key != "Resolved"}

    def list(self, request: Document, call: Call) -> Document:
        return _LISTING.of(self._store.list(MODEL, Scope.of(call)), request)

    def delete(self, request: Document, call: Call) -> Document:
        """An endpoint goes on serving a deleted model: it has what it needs."""
        scope, name = Scope.of(call), request["ModelName"]
        existing_model(self._store, scope, name)
        self._store.delete(MODEL, scope, name)
        return {}

    def _resolved(self, container: Document, scope: Scope) -> Document:
        """The container with image and data, which a model package may name for it."""
        mode = container.get("Mode", "SingleModel")
        if mode != "SingleModel":
            raise not_implemented("sagemaker", f"CreateModel with Mode {mode}")
        package = container.get("ModelPackageName")
        if not package:
            return container
        if container.get("Image") or container.get("ModelDataUrl"):
            raise AwsError(
                "ValidationException", "Give either a model package or an image and its data."
            )
        packaged = self._packages.deployable(scope, package)
        variables = (packaged.get("Environment") or {}) | (container.get("Environment") or {})
        return container | packaged | {"Environment": variables}


def existing_model(store: SageMakerStore, scope: Scope, name: str) -> Document:
    """The model, or AWS's error when there is none."""
    model = store.get(MODEL, scope, name)
    if model is None:
        raise AwsError("ValidationException", f'Could not find model "{arn(MODEL, scope, name)}".')
    return model


def _source_uri(container: Document) -> str:
    source = (container.get("ModelDataSource") or {}).get("S3DataSource") or {}
    return str(source.get("S3Uri", ""))
