"""What a container runtime does for one program: nothing of it outlives it, or who asked for it.

`python container.py LIFELINE_FD COMMAND...`: the command gets a session of its own. When the other
end of the lifeline closes, because its holder closed it or died, the command's whole process group
is killed. SIGTERM is handed on to the command alone. The exit code is the command's, and
128 + the signal's number where a signal ended it, as containers have it.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading

KILLED = 128 + signal.SIGKILL


def main(lifeline: int, command: list[str]) -> int:
    try:
        program = subprocess.Popen(command, start_new_session=True)  # noqa: S603 - our purpose
    except OSError as error:
        sys.stderr.write(f"{command[0]}: {error.strerror}\n")
        return 127 if isinstance(error, FileNotFoundError) else 126

    def hand_on(number: int, _frame: object) -> None:
        program.send_signal(number)

    def wait_for_the_end_of_the_lifeline() -> None:
        while os.read(lifeline, 1):
            pass
        _end(program.pid)
        os._exit(KILLED)

    signal.signal(signal.SIGTERM, hand_on)
    threading.Thread(target=wait_for_the_end_of_the_lifeline, daemon=True).start()
    code = program.wait()
    _end(program.pid)
    return code if code >= 0 else 128 - code


def _end(group: int) -> None:
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        return


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2:]))
