"""Tells CloudWatch how runs of DAGs ended: what alarms of failed and of stale DAGs read.

A listener, and no callback of each DAG: it hears of every run, also of one that timed out or that
people ended, and a DAG cannot forget it. It runs in the scheduler, and in the API server where
people set a run's state, so it must not wait for anybody.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from airflow.listeners import hookimpl
from airflow.plugins_manager import AirflowPlugin

from rlm.monitoring.metrics import PIPELINE_NAMESPACE
from rlm.monitoring.pipeline_values import run_values
from rlm.monitoring.publisher import Publisher
from rlm.settings import load_settings

if TYPE_CHECKING:
    from airflow.models.dagrun import DagRun


class RunListener:
    """Airflow calls it at the end of every run, and logs what it raises."""

    def __init__(self, env: str, publisher: Publisher) -> None:
        self._env = env
        self._publisher = publisher

    @hookimpl
    def on_dag_run_success(self, dag_run: DagRun, msg: str) -> None:
        self._tell(dag_run, has_succeeded=True)

    @hookimpl
    def on_dag_run_failed(self, dag_run: DagRun, msg: str) -> None:
        self._tell(dag_run, has_succeeded=False)

    def _tell(self, run: DagRun, *, has_succeeded: bool) -> None:
        seconds = None
        if run.start_date and run.end_date:
            seconds = (run.end_date - run.start_date).total_seconds()
        values = run_values(self._env, run.dag_id, has_succeeded=has_succeeded, seconds=seconds)
        self._publisher.publish_apart(PIPELINE_NAMESPACE, values)


SETTINGS = load_settings(os.environ)


class RlmMetricsPlugin(AirflowPlugin):
    """Handed to Airflow by `rlm_airflow.py`."""

    name = "rlm_metrics"
    listeners = [RunListener(SETTINGS.env, Publisher.of_process(SETTINGS.region))]  # noqa: RUF012
