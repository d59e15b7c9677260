"""`make run`: from installed environments to marts and reports, with everything left running."""

from __future__ import annotations

import subprocess
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from rlm import names

from . import ports
from .airflow_components import component_is_healthy
from .failures import PlatformError
from .flow import run_dags
from .images import write_images
from .landing import put_source_files
from .layout import ROOT, python_of
from .people import subscribe_people
from .processes import condition, start, wait_until_healthy
from .serving import wait_for_servers
from .source_files import SourceFiles, make_source_files, source_files_for
from .summary import write_summary

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from .console import Console
    from .platform import Platform

AWS_TIMEOUT_SECONDS = 60.0
AIRFLOW_TIMEOUT_SECONDS = 180.0
PAGE_TIMEOUT_SECONDS = 60.0
# Longer than any of them alone: they all start at once, on cold disks.
SERVERS_TIMEOUT_SECONDS = 300.0


def bring_up(platform: Platform, environ: Mapping[str, str], console: Console) -> bool:
    """Start what does not run, deploy, land source files, run the DAGs; whether all succeeded.

    Started again, it goes on from what is there.
    """
    files = set_up(platform, environ, console)
    is_good = _ingest(platform, files, console)
    console.write("Everything is left running: `make stop`.")
    return is_good


def fill(platform: Platform, environ: Mapping[str, str], console: Console) -> bool:
    """The same on servers that somebody else keeps running; whether all succeeded."""
    platform.state.make_folders()
    files = source_files_for(platform.state, environ)
    with ThreadPoolExecutor(1) as pool:
        files_ready = pool.submit(_make_files, platform, environ, console)
        with console.phase("servers", "waiting for the servers"):
            wait_for_servers(environ, SERVERS_TIMEOUT_SECONDS)
        with console.phase("deploy", "deploying the stacks"):
            _deploy(platform, console)
        files_ready.result()
    with console.phase("booking", "making up sales targets"):
        _seed_booking(platform, files.folder, console)
    return _ingest(platform, files, console)


def _ingest(platform: Platform, files: SourceFiles, console: Console) -> bool:
    """Land the files, run the DAGs, say what they did; whether all succeeded."""
    subscribe_people(platform.client("sns"), platform.env)
    with console.phase("landing", f"putting source files ({files.way}) into landing"):
        bucket = names.bucket(platform.env, "landing")
        landed = put_source_files(files.folder, platform.client("s3"), bucket, console)
        console.say(
            f"landing: {landed.put} files put ({landed.put_bytes / 1e6:.1f} MB),"
            f" {landed.unchanged} were there already"
        )
    is_good, summary = run_dags(platform, landed, console)
    write_summary(summary, platform.state.summary)
    console.write("\n" + summary.as_text() + "\n")
    console.write(f"Written to {platform.state.summary}.")
    return is_good


def set_up(platform: Platform, environ: Mapping[str, str], console: Console) -> SourceFiles:
    """Start what does not run and deploy; the source files, which are made and have not landed."""
    platform.state.make_folders()
    files = source_files_for(platform.state, environ)
    _require_ports(platform, environ)
    with ThreadPoolExecutor(2) as pool:
        # Airflow takes its time to start, and so do source files: both while stacks deploy.
        airflow_ready = pool.submit(_start_airflow, platform, console)
        files_ready = pool.submit(_make_files, platform, environ, console)
        with console.phase("aws", "starting the local AWS"):
            write_images(platform.state.images, platform.env)
            start(platform.aws.process)
            wait_until_healthy(platform.aws.process, platform.aws.is_healthy, AWS_TIMEOUT_SECONDS)
            console.say(f"local AWS: {platform.aws.url}")
        start(platform.dashboards.process)
        with console.phase("deploy", "deploying the stacks"):
            _deploy(platform, console)
        files_ready.result()
        with console.phase("booking", "making up sales targets"):
            _seed_booking(platform, files.folder, console)
        wait_until_healthy(
            platform.dashboards.process, platform.dashboards.is_healthy, PAGE_TIMEOUT_SECONDS
        )
        console.say(f"dashboards: {platform.dashboards.url}")
        airflow_ready.result()
    return files


def _require_ports(platform: Platform, environ: Mapping[str, str]) -> None:
    """Ports must be free, unless it is our own process that holds them."""
    if condition(platform.aws.process.pid_file) != "running":
        ports.require_free(ports.AWS, environ)
    if condition(platform.airflow.processes()[0].pid_file) != "running":
        ports.require_free(ports.AIRFLOW, environ)
    if condition(platform.dashboards.process.pid_file) != "running":
        ports.require_free(ports.DASHBOARDS, environ)


def _start_airflow(platform: Platform, console: Console) -> None:
    with console.phase("airflow", "starting Airflow"):
        platform.airflow.migrate_database()
        processes = platform.airflow.processes()
        for process in processes:
            start(process)
        for process in processes:

            def is_healthy(name: str = process.name) -> bool:
                return component_is_healthy(platform.airflow.url, name)

            wait_until_healthy(process, is_healthy, AIRFLOW_TIMEOUT_SECONDS)
        console.say(f"Airflow: {platform.airflow.url}")


def _make_files(platform: Platform, environ: Mapping[str, str], console: Console) -> None:
    with console.phase("source_files", "making source files"):
        make_source_files(source_files_for(platform.state, environ), console)


def _seed_booking(platform: Platform, sources: Path, console: Console) -> None:
    """Targets and access rules for these sources: here nobody keeps them by hand."""
    command = [str(python_of("dev").with_name("rlm")), "targets", "seed"]
    command += ["--env", platform.env, "--sources", str(sources)]
    step = subprocess.run(  # noqa: S603 - our own command
        command,
        cwd=ROOT,
        env=dict(platform.client_environ),
        capture_output=True,
        text=True,
        check=False,
    )
    if step.returncode != 0:
        tail = step.stderr.strip().splitlines()[-1:] or ["no reason given"]
        raise PlatformError(f"`{' '.join(command[1:])}` failed: {tail[0]}")
    console.say(step.stdout.strip())


def _deploy(platform: Platform, console: Console) -> None:
    """Run the same deployment as for AWS, against the local AWS."""
    command = [str(python_of("infra")), "infra/aws/deploy.py", "--env", platform.env]
    # Nothing here stands in a network.
    command += ["--without", "network", "--without", "mwaa"]
    with subprocess.Popen(  # noqa: S603 - our own deployment
        [*command, "--endpoint-url", platform.aws.url],
        cwd=ROOT,
        env={**platform.client_environ, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as step:
        for line in step.stdout or ():
            console.say(f"  {line.rstrip()}")
    if step.returncode != 0:
        raise PlatformError(f"the deployment failed (exit code {step.returncode}), see above")
