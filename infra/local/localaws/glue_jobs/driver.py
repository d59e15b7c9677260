"""Run one job script as `__main__`, and leave word of the error that ended it.

`python driver.py ERROR_FILE PARENT_PID SCRIPT [ARGUMENT...]`, under Glue's Python.
Glue runs scripts behind such a program too: it is where a run's ErrorMessage comes from.
"""

from __future__ import annotations

import ctypes
import os
import runpy
import signal
import sys
import traceback
from pathlib import Path

PR_SET_PDEATHSIG = 1
MESSAGE_CHARACTERS = 4000


def main(error_file: str, parent_pid: str, script: str, *arguments: str) -> None:
    _die_with_parent(int(parent_pid))
    sys.argv = [script, *arguments]
    sys.path[0] = str(Path(script).parent)
    try:
        runpy.run_path(script, run_name="__main__")
    except SystemExit as exit_request:
        if exit_request.code not in (None, 0):
            Path(error_file).write_text(error_message(exit_request, script), encoding="utf-8")
        raise
    except BaseException as error:
        Path(error_file).write_text(error_message(error, script), encoding="utf-8")
        raise


def error_message(error: BaseException, script: str) -> str:
    """What Glue shows as ErrorMessage: the script's line that failed, then the error."""
    lines = [
        frame.lineno
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename == script
    ]
    if isinstance(error, SyntaxError) and error.filename == script:
        lines.append(error.lineno)
    where = f"Failed Line Number: {lines[-1]}; " if lines else ""
    text = f"{where}{type(error).__name__}: {error}".strip()
    return text[:MESSAGE_CHARACTERS]


def _die_with_parent(parent_pid: int) -> None:
    """Without the agent nobody would stop this process, or Spark, which follows it."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent_pid:
        sys.exit("the run's agent is gone")


if __name__ == "__main__":
    main(*sys.argv[1:])
