"""Start an image's program as its container would: environment, folder, lifeline.

Used by the gateway for servers, and by the agents of jobs.
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# Where a container has /opt/ml; AWS's own training toolkit reads the same variable.
BASE_DIR_VARIABLE = "SAGEMAKER_BASE_DIR"
# Every process of a container has it: it tells whose process it is.
CONTAINER_VARIABLE = "SAGEMAKER_CONTAINER_DIR"
IN_CONTAINER = "/opt/ml"
# Of the gateway's own environment a program sees no more than this.
PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TZ")


@dataclass(frozen=True)
class Credentials:
    """Which account a program calls, where, and in which region."""

    endpoint: str
    account: str
    region: str

    def environment(self) -> dict[str, str]:
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": self.account,
            "AWS_SECRET_ACCESS_KEY": "sagemaker",
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_DISABLE_HOST_PREFIX_INJECTION": "true",
            "NO_PROXY": "127.0.0.1,localhost",
            "no_proxy": "127.0.0.1,localhost",
        }


@dataclass
class Program:
    """A running program: its supervisor's process, and the lifeline that this side holds."""

    process: subprocess.Popen[bytes]
    lifeline: int = field(default=-1)

    def terminate(self) -> None:
        """Ask politely, as `docker stop` does."""
        self.process.terminate()

    def kill(self) -> None:
        """End it with all that it started, and wait until that is done."""
        if self.lifeline >= 0:
            os.close(self.lifeline)
            self.lifeline = -1
        self.process.wait()


def environment(
    container_dir: Path,
    credentials: Credentials,
    image: Mapping[str, str],
    given: Mapping[str, str],
) -> dict[str, str]:
    """What a program finds: its own variables over the image's, over the platform's."""
    base = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    return {
        **base,
        **credentials.environment(),
        "PYTHONUNBUFFERED": "1",
        **image,
        **given,
        BASE_DIR_VARIABLE: str(base_dir(container_dir)),
        CONTAINER_VARIABLE: str(container_dir),
        "TMPDIR": str(container_dir / "tmp"),
    }


def base_dir(container_dir: Path) -> Path:
    """The container's /opt/ml."""
    return container_dir / "opt" / "ml"


def local_path(path: str, container_dir: Path) -> str:
    """A path below /opt/ml as it is here; any other word stays as it is."""
    if path == IN_CONTAINER or path.startswith(f"{IN_CONTAINER}/"):
        return str(base_dir(container_dir)) + path[len(IN_CONTAINER) :]
    return path


def start(
    command: Sequence[str], container_dir: Path, variables: Mapping[str, str], output: IO[bytes]
) -> Program:
    """Start a program whose end is certain once the returned lifeline is closed."""
    (container_dir / "tmp").mkdir(parents=True, exist_ok=True)
    base_dir(container_dir).mkdir(parents=True, exist_ok=True)
    reading, writing = os.pipe()
    supervisor = [sys.executable, "-I", "-S", str(Path(__file__).with_name("container.py"))]
    try:
        process = subprocess.Popen(  # noqa: S603 - running the image's program is the purpose
            [*supervisor, str(reading), *command],
            cwd=base_dir(container_dir),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=dict(variables),
            pass_fds=(reading,),
        )
    except OSError:
        os.close(writing)
        raise
    finally:
        os.close(reading)
    return Program(process, writing)


def make_folder(path: str) -> None:
    """Have a folder where a program expects one."""
    Path(path).mkdir(parents=True, exist_ok=True)
