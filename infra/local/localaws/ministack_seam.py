"""Everything that this package knows of ministack's insides; nothing else imports it.

What concerns S3's files stands in `ministack_s3_seam`, all the rest here.
ministack 1.5.33 is pinned exactly: what is used here is private to it.
Each name used is held by tests/contract/localaws/test_ministack_seam.py.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from copy import deepcopy
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from localaws import ministack_s3_seam

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

PINNED_VERSION = "1.5.33"
# What a DynamoDB table holds beside its definition.
_DYNAMODB_BULK = frozenset({"items", "_index_members", "ItemCount", "TableSizeBytes"})
# What CloudWatch holds beside its metrics.
_BESIDE_METRICS = (
    *("alarms", "composite_alarms", "composite_triggers"),
    *("alarm_history", "dashboards", "resource_tags"),
)
# What CloudWatch Logs keeps; what Insights looks up by event is made again when it is missing.
_OF_LOGS = (
    *("log_groups", "metric_filters", "queries", "resource_policies", "log_group_policies"),
    *("destinations", "delivery_sources", "delivery_destinations", "deliveries"),
)
# What an unfinished stack change is called when its process is gone.
# REVIEW_IN_PROGRESS is not among them: it waits for its caller, not for work.
_INTERRUPTED_STACKS = {
    "CREATE_IN_PROGRESS": "ROLLBACK_COMPLETE",
    "ROLLBACK_IN_PROGRESS": "ROLLBACK_COMPLETE",
    "UPDATE_IN_PROGRESS": "UPDATE_ROLLBACK_COMPLETE",
    "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS": "UPDATE_COMPLETE",
    "UPDATE_ROLLBACK_IN_PROGRESS": "UPDATE_ROLLBACK_COMPLETE",
    "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS": "UPDATE_ROLLBACK_COMPLETE",
    "DELETE_IN_PROGRESS": "DELETE_FAILED",
    "IMPORT_IN_PROGRESS": "IMPORT_ROLLBACK_COMPLETE",
}

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
        self._persistence: ModuleType = importlib.import_module("ministack.core.persistence")
        ministack_s3_seam.repair_torn_overwrites(state_dir / "s3")
        ministack_s3_seam.install(
            self._app._get_module("s3"), self._responses.StreamingResponse, state_dir / "uploads"
        )

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

    def state_key(self, service: str) -> str | None:
        """The name under which a service's state is kept; None for a service it does not know."""
        known = self._app.SERVICE_NAME_ALIASES.get(service, service)
        config = self._app.SERVICE_REGISTRY.get(known)
        return config.get("state_key", config["module"]) if config else None

    def part_keys(self, service: str) -> list[str]:
        """The state keys of a service and of the modules that it hands requests to."""
        known = self._app.SERVICE_NAME_ALIASES.get(service, service)
        config = self._app.SERVICE_REGISTRY.get(known, {})
        first = self.state_key(service)
        return [first, *config.get("sub_modules", ())] if first else []

    def loaded_keys(self) -> list[str]:
        """The services that have been used since the start: only these can have changed."""
        return sorted(self._app._build_persistence_save_dict())

    def capture(self, key: str) -> Any:
        """A copy of one service's state, taken between two requests; None when it has none."""
        get_state = self._app._build_persistence_save_dict().get(key)
        if get_state is None:
            return None
        while True:
            # Its worker threads may add an entry while it copies.
            with suppress(RuntimeError):
                if key == "cloudwatch":
                    return self._metrics_and_alarms(get_state.__globals__)
                if key == "cloudwatch_logs":
                    return self._logs(get_state.__globals__)
                return get_state()

    def _metrics_and_alarms(self, module: dict[str, Any]) -> dict[str, Any]:
        """CloudWatch's state, with the points themselves: a copy of each would take seconds.

        Points are added and dropped, never changed.
        """
        state = {name: deepcopy(module[f"_{name}"]) for name in _BESIDE_METRICS}
        metrics = self._responses.AccountRegionScopedDict()
        metrics._data.update(
            {key: list(points) for key, points in module["_metrics"]._data.items()}
        )
        return {**state, "metrics": metrics}

    def _logs(self, module: dict[str, Any]) -> dict[str, Any]:
        """The state of CloudWatch Logs, with the events themselves, as with CloudWatch's points."""
        copied = {
            id(stream["events"]): list(stream["events"])
            for group in list(module["_log_groups"]._data.values())
            for stream in list(group["streams"].values())
        }
        # deepcopy takes what it finds here for copied already.
        state = {name: deepcopy(module[f"_{name}"], copied) for name in _OF_LOGS}
        return {**state, "log_records": self._responses.AccountRegionScopedDict()}

    def encode(self, state: Any) -> bytes:
        return json.dumps(state, default=self._persistence._json_default).encode()

    def restore(self, key: str, encoded: bytes) -> None:
        """Put a captured state back; before the first request is served."""
        state = json.loads(encoded, object_hook=self._persistence._json_object_hook)
        self._app._get_module(self._app._state_map[key]).load_persisted_state(state)

    def outline(self, key: str) -> str:
        """A state without its bulk (items, events, data points), to see whether that changed."""
        module = self._app._build_persistence_save_dict()[key].__globals__
        if key == "dynamodb":
            tables = {
                str(name): {k: v for k, v in table.items() if k not in _DYNAMODB_BULK}
                for name, table in list(module["_tables"]._data.items())
            }
            return repr(tables) + repr(module["_ttl_settings"]._data)
        if key == "cloudwatch":
            return repr([list(module[f"_{name}"]._data.items()) for name in _BESIDE_METRICS])
        if key == "cloudwatch_logs":
            groups = {
                str(name): (
                    group.get("retentionInDays"),
                    group.get("tags"),
                    # Only functions write events without a request.
                    name[2].startswith("/aws/lambda/")
                    and {n: len(s.get("events", ())) for n, s in list(group["streams"].items())},
                )
                for name, group in list(module["_log_groups"]._data.items())
            }
            return repr(groups)
        raise ValueError(f"{key} has no outline")

    def stacks_in_progress(self) -> bool:
        """Whether CloudFormation is still at work after it answered."""
        return any(stack["StackStatus"] in _INTERRUPTED_STACKS for stack in self._stacks())

    def settle_interrupted(self) -> None:
        """End what the last process was killed in the middle of, so that nobody waits for ever.

        A function that was about to become active does. A stack in the middle of a change reads as
        rolled back, which every deployment tool knows how to go on from: a new stack is deleted and
        made again, an update is applied again to whatever it finds.
        """
        for stack in self._stacks():
            if stack["StackStatus"] in _INTERRUPTED_STACKS:
                stack["StackStatus"] = _INTERRUPTED_STACKS[stack["StackStatus"]]
                stack["StackStatusReason"] = "The local AWS was stopped during the change."
        functions = self._app._build_persistence_save_dict().get("lambda")
        if functions is None:
            return
        for function in list(functions.__globals__["_functions"]._data.values()):
            config = function["config"]
            if config.get("State") == "Pending":
                config.update(State="Active", StateReason="", StateReasonCode="")
            if config.get("LastUpdateStatus") == "InProgress":
                config["LastUpdateStatus"] = "Successful"

    def expire_log_events(self, now: float) -> int:
        """Delete what is older than its log group keeps events, as AWS does; how many."""
        logs = self._app._build_persistence_save_dict().get("cloudwatch_logs")
        if logs is None:
            return 0
        expired = 0
        for group in list(logs.__globals__["_log_groups"]._data.values()):
            if days := group.get("retentionInDays"):
                oldest = (now - days * 86_400) * 1000
                for stream in group["streams"].values():
                    kept = [e for e in stream["events"] if e["timestamp"] >= oldest]
                    expired += len(stream["events"]) - len(kept)
                    stream["events"][:] = kept
        return expired

    def _stacks(self) -> list[dict[str, Any]]:
        module = sys.modules.get("ministack.services.cloudformation")
        return list(module._stacks._data.values()) if module is not None else []

    async def replay(self, scope: dict[str, Any], body: bytes, at: float) -> int:
        """Serve a request again as if it were `at` (epoch seconds); its HTTP status."""
        status = 0

        async def receive() -> Any:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]

        real_time = time.time
        time.time = lambda: at
        try:
            await self._app.app(scope, receive, send)
        finally:
            time.time = real_time
        return status
