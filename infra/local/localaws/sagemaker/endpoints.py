"""Endpoints: what callers ask for and see. `hosting` runs them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from localaws.errors import AwsError
from localaws.sagemaker import rollout
from localaws.sagemaker.constraints import Served, only
from localaws.sagemaker.endpoint_configs import existing_config
from localaws.sagemaker.listing import Listing
from localaws.sagemaker.models import existing_model
from localaws.sagemaker.state import ENDPOINT, SageMakerStore, arn, tags_of
from localaws.scope import Scope

if TYPE_CHECKING:
    from localaws.host import InProcessCall
    from localaws.operations import Call, Document, Handler
    from localaws.sagemaker.hosting import Hosting

_DEPLOYMENT: Served = {
    "BlueGreenUpdatePolicy": None,
    "RollingUpdatePolicy": None,
    "AutoRollbackConfiguration": None,
}
_CREATE: Served = {
    "EndpointName": None,
    "EndpointConfigName": None,
    "DeploymentConfig": _DEPLOYMENT,
    "Tags": None,
}
_WEIGHTS: Served = {
    "EndpointName": None,
    "DesiredWeightsAndCapacities": {
        "VariantName": None,
        "DesiredWeight": None,
        "DesiredInstanceCount": None,
    },
}
_LISTING = Listing(
    answer="Endpoints",
    shown=("EndpointName", "EndpointArn", "CreationTime", "LastModifiedTime", "EndpointStatus"),
    name="EndpointName",
    status="EndpointStatus",
)
_SHOWN = (
    "EndpointName",
    "EndpointArn",
    "EndpointConfigName",
    "EndpointStatus",
    "CreationTime",
    "LastModifiedTime",
    "LastDeploymentConfig",
    "FailureReason",
)


class Endpoints:
    """The operations on endpoints."""

    def __init__(self, store: SageMakerStore, hosting: Hosting, call: InProcessCall) -> None:
        self._store = store
        self._hosting = hosting
        self._call = call

    def handlers(self) -> dict[str, Handler]:
        return {
            "CreateEndpoint": self.create,
            "DescribeEndpoint": self.describe,
            "ListEndpoints": self.list,
            "UpdateEndpoint": self.update,
            "UpdateEndpointWeightsAndCapacities": self.update_weights,
            "DeleteEndpoint": self.delete,
        }

    def create(self, request: Document, call: Call) -> Document:
        only("CreateEndpoint", request, _CREATE)
        scope, name = Scope.of(call), str(request["EndpointName"])
        snapshot = self._snapshot(scope, request["EndpointConfigName"])
        deployment = self._deployment(scope, request.get("DeploymentConfig"), snapshot)
        now = time.time()
        endpoint: Document = {
            "EndpointName": name,
            "EndpointArn": arn(ENDPOINT, scope, name),
            "EndpointConfigName": request["EndpointConfigName"],
            "EndpointStatus": "Creating",
            "CreationTime": now,
            "LastModifiedTime": now,
            "FailureReason": "",
            "Deployed": None,
            "Pending": {"Snapshot": snapshot, "DeploymentConfig": deployment, "StartTime": now},
        }
        if deployment:
            endpoint["LastDeploymentConfig"] = deployment
        if not self._store.add(ENDPOINT, scope, name, endpoint, tags_of(request)):
            raise AwsError(
                "ValidationException",
                f'Cannot create already existing endpoint "{endpoint["EndpointArn"]}".',
            )
        self._hosting.create(scope, name)
        return {"EndpointArn": endpoint["EndpointArn"]}

    def describe(self, request: Document, call: Call) -> Document:
        scope = Scope.of(call)
        endpoint = self._existing(scope, request["EndpointName"])
        shown = {key: endpoint[key] for key in _SHOWN if endpoint.get(key)}
        traffic = self._hosting.traffic(scope, endpoint["EndpointName"])
        deployed, pending = endpoint["Deployed"], endpoint["Pending"]
        if deployed is not None:
            shown["ProductionVariants"] = _variants(deployed, traffic.blue if traffic else None)
            if capture := deployed.get("DataCaptureConfig"):
                shown["DataCaptureConfig"] = _capture(capture)
        if pending and deployed is not None:
            green = _variants(pending["Snapshot"], traffic.green if traffic else None)
            if stage := pending.get("Stage"):
                status = {"Status": stage, "StartTime": pending["StageAt"]}
                green = [one | {"VariantStatus": [status]} for one in green]
            shown["PendingDeploymentSummary"] = {
                "EndpointConfigName": pending["Snapshot"]["EndpointConfigName"],
                "ProductionVariants": green,
                "StartTime": pending["StartTime"],
            }
        return shown

    def list(self, request: Document, call: Call) -> Document:
        return _LISTING.of(self._store.list(ENDPOINT, Scope.of(call)), request)

    def update(self, request: Document, call: Call) -> Document:
        scope, name = Scope.of(call), str(request["EndpointName"])
        known = self._existing(scope, name)
        snapshot = self._snapshot(scope, request["EndpointConfigName"])
        given = request.get("DeploymentConfig")
        if given is None and request.get("RetainDeploymentConfig"):
            given = known.get("LastDeploymentConfig")
        deployment = self._deployment(scope, given, snapshot)
        if request.get("RetainAllVariantProperties"):
            kinds = [one["VariantPropertyType"] for one in _excluded(request)]
            _retain(known["Deployed"], snapshot, excluded=kinds)

        def begin(endpoint: Document) -> Document:
            _refuse_unless_settled(endpoint)
            now = time.time()
            pending = {"Snapshot": snapshot, "DeploymentConfig": deployment, "StartTime": now}
            return {
                "EndpointStatus": "Updating",
                "LastModifiedTime": now,
                "FailureReason": "",
                "Pending": pending,
            }

        self._store.change(ENDPOINT, scope, name, begin)
        self._hosting.update(scope, name)
        return {"EndpointArn": known["EndpointArn"]}

    def update_weights(self, request: Document, call: Call) -> Document:
        only("UpdateEndpointWeightsAndCapacities", request, _WEIGHTS)
        scope, name = Scope.of(call), str(request["EndpointName"])
        known = self._existing(scope, name)
        desired = {one["VariantName"]: one for one in request["DesiredWeightsAndCapacities"]}

        def begin(endpoint: Document) -> Document:
            _refuse_unless_settled(endpoint)
            snapshot = endpoint["Deployed"]
            names = [one["VariantName"] for one in snapshot["ProductionVariants"]]
            if unknown := sorted(desired.keys() - set(names)):
                raise AwsError(
                    "ValidationException",
                    f"The endpoint has no variant {', '.join(unknown)}; it has {', '.join(names)}.",
                )
            variants = [
                one | desired.get(one["VariantName"], {}) for one in snapshot["ProductionVariants"]
            ]
            if any(one["DesiredInstanceCount"] < 1 for one in variants):
                raise AwsError("ValidationException", "A variant needs at least one instance.")
            if sum(one["DesiredWeight"] for one in variants) <= 0:
                raise AwsError("ValidationException", "At least one variant needs a weight.")
            return {
                "EndpointStatus": "Updating",
                "LastModifiedTime": time.time(),
                "Deployed": snapshot | {"ProductionVariants": variants},
            }

        self._store.change(ENDPOINT, scope, name, begin)
        self._hosting.rescale(scope, name)
        return {"EndpointArn": known["EndpointArn"]}

    def delete(self, request: Document, call: Call) -> Document:
        scope, name = Scope.of(call), str(request["EndpointName"])
        self._existing(scope, name)
        deleting = {"EndpointStatus": "Deleting", "LastModifiedTime": time.time()}
        self._store.change(ENDPOINT, scope, name, lambda _: deleting)
        self._hosting.delete(scope, name)
        return {}

    def _existing(self, scope: Scope, name: str) -> Document:
        endpoint = self._store.get(ENDPOINT, scope, name)
        if endpoint is None:
            raise AwsError(
                "ValidationException", f'Could not find endpoint "{arn(ENDPOINT, scope, name)}".'
            )
        return endpoint

    def _snapshot(self, scope: Scope, config_name: str) -> Document:
        """All that an endpoint needs of a configuration, whatever becomes of that later."""
        config = existing_config(self._store, scope, config_name)
        variants = []
        for variant in config["ProductionVariants"]:
            model = existing_model(self._store, scope, variant["ModelName"])
            variants.append(
                variant
                | {
                    "Container": model["Resolved"],
                    "ResolutionTime": time.time(),
                    "DesiredInstanceCount": variant["InitialInstanceCount"],
                    "DesiredWeight": variant["InitialVariantWeight"],
                }
            )
        return {
            "EndpointConfigName": config_name,
            "ProductionVariants": variants,
            "DataCaptureConfig": config.get("DataCaptureConfig"),
        }

    def _deployment(self, scope: Scope, config: Document | None, snapshot: Document) -> Any:
        """The deployment's configuration, when it can be carried out."""
        instances = sum(one["DesiredInstanceCount"] for one in snapshot["ProductionVariants"])
        alarms = rollout.read(config, instances).alarms
        if alarms:
            answer = self._call(
                "cloudwatch",
                "DescribeAlarms",
                {"AlarmNames": list(alarms), "AlarmTypes": ["MetricAlarm", "CompositeAlarm"]},
                region=scope.region,
                account=scope.account,
            )
            listed = answer.get("MetricAlarms", []) + answer.get("CompositeAlarms", [])
            missing = sorted(set(alarms) - {alarm["AlarmName"] for alarm in listed})
            if missing:
                raise AwsError(
                    "ValidationException",
                    f"CloudWatch has no alarm {', '.join(missing)} to roll back by.",
                )
        return config


