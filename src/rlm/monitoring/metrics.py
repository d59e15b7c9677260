"""Every metric that an alarm reads or the platform publishes: where it is, what it says, by whom.

A metric here has names of dimensions only; which function or table is the alarm's to say.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

API_NAMESPACE: Final = "RLM/Api"
PIPELINE_NAMESPACE: Final = "RLM/Pipeline"
MODEL_NAMESPACE: Final = "RLM/Model"
LOGS_NAMESPACE: Final = "RLM/Logs"


@dataclass(frozen=True)
class Metric:
    """One name in a namespace; `unit` is CloudWatch's word for it."""

    namespace: str
    name: str
    unit: str
    dimensions: tuple[str, ...]
    says: str
    publisher: str

    @property
    def is_ours(self) -> bool:
        """Whether the platform publishes it, and AWS does not by itself."""
        return self.namespace.startswith("RLM/")

    def datum(self, value: float, **by: str) -> dict[str, Any]:
        """One value as PutMetricData takes it; raises ValueError for missing dimensions."""
        if set(by) != set(self.dimensions):
            wanted, found = ", ".join(self.dimensions), ", ".join(by)
            raise ValueError(f"{self.name} has the dimensions {wanted}, found {found}")
        return {
            "MetricName": self.name,
            "Dimensions": [{"Name": name, "Value": by[name]} for name in self.dimensions],
            "Value": value,
            "Unit": self.unit,
        }


_FUNCTION: Final = ("FunctionName",)
LAMBDA_ERRORS: Final = Metric(
    "AWS/Lambda",
    "Errors",
    "Count",
    _FUNCTION,
    "calls in which a function raised, was ended, or could not be loaded",
    "Lambda",
)
LAMBDA_THROTTLES: Final = Metric(
    "AWS/Lambda",
    "Throttles",
    "Count",
    _FUNCTION,
    "calls refused for lack of concurrency",
    "Lambda",
)
LAMBDA_DURATION: Final = Metric(
    "AWS/Lambda", "Duration", "Milliseconds", _FUNCTION, "time that a call took", "Lambda"
)

_STAGE: Final = ("ApiName", "Stage")
API_REQUESTS: Final = Metric("AWS/ApiGateway", "Count", "Count", _STAGE, "requests", "API Gateway")
API_SERVER_ERRORS: Final = Metric(
    "AWS/ApiGateway",
    "5XXError",
    "Count",
    _STAGE,
    "1 for a request that failed on our side, 0 for one that did not: the average is the rate",
    "API Gateway",
)
API_LATENCY: Final = Metric(
    "AWS/ApiGateway",
    "Latency",
    "Milliseconds",
    _STAGE,
    "time from request to answer",
    "API Gateway",
)

_SERVICE: Final = ("environment", "service")
_EACH_FUNCTION: Final = "each API function, a line of its log a request"
HANDLER_MILLISECONDS: Final = Metric(
    API_NAMESPACE,
    "HandlerMilliseconds",
    "Milliseconds",
    _SERVICE,
    "time that the handler took, without the start of a function",
    _EACH_FUNCTION,
)
CLIENT_ERRORS: Final = Metric(
    API_NAMESPACE, "ClientErrors", "Count", _SERVICE, "1 for an answer 4xx, else 0", _EACH_FUNCTION
)
SERVER_ERRORS: Final = Metric(
    API_NAMESPACE, "ServerErrors", "Count", _SERVICE, "1 for an answer 5xx, else 0", _EACH_FUNCTION
)
DEPENDENCY_FAULTS: Final = Metric(
    API_NAMESPACE,
    "DependencyFaults",
    "Count",
    _SERVICE,
    "answers 503, because a table could not be read",
    _EACH_FUNCTION,
)
STALE_ANSWERS: Final = Metric(
    API_NAMESPACE,
    "StaleAnswers",
    "Count",
    _SERVICE,
    "1 for an answer of data kept from before, because a table could not be read; else 0",
    _EACH_FUNCTION,
)
FALLBACKS: Final = Metric(
    API_NAMESPACE,
    "Fallbacks",
    "Count",
    _SERVICE,
    "1 for recommendations that the model should have made and did not, else 0;"
    " nothing where nobody plays, since the model is not asked",
    "RecommendArtist",
)
ANSWERS_BY: Final = {
    source: Metric(
        API_NAMESPACE,
        f"AnswersBy{source.title()}",
        "Count",
        _SERVICE,
        f"recommendations whose source is `{source}`",
        "RecommendArtist",
    )
    for source in ("model", "precomputed", "popular")
}

