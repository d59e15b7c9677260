"""SageMaker that really trains and serves: an image's programs as processes of this machine.

`training_jobs`, `processing_jobs`, `models`, `endpoint_configs`, `endpoints`, `model_packages`,
`notebooks` and `tags` speak the protocol; `state` keeps what was acknowledged; `images` says what
an image is here. `job_engine` runs jobs, each under a `job_agent` of its own; `hosting` runs
endpoints, `runtime` passes invocations on to them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from localaws.sagemaker.constraints import checked
from localaws.sagemaker.images import Images
from localaws.sagemaker.job_engine import JobEngine
from localaws.sagemaker.state import SageMakerStore
from localaws.sagemaker.tags import Tags
from localaws.sagemaker.training_jobs import TrainingJobs
from localaws.sagemaker.training_kind import TrainingKind

if TYPE_CHECKING:
    from localaws.host import Host


def register(host: Host) -> None:
    """Serve SageMaker's operations, and take up again what the last process left."""
    options = host.options
    store = SageMakerStore(host.store)
    images = Images(options.sagemaker_images)
    work_dir = options.state_dir / "sagemaker"
    training = JobEngine(
        TrainingKind(options.endpoint_url), store, images, work_dir / "train", options.endpoint_url
    )
    for part in (TrainingJobs(store, training, images), Tags(store)):
        host.operations.register("sagemaker", checked(part.handlers()))
    for engine in (training,):
        host.on_start.append(engine.resume)
        host.on_stop.append(engine.shut_down)
