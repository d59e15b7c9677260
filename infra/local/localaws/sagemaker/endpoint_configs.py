"""Endpoint configurations: which models an endpoint serves, on how many servers."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from localaws.errors import AwsError, not_implemented
from localaws.sagemaker.constraints import Served, only
from localaws.sagemaker.listing import Listing
from localaws.sagemaker.models import existing_model
from localaws.sagemaker.state import ENDPOINT_CONFIG, SageMakerStore, arn, tags_of
from localaws.scope import Scope

if TYPE_CHECKING:
    from localaws.operations import Call, Document, Handler

# An instance is a process here; its type and its disk are kept and shown.
SERVED: Served = {
    "EndpointConfigName": None,
    "ProductionVariants": {
        "VariantName": None,
        "ModelName": None,
        "InitialInstanceCount": None,
        "InstanceType": None,
        "InitialVariantWeight": None,
        "VolumeSizeInGB": None,
        "ModelDataDownloadTimeoutInSeconds": None,
        "ContainerStartupHealthCheckTimeoutInSeconds": None,
        "RoutingConfig": {"RoutingStrategy": None},
    },
    "DataCaptureConfig": None,
    "Tags": None,
    "KmsKeyId": None,
    "ExecutionRoleArn": None,
    "VpcConfig": None,
    "EnableNetworkIsolation": None,
}
_LISTING = Listing(
    answer="EndpointConfigs",
    shown=("EndpointConfigName", "EndpointConfigArn", "CreationTime"),
    name="EndpointConfigName",
)


class EndpointConfigs:
    """The operations on endpoint configurations."""

    def __init__(self, store: SageMakerStore) -> None:
        self._store = store

    def handlers(self) -> dict[str, Handler]:
        return {
            "CreateEndpointConfig": self.create,
            "DescribeEndpointConfig": self.describe,
            "ListEndpointConfigs": self.list,
            "DeleteEndpointConfig": self.delete,
        }

    def create(self, request: Document, call: Call) -> Document:
        only("CreateEndpointConfig", request, SERVED)
        scope, name = Scope.of(call), str(request["EndpointConfigName"])
        variants = [self._variant(one, scope) for one in request["ProductionVariants"]]
        names = [one["VariantName"] for one in variants]
        if len(set(names)) < len(names):
            raise AwsError("ValidationException", f"Variant names must be unique: {names}")
        if sum(one["InitialVariantWeight"] for one in variants) <= 0:
            raise AwsError("ValidationException", "At least one variant needs a weight above 0.")
        config = {key: value for key, value in request.items() if key != "Tags"} | {
            "EndpointConfigArn": arn(ENDPOINT_CONFIG, scope, name),
            "ProductionVariants": variants,
            "CreationTime": time.time(),
            "EnableNetworkIsolation": bool(request.get("EnableNetworkIsolation")),
        }
        if not self._store.add(ENDPOINT_CONFIG, scope, name, config, tags_of(request)):
            raise AwsError(
                "ValidationException",
                "Cannot create already existing endpoint configuration "
                f'"{config["EndpointConfigArn"]}".',
            )
        return {"EndpointConfigArn": config["EndpointConfigArn"]}

    def describe(self, request: Document, call: Call) -> Document:
        return existing_config(self._store, Scope.of(call), request["EndpointConfigName"])

    def list(self, request: Document, call: Call) -> Document:
        return _LISTING.of(self._store.list(ENDPOINT_CONFIG, Scope.of(call)), request)

    def delete(self, request: Document, call: Call) -> Document:
        """An endpoint goes on with a configuration that is deleted: it has what it needs."""
        scope, name = Scope.of(call), request["EndpointConfigName"]
        existing_config(self._store, scope, name)
        self._store.delete(ENDPOINT_CONFIG, scope, name)
        return {}

    def _variant(self, given: Document, scope: Scope) -> Document:
        variant: Document = {"InitialInstanceCount": 1, "InitialVariantWeight": 1.0} | given
        if not variant.get("ModelName"):
            raise not_implemented("sagemaker", "CreateEndpointConfig with a variant without model")
        if not variant.get("InstanceType"):
            raise AwsError("ValidationException", "A production variant needs an InstanceType.")
        existing_model(self._store, scope, variant["ModelName"])
        strategy = (variant.get("RoutingConfig") or {}).get("RoutingStrategy", "RANDOM")
        if strategy not in ("RANDOM", "LEAST_OUTSTANDING_REQUESTS"):
            raise not_implemented("sagemaker", f"CreateEndpointConfig with {strategy} routing")
        return variant


def existing_config(store: SageMakerStore, scope: Scope, name: str) -> Document:
    """The configuration, or AWS's error when there is none."""
    config = store.get(ENDPOINT_CONFIG, scope, name)
    if config is None:
        raise AwsError(
            "ValidationException",
            f'Could not find endpoint configuration "{arn(ENDPOINT_CONFIG, scope, name)}".',
        )
    return config
