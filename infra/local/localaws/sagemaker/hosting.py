"""Endpoints that run: their fleets, and the threads that create, change and delete them.

What an endpoint serves stands whole in its document (`Deployed`), and what it shall serve next
too (`Pending`): a gateway that was killed starts the same servers again, and the update anew.
"""

from __future__ import annotations

import logging
import shutil
import threading
import time
from typing import TYPE_CHECKING, Any

import botocore.config
import botocore.session

from localaws.log_shipping import CLIENT_CONFIG
from localaws.sagemaker import rollout
from localaws.sagemaker.fleets import Fleet, Variant, stop_servers
from localaws.sagemaker.programs import CONTAINER_VARIABLE, Credentials
from localaws.sagemaker.servers import ServerPlan
from localaws.sagemaker.state import ENDPOINT, SageMakerStore
from localaws.sagemaker.traffic import Traffic
from localaws.supervision import end_all_below

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from localaws.host import InProcessCall
    from localaws.operations import Document
    from localaws.sagemaker.images import Images
    from localaws.scope import Scope

_log = logging.getLogger("localaws.sagemaker")

# What AWS gives a container to become healthy when the variant does not say.
STARTUP_SECONDS = 480.0
POLL_SECONDS = 0.1
ALARM_SECONDS = 0.5


class RolledBackError(Exception):
    """Why an update does not go on."""


