"""Where everything lies: the checkout, its environments, and the state of one platform."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).resolve().parents[3]
ENVIRONMENTS = ROOT / ".venv"
# Jars are part of the environments: `make clean` forgets state and keeps them.
JARS = ROOT / ".local" / "jars"


def python_of(environment: str) -> Path:
    """The interpreter of one of the environments under .venv."""
    return ENVIRONMENTS / environment / "bin" / "python"


@dataclass(frozen=True)
class State:
    """The folder that holds everything one running platform knows; .local unless RLM_STATE_DIR."""

    folder: Path

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> State:
        """Read RLM_STATE_DIR; a relative folder counts from the checkout."""
        return cls((ROOT / (environ.get("RLM_STATE_DIR") or ".local")).resolve())

    @property
    def aws(self) -> Path:
        """What the local AWS stores."""
        return self.folder / "aws"

    @property
    def airflow(self) -> Path:
        """Airflow's home: its database and its task logs."""
        return self.folder / "airflow"

    @property
    def sources(self) -> Path:
        """Generated or imported source files, one folder a way of making them."""
        return self.folder / "sources"

    @property
    def logs(self) -> Path:
        """Output of the processes that the platform runs."""
        return self.folder / "logs"

    @property
    def run(self) -> Path:
        """Pid files."""
        return self.folder / "run"

    @property
    def summary(self) -> Path:
        """What the last `make run` did."""
        return self.folder / "run-summary.json"

    @property
    def images(self) -> Path:
        """Which programs stand for the container images of this machine's SageMaker."""
        return self.folder / "images.json"

    @property
    def secrets(self) -> Path:
        """The key with which Airflow's components trust each other; readable by its owner only."""
        return self.folder / "secrets.json"

    def make_folders(self) -> None:
        """Create the folders that the components write to."""
        for folder in (self.aws, self.airflow, self.sources, self.logs, self.run):
            folder.mkdir(parents=True, exist_ok=True)


def environment_without_python_settings(environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """This process's variables, less those that would leak one Python's set-up into another's."""
    source = os.environ if environ is None else environ
    leaking = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "PIP_FIND_LINKS", "PIP_NO_INDEX")
    return {name: value for name, value in source.items() if name not in leaking}
