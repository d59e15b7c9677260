"""SageMaker's parts, put together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from localaws.sagemaker.capture import Capture
from localaws.sagemaker.constraints import checked
from localaws.sagemaker.endpoint_configs import EndpointConfigs
from localaws.sagemaker.endpoints import Endpoints
from localaws.sagemaker.fleet_building import FleetBuilder
from localaws.sagemaker.hosting import Hosting
from localaws.sagemaker.images import Images
from localaws.sagemaker.invocation_metrics import InvocationMetrics
from localaws.sagemaker.job_engine import JobEngine
from localaws.sagemaker.jupyter import Jupyter
from localaws.sagemaker.lifecycle_configs import LifecycleConfigs
from localaws.sagemaker.model_package_groups import ModelPackageGroups
from localaws.sagemaker.model_packages import ModelPackages
from localaws.sagemaker.models import Models
from localaws.sagemaker.notebooks import NotebookInstances
from localaws.sagemaker.processing_jobs import ProcessingJobs, ProcessingKind
from localaws.sagemaker.runtime import Runtime
from localaws.sagemaker.state import SageMakerStore
from localaws.sagemaker.tags import Tags
from localaws.sagemaker.training_jobs import TrainingJobs
from localaws.sagemaker.training_kind import TrainingKind

if TYPE_CHECKING:
    from localaws.host import Host

# Of the service and of its runtime alike.
_SERVICE = "sagemaker"


def serve(host: Host) -> None:
    """Serve SageMaker's operations, and take up again what the last process left."""
    options = host.options
    store = SageMakerStore(host.store)
    images = Images(options.sagemaker_images)
    work_dir = options.state_dir / "sagemaker"
    training = JobEngine(
        TrainingKind(options.endpoint_url), store, images, work_dir / "train", options.endpoint_url
    )
    processing = JobEngine(
        ProcessingKind(options.endpoint_url),
        store,
        images,
        work_dir / "process",
        options.endpoint_url,
    )
    builder = FleetBuilder(images, work_dir / "serve", options.endpoint_url)
    hosting = Hosting(store, builder, host.call, work_dir / "serve")
    metrics, capture = InvocationMetrics(host.call), Capture(host.call)
    runtime = Runtime(hosting, metrics, capture)
    packages = ModelPackages(store)
    jupyter = Jupyter(store, options.notebook_python, work_dir / "notebooks", options.endpoint_url)
    for part in (
        TrainingJobs(store, training, images),
        ProcessingJobs(store, processing, images),
        Models(store, images, packages),
        EndpointConfigs(store),
        Endpoints(store, hosting, host.call),
        packages,
        ModelPackageGroups(store),
        NotebookInstances(store, jupyter),
        LifecycleConfigs(store),
        Tags(store),
    ):
        host.operations.register(_SERVICE, checked(part.handlers()))
    host.operations.add_routes(_SERVICE, runtime.routes())
    host.on_start += [
        training.resume,
        processing.resume,
        hosting.resume,
        metrics.start,
        capture.start,
    ]
    host.on_stop += [
        training.shut_down,
        processing.shut_down,
        hosting.shut_down,
        jupyter.shut_down,
        runtime.close,
        metrics.stop,
        capture.stop,
    ]