def _refuse_unless_settled(endpoint: Document) -> None:
    status = endpoint["EndpointStatus"]
    if status == "InService":
        return
    kind = "failed" if status == "Failed" else "in-progress"
    raise AwsError(
        "ValidationException", f'Cannot update {kind} endpoint "{endpoint["EndpointArn"]}".'
    )


def _excluded(request: Document) -> list[Document]:
    return request.get("ExcludeRetainedVariantProperties") or []


def _retain(deployed: Document | None, snapshot: Document, excluded: list[str]) -> None:
    """Keep the weights and numbers of servers that the endpoint has now."""
    now = {one["VariantName"]: one for one in (deployed or {}).get("ProductionVariants", ())}
    for variant in snapshot["ProductionVariants"]:
        for key in ("DesiredInstanceCount", "DesiredWeight"):
            if key not in excluded and variant["VariantName"] in now:
                variant[key] = now[variant["VariantName"]][key]
    if "DataCaptureConfig" not in excluded and deployed is not None:
        snapshot["DataCaptureConfig"] = deployed.get("DataCaptureConfig")


def _variants(snapshot: Document, fleet: Any) -> list[Document]:
    shown = []
    for one in snapshot["ProductionVariants"]:
        running = fleet.variants.get(one["VariantName"]) if fleet is not None else None
        image = one["Container"]["Image"]
        deployed = {
            "SpecifiedImage": image,
            "ResolvedImage": image,
            "ResolutionTime": one["ResolutionTime"],
        }
        shown.append(
            {
                "VariantName": one["VariantName"],
                "DeployedImages": [deployed],
                "CurrentWeight": running.weight if running else 0.0,
                "DesiredWeight": one["DesiredWeight"],
                "CurrentInstanceCount": running.healthy_count() if running else 0,
                "DesiredInstanceCount": one["DesiredInstanceCount"],
            }
        )
    return shown


def _capture(config: Document) -> Document:
    is_on = bool(config.get("EnableCapture", True))
    return {
        "EnableCapture": is_on,
        "CaptureStatus": "Started" if is_on else "Stopped",
        "CurrentSamplingPercentage": config["InitialSamplingPercentage"],
        "DestinationS3Uri": config["DestinationS3Uri"],
        "KmsKeyId": config.get("KmsKeyId", ""),
    }
