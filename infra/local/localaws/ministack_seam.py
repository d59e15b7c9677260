"""Everything that this package knows of ministack's insides; nothing else imports it.

ministack 1.5.33 is pinned exactly: what is used here is private to it.
Each name used is held by tests/contract/localaws/test_ministack_seam.py.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

PINNED_VERSION = "1.5.33"

Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]


class Ministack:
    """The embedded ministack: made once a process, since its state is module globals."""

    def __init__(self, port: int, state_dir: Path) -> None:
        found = version("ministack")
        if found != PINNED_VERSION:
            raise RuntimeError(
                f"ministack {found} is installed, expected {PINNED_VERSION}: "
                "install infra/local/requirements.lock"
            )
        # Read once, at ministack's import.
        os.environ.update(
            {
                "GATEWAY_PORT": str(port),
                "BIND_HOST": "127.0.0.1",
                "IOT_MTLS_ENABLED": "0",  # would listen on 8883
                "SFTP_ENABLED": "0",  # would listen on 2222
                "PERSIST_STATE": "0",  # state is kept by localaws.durability
                "STATE_DIR": str(state_dir / "blobs"),
                "S3_PERSIST": "1",
                "S3_DATA_DIR": str(state_dir / "s3"),
                "LOG_LEVEL": os.environ.get("LOCALAWS_LOG_LEVEL", "WARNING"),
            }
        )
        self._app: ModuleType = importlib.import_module("ministack.app")
        self._responses: ModuleType = importlib.import_module("ministack.core.responses")

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Serve one ASGI connection as ministack does."""
        await self._app.app(scope, receive, send)

    def account_of(self, access_key: str) -> str:
        """The account that an access key belongs to: itself when it is 12 digits."""
        self._responses.set_request_account_id(access_key)
        return str(self._responses.get_account_id())

    @contextmanager
    def request_scope(self, account: str, region: str) -> Iterator[None]:
        """Code inside sees that account's and region's resources, as a request of theirs would."""
        with self._responses.request_scope(account, region):
            yield

    def service_names(self) -> list[str]:
        return sorted(self._app.SERVICE_HANDLERS)
