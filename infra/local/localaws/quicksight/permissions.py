"""Who may do what with an asset: kept and told, as AWS's operations on permissions do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from localaws.quicksight.kinds import DASHBOARD, KINDS, Kind
from localaws.quicksight.state import QuickSightStore, arn
from localaws.scope import Scope

if TYPE_CHECKING:
    from localaws.operations import Call, Document
    from localaws.quicksight.protocol import Handler


class Permissions:
    """Describe and Update, for every kind of asset."""

    def __init__(self, store: QuickSightStore) -> None:
        self._store = store

    def handlers(self) -> dict[str, Handler]:
        found: dict[str, Handler] = {}
        for kind in KINDS:
            found[f"Describe{kind.noun}Permissions"] = self._describe(kind)
            found[f"Update{kind.noun}Permissions"] = self._update(kind)
        found["DescribeFolderResolvedPermissions"] = found["DescribeFolderPermissions"]
        return found

    def _describe(self, kind: Kind) -> Handler:
        def describe(request: Document, call: Call) -> Document:
            scope = Scope.of(call)
            return _told(kind, scope, self._store.existing(kind, scope, request[kind.id]))

        return describe

    def _update(self, kind: Kind) -> Handler:
        def update(request: Document, call: Call) -> Document:
            scope, name = Scope.of(call), request[kind.id]
            self._store.existing(kind, scope, name)

            def change(asset: Document) -> Document:
                changed = {
                    "Permissions": granted(
                        asset.get("Permissions", []),
                        request.get("GrantPermissions"),
                        request.get("RevokePermissions"),
                    )
                }
                if kind == DASHBOARD:
                    changed["LinkPermissions"] = granted(
                        asset.get("LinkPermissions", []),
                        request.get("GrantLinkPermissions"),
                        request.get("RevokeLinkPermissions"),
                    )
                return changed

            changed = self._store.change(kind, scope, name, change)
            return _told(kind, scope, changed or {kind.id: name})

        return update


def granted(
    before: list[Document], grant: list[Document] | None, revoke: list[Document] | None
) -> list[Document]:
    """Permissions after some are given and others taken; a principal without actions goes."""
    actions = {one["Principal"]: list(one["Actions"]) for one in before}
    for one in grant or []:
        held = actions.setdefault(one["Principal"], [])
        held += [action for action in one["Actions"] if action not in held]
    for one in revoke or []:
        held = actions.get(one["Principal"], [])
        actions[one["Principal"]] = [action for action in held if action not in one["Actions"]]
    return [
        {"Principal": principal, "Actions": held} for principal, held in actions.items() if held
    ]


def _told(kind: Kind, scope: Scope, asset: Document) -> Document:
    told: Document = {
        kind.id: asset[kind.id],
        kind.arn: arn(kind, scope, asset[kind.id]),
        "Permissions": asset.get("Permissions", []),
    }
    if asset.get("LinkPermissions"):
        told["LinkSharingConfiguration"] = {"Permissions": asset["LinkPermissions"]}
    return told
