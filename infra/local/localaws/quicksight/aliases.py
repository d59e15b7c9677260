"""Aliases of versions, which themes and templates have alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from localaws.quicksight.failures import exists, invalid, not_found
from localaws.quicksight.paging import listed
from localaws.quicksight.state import QuickSightStore, arn, name_in
from localaws.scope import Scope

if TYPE_CHECKING:
    from localaws.operations import Call, Document
    from localaws.quicksight.kinds import Kind
    from localaws.quicksight.protocol import Handler

LATEST = "$LATEST"


class Aliases:
    """The operations on aliases of one kind."""

    def __init__(self, store: QuickSightStore, kind: Kind) -> None:
        self._store = store
        self._kind = kind

    def handlers(self) -> dict[str, Handler]:
        noun = self._kind.noun
        return {
            f"Create{noun}Alias": self.create,
            f"Update{noun}Alias": self.update,
            f"Describe{noun}Alias": self.describe,
            f"List{noun}Aliases": self.list_all,
            f"Delete{noun}Alias": self.delete,
        }

    def create(self, request: Document, call: Call) -> Document:
        if request["AliasName"] in self._of(request, call):
            raise exists(f"{self._kind.noun}Alias", request["AliasName"])
        return self._put(request, call)

    def update(self, request: Document, call: Call) -> Document:
        self._existing(request, call)
        return self._put(request, call)

    def describe(self, request: Document, call: Call) -> Document:
        number = self._existing(request, call)
        return {f"{self._kind.noun}Alias": self._told(request, call, request["AliasName"], number)}

    def list_all(self, request: Document, call: Call) -> Document:
        found = [
            self._told(request, call, name, number)
            for name, number in sorted(self._of(request, call).items())
        ]
        return listed(f"{self._kind.noun}AliasList", found, request)

    def delete(self, request: Document, call: Call) -> Document:
        told = self._told(request, call, request["AliasName"], self._existing(request, call))
        left = self._of(request, call)
        del left[request["AliasName"]]
        self._change(request, call, left)
        return told | {self._kind.id: request[self._kind.id]}

    def _put(self, request: Document, call: Call) -> Document:
        kind, name = self._kind, request["AliasName"]
        if name.startswith("$"):
            raise invalid(f"The alias {name} is reserved.")
        number = request[f"{kind.noun}VersionNumber"]
        self._store.version(kind, Scope.of(call), request[kind.id], number)
        self._change(request, call, self._of(request, call) | {name: number})
        return {f"{kind.noun}Alias": self._told(request, call, name, number)}

    def _change(self, request: Document, call: Call, aliases: dict[str, int]) -> None:
        kind = self._kind
        self._store.change(kind, Scope.of(call), request[kind.id], lambda _: {"Aliases": aliases})

    def _of(self, request: Document, call: Call) -> dict[str, int]:
        asset = self._store.existing(self._kind, Scope.of(call), request[self._kind.id])
        return dict(asset.get("Aliases") or {})

    def _existing(self, request: Document, call: Call) -> int:
        name, aliases = request["AliasName"], self._of(request, call)
        if name not in aliases:
            raise not_found(f"{self._kind.noun}Alias", name)
        return aliases[name]

    def _told(self, request: Document, call: Call, name: str, number: int) -> Document:
        kind = self._kind
        return {
            "AliasName": name,
            "Arn": f"{arn(kind, Scope.of(call), request[kind.id])}/alias/{name}",
            f"{kind.noun}VersionNumber": number,
        }


def chosen_version(
    store: QuickSightStore, kind: Kind, scope: Scope, request: Document
) -> tuple[Document, Document]:
    """An asset with the version that a request names by number or alias, else its last."""
    name = request[kind.id]
    asset = store.existing(kind, scope, name)
    number, alias = request.get("VersionNumber"), request.get("AliasName")
    if number is not None and alias is not None:
        raise invalid("Give either VersionNumber or AliasName.")
    if alias not in (None, LATEST):
        aliases = asset.get("Aliases") or {}
        if alias not in aliases:
            raise not_found(f"{kind.noun}Alias", str(alias))
        number = aliases[alias]
    return asset, store.version(kind, scope, name, number or asset["LatestVersion"])


def request_of(kind: Kind, scope: Scope, version_arn: str) -> Document:
    """What `chosen_version` asks for, from `.../<id>`, `.../<id>/version/2` or `.../alias/x`."""
    name, _, rest = name_in(kind, scope, version_arn).partition("/")
    which, _, value = rest.partition("/")
    if which == "version" and value.isdigit():
        return {kind.id: name, "VersionNumber": int(value)}
    if which == "alias":
        return {kind.id: name, "AliasName": value}
    return {kind.id: name}
