"""SageMaker that really trains and serves: an image's programs as processes of this machine.

`training_jobs`, `processing_jobs`, `models`, `endpoint_configs`, `endpoints`, `model_packages`,
`notebooks` and `tags` speak the protocol; `state` keeps what was acknowledged; `images` says what
an image is here. `job_engine` runs jobs, each under a `job_agent` of its own; `hosting` runs
endpoints, `runtime` passes invocations on to them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from localaws.host import Host


def register(host: Host) -> None:
    """Serve SageMaker's operations, and take up again what the last process left."""
    # Imported here: the agents of jobs are modules of this package, and need little of it.
    from localaws.sagemaker.service import serve

    serve(host)
