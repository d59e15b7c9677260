"""One instance of a variant: the image's `serve` on a port of its own, kept alive.

A thread carries each: fetch the model, start the program, wait for `GET /ping`, watch it, start
it again when it dies or stops to answer. A program that never becomes healthy fails its server.
"""

from __future__ import annotations

import http.client
import logging
import shutil
import socket
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from localaws.log_shipping import LogShipper
from localaws.sagemaker import channels, programs
from localaws.sagemaker.images import Image, ImageError
from localaws.supervision import end_leftovers

if TYPE_CHECKING:
    from collections.abc import Callable

    from localaws.operations import Document

_log = logging.getLogger("localaws.sagemaker")

# AWS asks every 5 seconds and wants an answer within 2.
PING_SECONDS = 5.0
PING_TIMEOUT_SECONDS = 2.0
PINGS_TO_GIVE_UP = 3
STARTING_PING_SECONDS = 0.1
# A program that ends as often before it was ever healthy will not become so.
STARTS_TO_GIVE_UP = 3
TICK_SECONDS = 0.1
SHIP_SECONDS = 0.5
STOP_SECONDS = 30.0
RESTART_SECONDS = (0.2, 1.0, 2.0, 5.0, 10.0)


@dataclass(frozen=True)
class ServerPlan:
    """What one server needs to be started, and started again."""

    container: Document
    image: Callable[[str], Image]
    credentials: programs.Credentials
    s3: Any
    logs: Any
    log_group: str
    log_stream: str
    startup_seconds: float


