"""Runs monitor_model in the Airflow environment, without a scheduler; writes what came of it.

    python run_monitor_model.py '{"business_date": "2026-06-15"}' ran.json

The file has the state of each task and what the asset events said.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path


def main(conf: str) -> dict[str, object]:
    from airflow.dag_processing.dagbag import DagBag
    from airflow.models.asset import AssetEvent
    from airflow.utils.db import initdb
    from airflow.utils.session import create_session

    initdb()
    run = DagBag().dags["monitor_model"].test(run_conf=json.loads(conf))
    with create_session() as session:
        events = [event.extra for event in session.query(AssetEvent)]
    tasks = {task.task_id: str(task.state) for task in run.get_task_instances()}
    return {"tasks": tasks, "events": events}


if __name__ == "__main__":
    Path(sys.argv[2]).write_text(json.dumps(main(sys.argv[1])))
