"""Metrics out of logs, where nothing else says it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aws_cdk import aws_logs as logs

from rlm import names
from rlm.monitoring.metrics import LOGGED_ERRORS, job_memory_faults

if TYPE_CHECKING:
    import aws_cdk as cdk

# A line that a function wrote as an error: its lines are JSON.
_ERROR_LINES: Final = '{ $.level = "ERROR" }'
# Of the JVM, of Python, of Spark about an executor that was ended, of a full disk.
_MEMORY_LINES: Final = (
    '?"java.lang.OutOfMemoryError" ?"MemoryError" ?"ExecutorLostFailure" ?"No space left on device"'
)


def add_metric_filters(stack: cdk.Stack, env: str) -> None:
    """On log groups of other stacks, by their names."""
    for function in names.LAMBDA_FUNCTIONS:
        logs.CfnMetricFilter(
            stack,
            f"{function}LoggedErrors",
            log_group_name=names.function_log_group(env, function),
            filter_pattern=_ERROR_LINES,
            metric_transformations=[
                logs.CfnMetricFilter.MetricTransformationProperty(
                    metric_namespace=LOGGED_ERRORS.namespace,
                    metric_name=LOGGED_ERRORS.name,
                    metric_value="1",
                    unit=LOGGED_ERRORS.unit,
                    dimensions=[
                        logs.CfnMetricFilter.DimensionProperty(key=name, value=f"$.{name}")
                        for name in LOGGED_ERRORS.dimensions
                    ],
                )
            ],
        )
    metric = job_memory_faults(env)
    for stream in ("output", "error"):
        logs.CfnMetricFilter(
            stack,
            f"Jobs{stream.title()}MemoryFaults",
            log_group_name=f"{names.glue_log_prefix(env)}/{stream}",
            filter_pattern=_MEMORY_LINES,
            metric_transformations=[
                logs.CfnMetricFilter.MetricTransformationProperty(
                    metric_namespace=metric.namespace,
                    metric_name=metric.name,
                    metric_value="1",
                    unit=metric.unit,
                )
            ],
        )
