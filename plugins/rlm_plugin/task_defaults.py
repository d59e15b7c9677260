"""What every task of every DAG starts from."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

DEFAULT_ARGS: Final[dict[str, Any]] = {
    "owner": "data-platform",
    # Short at first: a triggerer that is faster than the scheduler costs a try, says Airflow.
    "retries": 3,
    "retry_delay": timedelta(seconds=10),
    "retry_exponential_backoff": True,
    "max_retry_delay": timedelta(minutes=10),
    "execution_timeout": timedelta(minutes=15),
    # A try that was killed leaves its Glue job at work, which runs once at a time: the next one
    # waits for that. After a run that ended, however it did, it starts another.
    "resume_glue_job_on_retry": True,
}
