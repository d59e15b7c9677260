"""Brings a registered model to the endpoint, and makes sure that it is the one that answers."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from airflow.providers.amazon.aws.hooks.base_aws import AwsBaseHook
from airflow.providers.amazon.aws.hooks.s3 import S3Hook
from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowFailException

from rlm import names
from rlm_plugin.cost_tags import cost_tags
from rlm_plugin.recommender_registry import registry

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from airflow.sdk import Context

RUNBOOK = "docs/runbooks/train_recommender.md"
_UNDER_WAY = {"Creating", "Updating", "SystemUpdating", "RollingBack"}
# Scores of another processor differ in their last digits.
_SCORE_TOLERANCE = 1e-3


class RollOutModelOperator(BaseOperator):
    """Serves a model package from the endpoint, made where there is none, else updated blue/green.

    A tenth of the traffic goes to the new servers first; an alarm brings the old ones back, and
    the task fails. Returns the name of the endpoint's configuration: `name` and the package's
    version, for a run that was cleared may have another model to serve.
    A rerun goes on with the update that is under way.
    """

    template_fields: Sequence[str] = ("package", "name")

    def __init__(
        self,
        *,
        env: str,
        package: Any,
        name: str,
        instance_type: str,
        instances: int,
        canary_seconds: int,
        poll_seconds: float = 2.0,
        aws_conn_id: str | None = "aws_default",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.env = env
        self.package = package
        self.name = name
        self.instance_type = instance_type
        self.instances = instances
        self.canary_seconds = canary_seconds
        self.poll_seconds = poll_seconds
        self.aws_conn_id = aws_conn_id

    def execute(self, context: Context) -> str:
        """Make what is missing, update, and wait for the outcome."""
        client = registry(self.aws_conn_id)
        config = self._config(client)
        endpoint = names.endpoint(self.env)
        before = described(client, endpoint)
        if before and before["EndpointStatus"] == "Failed":
            # It never answered anybody, and SageMaker updates none that failed.
            client.delete_endpoint(EndpointName=endpoint)
            self._wait(client, endpoint)
            before = None
        if before and before["EndpointStatus"] in _UNDER_WAY:
            self._wait(client, endpoint)
            before = described(client, endpoint)
        if before is None:
            self.log.info("creating %s with %s", endpoint, config)
            client.create_endpoint(
                EndpointName=endpoint, EndpointConfigName=config, Tags=cost_tags(self.env)
            )
        elif before["EndpointConfigName"] != config:
            self.log.info(
                "updating %s from %s to %s", endpoint, before["EndpointConfigName"], config
            )
            # An update takes none, and the endpoint may be older than they are.
            client.add_tags(ResourceArn=before["EndpointArn"], Tags=cost_tags(self.env))
            client.update_endpoint(
                EndpointName=endpoint,
                EndpointConfigName=config,
                DeploymentConfig=self._deployment(),
            )
        found = self._wait(client, endpoint)
        if not found or found["EndpointStatus"] != "InService":
            status, why = (found or {}).get("EndpointStatus"), (found or {}).get("FailureReason")
            raise AirflowFailException(f"{endpoint} is {status}: {why}; {RUNBOOK}")
        if found["EndpointConfigName"] != config:
            raise AirflowFailException(
                f"{endpoint} was rolled back to {found['EndpointConfigName']}:"
                f" {found.get('FailureReason', 'no reason given')}; {RUNBOOK}"
            )
        return config

    def _config(self, client: Any) -> str:
        """The configuration of this package, which a try before may have made."""
        name = f"{self.name}-v{self.package.rpartition('/')[2]}"
        role = AwsBaseHook(aws_conn_id=self.aws_conn_id, client_type="iam").expand_role(
            names.sagemaker_role(self.env)
        )
        capture = f"s3://{names.bucket(self.env, 'lake')}/{names.ENDPOINT_CAPTURE_PREFIX}"
        once(
            client.create_model,
            ModelName=name,
            PrimaryContainer={"ModelPackageName": self.package},
            ExecutionRoleArn=role,
            Tags=cost_tags(self.env),
        )
        once(
            client.create_endpoint_config,
            EndpointConfigName=name,
            ProductionVariants=[
                {
                    "VariantName": names.ENDPOINT_VARIANT,
                    "ModelName": name,
                    "InitialInstanceCount": self.instances,
                    "InstanceType": self.instance_type,
                    "InitialVariantWeight": 1.0,
                }
            ],
            DataCaptureConfig={
                "EnableCapture": True,
                "InitialSamplingPercentage": 100,
                "DestinationS3Uri": capture,
                "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
                "CaptureContentTypeHeader": {"JsonContentTypes": ["application/json"]},
            },
            Tags=cost_tags(self.env),
        )
        return name

    def _deployment(self) -> dict[str, Any]:
        alarms = [
            {"AlarmName": names.endpoint_alarm(self.env, alarm)} for alarm in names.ENDPOINT_ALARMS
        ]
        return {
            "BlueGreenUpdatePolicy": {
                "TrafficRoutingConfiguration": {
                    "Type": "CANARY",
                    "CanarySize": {"Type": "CAPACITY_PERCENT", "Value": 10},
                    "WaitIntervalInSeconds": self.canary_seconds,
                },
                "TerminationWaitInSeconds": 0,
                "MaximumExecutionTimeoutInSeconds": 3600 + 2 * self.canary_seconds,
            },
            "AutoRollbackConfiguration": {"Alarms": alarms},
        }

    def _wait(self, client: Any, endpoint: str) -> dict[str, Any] | None:
        """Until nothing moves any more; None once it is gone. The task's own limit ends it."""
        told = ""
        while True:
            found = described(client, endpoint)
            status = found["EndpointStatus"] if found else "gone"
            if status != told:
                self.log.info("%s is %s", endpoint, status)
                told = status
            if status not in _UNDER_WAY | {"Deleting"}:
                return found
            time.sleep(self.poll_seconds)