class Server:
    """One instance. `outstanding` counts the requests that it is at work on."""

    def __init__(self, plan: ServerPlan, folder: Path) -> None:
        self._plan = plan
        self._folder = folder.absolute()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=folder.name, daemon=True)
        self._shipper: LogShipper | None = None
        self._grace_seconds = STOP_SECONDS
        self.port = 0
        self.outstanding = 0
        self.is_healthy = False
        self.was_healthy = False
        self.failure = ""

    @property
    def log_stream(self) -> str:
        return self._plan.log_stream

    def start(self) -> None:
        self._thread.start()

    def ask_to_stop(self, grace_seconds: float = STOP_SECONDS) -> None:
        """Out of traffic from now on; the program has its time to end by itself."""
        self.is_healthy = False
        self._grace_seconds = grace_seconds
        self._stopping.set()

    def join(self) -> None:
        """Wait until nothing of the server is left."""
        self._thread.join(self._grace_seconds + 10)

    def _run(self) -> None:
        try:
            self._fetch_model()
            self._keep_alive()
        except (channels.TransferError, ImageError, OSError) as error:
            self.failure = str(error)
        except Exception as error:  # noqa: BLE001 - nobody else sees this thread die
            _log.exception("sagemaker: server %s", self._folder.name)
            self.failure = repr(error)
        finally:
            self.is_healthy = False
            if self._shipper is not None:
                self._shipper.ship(to_the_end=True)
            shutil.rmtree(self._folder, ignore_errors=True)

    def _keep_alive(self) -> None:
        deadline = time.monotonic() + self._plan.startup_seconds
        starts = 0
        while not self._stopping.is_set():
            program = self._launch()
            try:
                if self._becomes_healthy(program, deadline):
                    starts = 0
                    self._watch(program)
                else:
                    starts += 1
            finally:
                self.is_healthy = False
                self._end(program)
            given_up = starts >= STARTS_TO_GIVE_UP or time.monotonic() > deadline
            if not self.was_healthy and given_up and not self._stopping.is_set():
                self.failure = self.failure or (
                    "The primary container for production variant did not pass the ping health "
                    "check. Please check CloudWatch logs for this endpoint."
                )
                return
            self._stopping.wait(RESTART_SECONDS[min(starts, len(RESTART_SECONDS) - 1)])

    def _fetch_model(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)
        folder = programs.base_dir(self._folder) / "model"
        folder.mkdir(parents=True)
        container = self._plan.container
        if url := container.get("ModelDataUrl"):
            self._fetch_archive(url, folder)
        source = (container.get("ModelDataSource") or {}).get("S3DataSource")
        if source and source["CompressionType"] == "Gzip":
            self._fetch_archive(source["S3Uri"], folder)
        elif source:
            channels.fetch_prefix(self._plan.s3, source["S3Uri"], folder)

    def _fetch_archive(self, uri: str, folder: Path) -> None:
        archive = self._folder / "model.tar.gz"
        channels.fetch_object(self._plan.s3, *channels.split(uri), archive)
        channels.unpack(archive, folder)
        archive.unlink()

    def _launch(self) -> programs.Program:
        self.port = free_port()
        image = self._plan.image(self._plan.container["Image"])
        variables = (self._plan.container.get("Environment") or {}) | {
            "SAGEMAKER_BIND_TO_PORT": str(self.port),
            "SAGEMAKER_BIND_TO_HOST": "127.0.0.1",
        }
        environment = programs.environment(
            self._folder, self._plan.credentials, image.environment, variables
        )
        log = self._folder / "log"
        with log.open("ab") as output:
            program = programs.start(image.program("serve"), self._folder, environment, output)
        if self._shipper is None:
            plan = self._plan
            self._shipper = LogShipper(plan.logs, log, plan.log_group, plan.log_stream)
        return program

    def _becomes_healthy(self, program: programs.Program, deadline: float) -> bool:
        next_shipping = 0.0
        while not self._stopping.is_set() and program.process.poll() is None:
            if time.monotonic() > deadline and not self.was_healthy:
                return False
            if ping(self.port):
                if listens_to_everybody(self.port):
                    self.failure = (
                        "The server listens on every address of this machine; "
                        "it must bind to SAGEMAKER_BIND_TO_HOST."
                    )
                    return False
                self.is_healthy = self.was_healthy = True
                return True
            if time.monotonic() > next_shipping:
                self._ship()
                next_shipping = time.monotonic() + SHIP_SECONDS
            self._stopping.wait(STARTING_PING_SECONDS)
        return False

    def _watch(self, program: programs.Program) -> None:
        """Until it dies, stops to answer, or is to stop."""
        next_ping = time.monotonic() + PING_SECONDS
        next_shipping = 0.0
        missed = 0
        while not self._stopping.wait(TICK_SECONDS) and program.process.poll() is None:
            now = time.monotonic()
            if now >= next_shipping:
                self._ship()
                next_shipping = now + SHIP_SECONDS
            if now >= next_ping:
                missed = 0 if ping(self.port) else missed + 1
                # Out of traffic at the first miss, started again after some.
                self.is_healthy = missed == 0
                next_ping = time.monotonic() + (PING_SECONDS if missed == 0 else 1.0)
                if missed >= PINGS_TO_GIVE_UP:
                    return

    def _end(self, program: programs.Program) -> None:
        if self._stopping.is_set() and program.process.poll() is None:
            program.terminate()
            give_up = time.monotonic() + self._grace_seconds
            while program.process.poll() is None and time.monotonic() < give_up:
                time.sleep(TICK_SECONDS / 2)
        program.kill()
        # Whoever kills the supervisor alone leaves its program behind.
        end_leftovers(self._folder, programs.CONTAINER_VARIABLE)

    def _ship(self) -> None:
        if self._shipper is not None:
            self._shipper.ship()


def ping(port: int) -> bool:
    """Whether the container says that it is healthy."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PING_TIMEOUT_SECONDS)
    try:
        connection.request("GET", "/ping")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def listens_to_everybody(port: int) -> bool:
    """Whether a socket listens on this port for other machines too; no answer without /proc."""
    for table, every in (("tcp", "0" * 8), ("tcp6", "0" * 32)):
        try:
            lines = Path(f"/proc/net/{table}").read_text().splitlines()[1:]
        except OSError:
            continue
        for line in lines:
            _, local, _, state, *_ = line.split()
            address, _, number = local.partition(":")
            if state == "0A" and int(number, 16) == port and address == every:
                return True
    return False
