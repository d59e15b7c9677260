"""Trains the recommender: what it learns from leaves the lake, a SageMaker job does the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.providers.amazon.aws.hooks.base_aws import AwsBaseHook
from airflow.providers.amazon.aws.hooks.s3 import S3Hook
from airflow.providers.amazon.aws.operators.athena import AthenaOperator
from airflow.providers.amazon.aws.operators.sagemaker import SageMakerTrainingOperator
from airflow.sdk.exceptions import AirflowFailException

from rlm import names
from rlm.sql_texts import in_databases, read_statement
from rlm_plugin.cost_tags import cost_tags
from rlm_plugin.recommender_registry import live_package, registry

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow.sdk import Context

RUNBOOK = "docs/runbooks/train_recommender.md"
# The image that `make deploy` pushed last.
IMAGE_TAG = "current"
# As `train` prints them.
METRICS = ("ndcg", "recall", "map", "hit_rate", "coverage")
CONTESTANTS = ("candidate", "live", "popularity")


class UnloadChannelOperator(AthenaOperator):
    """Writes one channel of a job's input as Parquet: `include/sql/<folder>/<channel>.sql`.

    A rerun writes it anew: what is in the folder goes first.
    """

    template_fields: Sequence[str] = (*AthenaOperator.template_fields, "bucket", "prefix")

    def __init__(
        self, *, env: str, channel: str, prefix: str, folder: str = "training", **kwargs: Any
    ) -> None:
        statement = in_databases(read_statement(folder, channel), env)
        self.bucket = names.bucket(env, "lake")
        self.prefix = f"{prefix}/{channel}/"
        super().__init__(
            query=f"UNLOAD (\n{statement}\n) TO 's3://{self.bucket}/{self.prefix}'"
            " WITH (format = 'PARQUET')",
            database=names.database(env, "gold"),
            workgroup=names.athena_workgroup(env),
            **kwargs,
        )

    def execute(self, context: Context) -> Any:
        """Empty the folder, then ask Athena."""
        hook = S3Hook(aws_conn_id=self.aws_conn_id)
        if keys := hook.list_keys(self.bucket, self.prefix):
            hook.delete_objects(self.bucket, keys)
        return super().execute(context)


class TrainRecommenderOperator(SageMakerTrainingOperator):
    """Runs the image's `train` on the channels below `prefix`; the live model is one of them.

    A channel of no rows has no file, and SageMaker takes none without: `train` says which it needs.
    Returns SageMaker's description of the job.
    """

    template_fields: Sequence[str] = (*SageMakerTrainingOperator.template_fields, "prefix")

    def __init__(
        self,
        *,
        env: str,
        prefix: str,
        job_name: str,
        channels: Sequence[str],
        hyperparameters: dict[str, str],
        instance_type: str,
        **kwargs: Any,
    ) -> None:
        lake = f"s3://{names.bucket(env, 'lake')}"
        self.env = env
        self.prefix = prefix
        config = {
            "TrainingJobName": job_name,
            "AlgorithmSpecification": {
                "TrainingImage": "",
                "TrainingInputMode": "File",
                "MetricDefinitions": [
                    {
                        "Name": f"{contestant}:{metric}",
                        "Regex": rf"metric {contestant}:{metric}=([0-9.]+);",
                    }
                    for contestant in CONTESTANTS
                    for metric in METRICS
                ],
            },
            "RoleArn": names.sagemaker_role(env),
            "HyperParameters": hyperparameters,
            "InputDataConfig": [
                _channel(channel, f"{lake}/{prefix}/{channel}/") for channel in channels
            ],
            "OutputDataConfig": {"S3OutputPath": f"{lake}/{names.MODELS_PREFIX}"},
            "ResourceConfig": {
                "InstanceType": instance_type,
                "InstanceCount": 1,
                "VolumeSizeInGB": 50,
            },
            "StoppingCondition": {"MaxRuntimeInSeconds": 3 * 3600},
            "Tags": cost_tags(env),
        }
        super().__init__(config=config, **kwargs)

    def execute(self, context: Context) -> Any:
        """Find the image and the live model, and start the job."""
        self.config["AlgorithmSpecification"]["TrainingImage"] = image_uri(
            self.env, self.aws_conn_id
        )
        channels = self.config["InputDataConfig"]
        self.config["InputDataConfig"] = [one for one in channels if self._has_files(one)]
        client = registry(self.aws_conn_id)
        live = live_package(client, self.env)
        if live is not None:
            data = live["InferenceSpecification"]["Containers"][0]["ModelDataUrl"]
            self.config["InputDataConfig"].append(_channel("live", data))
        self.log.info("the champion is %s", live["ModelPackageArn"] if live else "popularity")
        return super().execute(context)

    def _has_files(self, channel: dict[str, Any]) -> bool:
        bucket, prefix = S3Hook.parse_s3_url(channel["DataSource"]["S3DataSource"]["S3Uri"])
        hook = S3Hook(aws_conn_id=self.aws_conn_id)
        if hook.list_keys(bucket, prefix, max_items=1):
            return True
        self.log.warning("the channel %s has no row", channel["ChannelName"])
        return False


def image_uri(env: str, aws_conn_id: str | None) -> str:
    """The recommender's image in this account's registry."""
    client = AwsBaseHook(aws_conn_id=aws_conn_id, client_type="ecr").get_conn()
    repository = names.recommender_image(env)
    found = client.describe_repositories(repositoryNames=[repository])["repositories"]
    if not found:
        raise AirflowFailException(f"no repository {repository}: is {env} deployed? {RUNBOOK}")
    return f"{found[0]['repositoryUri']}:{IMAGE_TAG}"


def _channel(name: str, uri: str) -> dict[str, Any]:
    source = {
        "S3DataType": "S3Prefix",
        "S3Uri": uri,
        "S3DataDistributionType": "FullyReplicated",
    }
    return {"ChannelName": name, "DataSource": {"S3DataSource": source}}
