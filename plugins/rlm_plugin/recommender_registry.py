"""The model registry: every model with what was measured of it, and why it may be served or not."""

from __future__ import annotations

import io
import json
import tarfile
from typing import TYPE_CHECKING, Any

from airflow.providers.amazon.aws.hooks.base_aws import AwsBaseHook
from airflow.providers.amazon.aws.hooks.s3 import S3Hook
from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowSkipException

from rlm import names
from rlm_plugin.recommender_assets import requests, retraining_asset

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from airflow.sdk import Context

RUNBOOK = "docs/runbooks/train_recommender.md"
# What SageMaker keeps of a reason.
_MOST_CHARACTERS = 1024
_UNDECIDED = "PendingManualApproval"


class RegisterModelOperator(BaseOperator):
    """Puts a trained model into the registry, approved or rejected as its gate decided.

    Unpacks the training's output beside the model and writes the run's report to the lake.
    Returns `package` (ARN), `is_approved` and `reason`. A rerun finds the package that it made, and
    decides on it if the try before did not come to that.
    """

    template_fields: Sequence[str] = ("training", "report_key")

    def __init__(
        self,
        *,
        env: str,
        training: Any,
        report_key: str,
        aws_conn_id: str | None = "aws_default",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.env = env
        self.training = training
        self.report_key = report_key
        self.aws_conn_id = aws_conn_id

    def execute(self, context: Context) -> dict[str, Any]:
        """Read the evaluation, register, and tell."""
        job = self.training["Training"]
        s3 = S3Hook(aws_conn_id=self.aws_conn_id)
        evaluation_uri = self._unpack(s3, job)
        bucket, key = S3Hook.parse_s3_url(evaluation_uri)
        evaluation = json.loads(s3.read_key(key, bucket))
        verdict = evaluation["verdict"]
        package = self._register(job, evaluation, evaluation_uri)
        report = {
            "run_id": context["run_id"],
            "model_version": evaluation["model_version"],
            "package": package,
            "is_approved": verdict["is_approved"],
            "reason": verdict["reason"],
            "asked_for": requests(context, retraining_asset(self.env).name),
            "evaluation": evaluation,
        }
        s3.load_string(
            json.dumps(report, indent=1), self.report_key, names.bucket(self.env, "lake"), True
        )
        for request in report["asked_for"]:
            self.log.info("asked for on %s: %s", request["business_date"], request["reason"])
        state = "approved" if verdict["is_approved"] else "rejected"
        self.log.info("%s is %s: %s", package, state, verdict["reason"])
        return {name: report[name] for name in ("package", "is_approved", "reason")}

    def _unpack(self, s3: S3Hook, job: Mapping[str, Any]) -> str:
        """The training's output beside its model, file by file, for people to look at."""
        model = job["ModelArtifacts"]["S3ModelArtifacts"]
        bucket, key = S3Hook.parse_s3_url(model.replace("model.tar.gz", "output.tar.gz"))
        folder = key.rpartition("/")[0]
        content = s3.get_key(key, bucket).get()["Body"].read()
        found = []
        with tarfile.open(fileobj=io.BytesIO(content)) as archive:
            for member in archive.getmembers():
                file = archive.extractfile(member)
                if file is not None:
                    name = member.name.removeprefix("./")
                    s3.load_bytes(file.read(), f"{folder}/{name}", bucket, replace=True)
                    found.append(name)
        if "evaluation.json" not in found:
            raise AirflowFailException(f"s3://{bucket}/{key} holds {found}, no evaluation.json")
        return f"s3://{bucket}/{folder}/evaluation.json"

    def _register(
        self, job: Mapping[str, Any], evaluation: Mapping[str, Any], evaluation_uri: str
    ) -> str:
        client = registry(self.aws_conn_id)
        version, verdict = evaluation["model_version"], evaluation["verdict"]
        for known in packages(client, self.env):
            if known.get("CustomerMetadataProperties", {}).get("model_version") == version:
                arn, state = str(known["ModelPackageArn"]), known["ModelApprovalStatus"]
                break
        else:
            arn, state = self._created(client, job, evaluation, evaluation_uri), _UNDECIDED
        # What somebody decided since stays as it is.
        if state == _UNDECIDED:
            client.update_model_package(
                ModelPackageArn=arn,
                ModelApprovalStatus="Approved" if verdict["is_approved"] else "Rejected",
                ApprovalDescription=verdict["reason"][:_MOST_CHARACTERS],
            )
        return arn

    def _created(
        self,
        client: Any,
        job: Mapping[str, Any],
        evaluation: Mapping[str, Any],
        evaluation_uri: str,
    ) -> str:
        """A new package, about which nothing is decided yet."""
        statistics = {"ContentType": "application/json", "S3Uri": evaluation_uri}
        container = {
            "Image": job["AlgorithmSpecification"]["TrainingImage"],
            "ModelDataUrl": job["ModelArtifacts"]["S3ModelArtifacts"],
        }
        return str(
            client.create_model_package(
                ModelPackageGroupName=names.model_package_group(self.env),
                ModelPackageDescription=(
                    f"{evaluation['kind']}, trained by {evaluation['model_version']}"
                ),
                InferenceSpecification={
                    "Containers": [container],
                    "SupportedContentTypes": ["application/json"],
                    "SupportedResponseMIMETypes": ["application/json"],
                },
                ModelApprovalStatus=_UNDECIDED,
                ModelMetrics={"ModelQuality": {"Statistics": statistics}},
                CustomerMetadataProperties=_properties(evaluation),
            )["ModelPackageArn"]
        )


class ChooseModelOperator(BaseOperator):
    """Returns the ARN of the package that shall be served; skipped where none is to be.

    `rollback`: the approved one before the live one. `version`: that of the registry, whatever its
    gate said. Else the one that this run registered, if it is approved or `force` says so.
    SageMaker serves none but approved packages: what people ask for is approved in their name.
    """

    template_fields: Sequence[str] = ("registered", "version", "rollback", "force")

    def __init__(
        self,
        *,
        env: str,
        registered: Any,
        version: str,
        rollback: str,
        force: str,
        aws_conn_id: str | None = "aws_default",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.env = env
        self.registered = registered
        self.version = version
        self.rollback = rollback
        self.force = force
        self.aws_conn_id = aws_conn_id

    def execute(self, context: Context) -> str:
        """Choose, and say why."""
        client = registry(self.aws_conn_id)
        if _is_true(self.rollback):
            return self._before_live(client)
        if self.version not in ("", "None"):
            return self._approved(client, self._of_version(client), context)
        if not self.registered:
            raise AirflowException("no model was registered by this run")
        if self.registered["is_approved"]:
            return str(self.registered["package"])
        if _is_true(self.force):
            return self._approved(client, str(self.registered["package"]), context)
        raise AirflowSkipException(f"the live model stays: {self.registered['reason']}")

    def _approved(self, client: Any, arn: str, context: Context) -> str:
        """The package, approved by whoever triggered the run if its gate did not."""
        package = client.describe_model_package(ModelPackageName=arn)
        if package["ModelApprovalStatus"] != "Approved":
            was = package.get("ApprovalDescription", "no reason given")
            reason = f"asked for by {context['run_id']}, although: {was}"
            self.log.warning("%s is %s", arn, reason)
            client.update_model_package(
                ModelPackageArn=arn,
                ModelApprovalStatus="Approved",
                ApprovalDescription=reason[:_MOST_CHARACTERS],
            )
        return arn

    def _before_live(self, client: Any) -> str:
        live = live_package(client, self.env)
        if live is None:
            raise AirflowFailException(f"nothing is served, so there is no way back; {RUNBOOK}")
        for package in packages(client, self.env):
            is_older = package["ModelPackageVersion"] < live["ModelPackageVersion"]
            if is_older and package["ModelApprovalStatus"] == "Approved":
                return str(package["ModelPackageArn"])
        raise AirflowFailException(
            f"no approved model is older than the live version {live['ModelPackageVersion']}"
        )

    def _of_version(self, client: Any) -> str:
        known = {str(p["ModelPackageVersion"]): p for p in packages(client, self.env)}
        if self.version not in known:
            raise AirflowFailException(
                f"no version {self.version} in {names.model_package_group(self.env)};"
                f" there are {', '.join(known) or 'none'}"
            )
        return str(known[self.version]["ModelPackageArn"])


def registry(aws_conn_id: str | None) -> Any:
    """SageMaker's client."""
    return AwsBaseHook(aws_conn_id=aws_conn_id, client_type="sagemaker").get_conn()


def packages(client: Any, env: str) -> list[dict[str, Any]]:
    """Every package of the group as it is described, the newest first."""
    pages = client.get_paginator("list_model_packages").paginate(
        ModelPackageGroupName=names.model_package_group(env),
        SortBy="CreationTime",
        SortOrder="Descending",
    )
    found = [
        client.describe_model_package(ModelPackageName=summary["ModelPackageArn"])
        for page in pages
        for summary in page["ModelPackageSummaryList"]
    ]
    return sorted(found, key=lambda package: -package["ModelPackageVersion"])


def live_package(client: Any, env: str) -> dict[str, Any] | None:
    """The package that the endpoint serves; None while there is no endpoint."""
    try:
        endpoint = client.describe_endpoint(EndpointName=names.endpoint(env))
    except client.exceptions.ClientError as error:
        if "Could not find" not in str(error):
            raise
        return None
    config = client.describe_endpoint_config(EndpointConfigName=endpoint["EndpointConfigName"])
    model = client.describe_model(ModelName=config["ProductionVariants"][0]["ModelName"])
    containers = model.get("Containers") or [model["PrimaryContainer"]]
    found: dict[str, Any] = client.describe_model_package(
        ModelPackageName=containers[0]["ModelPackageName"]
    )
    return found


def _properties(evaluation: Mapping[str, Any]) -> dict[str, str]:
    """What a list of packages shows: texts only."""
    told = {"model_version": str(evaluation["model_version"]), "kind": str(evaluation["kind"])}
    for name, model in evaluation["models"].items():
        told[f"{name}_ndcg"] = f"{model['metrics']['ndcg']['mean']:.4f}"
    return told


def _is_true(text: str) -> bool:
    return text.strip().lower() == "true"
