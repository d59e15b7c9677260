"""The account's own settings, and its namespaces."""

from __future__ import annotations

from typing import TYPE_CHECKING

from localaws.quicksight.failures import exists, invalid, not_found, not_served
from localaws.quicksight.paging import listed
from localaws.quicksight.state import QuickSightStore, resource_arn
from localaws.quicksight.users import DEFAULT
from localaws.scope import Scope

if TYPE_CHECKING:
    from localaws.operations import Call, Document
    from localaws.quicksight.protocol import Handler

_EDITION = "ENTERPRISE"


class Account:
    """The operations on the account and on namespaces."""

    def __init__(self, store: QuickSightStore) -> None:
        self._settings = store.table("account-settings")
        self._namespaces = store.table("namespaces")
        self._of_namespaces = [store.table(name) for name in ("users", "groups", "group-members")]

    def handlers(self) -> dict[str, Handler]:
        return {
            "DescribeAccountSettings": self.describe,
            "UpdateAccountSettings": self.update,
            "DescribeAccountSubscription": self.subscription,
            "CreateNamespace": self.create_namespace,
            "DescribeNamespace": self.describe_namespace,
            "ListNamespaces": self.list_namespaces,
            "DeleteNamespace": self.delete_namespace,
        }

    def describe(self, _request: Document, call: Call) -> Document:
        return {"AccountSettings": self._kept(call)}

    def update(self, request: Document, call: Call) -> Document:
        self._namespace(call, request["DefaultNamespace"])
        changed = {
            key: request[key]
            for key in ("DefaultNamespace", "NotificationEmail", "TerminationProtectionEnabled")
            if key in request
        }
        self._settings.put(Scope.of(call).key("settings"), self._kept(call) | changed)
        return {}

    def subscription(self, _request: Document, call: Call) -> Document:
        settings = self._kept(call)
        info = {
            "AccountName": settings["AccountName"],
            "Edition": _EDITION,
            "NotificationEmail": settings["NotificationEmail"],
            "AuthenticationType": "IAM_AND_QUICKSIGHT",
            "AccountSubscriptionStatus": "ACCOUNT_CREATED",
        }
        return {"AccountInfo": info}

    def create_namespace(self, request: Document, call: Call) -> Document:
        scope, name = Scope.of(call), request["Namespace"]
        if request.get("Tags"):
            raise not_served("Tags of namespaces")
        if name == DEFAULT or self._namespaces.get(scope.key(name)) is not None:
            raise exists("Namespace", name)
        namespace = _namespace(scope, name)
        self._namespaces.put(scope.key(name), namespace)
        return namespace

    def describe_namespace(self, request: Document, call: Call) -> Document:
        return {"Namespace": self._namespace(call, request["Namespace"])}

    def list_namespaces(self, request: Document, call: Call) -> Document:
        scope = Scope.of(call)
        found = [_namespace(scope, DEFAULT), *self._namespaces.list(scope.key(""))]
        return listed("Namespaces", found, request)

    def delete_namespace(self, request: Document, call: Call) -> Document:
        """Its users and groups go with it."""
        scope, name = Scope.of(call), request["Namespace"]
        self._namespace(call, name)
        if name == DEFAULT:
            raise invalid("The namespace default cannot be deleted.")
        for table in self._of_namespaces:
            for key, _ in table.items(scope.key(name, "")):
                table.delete(key)
        self._namespaces.delete(scope.key(name))
        return {}

    def _kept(self, call: Call) -> Document:
        return self._settings.get(Scope.of(call).key("settings")) or {
            "AccountName": f"quicksight-{call.account}",
            "Edition": _EDITION,
            "DefaultNamespace": DEFAULT,
            "NotificationEmail": f"account-{call.account}@localhost",
            "PublicSharingEnabled": False,
            "TerminationProtectionEnabled": True,
        }

    def _namespace(self, call: Call, name: str) -> Document:
        scope = Scope.of(call)
        if name == DEFAULT:
            return _namespace(scope, name)
        found = self._namespaces.get(scope.key(name))
        if found is None:
            raise not_found("Namespace", name)
        return found


def _namespace(scope: Scope, name: str) -> Document:
    return {
        "Name": name,
        "Arn": resource_arn(scope, f"namespace/{name}"),
        "CapacityRegion": scope.region,
        "CreationStatus": "CREATED",
        "IdentityStore": "QUICKSIGHT",
    }
