"""Lambda's Python runtime: imports the handler once, then answers events one after another.

Runs under the functions' own interpreter with nothing but the standard library, started by
`localaws.lambda_functions.process`. Frames go both ways: four bytes of length, one of kind, then
JSON. In: `C` (context) and `E` (event). Out: `I` (ready), `L` (a line of log), `R` (result) and
`X` (error).
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import time
import traceback
from typing import Any, BinaryIO, TextIO


class Context:
    """What Lambda hands to a handler beside the event."""

    def __init__(self, given: dict[str, Any]) -> None:
        self.function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = os.environ["AWS_LAMBDA_FUNCTION_VERSION"]
        self.memory_limit_in_mb = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.log_group_name = os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]
        self.invoked_function_arn = given["invoked_function_arn"]
        self.aws_request_id = given["request_id"]
        self.identity = None
        self.client_context = None
        self._ends_at = time.monotonic() + given["timeout_seconds"]

    def get_remaining_time_in_millis(self) -> int:
        return max(0, int((self._ends_at - time.monotonic()) * 1000))


class LogWriter:
    """Stands for stdout and stderr: each line leaves at once, a killed handler's too."""

    encoding = "utf-8"

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._line = ""

    def write(self, text: str) -> int:
        *lines, self._line = (self._line + text).split("\n")
        for line in lines:
            send(self._out, b"L", line.encode("utf-8", "replace"))
        return len(text)

    def flush(self) -> None:
        if self._line:
            send(self._out, b"L", self._line.encode("utf-8", "replace"))
            self._line = ""

    def isatty(self) -> bool:
        return False

    def writable(self) -> bool:
        return True


def send(out: BinaryIO, kind: bytes, body: bytes) -> None:
    out.write(len(body).to_bytes(4, "big") + kind + body)
    out.flush()


def receive(source: BinaryIO) -> tuple[bytes, bytes] | None:
    """The next frame; None when the gateway is gone."""
    head = source.read(5)
    if len(head) < 5:
        return None
    return head[4:], source.read(int.from_bytes(head[:4], "big"))


def failure(error: BaseException) -> bytes:
    """An error in the words of Lambda."""
    frames = traceback.format_tb(error.__traceback__)[1:]
    return json.dumps(
        {
            "errorMessage": str(error),
            "errorType": type(error).__name__,
            "stackTrace": frames,
        }
    ).encode()


def load(handler: str) -> Any:
    """The handler function; raises whatever importing it raises."""
    module_name, _, function_name = handler.rpartition(".")
    module = importlib.import_module(module_name.replace("/", "."))
    return getattr(module, function_name)


def main() -> None:
    out = os.fdopen(os.dup(1), "wb")
    # Whatever writes to the descriptors themselves lands in the gateway's own stream of leftovers.
    os.dup2(2, 1)
    source = sys.stdin.buffer
    writer: Any = LogWriter(out)
    log: TextIO = writer
    sys.stdout = sys.stderr = log
    sys.path.insert(0, os.environ["LAMBDA_TASK_ROOT"])
    try:
        handle = load(os.environ["_HANDLER"])
    except BaseException as error:  # noqa: BLE001 - also what a module's sys.exit raises
        log.flush()
        send(out, b"X", failure(error))
        return
    log.flush()
    send(out, b"I", b"{}")
    context: dict[str, Any] = {}
    while (frame := receive(source)) is not None:
        kind, body = frame
        if kind == b"C":
            context = json.loads(body)
            continue
        os.environ["_X_AMZN_TRACE_ID"] = context["trace_id"]
        try:
            result = json.dumps(handle(json.loads(body), Context(context))).encode()
        except Exception as error:  # noqa: BLE001 - the caller is told, the environment lives on
            log.flush()
            send(out, b"X", failure(error))
            continue
        log.flush()
        send(out, b"R", result)


if __name__ == "__main__":
    main()
