"""Search operations: by name, and by who may see or own an asset."""

from __future__ import annotations

from typing import TYPE_CHECKING

from localaws.quicksight.failures import not_served

if TYPE_CHECKING:
    from collections.abc import Callable

    from localaws.operations import Document
    from localaws.quicksight.kinds import Kind


def matching(
    kind: Kind,
    assets: list[Document],
    filters: list[Document],
    groups_of: Callable[[str], set[str]],
) -> list[Document]:
    """The assets that pass every filter."""
    return [one for one in assets if all(_passes(kind, one, each, groups_of) for each in filters)]


def _passes(
    kind: Kind, asset: Document, wanted: Document, groups_of: Callable[[str], set[str]]
) -> bool:
    name, value = str(wanted.get("Name", "")), str(wanted.get("Value", ""))
    if name.endswith("_NAME"):
        return _is_like(str(asset.get("Name", "")), wanted)
    if name == "PARENT_FOLDER_ARN":
        return bool(asset.get("ParentFolderArn", "") == value)
    principals = {value}
    if not name.startswith("DIRECT_"):
        principals |= groups_of(value)
    holders = {one["Principal"]: one["Actions"] for one in asset.get("Permissions", [])}
    mine = [actions for principal, actions in holders.items() if principal in principals]
    owning = f"quicksight:Update{kind.noun}Permissions"
    if name.endswith("SOLE_OWNER"):
        owners = [principal for principal, actions in holders.items() if owning in actions]
        return owners == [value]
    if name.endswith(("VIEWER_OR_OWNER", "QUICKSIGHT_USER")):
        return bool(mine)
    if name.endswith("OWNER"):
        return any(owning in actions for actions in mine)
    raise not_served(f"searches by {name}")


def _is_like(name: str, wanted: Document) -> bool:
    value = str(wanted.get("Value", ""))
    if wanted["Operator"] == "StringEquals":
        return name == value
    return value.lower() in name.lower()