_ENDPOINT: Final = ("EndpointName", "VariantName")
ENDPOINT_SERVER_ERRORS: Final = Metric(
    "AWS/SageMaker",
    "Invocation5XXErrors",
    "None",
    _ENDPOINT,
    "1 for a request that failed in the endpoint, 0 for one that did not",
    "SageMaker",
)
MODEL_LATENCY: Final = Metric(
    "AWS/SageMaker",
    "ModelLatency",
    "Microseconds",
    _ENDPOINT,
    "time that the model took to answer",
    "SageMaker",
)

_TABLE: Final = ("TableName",)
READ_THROTTLES: Final = Metric(
    "AWS/DynamoDB",
    "ReadThrottleEvents",
    "Count",
    _TABLE,
    "reads of a table or index that were refused for lack of capacity",
    "DynamoDB",
)
WRITE_THROTTLES: Final = Metric(
    "AWS/DynamoDB",
    "WriteThrottleEvents",
    "Count",
    _TABLE,
    "writes to a table or index that were refused for lack of capacity",
    "DynamoDB",
)

_DAG: Final = ("environment", "dag")
RUNS_SUCCEEDED: Final = Metric(
    PIPELINE_NAMESPACE,
    "RunsSucceeded",
    "Count",
    _DAG,
    "1 for a run of a DAG that ended well, 0 for one that failed",
    "Airflow, at the end of a run",
)
RUNS_FAILED: Final = Metric(
    PIPELINE_NAMESPACE,
    "RunsFailed",
    "Count",
    _DAG,
    "1 for a run of a DAG that failed, 0 for one that ended well",
    "Airflow, at the end of a run",
)
RUN_SECONDS: Final = Metric(
    PIPELINE_NAMESPACE,
    "RunSeconds",
    "Seconds",
    _DAG,
    "time that a run of a DAG took, its waiting included",
    "Airflow, at the end of a run",
)

_SOURCE: Final = ("environment", "source")
_FROM_REPORT: Final = "ingest_sources, from the report of a run"
ROWS_IN: Final = Metric(
    PIPELINE_NAMESPACE, "RowsIn", "Count", _SOURCE, "rows delivered", _FROM_REPORT
)
ROWS_LOADED: Final = Metric(
    PIPELINE_NAMESPACE, "RowsLoaded", "Count", _SOURCE, "rows loaded into silver", _FROM_REPORT
)
ROWS_QUARANTINED: Final = Metric(
    PIPELINE_NAMESPACE,
    "RowsQuarantined",
    "Count",
    _SOURCE,
    "rows that broke their contract",
    _FROM_REPORT,
)
ROWS_DUPLICATE: Final = Metric(
    PIPELINE_NAMESPACE,
    "RowsDuplicate",
    "Count",
    _SOURCE,
    "rows that were there already, to the letter",
    _FROM_REPORT,
)
ROWS_UNACCOUNTED: Final = Metric(
    PIPELINE_NAMESPACE,
    "RowsUnaccounted",
    "Count",
    _SOURCE,
    "how far rows in are from loaded + quarantined + duplicate",
    _FROM_REPORT,
)
QUARANTINED_SHARE: Final = Metric(
    PIPELINE_NAMESPACE,
    "QuarantinedShare",
    "Percent",
    _SOURCE,
    "of 100 rows delivered, how many broke their contract; 100 for a delivery that was stopped",
    _FROM_REPORT,
)
_MODEL: Final = ("environment",)
_MONITOR: Final = "monitor_model"
HIT_RATE: Final = Metric(
    MODEL_NAMESPACE,
    "HitRate",
    "None",
    _MODEL,
    "share of answers of the live version of which the fan then turned to a new artist",
    _MONITOR,
)
POPULARITY_HIT_RATE: Final = Metric(
    MODEL_NAMESPACE,
    "PopularityHitRate",
    "None",
    _MODEL,
    "the same share, had popularity answered in the model's place",
    _MONITOR,
)
HIT_RATE_LIFT: Final = Metric(
    MODEL_NAMESPACE,
    "HitRateLift",
    "None",
    _MODEL,
    "HitRate less PopularityHitRate",
    _MONITOR,
)
INPUT_DRIFT: Final = Metric(
    MODEL_NAMESPACE,
    "InputDrift",
    "None",
    _MODEL,
    "population stability index of who asks, against whom the model was judged on",
    _MONITOR,
)
COVERAGE: Final = Metric(
    MODEL_NAMESPACE,
    "Coverage",
    "None",
    _MODEL,
    "share of the artists of the catalogue who were shown to anybody in the last 7 days",
    _MONITOR,
)
JOINED_ANSWERS: Final = Metric(
    MODEL_NAMESPACE,
    "JoinedAnswers",
    "Count",
    _MODEL,
    "captured answers of which it is known what the fan did afterwards",
    _MONITOR,
)

