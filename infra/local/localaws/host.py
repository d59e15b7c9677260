"""What a service package gets to work with when the gateway starts."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import localaws
from localaws.operations import Document, Operations

if TYPE_CHECKING:
    from pathlib import Path

    from localaws.state import Store

InProcessCall = Callable[..., Document]
Hook = Callable[[], None]
Watch = Callable[[], bool]


@dataclass(frozen=True)
class Options:
    """How the gateway was started; fixed for the life of the process."""

    port: int
    state_dir: Path
    glue_python: Path | None = None
    jars: Path | None = None
    sagemaker_images: Path | None = None
    notebook_python: Path | None = None
    lambda_python: Path | None = None
    pages: tuple[tuple[str, Path], ...] = ()
    dashboards_url: str | None = None
    monitoring_speed: float = 1.0
    has_faults: bool = False

    @property
    def endpoint_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@dataclass
class Host:
    """The gateway as a service package sees it.

    `call(service, operation, payload, region=..., account=...)` calls any service in this
    process, ours or ministack's, with boto3's parameter names and answers; it raises AwsError.
    It blocks: use it from a plain handler or a thread, never from a coroutine.
    `call_beneath` is the same without our own operations: for the handler that wraps ministack's.
    `on_start` hooks run, in order, when all state is loaded and the port is open;
    `on_stop` hooks run on SIGTERM, before state is saved. Neither may be counted on after kill -9.
    `every_second` functions run on the event loop while the gateway serves, and say whether they
    changed a state of ministack's, which is kept then.
    """

    options: Options
    store: Store
    operations: Operations
    call: InProcessCall
    call_beneath: InProcessCall
    on_start: list[Hook] = field(default_factory=list)
    on_stop: list[Hook] = field(default_factory=list)
    every_second: list[Watch] = field(default_factory=list)


def register_packages(host: Host) -> list[str]:
    """Let every package of localaws add its operations; the names in the order they did."""
    names = sorted(found.name for found in pkgutil.iter_modules(localaws.__path__) if found.ispkg)
    for name in names:
        importlib.import_module(f"localaws.{name}").register(host)
    return names
