"""Fleets made from what an endpoint's document says of them."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import botocore.config
import botocore.session

from localaws.log_shipping import CLIENT_CONFIG
from localaws.sagemaker.fleets import Fleet, Variant
from localaws.sagemaker.programs import Credentials
from localaws.sagemaker.servers import ServerPlan

if TYPE_CHECKING:
    from pathlib import Path

    from localaws.operations import Document
    from localaws.sagemaker.images import Images
    from localaws.scope import Scope

# What AWS gives a container to become healthy when the variant does not say.
STARTUP_SECONDS = 480.0


class FleetBuilder:
    """Makes fleets; starting them is the caller's."""

    def __init__(self, images: Images, work_dir: Path, endpoint_url: str) -> None:
        self._images = images
        self._work_dir = work_dir
        self._endpoint_url = endpoint_url
        self._clients: dict[tuple[Scope, str], Any] = {}
        self._lock = threading.Lock()

    def build(self, scope: Scope, endpoint: str, snapshot: Document) -> Fleet:
        credentials = Credentials(self._endpoint_url, scope.account, scope.region)
        variants = []
        for definition in snapshot["ProductionVariants"]:
            startup = definition.get("ContainerStartupHealthCheckTimeoutInSeconds")
            plan = ServerPlan(
                container=definition["Container"],
                image=self._images.resolve,
                credentials=credentials,
                s3=self._client(scope, "s3"),
                logs=self._client(scope, "logs"),
                log_group=f"/aws/sagemaker/Endpoints/{endpoint}",
                log_stream="",
                startup_seconds=float(startup or STARTUP_SECONDS),
            )
            weight = float(definition["DesiredWeight"])
            variants.append(Variant(definition, plan, self._work_dir, weight))
        return Fleet(snapshot, variants)

    def _client(self, scope: Scope, service: str) -> Any:
        """A client of this gateway's own port: what is large must not pass through memory."""
        with self._lock:
            if (scope, service) not in self._clients:
                session = botocore.session.Session()
                is_s3 = service == "s3"
                config = botocore.config.Config(s3={"addressing_style": "path"})
                self._clients[scope, service] = session.create_client(
                    service,
                    region_name=scope.region,
                    endpoint_url=self._endpoint_url,
                    aws_access_key_id=scope.account,
                    aws_secret_access_key="sagemaker",  # noqa: S106 - nobody checks it
                    config=config if is_s3 else CLIENT_CONFIG,
                )
            return self._clients[scope, service]