_SEGMENT: Final = ("environment", "segment")
_VERSION: Final = ("environment", "model_version")
HIT_RATE_OF_SEGMENT, POPULARITY_HIT_RATE_OF_SEGMENT = (
    Metric(
        MODEL_NAMESPACE,
        metric.name,
        "None",
        _SEGMENT,
        f"{metric.says}; of fans whom the model knew, or of new ones, whichever version answered",
        _MONITOR,
    )
    for metric in (HIT_RATE, POPULARITY_HIT_RATE)
)
HIT_RATE_OF_VERSION, POPULARITY_HIT_RATE_OF_VERSION = (
    Metric(
        MODEL_NAMESPACE,
        metric.name,
        "None",
        _VERSION,
        f"{metric.says}; of one version, live or not any more",
        _MONITOR,
    )
    for metric in (HIT_RATE, POPULARITY_HIT_RATE)
)

LOGGED_ERRORS: Final = Metric(
    LOGS_NAMESPACE,
    "LoggedErrors",
    "Count",
    _SERVICE,
    "lines of an API function's log with level ERROR: each is a bug",
    "a metric filter on the function's log group",
)


def job_memory_faults(env: str) -> Metric:
    """A line of text has no field to make a dimension of: the namespace holds the environment."""
    return Metric(
        f"{LOGS_NAMESPACE}/{env}",
        "JobMemoryFaults",
        "Count",
        (),
        "lines of Glue jobs about memory or disk that ran out, also where the job did it again",
        "a metric filter on the jobs' log groups",
    )


METRICS: Final = (
    LAMBDA_ERRORS,
    LAMBDA_THROTTLES,
    LAMBDA_DURATION,
    API_REQUESTS,
    API_SERVER_ERRORS,
    API_LATENCY,
    HANDLER_MILLISECONDS,
    CLIENT_ERRORS,
    SERVER_ERRORS,
    DEPENDENCY_FAULTS,
    STALE_ANSWERS,
    FALLBACKS,
    *ANSWERS_BY.values(),
    ENDPOINT_SERVER_ERRORS,
    MODEL_LATENCY,
    READ_THROTTLES,
    WRITE_THROTTLES,
    RUNS_SUCCEEDED,
    RUNS_FAILED,
    RUN_SECONDS,
    ROWS_IN,
    ROWS_LOADED,
    ROWS_QUARANTINED,
    ROWS_DUPLICATE,
    ROWS_UNACCOUNTED,
    QUARANTINED_SHARE,
    HIT_RATE,
    POPULARITY_HIT_RATE,
    HIT_RATE_LIFT,
    INPUT_DRIFT,
    COVERAGE,
    JOINED_ANSWERS,
    HIT_RATE_OF_SEGMENT,
    POPULARITY_HIT_RATE_OF_SEGMENT,
    HIT_RATE_OF_VERSION,
    POPULARITY_HIT_RATE_OF_VERSION,
    LOGGED_ERRORS,
    job_memory_faults("<env>"),
)
