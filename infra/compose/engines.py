"""What builds and runs the images: Docker where its engine answers, otherwise podman as root.

Podman answers Docker's own program over a socket that lies in a folder of this check's; no
container sees it.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from stand_ins import StandIns, make_stand_ins

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILE = "infra/compose/Dockerfile"
TARGETS = ("door", "aws", "airflow", "platform")
# Small machines and sandboxes allow no more; Docker's default is higher.
PODMAN_SETTINGS = """[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
"""
# Where a machine may say which registries it uses: builds see it, images do not keep it.
CONFIGURATIONS = (
    ("/etc/pip.conf", "/etc/pip.conf"),
    ("~/.config/pip/pip.conf", "/root/.config/pip/pip.conf"),
    ("~/.config/uv/uv.toml", "/root/.config/uv/uv.toml"),
    ("~/.npmrc", "/root/.npmrc"),
    ("~/.m2/settings.xml", "/root/.m2/settings.xml"),
)
HEALTH_SECONDS = 5.0


def say(line: str) -> None:
    """Tell at once: what runs between may take minutes and speaks for itself."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


class Engine(Protocol):
    """Builds the images, and lets Docker's program run them."""

    name: str

    def build(self) -> None:
        """Build every image that docker-compose.yaml names."""
        ...

    @contextlib.contextmanager
    def running(self) -> Iterator[tuple[Mapping[str, str], Sequence[str]]]:
        """Variables and options with which `docker-compose` reaches the engine."""
        ...


class Docker:
    """Docker itself: nothing is put in its place."""

    name = "Docker"

    def __init__(self, run: Callable[[Sequence[str]], None]) -> None:
        self._run = run

    def build(self) -> None:
        for target in TARGETS:
            command = ["docker", "build", "--file", DOCKERFILE, "--target", target]
            self._run([*command, "--tag", f"rlm-{target}", "."])

    @contextlib.contextmanager
    def running(self) -> Iterator[tuple[Mapping[str, str], Sequence[str]]]:
        yield {}, ()


class Podman:
    """Podman and buildah as root, with stand-ins for base images that cannot be pulled."""

    name = "podman"

    def __init__(self, python: Path, run: Callable[[Sequence[str]], None]) -> None:
        self._python = python
        self._run = run
        self._stand_ins: StandIns | None = None

    def build(self) -> None:
        stand_ins = self._bases()
        command = ["buildah", "bud", "--isolation", "chroot", "--layers", "--file", DOCKERFILE]
        if stand_ins:
            command += ["--build-arg", f"PYTHON={stand_ins.python}"]
            command += ["--build-arg", f"NODE={stand_ins.node}"]
        for here, there in CONFIGURATIONS:
            if Path(here).expanduser().exists():
                command += ["--volume", f"{Path(here).expanduser()}:{there}:ro"]
        for target in TARGETS:
            # The name that Docker's program asks for.
            tag = f"docker.io/library/rlm-{target}"
            self._run([*command, "--target", target, "--tag", tag, "."])

    @contextlib.contextmanager
    def running(self) -> Iterator[tuple[Mapping[str, str], Sequence[str]]]:
        stand_ins = self._bases()
        with tempfile.TemporaryDirectory(prefix="rlm-compose-") as scratch:
            folder = Path(scratch)
            (folder / "containers.conf").write_text(PODMAN_SETTINGS)
            environ = {**os.environ, "CONTAINERS_CONF": str(folder / "containers.conf")}
            socket = folder / "podman.sock"
            options: list[str] = []
            if stand_ins:
                more = {"services": {"postgres": {"image": stand_ins.postgres}}}
                (folder / "stand-ins.json").write_text(json.dumps(more))
                options = ["--file", str(folder / "stand-ins.json")]
            with subprocess.Popen(  # noqa: S603 - podman's own service
                ["podman", "system", "service", "--time=0", f"unix://{socket}"],  # noqa: S607
                env=environ,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            ) as service:
                try:
                    _wait_for(socket)
                    with _health_checks(environ):
                        yield {"DOCKER_HOST": f"unix://{socket}"}, options
                finally:
                    service.terminate()

    def _bases(self) -> StandIns | None:
        """Stand-ins, unless the bases of the Dockerfile can be pulled."""
        if self._stand_ins is None and not all(_can_pull(base) for base in bases()):
            say("  base images cannot be pulled: stand-ins of Debian take their place")
            self._stand_ins = make_stand_ins(self._python, self._run)
        return self._stand_ins


def engine(python: Path, run: Callable[[Sequence[str]], None]) -> Engine | None:
    """The engine of this machine; None where there is none."""
    docker = shutil.which("docker")
    if docker and _answers([docker, "info"]):
        return Docker(run)
    programs = ("podman", "buildah", "runc")
    if os.geteuid() == 0 and all(shutil.which(program) for program in programs):
        return Podman(python, run)
    return None


def bases() -> list[str]:
    """The images that the Dockerfile builds on."""
    lines = (ROOT / DOCKERFILE).read_text().splitlines()
    return [
        line.partition("=")[2] for line in lines if line.startswith(("ARG PYTHON=", "ARG NODE="))
    ]


def _can_pull(image: str) -> bool:
    return _answers(["podman", "image", "exists", image]) or _answers(["podman", "pull", image])


def _answers(command: Sequence[str]) -> bool:
    try:
        step = subprocess.run(  # noqa: S603 - asks what is there
            list(command), capture_output=True, timeout=900, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return step.returncode == 0


def _wait_for(socket: Path) -> None:
    for _ in range(100):
        if socket.exists():
            return
        time.sleep(0.1)
    raise RuntimeError("podman's service did not open its socket within 10 s")


@contextlib.contextmanager
def _health_checks(environ: Mapping[str, str]) -> Iterator[None]:
    """Run the containers' own checks: podman leaves that to systemd, which may not be there."""
    ended = threading.Event()

    def check() -> None:
        while not ended.wait(HEALTH_SECONDS):
            for container in _containers(environ):
                subprocess.run(  # noqa: S603 - podman's own command
                    ["podman", "healthcheck", "run", container],  # noqa: S607
                    env=dict(environ),
                    capture_output=True,
                    check=False,
                )

    thread = threading.Thread(target=check, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join(timeout=30)


def _containers(environ: Mapping[str, str]) -> list[str]:
    """The project's running containers that have a check."""
    listed = subprocess.run(
        ["podman", "ps", "--quiet", "--filter", "label=com.docker.compose.project=rlm"],  # noqa: S607
        env=dict(environ),
        capture_output=True,
        text=True,
        check=False,
    )
    names = listed.stdout.split()
    if not names:
        return []
    told = subprocess.run(  # noqa: S603 - podman's own command
        ["podman", "inspect", *names],  # noqa: S607
        env=dict(environ),
        capture_output=True,
        text=True,
        check=False,
    )
    found = json.loads(told.stdout or "[]")
    return [one["Id"] for one in found if one["Config"].get("Healthcheck")]