class VerifyEndpointOperator(BaseOperator):
    """Asks the live endpoint what training asked the model, and wants the same answers."""

    template_fields: Sequence[str] = ("package", "config")

    def __init__(
        self,
        *,
        env: str,
        package: Any,
        config: Any,
        aws_conn_id: str | None = "aws_default",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.env = env
        self.package = package
        self.config = config
        self.aws_conn_id = aws_conn_id

    def execute(self, context: Context) -> str:
        """Returns the version that answers; fails when anything is not as it should be."""
        client = registry(self.aws_conn_id)
        endpoint = names.endpoint(self.env)
        found = described(client, endpoint)
        if found is None or found["EndpointConfigName"] != self.config:
            raise AirflowFailException(f"{endpoint} is {found}, expected {self.config}; {RUNBOOK}")
        package = client.describe_model_package(ModelPackageName=self.package)
        model = package["InferenceSpecification"]["Containers"][0]["ModelDataUrl"]
        bucket, key = S3Hook.parse_s3_url(model.replace("model.tar.gz", "golden.json"))
        golden = json.loads(S3Hook(aws_conn_id=self.aws_conn_id).read_key(key, bucket))
        runtime = AwsBaseHook(
            aws_conn_id=self.aws_conn_id, client_type="sagemaker-runtime"
        ).get_conn()
        answer = json.loads(
            runtime.invoke_endpoint(
                EndpointName=endpoint,
                InferenceId=names.UNATTENDED_INFERENCE,
                ContentType="application/json",
                Body=json.dumps(golden["request"]),
            )["Body"].read()
        )
        if differences := find_differences(golden["response"], answer):
            raise AirflowFailException(f"{endpoint}: {'; '.join(differences)}; {RUNBOOK}")
        version = str(answer["model_version"])
        self.log.info("%s answers %d questions as trained", version, len(answer["answers"]))
        return version


def find_differences(expected: Mapping[str, Any], answer: Mapping[str, Any]) -> list[str]:
    """One sentence for each answer that is another; scores may differ in their last digits."""
    if expected["model_version"] != answer["model_version"]:
        return [f"{answer['model_version']} answers, expected {expected['model_version']}"]
    if len(expected["answers"]) != len(answer["answers"]):
        return [f"{len(answer['answers'])} answers, expected {len(expected['answers'])}"]
    sentences = []
    for nth, (wanted, found) in enumerate(zip(expected["answers"], answer["answers"], strict=True)):
        scores = [[one["score"] for one in a["recommendations"]] for a in (wanted, found)]
        is_near = len(scores[0]) == len(scores[1]) and all(
            abs(a - b) <= _SCORE_TOLERANCE * max(1, abs(a)) for a, b in zip(*scores, strict=True)
        )
        if wanted["source"] != found["source"] or not is_near:
            sentences.append(f"answer {nth} has the scores {scores[1]}, expected {scores[0]}")
    return sentences


def described(client: Any, endpoint: str) -> dict[str, Any] | None:
    """The endpoint; None where there is none."""
    try:
        found: dict[str, Any] = client.describe_endpoint(EndpointName=endpoint)
    except client.exceptions.ClientError as error:
        if "Could not find" not in str(error):
            raise
        return None
    return found


def once(create: Any, **request: Any) -> None:
    """Create what an earlier try may have created already."""
    try:
        create(**request)
    except Exception as error:  # botocore's errors are made at run time
        if "already existing" not in str(error):
            raise
