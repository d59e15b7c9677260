"""One of the platform's servers in the foreground: what each container of docker-compose runs.

`python3 -m bringup.serving NAME` becomes the server; `--check NAME` says whether it is healthy, and
`--prepare-airflow` makes Airflow's database. Nothing but the standard library and `rlm.names` is
needed for it: each image holds only the environments that its server runs in.
"""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING

from . import ports
from .airflow_components import COMPONENTS, PREFIX, airflow_url, component_is_healthy
from .dashboards import page_answers, page_url
from .failures import PlatformError
from .images import write_images
from .local_aws import is_serving, local_aws_url
from .platform import platform_for
from .processes import MARK_VARIABLE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .platform import Platform

LOCAL_AWS, DASHBOARDS = "local-aws", "dashboards"
SERVERS = (LOCAL_AWS, *(f"{PREFIX}{component}" for component in COMPONENTS), DASHBOARDS)
CHECK, PREPARE_AIRFLOW = "--check", "--prepare-airflow"
POLL_SECONDS = 1.0
USAGE = f"expected {' or '.join(SERVERS)}, {CHECK} and one of these, or {PREPARE_AIRFLOW}"


def is_healthy(name: str, environ: Mapping[str, str]) -> bool:
    """Whether the server answers on its port; quick, and starts nothing."""
    if name == LOCAL_AWS:
        return is_serving(local_aws_url(ports.AWS.number(environ)))
    if name == DASHBOARDS:
        return page_answers(page_url(ports.DASHBOARDS.number(environ)))
    if name in SERVERS:
        return component_is_healthy(airflow_url(ports.AIRFLOW.number(environ)), name)
    raise PlatformError(f"no server is called {name!r}; there are {', '.join(SERVERS)}")


def wait_for_servers(environ: Mapping[str, str], timeout_seconds: float) -> None:
    """Wait until every server is healthy; raises PlatformError naming those that are not."""
    deadline = time.monotonic() + timeout_seconds
    while missing := [name for name in SERVERS if not is_healthy(name, environ)]:
        if time.monotonic() > deadline:
            raise PlatformError(
                f"{', '.join(missing)} not healthy after {timeout_seconds:.0f} s;"
                " see what they print (docker compose logs), and whether they run"
            )
        time.sleep(POLL_SECONDS)


def serve(platform: Platform, name: str) -> None:
    """Become the server: this process's output and signals are the server's from now on."""
    process = platform.process(name)
    if name == LOCAL_AWS:
        write_images(platform.state.images, platform.env)
    os.chdir(process.cwd)
    command = list(process.command)
    environ = {**process.environ, MARK_VARIABLE: process.mark}
    sys.stdout.flush()
    os.execve(command[0], command, environ)  # noqa: S606 - the platform's own command


def main(arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    """Do what the arguments say; 0 if it is done or healthy."""
    try:
        match list(arguments):
            case [str(option), name] if option == CHECK:
                return 0 if is_healthy(name, environ) else 1
            case [argument]:
                platform = platform_for(environ)
                platform.state.make_folders()
                if argument == PREPARE_AIRFLOW:
                    platform.airflow.migrate_database()
                else:
                    serve(platform, argument)
                return 0
    except PlatformError as problem:
        sys.stderr.write(f"{problem}\n")
        return 1
    sys.stderr.write(f"{USAGE}\n")
    return 2


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:], os.environ))
