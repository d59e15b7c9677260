"""Runs the benchmarks, one after the other: nothing else may take what they measure."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

from .failures import PlatformError
from .layout import ROOT, environment_without_python_settings, python_of

if TYPE_CHECKING:
    from .console import Console


def run_benchmarks(console: Console) -> bool:
    """Every program in bench/, in the Glue runtime; each writes its result to bench/results/."""
    programs = sorted((ROOT / "bench").glob("*.py"))
    if not programs:
        raise PlatformError("bench/ holds no benchmark")
    environ = environment_without_python_settings()
    environ["PYTHONPATH"] = os.pathsep.join([str(ROOT / "src"), str(ROOT / "infra" / "local")])
    is_good = True
    for program in programs:
        console.say(f"benchmark {program.stem}")
        step = subprocess.run(  # noqa: S603 - our own benchmarks
            [str(python_of("glue")), str(program)], cwd=ROOT, env=environ, check=False
        )
        is_good &= step.returncode == 0
    return is_good
