"""The synthesized templates and assets of an environment, made anew only when an input changed."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# All that synthesis reads, relative to the repository: the app, and what goes into assets.
_INPUTS = (
    "README.md",
    "pyproject.toml",
    "dashboards/data_sources/*",
    "dashboards/made_by_template.yaml",
    "include/contracts/**/*",
    "include/glue/**/*",
    "include/reports/**/*",
    "include/sql/**/*",
    "infra/aws/*.py",
    "infra/aws/notebook/*",
    "infra/aws/requirements.lock",
    "infra/aws/stacks/**/*.py",
    "lambdas/**/*",
    "infra/local/notebook/requirements.lock",
    "src/rlm/**/*",
)
_INPUTS_FILE = "inputs.sha256"


class SynthesisError(Exception):
    """The app could not be synthesized; the message is what it said."""


@dataclass(frozen=True)
class Assembly:
    """A cloud assembly on disk. `stacks` are in the order in which they can be deployed."""

    directory: Path
    stacks: tuple[str, ...]
    is_new: bool

    def template(self, stack: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(
            (self.directory / f"{stack}.template.json").read_text(encoding="utf-8")
        )
        return found


def synthesize(env: str, repository: Path) -> Assembly:
    """The assembly of `env` in `build/cdk/<env>`; without changed inputs, the one made before."""
    directory = repository / "build" / "cdk" / env
    inputs = _digest(repository)
    kept = directory / _INPUTS_FILE
    directory.parent.mkdir(parents=True, exist_ok=True)
    # A deployment and a test may want it at the same time: one makes it, the other waits for it.
    with (directory.parent / f"{env}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        is_new = not (kept.is_file() and kept.read_text(encoding="ascii") == inputs)
        if is_new:
            kept.unlink(missing_ok=True)
            _run_app(env, repository, directory)
            # Last, so that a synthesis that broke off is done again.
            kept.write_text(inputs, encoding="ascii")
    return Assembly(directory, _stacks(directory), is_new)


def _run_app(env: str, repository: Path, directory: Path) -> None:
    app = repository / "infra" / "aws" / "app.py"
    ran = subprocess.run(  # noqa: S603  (our own app)
        [sys.executable, str(app)],
        cwd=app.parent,
        env={
            **os.environ,
            "CDK_OUTDIR": str(directory),
            "CDK_CONTEXT_JSON": json.dumps({"env": env}),
            "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "1",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode != 0:
        raise SynthesisError(f"app.py exited with {ran.returncode}:\n{ran.stdout}{ran.stderr}")


def _stacks(directory: Path) -> tuple[str, ...]:
    manifest = json.loads((directory / "manifest.json").read_text(encoding="utf-8"))
    waiting = {
        name: set(artifact.get("dependencies", []))
        for name, artifact in manifest["artifacts"].items()
        if artifact["type"] == "aws:cloudformation:stack"
    }
    ordered: list[str] = []
    while waiting:
        ready = sorted(name for name, others in waiting.items() if not others & waiting.keys())
        ordered += ready
        for name in ready:
            del waiting[name]
    return tuple(ordered)


def _digest(repository: Path) -> str:
    digest = hashlib.sha256(sys.version.encode())
    for path in _input_files(repository):
        digest.update(path.relative_to(repository).as_posix().encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _input_files(repository: Path) -> Iterator[Path]:
    found = {path for pattern in _INPUTS for path in repository.glob(pattern)}
    return iter(sorted(p for p in found if p.is_file() and "__pycache__" not in p.parts))