class Hosting:
    """The endpoints of every account and region."""

    def __init__(
        self,
        store: SageMakerStore,
        images: Images,
        call: InProcessCall,
        work_dir: Path,
        endpoint_url: str,
    ) -> None:
        self._store = store
        self._images = images
        self._call = call
        self._work_dir = work_dir
        self._endpoint_url = endpoint_url
        self._traffic: dict[tuple[Scope, str], Traffic] = {}
        self._workers: dict[tuple[Scope, str], threading.Thread] = {}
        self._clients: dict[tuple[Scope, str], Any] = {}
        self._lock = threading.Lock()
        self._shutting_down = False

    def traffic(self, scope: Scope, name: str) -> Traffic | None:
        """Where an endpoint's requests go; None when it takes none."""
        return self._traffic.get((scope, name))

    def create(self, scope: Scope, name: str) -> None:
        """Bring an endpoint that is kept as Creating into service; returns at once."""
        self._work(scope, name, self._create)

    def update(self, scope: Scope, name: str) -> None:
        """Carry out the `Pending` update of an endpoint that is kept as Updating."""
        self._work(scope, name, self._update)

    def rescale(self, scope: Scope, name: str) -> None:
        """Bring weights and numbers of servers to what the document desires."""
        self._work(scope, name, self._rescale)

    def delete(self, scope: Scope, name: str) -> None:
        """Stop an endpoint that is kept as Deleting, then forget it."""
        if traffic := self._traffic.get((scope, name)):
            traffic.cancelled.set()
        self._work(scope, name, self._delete)

    def resume(self) -> None:
        """After a restart: end what the last process left, then start every endpoint again."""
        end_all_below(self._work_dir, CONTAINER_VARIABLE)
        shutil.rmtree(self._work_dir, ignore_errors=True)
        for scope, endpoint in self._store.everywhere(ENDPOINT):
            name, status = endpoint["EndpointName"], endpoint["EndpointStatus"]
            if status == "Deleting":
                self.delete(scope, name)
            elif status == "Creating":
                self.create(scope, name)
            elif endpoint["Deployed"] is not None:
                if status in ("InService", "SystemUpdating"):
                    # AWS's word for an endpoint under maintenance of AWS's own.
                    self._change(scope, name, {"EndpointStatus": "SystemUpdating"})
                coming = self._traffic.setdefault((scope, name), Traffic())
                coming.is_coming_back = True
                self._work(scope, name, self._start_again)

    def shut_down(self) -> None:
        """Stop every server; the endpoints' documents stay as they are."""
        self._shutting_down = True
        endings = []
        for traffic in list(self._traffic.values()):
            traffic.cancelled.set()
            for fleet in traffic.fleets():
                ending = threading.Thread(target=fleet.stop)
                ending.start()
                endings.append(ending)
        for ending in endings:
            ending.join()

    def _work(self, scope: Scope, name: str, task: Callable[[Scope, str, Traffic], None]) -> None:
        """Run a task of an endpoint in a thread, after the one that is under way."""
        key = (scope, name)
        with self._lock:
            before = self._workers.get(key)
            traffic = self._traffic.setdefault(key, Traffic())

            def run() -> None:
                if before is not None:
                    before.join()
                try:
                    task(scope, name, traffic)
                except Exception as error:  # noqa: BLE001 - an endpoint must not move for ever
                    _log.exception("sagemaker: endpoint %s", name)
                    failed = {"EndpointStatus": "Failed", "FailureReason": repr(error)[:1024]}
                    self._change(scope, name, failed)

            worker = threading.Thread(target=run, name=f"endpoint-{name[:20]}", daemon=True)
            self._workers[key] = worker
        worker.start()

    def _create(self, scope: Scope, name: str, traffic: Traffic) -> None:
        endpoint = self._document(scope, name)
        fleet = self._fleet(scope, name, endpoint["Pending"]["Snapshot"])
        fleet.start()
        traffic.green = fleet
        try:
            self._wait_until_healthy(fleet, traffic, float("inf"))
        except RolledBackError as error:
            traffic.green = None
            fleet.stop()
            if not self._is_over(traffic):
                failed = {"EndpointStatus": "Failed", "FailureReason": str(error)}
                self._change(scope, name, failed | {"Pending": None})
            return
        traffic.promote()
        self._change(scope, name, _in_service(fleet.snapshot))

    def _start_again(self, scope: Scope, name: str, traffic: Traffic) -> None:
        endpoint = self._document(scope, name)
        fleet = self._fleet(scope, name, endpoint["Deployed"])
        fleet.start()
        traffic.blue = fleet
        traffic.is_coming_back = False
        while not fleet.is_healthy() and not self._is_over(traffic):
            # A program that served before the restart is given every chance to do so again.
            if failure := fleet.failure():
                reason = {"EndpointStatus": "Failed", "FailureReason": failure}
                self._change(scope, name, reason)
                return
            time.sleep(POLL_SECONDS)
        if self._is_over(traffic):
            return
        if endpoint["EndpointStatus"] in ("Updating", "RollingBack") and endpoint["Pending"]:
            self._update(scope, name, traffic)
        elif endpoint["EndpointStatus"] != "Failed":
            self._change(scope, name, _in_service(fleet.snapshot))

    def _update(self, scope: Scope, name: str, traffic: Traffic) -> None:
        """Blue/green: the old fleet serves until the new one has proved itself, or goes on."""
        pending = self._document(scope, name)["Pending"]
        green = self._fleet(scope, name, pending["Snapshot"])
        instances = sum(len_of(one) for one in pending["Snapshot"]["ProductionVariants"])
        plan = rollout.read(pending["DeploymentConfig"], instances)
        deadline = time.monotonic() + plan.timeout_seconds
        green.start()
        traffic.green = green
        try:
            self._wait_until_healthy(green, traffic, deadline)
            for step in plan.steps:
                self._stage(scope, name, "ActivatingTraffic")
                traffic.share = step.share
                self._stage(scope, name, "Baking")
                self._bake(scope, plan, step.wait_seconds, green, traffic, deadline)
        except RolledBackError as error:
            self._roll_back(scope, name, traffic, green, str(error))
            return
        blue = traffic.promote()
        if blue is not None:
            traffic.cancelled.wait(plan.termination_wait_seconds)
            blue.stop()
        if not self._is_over(traffic):
            done = {"LastDeploymentConfig": pending["DeploymentConfig"]}
            self._change(scope, name, _in_service(green.snapshot) | done)

    def _roll_back(
        self, scope: Scope, name: str, traffic: Traffic, green: Fleet, reason: str
    ) -> None:
        traffic.share = 0.0
        traffic.green = None
        if self._is_over(traffic):
            green.stop()
            return
        self._change(scope, name, {"EndpointStatus": "RollingBack", "FailureReason": reason})
        green.stop()
        back = _in_service(self._document(scope, name)["Deployed"])
        self._change(scope, name, back | {"FailureReason": reason})

    def _rescale(self, scope: Scope, name: str, traffic: Traffic) -> None:
        snapshot = self._document(scope, name)["Deployed"]
        fleet = traffic.blue
        if fleet is None:
            return
        surplus = []
        for definition in snapshot["ProductionVariants"]:
            variant = fleet.variants[definition["VariantName"]]
            variant.definition = definition
            surplus += variant.scale(len_of(definition))
        fleet.snapshot = snapshot
        try:
            self._wait_until_healthy(fleet, traffic, float("inf"))
        except RolledBackError as error:
            if not self._is_over(traffic):
                self._change(scope, name, {"EndpointStatus": "Failed", "FailureReason": str(error)})
            return
        for definition in snapshot["ProductionVariants"]:
            fleet.variants[definition["VariantName"]].weight = definition["DesiredWeight"]
        stop_servers(surplus)
        self._change(scope, name, _in_service(snapshot))

    def _delete(self, scope: Scope, name: str, traffic: Traffic) -> None:
        self._traffic.pop((scope, name), None)
        for fleet in traffic.fleets():
            fleet.stop()
        self._workers.pop((scope, name), None)
        self._store.delete(ENDPOINT, scope, name)

    def _wait_until_healthy(self, fleet: Fleet, traffic: Traffic, deadline: float) -> None:
        while not fleet.is_healthy():
            self._check(fleet, traffic, deadline)
            time.sleep(POLL_SECONDS)

    def _bake(
        self,
        scope: Scope,
        plan: rollout.Rollout,
        seconds: float,
        green: Fleet,
        traffic: Traffic,
        deadline: float,
    ) -> None:
        """Watch the alarms for as long as the step says, at least once."""
        until = time.monotonic() + seconds
        while True:
            self._check(green, traffic, deadline)
            if alarmed := self._alarmed(scope, plan.alarms):
                raise RolledBackError(
                    "One or more configured alarms have been triggered: "
                    f"{', '.join(alarmed)}. The endpoint was rolled back."
                )
            left = until - time.monotonic()
            if left <= 0:
                return
            time.sleep(min(ALARM_SECONDS, left))

    def _check(self, fleet: Fleet, traffic: Traffic, deadline: float) -> None:
        if failure := fleet.failure():
            raise RolledBackError(failure)
        if self._is_over(traffic):
            raise RolledBackError("The endpoint is being deleted.")
        if time.monotonic() > deadline:
            raise RolledBackError("The deployment took longer than its maximum execution timeout.")

    def _alarmed(self, scope: Scope, alarms: tuple[str, ...]) -> list[str]:
        if not alarms:
            return []
        answer = self._call(
            "cloudwatch",
            "DescribeAlarms",
            {
                "AlarmNames": list(alarms),
                "StateValue": "ALARM",
                "AlarmTypes": ["MetricAlarm", "CompositeAlarm"],
            },
            region=scope.region,
            account=scope.account,
        )
        found = answer.get("MetricAlarms", []) + answer.get("CompositeAlarms", [])
        return sorted(alarm["AlarmName"] for alarm in found)

    def _fleet(self, scope: Scope, name: str, snapshot: Document) -> Fleet:
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
                log_group=f"/aws/sagemaker/Endpoints/{name}",
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

    def _stage(self, scope: Scope, name: str, stage: str) -> None:
        def change(endpoint: Document) -> Document:
            return {"Pending": endpoint["Pending"] | {"Stage": stage, "StageAt": time.time()}}

        self._store.change(ENDPOINT, scope, name, change)

    def _document(self, scope: Scope, name: str) -> Document:
        found = self._store.get(ENDPOINT, scope, name)
        if found is None:
            raise LookupError(f"endpoint {name} is gone")
        return found

    def _change(self, scope: Scope, name: str, change: Document) -> None:
        """Keep a change, unless the endpoint is being deleted: that is final."""

        def apply(endpoint: Document) -> Document:
            if endpoint["EndpointStatus"] == "Deleting":
                return {}
            return change | {"LastModifiedTime": time.time()}

        self._store.change(ENDPOINT, scope, name, apply)

    def _is_over(self, traffic: Traffic) -> bool:
        return self._shutting_down or traffic.cancelled.is_set()


def len_of(definition: Document) -> int:
    """How many servers a variant is to have."""
    return int(definition["DesiredInstanceCount"])


def _in_service(snapshot: Document) -> Document:
    return {
        "EndpointStatus": "InService",
        "EndpointConfigName": snapshot["EndpointConfigName"],
        "Deployed": snapshot,
        "Pending": None,
        "FailureReason": "",
    }
