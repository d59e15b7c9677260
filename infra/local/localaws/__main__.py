"""Serve the local AWS: `python -m localaws --port 4566 --state-dir DIR`."""

from __future__ import annotations

import argparse
import fcntl
import logging
import os
import re
import resource
import socket
import sys
from pathlib import Path
from typing import Any

from localaws.errors import PortInUseError, StateInUseError
from localaws.host import Options

EXIT_PORT_IN_USE = 3
EXIT_STATE_IN_USE = 4
# Not all there may be: programs that we start inherit it, and some close every one of them.
_OPEN_FILES = 16384
# A path from the root has no name before its first `=`.
_NAMED_FOLDER = re.compile(r"(?:(?P<name>[\w-]+)=)?(?P<folder>.+)")


def main(arguments: list[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT; 0 after a clean stop, 3 and 4 when port or state are taken."""
    options = _parse(arguments)
    logging.basicConfig(
        level=os.environ.get("LOCALAWS_LOG_LEVEL", "WARNING"),
        format="%(asctime)s %(levelname)s [%(name)s] %(message)s",
    )
    try:
        listener = _listen(options.port)
    except PortInUseError as error:
        sys.stderr.write(f"{error}\n")
        return EXIT_PORT_IN_USE
    try:
        _lock(options.state_dir)
    except StateInUseError as error:
        sys.stderr.write(f"{error}\n")
        return EXIT_STATE_IN_USE
    _allow_open_files()
    _serve(options, listener)
    return 0


def _allow_open_files() -> None:
    """More than a shell's usual 1024 if the system lets us: every caller takes one."""
    now, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _OPEN_FILES if most == resource.RLIM_INFINITY else min(_OPEN_FILES, most)
    if now != resource.RLIM_INFINITY and now < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


def _folders(pages: list[str]) -> tuple[tuple[str, Path], ...]:
    """What `--pages` named: the name that a folder is served under, which may be none, and it."""
    named = [_NAMED_FOLDER.fullmatch(one) for one in pages]
    return tuple((one["name"] or "", Path(one["folder"]).resolve()) for one in named if one)


def _parse(arguments: list[str] | None) -> Options:
    parser = argparse.ArgumentParser(prog="localaws", description=__doc__)
    parser.add_argument("--port", type=int, default=4566)
    parser.add_argument("--state-dir", type=Path, required=True, help="everything that is kept")
    parser.add_argument("--glue-python", type=Path, help="the interpreter that runs Glue jobs")
    parser.add_argument("--jars", type=Path, help="the folder of Spark's extra jars")
    parser.add_argument(
        "--sagemaker-images", type=Path, help="the file that says what SageMaker's images are here"
    )
    parser.add_argument(
        "--notebook-python", type=Path, help="the interpreter of SageMaker's notebook instances"
    )
    parser.add_argument(
        "--lambda-python", type=Path, help="the interpreter that runs Lambda's Python functions"
    )
    parser.add_argument(
        "--pages",
        action="append",
        default=[],
        metavar="[NAME=]FOLDER",
        help="a folder whose files are served at /docs/, with a name at /docs/NAME/; repeatable",
    )
    parser.add_argument(
        "--dashboards-url", help="where the page stands that QuickSight's embedding URLs open"
    )
    parser.add_argument(
        "--monitoring-speed",
        type=_speed,
        default=1.0,
        metavar="N",
        help="judge alarms as if time passed N times faster: their periods are N times shorter",
    )
    parser.add_argument(
        "--faults", action="store_true", help="let /_localaws/faults disturb calls, for tests"
    )
    given = parser.parse_args(arguments)
    return Options(
        port=given.port,
        state_dir=given.state_dir.resolve(),
        # Not resolved: a virtual environment's python is a link that must stay one.
        glue_python=given.glue_python.absolute() if given.glue_python else None,
        jars=given.jars.resolve() if given.jars else None,
        sagemaker_images=given.sagemaker_images.resolve() if given.sagemaker_images else None,
        notebook_python=given.notebook_python.absolute() if given.notebook_python else None,
        lambda_python=given.lambda_python.absolute() if given.lambda_python else None,
        pages=_folders(given.pages),
        dashboards_url=given.dashboards_url,
        monitoring_speed=given.monitoring_speed,
        has_faults=given.faults,
    )


def _speed(text: str) -> float:
    speed = float(text)
    if not 0 < speed < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is no speed: a number above 0 is")
    return speed


def _listen(port: int) -> socket.socket:
    """Take the port before anything is loaded: a second gateway must not touch the state."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
        listener.listen(256)
    except OSError as error:
        listener.close()
        raise PortInUseError(
            f"127.0.0.1:{port} cannot be opened ({error.strerror}): is a local AWS already "
            "running? Stop it, or choose another port with --port."
        ) from error
    return listener


def _lock(state_dir: Path) -> None:
    """Hold the state until the process ends, however it ends."""
    state_dir.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(state_dir / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise StateInUseError(
            f"{state_dir} is in use by another local AWS: stop it, or choose another --state-dir."
        ) from error


def _serve(options: Options, listener: socket.socket) -> None:
    # Imported here: ministack reads its settings from the environment at import.
    from localaws import http_server
    from localaws.faults import Disturbed
    from localaws.gateway import Gateway
    from localaws.web_access import Guarded

    def make_app(connections: http_server.Connections) -> Guarded:
        gateway = Gateway(options)
        app: Any = gateway
        if options.has_faults:
            app = Disturbed(gateway, gateway.operation_of, gateway.tell_throttle, connections.cut)
        return Guarded(app, gateway.allows_origin)

    http_server.run(listener, make_app)


if __name__ == "__main__":
    raise SystemExit(main())
