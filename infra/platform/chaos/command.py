"""`make chaos`: two platforms on the same source files, one of them disturbed, and the comparison.

Variables: FAULTS (200), SEED (1), RLM_TICKET_SALES (2000); REUSE=1 takes the undisturbed run of the
last time instead of another one.
"""

from __future__ import annotations

import json
import random
import shutil
import time
import traceback
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bringup.bring_up import set_up
from bringup.failures import PlatformError
from bringup.layout import ROOT, State
from bringup.platform import Platform, platform_for

from .alarms import AlarmWatch, groups_of
from .answers import require_answers
from .api_load import Api, ApiLoad
from .book import Book
from .compare import differences, require_content
from .disk import make_disk
from .disturbance import Disturbance
from .gateway_faults import GatewayFaults
from .noticing import note_what_was_noticed
from .pictures import expected_parts, take_picture
from .plan import Call, make_plan
from .report import Verdict, write_report
from .strikes import Strikes
from .supervisor import Supervisor
from .workload import STAGES, Workload, stages_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from bringup.console import Console

    from .alarms import AlarmChange
    from .compare import Picture
    from .disk import Disk

REPORT = ROOT / "build" / "chaos"
SALES = "2000"
# A day's period of an alarm passes in minutes.
MONITORING_SPEED = "10"


@dataclass(frozen=True)
class Undisturbed:
    """What the platform that nobody disturbed held, and which calls it made."""

    picture: Picture
    calls: list[Call]
    seconds: float


def run_chaos(environ: Mapping[str, str], console: Console) -> bool:
    """Run both, compare, write the report; whether nothing was lost and nothing is double."""
    count, seed = int(environ.get("FAULTS") or 200), int(environ.get("SEED") or 1)
    work = State.of(environ).folder / "chaos"
    work.mkdir(parents=True, exist_ok=True)
    undisturbed = _undisturbed(environ, work, console)
    disk = make_disk(work / "disturbed")
    if not disk.is_own:
        console.say(f"no disk will be full: {disk.why_not}")
    try:
        verdict = _disturb(environ, disk, undisturbed, count, seed, console)
    finally:
        platform = _platform(environ, disk.folder)
        platform.stop()
        _keep_logs(platform, REPORT / "logs")
        if not environ.get("KEEP"):
            disk.remove()
    write_report(verdict, REPORT)
    console.write("\n" + verdict.as_text())
    console.write(f"Written to {REPORT / 'report.html'}.")
    return verdict.is_good


def _undisturbed(environ: Mapping[str, str], work: Path, console: Console) -> Undisturbed:
    kept = work / "undisturbed.json"
    if environ.get("REUSE") and kept.exists():
        console.say("the undisturbed run is that of the last time")
        read = json.loads(kept.read_text())
        return Undisturbed(read["picture"], [Call(*one) for one in read["calls"]], read["seconds"])
    folder = work / "undisturbed"
    shutil.rmtree(folder, ignore_errors=True)
    platform, began = _platform(environ, folder), time.monotonic()
    try:
        with console.phase("undisturbed", "a run that nobody disturbs"):
            files = set_up(platform, _variables(environ, folder), console)
            gateway = GatewayFaults(platform.aws.url)
            # A deployment's calls are made before there is anything to disturb.
            deploying = {call.name: call.times for call in gateway.calls()}
            Workload(platform, files.folder, console).run()
            calls = [
                replace(call, times=call.times - deploying.get(call.name, 0))
                for call in gateway.calls()
                if call.times > deploying.get(call.name, 0)
            ]
            picture = take_picture(platform)
    finally:
        platform.stop()
    missing = require_content(picture, expected_parts(platform.env)) + require_answers(picture)
    if missing:
        raise PlatformError("the undisturbed run shows too little: " + "; ".join(missing))
    found = Undisturbed(picture, calls, time.monotonic() - began)
    told = {"picture": picture, "calls": [[c.service, c.operation, c.times] for c in calls]}
    kept.write_text(json.dumps(told | {"seconds": found.seconds}))
    shutil.rmtree(folder, ignore_errors=True)
    return found


def _disturb(
    environ: Mapping[str, str],
    disk: Disk,
    undisturbed: Undisturbed,
    count: int,
    seed: int,
    console: Console,
) -> Verdict:
    platform, began = _platform(environ, disk.folder), time.time()
    files = set_up(platform, _variables(environ, disk.folder), console)
    stages = stages_of(files.folder)
    late = {one.name: one for stage in stages for one in stage.late}
    plan = make_plan(seed, count, undisturbed.calls, list(late), has_disk=disk.is_own)
    supervisor = Supervisor(platform)
    workload = Workload(platform, files.folder, console)
    numbers = {one.name: stage.number for stage in stages for one in stage.late}
    dice = random.Random(seed)  # noqa: S311 - dice of a test
    strikes = Strikes(workload, supervisor, disk, late, numbers, dice)
    gateway, book = GatewayFaults(platform.aws.url), Book()
    disturbance = Disturbance(plan, strikes, gateway, book, dice, console, stages=len(STAGES))
    workload.pressure = disturbance
    load = ApiLoad(Api.of(platform.client("apigateway"), platform.aws.url, platform.env))
    supervisor.start()
    load.start()
    picture: Picture = {}
    alarms: list[AlarmChange] = []
    problems: list[str] = []

    def note(failure: Exception) -> None:
        problems.append(f"{type(failure).__name__}: {failure}")
        console.write("".join(traceback.format_exception(failure)))

    try:
        with console.phase("disturbed", f"a run with {count} faults"):
            workload.run()
            disturbance.finish()
            load.stop()
            # What a fault interrupted last may still have to be done.
            workload.ingest(is_forced=True)
            workload.settle()
        picture = take_picture(platform)
    except Exception as failure:  # noqa: BLE001 - what happened until then must not be lost
        note(failure)
    finally:
        disturbance.give_up()
        load.stop()
    try:
        watch = AlarmWatch(platform.client("cloudwatch"), groups_of(platform.env))
        alarms = workload.patiently(lambda: watch.changes(began))
    except Exception as failure:  # noqa: BLE001 - without alarms there is still much to tell
        note(failure)
    supervisor.stop()
    note_what_was_noticed(book.entries, supervisor.restarts, workload.reruns, load.asked, alarms)
    return Verdict(
        plan=plan,
        book=book,
        began_at=began,
        ended_at=time.time(),
        undisturbed_seconds=undisturbed.seconds,
        differences=differences(undisturbed.picture, picture),
        picture=picture,
        restarts=supervisor.restarts,
        reruns=workload.reruns,
        hurried=workload.hurried,
        asked=load.asked,
        alarms=alarms,
        why_no_disk=disk.why_not,
        problem="; ".join(problems),
        load_problem=load.problem,
        failed_starts=supervisor.problems,
    )


def _variables(environ: Mapping[str, str], folder: Path) -> dict[str, str]:
    """The environment of one of the two platforms."""
    return {
        **environ,
        "RLM_STATE_DIR": str(folder),
        "RLM_TICKET_SALES": environ.get("RLM_TICKET_SALES") or SALES,
        "RLM_FAULTS": "1",
        "RLM_MONITORING_SPEED": environ.get("RLM_MONITORING_SPEED", MONITORING_SPEED),
    }


def _platform(environ: Mapping[str, str], folder: Path) -> Platform:
    return platform_for(_variables(environ, folder))


def _keep_logs(platform: Platform, folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    if platform.state.logs.exists():
        shutil.copytree(platform.state.logs, folder)
