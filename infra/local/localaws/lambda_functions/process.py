"""One execution environment: a process with the function's code, interpreter and variables."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import datetime as dt
import io
import json
import os
import shutil
import uuid
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from localaws.lambda_functions.function import Function

PROGRAM = Path(__file__).with_name("program.py")
# Lambda gives a function so long to import its code.
INIT_SECONDS = 10.0
# What a handler may answer at most.
_LARGEST_FRAME = 64 * 1024 * 1024


@dataclass
class Outcome:
    """How one invocation ended. `error` is Lambda's error document."""

    payload: Any = None
    error: dict[str, Any] | None = None
    lines: list[str] = field(default_factory=list)
    is_over: bool = False
    """The environment must not be used again."""


class InitError(Exception):
    """The function's code cannot be loaded; `document` says why in Lambda's words."""

    def __init__(self, document: dict[str, Any], lines: list[str]) -> None:
        super().__init__(document["errorMessage"])
        self.document = document
        self.lines = lines


class Environment:
    """A started process; one invocation at a time."""

    def __init__(
        self,
        function: Function,
        process: asyncio.subprocess.Process,
        stream: str,
        log_leftover: Callable[[str, str], None],
    ) -> None:
        self.function = function
        self.log_stream = stream
        self._log_leftover = log_leftover
        self.idle_since = 0.0
        self._process = process
        self._lines: list[str] = []
        self._leftovers = asyncio.create_task(self._read_leftovers())

    @classmethod
    async def start(
        cls,
        function: Function,
        python: Path,
        folder: Path,
        gateway: Mapping[str, str],
        log_leftover: Callable[[str, str], None],
    ) -> Environment:
        """Start the process and let it import the handler. Raises InitError.

        `log_leftover(stream, line)` gets what is not written through Python's own stdout, stderr.
        """
        today = dt.datetime.now(dt.UTC)
        stream = f"{today:%Y/%m/%d}/[{function.version}]{uuid.uuid4().hex}"
        root = await asyncio.to_thread(unpack, function, folder)
        process = await asyncio.create_subprocess_exec(
            str(python),
            *("-u", str(PROGRAM)),
            cwd=root,
            env=_variables(function, root, stream) | dict(gateway) | dict(function.variables),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            limit=_LARGEST_FRAME,
            start_new_session=True,
        )
        made = cls(function, process, stream, log_leftover)
        try:
            kind, body = await asyncio.wait_for(made._receive(), INIT_SECONDS)
        except TimeoutError:
            made.kill()
            message = f"the handler was not imported within {INIT_SECONDS:g} seconds"
            document = {"errorMessage": message, "errorType": "Sandbox.Timedout"}
            raise InitError(document, made._take_lines()) from None
        if kind != b"I":
            made.kill()
            document = json.loads(body) if body else made._exit_document("")
            raise InitError(document, made._take_lines())
        return made

    async def invoke(self, event: bytes, context: Mapping[str, Any]) -> Outcome:
        """Hand over one event and wait for its answer, for as long as the function may take."""
        timeout = self.function.timeout_seconds
        given = json.dumps({**context, "timeout_seconds": timeout}).encode()
        assert self._process.stdin is not None  # noqa: S101 - PIPE was asked for
        try:
            async with asyncio.timeout(timeout):
                self._process.stdin.write(_frame(b"C", given) + _frame(b"E", event))
                await self._process.stdin.drain()
                kind, body = await self._receive()
        except TimeoutError:
            self.kill()
            document = {
                "errorMessage": f"{_now()} {context['request_id']} Task timed out after"
                f" {timeout:.2f} seconds",
                "errorType": "Sandbox.Timedout",
            }
            return Outcome(error=document, lines=self._take_lines(), is_over=True)
        except ConnectionError:
            kind, body = b"", b""
        if kind == b"R":
            return Outcome(payload=json.loads(body), lines=self._take_lines())
        if kind == b"X":
            document = json.loads(body) | {"requestId": context["request_id"]}
            return Outcome(error=document, lines=self._take_lines())
        self.kill()
        document = self._exit_document(context["request_id"])
        return Outcome(error=document, lines=self._take_lines(), is_over=True)

    @property
    def is_alive(self) -> bool:
        return self._process.returncode is None

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        self._leftovers.cancel()

    async def _receive(self) -> tuple[bytes, bytes]:
        """The next frame that is no line of log; empty when the process has ended."""
        assert self._process.stdout is not None  # noqa: S101 - PIPE was asked for
        while True:
            try:
                head = await self._process.stdout.readexactly(5)
                body = await self._process.stdout.readexactly(int.from_bytes(head[:4], "big"))
            except asyncio.IncompleteReadError:
                return b"", b""
            if head[4:] != b"L":
                return head[4:], body
            self._lines.append(body.decode("utf-8", "replace"))

    async def _read_leftovers(self) -> None:
        """What something below Python wrote: it comes when it comes."""
        assert self._process.stderr is not None  # noqa: S101 - PIPE was asked for
        while line := await self._process.stderr.readline():
            text = line.decode("utf-8", "replace").rstrip("\n")
            self._log_leftover(self.log_stream, text)

    def _take_lines(self) -> list[str]:
        lines, self._lines = self._lines, []
        return lines

    def _exit_document(self, request_id: str) -> dict[str, Any]:
        return {
            "errorType": "Runtime.ExitError",
            "errorMessage": f"RequestId: {request_id} Error: Runtime exited without providing a"
            " reason",
        }


def unpack(function: Function, folder: Path) -> Path:
    """The function's code on disk, once for all environments that run it."""
    digest = base64.urlsafe_b64encode(function.code_digest.encode()).decode().rstrip("=")[:80]
    root = folder / digest
    if not root.exists():
        scratch = folder / f"{digest}.{uuid.uuid4().hex}"
        with zipfile.ZipFile(io.BytesIO(function.code)) as package:
            package.extractall(scratch)
        try:
            scratch.rename(root)
        except OSError:  # another environment was first
            shutil.rmtree(scratch, ignore_errors=True)
    return root


def _variables(function: Function, root: Path, stream: str) -> dict[str, str]:
    """What Lambda sets by itself; nothing of the gateway's own environment but where programs are.

    https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
    """
    region = function.scope.region
    return {
        "AWS_DEFAULT_REGION": region,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{function.runtime}",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_megabytes),
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_VERSION": function.version,
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_FORMAT": "JSON" if function.has_json_logs else "Text",
        "AWS_LAMBDA_LOG_GROUP_NAME": function.log_group,
        "AWS_LAMBDA_LOG_STREAM_NAME": stream,
        "AWS_REGION": region,
        "LAMBDA_RUNTIME_DIR": str(PROGRAM.parent),
        "LAMBDA_TASK_ROOT": str(root),
        "LANG": "C.UTF-8",
        "PATH": os.environ.get("PATH", "/usr/local/bin:/usr/bin:/bin"),
        "TZ": ":UTC",
        "_HANDLER": function.handler,
    }


def _frame(kind: bytes, body: bytes) -> bytes:
    return len(body).to_bytes(4, "big") + kind + body


def _now() -> str:
    return dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
