"""DB instances: made, described, changed, stopped, started and deleted."""

from __future__ import annotations

import logging
import secrets
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import psycopg

from localaws.errors import AwsError
from localaws.paging import page
from localaws.rds import descriptions, roles
from localaws.rds.programs import version_for
from localaws.rds.servers import SUPERUSER, Plan, ServerError, free_port, is_free
from localaws.scope import Scope

if TYPE_CHECKING:
    from collections.abc import Callable

    from localaws.operations import Call, Document, Handler
    from localaws.rds.servers import Servers
    from localaws.state import Table

_log = logging.getLogger("localaws.rds")

# What a user of the service may do in which status.
_RUNNING, _STOPPED = "available", "stopped"
_INTERRUPTED = ("creating", "starting", "rebooting", "modifying")
# What is kept beside the description and never shown.
_PASSWORD = "_MasterUserPassword"  # noqa: S105 - the name of a member


class Instances:
    """Each is a server of its own. Its status follows the server; work goes on in threads."""

    def __init__(self, table: Table, servers: Servers) -> None:
        self._table = table
        self._servers = servers
        # Between looking and writing: ports and names are given away once.
        self._lock = threading.RLock()

    def handlers(self) -> dict[str, Handler]:
        return {
            "CreateDBInstance": self.create,
            "DescribeDBInstances": self.describe,
            "ModifyDBInstance": self.modify,
            "DeleteDBInstance": self.delete,
            "StartDBInstance": self.start,
            "StopDBInstance": self.stop,
            "RebootDBInstance": self.reboot,
        }

    def create(self, request: Document, call: Call) -> Document:
        descriptions.check_new(request)
        asked = str(request.get("EngineVersion", ""))
        version = version_for(asked)
        if version is None:
            raise descriptions.no_such_version(asked)
        scope = Scope.of(call)
        with self._lock:
            key = scope.key(str(request["DBInstanceIdentifier"]).lower())
            if self._table.get(key) is not None:
                raise AwsError("DBInstanceAlreadyExists", "DB instance already exists")
            taken = {one["Endpoint"]["Port"] for one in self._table.list()}
            found = descriptions.described(
                scope,
                request,
                version,
                free_port(taken),
                f"db-{secrets.token_hex(13).upper()}",
                datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            )
            self._table.put(key, found | {_PASSWORD: request["MasterUserPassword"]})
        self._in_background(self._bring_up, key)
        return {"DBInstance": _shown(found)}

    def describe(self, request: Document, call: Call) -> Document:
        scope = Scope.of(call)
        if name := request.get("DBInstanceIdentifier"):
            return {"DBInstances": [self.described(call, str(name).rpartition(":")[2])]}
        if filters := request.get("Filters"):
            raise AwsError(
                "NotImplementedException",
                f"The local AWS does not serve the filter {filters[0].get('Name')}"
                " of rds:DescribeDBInstances.",
                status=501,
            )
        found = [_shown(one) for one in self._table.list(scope.key(""))]
        asked = {"MaxResults": request.get("MaxRecords"), "NextToken": request.get("Marker")}
        shown, token = page(found, {k: v for k, v in asked.items() if v is not None}, 100)
        return {"DBInstances": shown} | ({"Marker": token["NextToken"]} if token else {})

    def described(self, call: Call, name: str) -> Document:
        """One instance as users see it; raises DBInstanceNotFound."""
        return _shown(self._kept(Scope.of(call).key(name.lower())))

    def modify(self, request: Document, call: Call) -> Document:
        descriptions.check_change(request)
        key = _key(request, call)
        password = request.get("MasterUserPassword")
        if password is not None:
            found = self._in_status(key, _RUNNING)
            roles.change_password(*self._admin(found), found["MasterUsername"], password)
        changed = self._change(key, lambda one: descriptions.changed(one, request))
        return {"DBInstance": _shown(changed)}

    def delete(self, request: Document, call: Call) -> Document:
        key = _key(request, call)
        found = self._kept(key)
        if found["DeletionProtection"]:
            raise AwsError(
                "InvalidParameterCombination",
                "Cannot delete protected DB Instance, please disable deletion protection and try"
                " again.",
            )
        if not request.get("SkipFinalSnapshot", False):
            raise AwsError(
                "NotImplementedException",
                "The local AWS takes no final snapshot; delete with SkipFinalSnapshot.",
                status=501,
            )
        found = self._change(key, _with_status("deleting"))
        self._in_background(self._remove, key)
        return {"DBInstance": _shown(found)}

    def start(self, request: Document, call: Call) -> Document:
        key = _key(request, call)
        self._in_status(key, _STOPPED)
        found = self._change(key, _with_status("starting"))
        self._in_background(self._bring_up, key)
        return {"DBInstance": _shown(found)}

    def stop(self, request: Document, call: Call) -> Document:
        key = _key(request, call)
        if request.get("DBSnapshotIdentifier"):
            raise AwsError(
                "NotImplementedException", "The local AWS takes no snapshot before a stop.", 501
            )
        self._in_status(key, _RUNNING)
        found = self._change(key, _with_status("stopping"))
        self._in_background(self._take_down, key)
        return {"DBInstance": _shown(found)}

    def reboot(self, request: Document, call: Call) -> Document:
        key = _key(request, call)
        self._in_status(key, _RUNNING)
        found = self._change(key, _with_status("rebooting"))

        def again(key: str) -> None:
            self._servers.stop(found["DbiResourceId"])
            self._bring_up(key)

        self._in_background(again, key)
        return {"DBInstance": _shown(found)}

    def change_tags(
        self, call: Call, name: str, change: Callable[[dict[str, str]], dict[str, str]]
    ) -> None:
        """Replace an instance's tags by what `change` makes of them."""

        def with_tags(found: Document) -> Document:
            before = {tag["Key"]: tag.get("Value", "") for tag in found["TagList"]}
            after = [{"Key": k, "Value": v} for k, v in sorted(change(before).items())]
            return found | {"TagList": after}

        self._change(Scope.of(call).key(name.lower()), with_tags)

    def resume(self) -> None:
        """After a restart: run what ran, end what was to end."""
        for key, found in self._table.items():
            status = found["DBInstanceStatus"]
            if status in (_RUNNING, *_INTERRUPTED):
                self._in_background(self._bring_up, key)
            elif status == "stopping":
                self._in_background(self._take_down, key)
            elif status == "deleting":
                self._in_background(self._remove, key)

    def _bring_up(self, key: str) -> None:
        """Until it is available, with its users and its database."""
        found = self._with_port(key)
        version = version_for(found["EngineVersion"].partition(".")[0])
        if version is None:
            raise descriptions.no_such_version(found["EngineVersion"])
        plan = Plan(found["DBInstanceIdentifier"], found["Endpoint"]["Port"], version)
        try:
            self._servers.start(found["DbiResourceId"], plan)
            if _PASSWORD in found:
                roles.prepare(
                    *self._admin(found),
                    found["MasterUsername"],
                    found[_PASSWORD],
                    found.get("DBName", ""),
                )
        except (ServerError, psycopg.Error) as error:
            _log.error("rds: %s cannot be started: %s", found["DBInstanceIdentifier"], error)
            if self._table.get(key) is not None:
                self._change(key, _with_status("failed"))
            return

        def available(one: Document) -> Document:
            if one["DBInstanceStatus"] == "deleting":
                return one
            rest = {name: value for name, value in one.items() if name != _PASSWORD}
            return rest | {"DBInstanceStatus": _RUNNING, "EngineVersion": version.number}

        self._change(key, available)

    def _with_port(self, key: str) -> Document:
        """The instance with a port that it can have: the one it had, unless somebody took it."""
        with self._lock:
            found = self._kept(key)
            port = found["Endpoint"]["Port"]
            if self._servers.is_there(found["DbiResourceId"]) or is_free(port):
                return found
            taken = {one["Endpoint"]["Port"] for one in self._table.list()}
            other = free_port(taken)
            _log.warning("rds: port %d is taken, %s moves to %d", port, key, other)
            return self._change(
                key, lambda one: one | {"Endpoint": one["Endpoint"] | {"Port": other}}
            )

    def _take_down(self, key: str) -> None:
        self._servers.stop(self._kept(key)["DbiResourceId"])
        self._change(key, _with_status(_STOPPED))

    def _remove(self, key: str) -> None:
        self._servers.remove(self._kept(key)["DbiResourceId"])
        self._table.delete(key)

    def _admin(self, found: Document) -> tuple[int, str, str]:
        password = self._servers.superuser_password(found["DbiResourceId"])
        return found["Endpoint"]["Port"], SUPERUSER, password

    def _kept(self, key: str) -> Document:
        found = self._table.get(key)
        if found is None:
            name = key.rpartition("\n")[2]
            raise AwsError("DBInstanceNotFound", f"DBInstance {name} not found.", 404)
        return found

    def _in_status(self, key: str, wanted: str) -> Document:
        found = self._kept(key)
        if found["DBInstanceStatus"] != wanted:
            raise AwsError(
                "InvalidDBInstanceState",
                f"Instance {found['DBInstanceIdentifier']} is not in {wanted} state.",
            )
        return found

    def _change(self, key: str, change: Callable[[Document], Document]) -> Document:
        with self._lock:
            found = change(self._kept(key))
            self._table.put(key, found)
            return found

    def _in_background(self, work: Callable[[str], None], key: str) -> None:
        def carry() -> None:
            try:
                work(key)
            except Exception:  # noqa: BLE001 - nobody else sees this thread die
                _log.exception("rds: %s of %s", work.__name__, key)

        threading.Thread(target=carry, name="rds-work", daemon=True).start()


def _key(request: Document, call: Call) -> str:
    return Scope.of(call).key(str(request["DBInstanceIdentifier"]).lower())


def _with_status(status: str) -> Callable[[Document], Document]:
    return lambda found: found | {"DBInstanceStatus": status}


def _shown(found: dict[str, Any]) -> Document:
    return {name: value for name, value in found.items() if not name.startswith("_")}
