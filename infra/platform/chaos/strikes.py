"""What each fault does to a platform."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rlm import names

from .book import Entry
from .pictures import COPY_MARK
from .probes import Probes
from .victims import NoVictimError, pids_of

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    from .disk import Disk
    from .plan import Fault
    from .supervisor import Supervisor
    from .workload import Late, Workload


@dataclass
class Strikes:
    """Brings faults about, one a call.

    `late` gives the deliveries that come late by name, `stage_numbers` the stages that they are of.
    """

    workload: Workload
    supervisor: Supervisor
    disk: Disk
    late: dict[str, Late]
    stage_numbers: dict[str, int]
    dice: random.Random
    clock: Callable[[], float] = time.time
    landed_late: set[str] = field(default_factory=set)

    @property
    def probes(self) -> Probes:
        return Probes(self.workload, self.supervisor)

    def strike(self, fault: Fault) -> tuple[Entry, Callable[[], bool]]:
        """Do it; what is known of it, and the probe that says when all is well.

        Raises NoVictimError when nobody is there to be hit.
        """
        match fault.kind:
            case "kill":
                return self._kill(fault)
            case "freeze":
                return self._freeze(fault)
            case "disk":
                return self._fill_disk(fault)
            case "delivery":
                return self._deliver(fault)
        raise ValueError(f"{fault.kind} is no strike")

    # -- processes ----------------------------------------------------------------------------

    def _kill(self, fault: Fault) -> tuple[Entry, Callable[[], bool]]:
        pid, entry, is_well = self._take_aim(fault)
        entry.began_at = self.clock()
        _signal(pid, signal.SIGKILL, fault)
        entry.ended_at = self.clock()
        return entry, is_well

    def _freeze(self, fault: Fault) -> tuple[Entry, Callable[[], bool]]:
        pid, entry, is_well = self._take_aim(fault)
        entry.began_at = self.clock()
        _signal(pid, signal.SIGSTOP, fault)
        try:
            time.sleep(fault.seconds)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)
        entry.ended_at = self.clock()
        return entry, is_well

    def _take_aim(self, fault: Fault) -> tuple[int, Entry, Callable[[], bool]]:
        pids = self._victims(fault.target)
        entry = Entry(fault, 0.0)
        is_well = self.probes.of(entry)
        return self.dice.choice(pids), entry, is_well

    def _victims(self, name: str) -> list[int]:
        pids = pids_of(self.supervisor, name)
        if not pids:
            raise NoVictimError(f"no {name} was at work")
        return pids

    # -- the disk -----------------------------------------------------------------------------

    def _fill_disk(self, fault: Fault) -> tuple[Entry, Callable[[], bool]]:
        entry = Entry(fault, self.clock())
        self.disk.fill()
        try:
            deadline = time.monotonic() + fault.seconds
            while time.monotonic() < deadline:
                if not entry.noticed and not self._takes_objects():
                    entry.noticed.append("S3 refused to write")
                time.sleep(0.5)
        finally:
            self.disk.free()
        entry.ended_at = self.clock()
        return entry, lambda: self._takes_objects() and self.supervisor.all_healthy()

    def _takes_objects(self) -> bool:
        s3, lake = (
            self.workload.platform.client("s3"),
            names.bucket(self.workload.platform.env, "access-logs"),
        )
        try:
            s3.put_object(Bucket=lake, Key="chaos/probe", Body=b"x" * 65536)
        except Exception:  # noqa: BLE001 - any of them means no
            return False
        return True

    # -- deliveries ---------------------------------------------------------------------------

    def _deliver(self, fault: Fault) -> tuple[Entry, Callable[[], bool]]:
        entry = Entry(fault, self.clock())
        s3 = self.workload.platform.client("s3")
        bucket = names.bucket(self.workload.platform.env, "landing")
        if fault.target == "late":
            self.workload.land(self.late[fault.detail].keys)
            self.landed_late.add(fault.detail)
        else:
            files = [key for key in self.workload.landed if "/images/" not in key]
            key = self.dice.choice(files)
            again = key
            if fault.target == "copy":
                folder, _, name = key.rpartition("/")
                stem, _, ending = name.partition(".")
                again = f"{folder}/{stem}{COPY_MARK}-{fault.number}.{ending}"
            body = (self.workload.folder / key).read_bytes()
            self.workload.patiently(lambda: s3.put_object(Bucket=bucket, Key=again, Body=body))
            entry.noticed.append(again)
        runs = self.workload.ingest()
        entry.ended_at = self.clock()
        return entry, lambda: not (runs & self.workload.ingestions())


def _signal(pid: int, number: signal.Signals, fault: Fault) -> None:
    """Raises NoVictimError where it is gone by now."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        raise NoVictimError(f"the {fault.target} ended by itself") from None
