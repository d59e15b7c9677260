"""Endpoints that run: their fleets, and the threads that create, change and delete them.

What an endpoint serves stands whole in its document (`Deployed`), and what it shall serve next
too (`Pending`): a gateway that was killed starts the same servers again, and the update anew.
"""

from __future__ import annotations

import logging
import shutil
import threading
import time
from typing import TYPE_CHECKING

from localaws.sagemaker import rollout
from localaws.sagemaker.baking import RolledBackError, Watch, alarms_in_alarm
from localaws.sagemaker.fleets import stop_servers
from localaws.sagemaker.programs import CONTAINER_VARIABLE
from localaws.sagemaker.state import ENDPOINT, SageMakerStore
from localaws.sagemaker.traffic import Traffic
from localaws.supervision import end_all_below

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from localaws.host import InProcessCall
    from localaws.operations import Document
    from localaws.sagemaker.fleet_building import FleetBuilder
    from localaws.sagemaker.fleets import Fleet
    from localaws.scope import Scope

_log = logging.getLogger("localaws.sagemaker")

POLL_SECONDS = 0.1
SHUT_DOWN_SECONDS = 6.0


class Hosting:
    """The endpoints of every account and region."""

    def __init__(
        self,
        store: SageMakerStore,
        builder: FleetBuilder,
        call: InProcessCall,
        work_dir: Path,
    ) -> None:
        self._store = store
        self._builder = builder
        self._call = call
        self._work_dir = work_dir
        self._traffic: dict[tuple[Scope, str], Traffic] = {}
        self._workers: dict[tuple[Scope, str], threading.Thread] = {}
        self._lock = threading.Lock()

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
        endings = []
        for traffic in list(self._traffic.values()):
            traffic.cancelled.set()
            for fleet in traffic.fleets():
                ending = threading.Thread(target=fleet.stop, args=(SHUT_DOWN_SECONDS,))
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
        fleet = self._builder.build(scope, name, endpoint["Pending"]["Snapshot"])
        fleet.start()
        traffic.green = fleet
        try:
            Watch(fleet, traffic).until_healthy()
        except RolledBackError as error:
            traffic.green = None
            fleet.stop()
            if not traffic.is_over():
                failed = {"EndpointStatus": "Failed", "FailureReason": str(error)}
                self._change(scope, name, failed | {"Pending": None})
            return
        traffic.promote()
        self._change(scope, name, _in_service(fleet.snapshot))

    def _start_again(self, scope: Scope, name: str, traffic: Traffic) -> None:
        endpoint = self._document(scope, name)
        fleet = self._builder.build(scope, name, endpoint["Deployed"])
        fleet.start()
        traffic.blue = fleet
        traffic.is_coming_back = False
        while not fleet.is_healthy() and not traffic.is_over():
            # A program that served before the restart is given every chance to do so again.
            if failure := fleet.failure():
                reason = {"EndpointStatus": "Failed", "FailureReason": failure}
                self._change(scope, name, reason)
                return
            time.sleep(POLL_SECONDS)
        if traffic.is_over():
            return
        if endpoint["EndpointStatus"] == "Updating" and endpoint["Pending"]:
            self._update(scope, name, traffic)
        elif endpoint["EndpointStatus"] == "RollingBack":
            back = {"FailureReason": endpoint["FailureReason"]}
            self._change(scope, name, _in_service(fleet.snapshot) | back)
        elif endpoint["EndpointStatus"] != "Failed":
            self._change(scope, name, _in_service(fleet.snapshot))

    def _update(self, scope: Scope, name: str, traffic: Traffic) -> None:
        """Blue/green: the old fleet serves until the new one has proved itself, or goes on."""
        pending = self._document(scope, name)["Pending"]
        green = self._builder.build(scope, name, pending["Snapshot"])
        instances = sum(len_of(one) for one in pending["Snapshot"]["ProductionVariants"])
        plan = rollout.read(pending["DeploymentConfig"], instances)
        watch = Watch(
            green,
            traffic,
            deadline=time.monotonic() + plan.timeout_seconds,
            alarmed=lambda: alarms_in_alarm(self._call, scope, plan.alarms),
        )
        green.start()
        traffic.green = green
        try:
            watch.until_healthy()
            for step in plan.steps:
                self._stage(scope, name, "ActivatingTraffic")
                traffic.share = step.share
                self._stage(scope, name, "Baking")
                watch.bake(step.wait_seconds)
        except RolledBackError as error:
            self._roll_back(scope, name, traffic, green, str(error))
            return
        except Exception as error:
            # A fault of our own must not leave half of the traffic with the new fleet.
            self._roll_back(scope, name, traffic, green, f"InternalServerError: {error!r}")
            raise
        blue = traffic.promote()
        if blue is not None:
            traffic.cancelled.wait(plan.termination_wait_seconds)
            blue.stop()
        if not traffic.is_over():
            done = {"LastDeploymentConfig": pending["DeploymentConfig"]}
            self._change(scope, name, _in_service(green.snapshot) | done)

    def _roll_back(
        self, scope: Scope, name: str, traffic: Traffic, green: Fleet, reason: str
    ) -> None:
        traffic.share = 0.0
        traffic.green = None
        if traffic.is_over():
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
            Watch(fleet, traffic).until_healthy()
        except RolledBackError as error:
            if not traffic.is_over():
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
