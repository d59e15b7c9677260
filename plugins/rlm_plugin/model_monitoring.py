"""Judges the live model by what fans did after its answers, and asks for a new one if need be."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

from airflow.providers.amazon.aws.hooks.base_aws import AwsBaseHook
from airflow.providers.amazon.aws.hooks.s3 import S3Hook
from airflow.providers.amazon.aws.operators.sagemaker import SageMakerProcessingOperator
from airflow.sdk import AssetAlias, BaseOperator
from airflow.sdk.exceptions import AirflowSkipException

from rlm import names
from rlm.recommend.monitoring import FOUND, PAGE, REQUEST
from rlm.recommend.monitoring.captures import Captures
from rlm.recommend.monitoring.published import publish
from rlm.recommend.monitoring.span import Span
from rlm_plugin.cost_tags import cost_tags
from rlm_plugin.recommender_assets import retraining_asset
from rlm_plugin.recommender_registry import packages, registry
from rlm_plugin.recommender_training import UnloadChannelOperator, image_uri
from rlm_plugin.run_report import read_report

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow.sdk import Context

RUNBOOK = "docs/runbooks/monitor_model.md"
TRAINING_DAG = "train_recommender"
# Of business dates: a new model has to be trained, served and followed before it can be judged.
PAUSE_DAYS = 14
# Looked at for the last answer: more of them in a row that nobody saw, and nobody asks any more.
_MOST_FILES = 50
_PROCESSING = "/opt/ml/processing"


class UnloadDeedsOperator(UnloadChannelOperator):
    """Writes one channel of `include/sql/monitoring`, for the days of the business date."""

    template_fields: Sequence[str] = (
        *UnloadChannelOperator.template_fields,
        "business_date",
        "window_days",
    )

    def __init__(self, *, business_date: str, window_days: str, **kwargs: Any) -> None:
        super().__init__(folder="monitoring", **kwargs)
        self.business_date = business_date
        self.window_days = window_days

    def execute(self, context: Context) -> Any:
        """Put the days into the statement, and ask Athena."""
        span = Span.of(self.business_date, int(self.window_days))
        self.query = span.in_statement(self.query)
        return super().execute(context)


class ListAnswersOperator(BaseOperator):
    """Lists the captured answers of the business date's days for the job, with what it is about.

    Returns the manifest's address, `None` where nothing was captured. A rerun writes both anew.
    """

    template_fields: Sequence[str] = ("prefix", "business_date", "window_days")

    def __init__(
        self,
        *,
        env: str,
        prefix: str,
        business_date: str,
        window_days: str,
        aws_conn_id: str | None = "aws_default",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.env = env
        self.prefix = prefix
        self.business_date = business_date
        self.window_days = window_days
        self.aws_conn_id = aws_conn_id

    def execute(self, context: Context) -> str | None:
        """Look, and write."""
        span = Span.of(self.business_date, int(self.window_days))
        s3, lake = S3Hook(aws_conn_id=self.aws_conn_id), names.bucket(self.env, "lake")
        folder = f"{names.ENDPOINT_CAPTURE_PREFIX}/{names.endpoint(self.env)}/"
        folder += f"{names.ENDPOINT_VARIANT}/"
        keys = [
            key
            for day in span.captured
            for key in s3.list_keys(lake, f"{folder}{day:%Y/%m/%d}/") or []
        ]
        version = self._last_version(s3, lake, keys)
        evaluation = self._evaluation(s3, version)
        request = {
            "business_date": span.business_date.isoformat(),
            "window_days": span.window_days,
            **{name: evaluation.get(name) for name in ("population", "held_out_weeks")},
        }
        s3.load_string(json.dumps(request), f"{self.prefix}/lake/{REQUEST}", lake, True)
        self.log.info(
            "%d files of answers from %s to %s, the last by %s",
            len(keys), span.captured[0], span.captured[-1], version,
        )  # fmt: skip
        if not keys:
            return None
        manifest = [{"prefix": f"s3://{lake}/{folder}"}, *(key[len(folder) :] for key in keys)]
        s3.load_string(json.dumps(manifest), f"{self.prefix}/answers.manifest", lake, True)
        return f"s3://{lake}/{self.prefix}/answers.manifest"

    def _last_version(self, s3: S3Hook, lake: str, keys: Sequence[str]) -> str | None:
        """Of the model that answered last: there are whole files of answers that nobody saw."""
        for key in keys[: -_MOST_FILES - 1 : -1]:
            captures = Captures(frozenset())
            # Not splitlines: JSON may hold separators of lines that end none.
            captures.read(s3.read_key(key, lake).split("\n"))
            if captures.last_version is not None:
                return captures.last_version
        return None

    def _evaluation(self, s3: S3Hook, version: str | None) -> dict[str, Any]:
        """How the model that answered last was judged, and on whom; empty if it is not known."""
        for package in packages(registry(self.aws_conn_id), self.env) if version else ():
            if package.get("CustomerMetadataProperties", {}).get("model_version") == version:
                bucket, key = S3Hook.parse_s3_url(
                    package["ModelMetrics"]["ModelQuality"]["Statistics"]["S3Uri"]
                )
                found: dict[str, Any] = json.loads(s3.read_key(key, bucket))
                return found
        return {}


class JudgeAnswersOperator(SageMakerProcessingOperator):
    """Runs the image's `monitor` on what was unloaded and listed.

    It leaves `monitoring.json` and `monitoring.html` in the folder of the business date.
    """

    template_fields: Sequence[str] = (
        *SageMakerProcessingOperator.template_fields,
        "manifest",
    )

    def __init__(
        self,
        *,
        env: str,
        prefix: str,
        business_date: str,
        job_name: str,
        manifest: Any,
        instance_type: str,
        volume_gigabytes: int,
        **kwargs: Any,
    ) -> None:
        lake = f"s3://{names.bucket(env, 'lake')}"
        self.env = env
        self.manifest = manifest
        config = {
            "ProcessingJobName": job_name,
            "AppSpecification": {"ImageUri": "", "ContainerEntrypoint": ["monitor"]},
            "RoleArn": names.sagemaker_role(env),
            "ProcessingInputs": [_input("lake", f"{lake}/{prefix}/lake/", "S3Prefix")],
            "ProcessingOutputConfig": {
                "Outputs": [
                    {
                        "OutputName": "found",
                        "S3Output": {
                            "S3Uri": f"{lake}/{names.MONITORING_PREFIX}/{business_date}",
                            "LocalPath": f"{_PROCESSING}/output",
                            "S3UploadMode": "EndOfJob",
                        },
                    }
                ]
            },
            "ProcessingResources": {
                "ClusterConfig": {
                    "InstanceType": instance_type,
                    "InstanceCount": 1,
                    "VolumeSizeInGB": volume_gigabytes,
                }
            },
            "StoppingCondition": {"MaxRuntimeInSeconds": 2 * 3600},
            "Tags": cost_tags(env),
        }
        super().__init__(config=config, **kwargs)

    def execute(self, context: Context) -> Any:
        """Find the image, add the answers if there are any, and start the job."""
        self.config["AppSpecification"]["ImageUri"] = image_uri(self.env, self.aws_conn_id)
        if self.manifest:
            answers = _input("answers", self.manifest, "ManifestFile")
            self.config["ProcessingInputs"].append(answers)
        return super().execute(context)


class ReportMonitoringOperator(BaseOperator):
    """Writes the run's report to the lake, with the page's address; returns what comes of it."""

    template_fields: Sequence[str] = ("business_date", "report_key")

    def __init__(
        self,
        *,
        env: str,
        business_date: str,
        report_key: str,
        aws_conn_id: str | None = "aws_default",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.env = env
        self.business_date = business_date
        self.report_key = report_key
        self.aws_conn_id = aws_conn_id

    def execute(self, context: Context) -> dict[str, Any]:
        """Read what the job found, and tell."""
        lake = names.bucket(self.env, "lake")
        folder = f"{names.MONITORING_PREFIX}/{self.business_date}"
        found = read_report(lake, f"{folder}/{FOUND}", self.aws_conn_id)
        page = f"s3://{lake}/{folder}/{PAGE}"
        report = {"run_id": context["run_id"], "page": page, **found}
        S3Hook(aws_conn_id=self.aws_conn_id).load_string(
            json.dumps(report, indent=1), self.report_key, lake, True
        )
        if found["incomplete_days"]:
            self.log.warning(
                "answers of %s wait: the lake has hardly a listen of a day after them; %s",
                ", ".join(found["incomplete_days"]), RUNBOOK,
            )  # fmt: skip
        verdict = found["verdict"]
        self.log.info(
            "%d answers joined, page %s: %s", found["joined_answers"], page, verdict["reason"]
        )
        return {
            "is_crossed": verdict["is_crossed"],
            "reason": verdict["reason"],
            "live_version": found["live_version"],
            "business_date": found["business_date"],
            "page": page,
            "run_id": context["run_id"],
        }


class PublishMetricsOperator(BaseOperator):
    """Tells CloudWatch what the run found; what rests on too few answers is not told.

    Returns how many values. A rerun on the same day adds the same values again: alarms read means.
    """

    template_fields: Sequence[str] = ("report_key",)

    def __init__(
        self, *, env: str, report_key: str, aws_conn_id: str | None = "aws_default", **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.env = env
        self.report_key = report_key
        self.aws_conn_id = aws_conn_id

    def execute(self, context: Context) -> int:
        """Publish what the report says."""
        found = read_report(names.bucket(self.env, "lake"), self.report_key, self.aws_conn_id)
        client = AwsBaseHook(aws_conn_id=self.aws_conn_id, client_type="cloudwatch").get_conn()
        count = publish(client, self.env, found, dt.datetime.now(dt.UTC))
        self.log.info("%d values for %s", count, found["business_date"])
        return count


class AskForRetrainingOperator(BaseOperator):
    """Announces that a new model is wanted, with the reason; skipped where none is.

    Also skipped while a training waits or runs, and for some days after the last request: the
    next model must have had its chance. So a rerun asks no second time.
    """

    template_fields: Sequence[str] = ("found",)

    def __init__(
        self, *, env: str, found: Any, alias: str, pause_days: int = PAUSE_DAYS, **kwargs: Any
    ) -> None:
        self.asset = retraining_asset(env)
        self.alias = AssetAlias(alias)
        super().__init__(inlets=[self.asset], outlets=[self.alias], **kwargs)
        self.found = found
        self.pause_days = pause_days

    def execute(self, context: Context) -> str:
        """Ask, or say why not; returns the reason."""
        found = self.found
        if not found["is_crossed"]:
            raise AirflowSkipException(f"no new model is wanted: {found['reason']}")
        if before := self._asked_before(context, found["business_date"]):
            raise AirflowSkipException(
                f"a new model was asked for on {before}, less than {self.pause_days} days away:"
                f" {found['reason']}"
            )
        waiting = context["ti"].get_dr_count(dag_id=TRAINING_DAG, states=["queued", "running"])
        if waiting:
            raise AirflowSkipException(f"{TRAINING_DAG} is under way already: {found['reason']}")
        said = {name: value for name, value in found.items() if name != "is_crossed"}
        context["outlet_events"][self.alias].add(self.asset, extra=said)
        self.log.info("asking for a new model: %s", found["reason"])
        return str(found["reason"])

    def _asked_before(self, context: Context, business_date: str) -> str | None:
        """The business date of a request that is near to this one."""
        day = dt.date.fromisoformat(business_date)
        for event in context["inlet_events"][self.asset]:
            asked = str((event.extra or {}).get("business_date", ""))
            if asked and abs((dt.date.fromisoformat(asked) - day).days) < self.pause_days:
                return asked
        return None


def _input(name: str, uri: str, kind: str) -> dict[str, Any]:
    return {
        "InputName": name,
        "S3Input": {
            "S3Uri": uri,
            "LocalPath": f"{_PROCESSING}/{name}",
            "S3DataType": kind,
            "S3InputMode": "File",
            "S3DataDistributionType": "FullyReplicated",
        },
    }
