"""The process that carries one training or processing job: fetch, run, watch, store, report.

`python -m localaws.sagemaker.job_agent JOB_DIR LOCK_FD`, in a session of its own. It reads
JOB_DIR/spec.json and says where it is in JOB_DIR/status.json; the last word has an `end`.
It ends the program when the time is over, on SIGTERM (the second one at once), and when the
gateway has been gone for long.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

import botocore.config
import botocore.exceptions
import botocore.session

from localaws.log_shipping import CLIENT_CONFIG, LogShipper
from localaws.sagemaker import channels, programs
from localaws.sagemaker.job_metrics import LogMetrics
from localaws.supervision import Contact, write_status

POLL_SECONDS = 0.1
SHIP_SECONDS = 0.5
REASON_CHARACTERS = 1024


class Agent:
    """One job from its specification to its end."""

    def __init__(self, job_dir: Path) -> None:
        self.job_dir = job_dir
        self.spec: dict[str, Any] = json.loads((job_dir / "spec.json").read_text("utf-8"))
        self.stop_requests = 0
        self._contact = Contact(self.spec["endpoint"], self.spec["contact_lost_seconds"])
        self._phases: list[dict[str, Any]] = []
        session = botocore.session.Session()
        self._s3: Any = session.create_client(
            "s3",
            config=botocore.config.Config(
                s3={"addressing_style": "path"}, retries={"total_max_attempts": 5}
            ),
        )
        self._log_path = job_dir / "log"
        self._log_path.touch()
        self._shipper = LogShipper(
            session.create_client("logs", config=CLIENT_CONFIG),
            self._log_path,
            self.spec["log"]["group"],
            self.spec["log"]["stream"],
        )
        self._metrics = LogMetrics(
            session.create_client("cloudwatch", config=CLIENT_CONFIG),
            self._log_path,
            self.spec["metrics"]["namespace"],
            self.spec["metrics"]["dimensions"],
            self.spec["metrics"]["definitions"],
        )

    def run(self) -> None:
        signal.signal(signal.SIGTERM, self._on_stop)
        end = self._carry()
        self._ship_rest()
        self._report("", end | {"final_metrics": self._metrics.final(), "at": time.time()})

    def _on_stop(self, *_: object) -> None:
        self.stop_requests += 1

    def _carry(self) -> dict[str, Any]:
        try:
            self._report("Downloading")
            self._fetch()
            self._report("Running")
            end = self._execute()
            self._report("Uploading")
            self._store(is_success=end["state"] != "Failed")
        except channels.TransferError as error:
            return {"state": "Failed", "reason": f"ClientError: {error}"}
        return end | {"message": self._text("message")}

    def _report(self, phase: str, end: dict[str, Any] | None = None) -> None:
        if phase:
            self._phases.append({"phase": phase, "at": time.time()})
        status = {"phases": self._phases, "end": end, "agent_pid": os.getpid()}
        write_status(self.job_dir, status)

    def _fetch(self) -> None:
        for given in self.spec["inputs"]:
            fetch = channels.fetch_manifest if given["manifest"] else channels.fetch_prefix
            folder = Path(given["folder"])
            folder.mkdir(parents=True, exist_ok=True)
            fetch(self._s3, given["uri"], folder)

    def _execute(self) -> dict[str, Any]:
        if self.stop_requests:
            return {"state": "Stopped"}
        with self._log_path.open("ab") as log:
            program = programs.start(
                self.spec["command"], self.job_dir, self.spec["environment"], log
            )
        stopped = self._watch(program)
        code = program.process.wait()
        program.kill()
        if stopped:
            return stopped
        if code == 0:
            return {"state": "Completed"}
        said = self._text("failure") or "See the job's logs for the error"
        reason = f"AlgorithmError: {said}"[: REASON_CHARACTERS - 20]
        return {"state": "Failed", "reason": f"{reason}, exit code: {code}"}

    def _watch(self, program: programs.Program) -> dict[str, Any] | None:
        """Until the program ends: by itself (None), or because it has to."""
        deadline = time.monotonic() + self.spec["max_runtime_seconds"]
        ended: dict[str, Any] | None = None
        killed_at = float("inf")
        next_shipping = 0.0
        while program.process.poll() is None:
            if ended is None:
                ended = self._must_end(deadline)
                if ended:
                    program.terminate()
                    killed_at = time.monotonic() + self.spec["stop_grace_seconds"]
            elif time.monotonic() > killed_at or self.stop_requests > 1:
                program.kill()
            if time.monotonic() >= next_shipping:
                self._shipper.ship()
                self._metrics.follow()
                next_shipping = time.monotonic() + SHIP_SECONDS
            time.sleep(POLL_SECONDS)
        return ended

    def _must_end(self, deadline: float) -> dict[str, Any] | None:
        if self.stop_requests:
            return {"state": "Stopped"}
        if time.monotonic() > deadline:
            return {"state": self.spec["at_max_runtime"], "timed_out": True}
        if not self._contact.is_there():
            seconds = self.spec["contact_lost_seconds"]
            reason = f"No contact with {self.spec['endpoint']} for {seconds} seconds."
            return {"state": "Failed", "reason": f"InternalServerError: {reason}"}
        return None

    def _store(self, *, is_success: bool) -> None:
        for given in self.spec["outputs"]:
            folder = Path(given["folder"])
            if given["on_success_only"] and not is_success:
                continue
            if given["skip_empty"] and not (folder.is_dir() and any(folder.iterdir())):
                continue
            folder.mkdir(parents=True, exist_ok=True)
            if given["packed"]:
                archive = self.job_dir / given["uri"].rpartition("/")[2]
                channels.pack(folder, archive)
                channels.store_object(self._s3, archive, given["uri"])
            else:
                channels.store_folder(self._s3, folder, given["uri"])

    def _ship_rest(self) -> None:
        """The end of the logs, before the end of the job is told: who sees that finds these."""
        give_up = time.monotonic() + (5 if self.stop_requests else 60)
        while True:
            shipped = self._shipper.ship(to_the_end=True)
            if (self._metrics.follow(to_the_end=True) and shipped) or time.monotonic() > give_up:
                return
            time.sleep(SHIP_SECONDS)

    def _text(self, name: str) -> str:
        """What the program left in /opt/ml/output/<name>."""
        try:
            path = programs.base_dir(self.job_dir) / "output" / name
            return path.read_text("utf-8", errors="replace")[:REASON_CHARACTERS].strip()
        except OSError:
            return ""


if __name__ == "__main__":
    # Inherited from the gateway; only this process may keep it open.
    os.set_inheritable(int(sys.argv[2]), False)
    Agent(Path(sys.argv[1])).run()
