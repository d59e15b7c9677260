"""What QuickSight keeps; every write is on disk when it returns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from localaws.quicksight.failures import exists, not_found
from localaws.quicksight.kinds import KINDS, Kind
from localaws.scope import Scope

if TYPE_CHECKING:
    from collections.abc import Callable

    from localaws.operations import Document
    from localaws.state import Store, Table


class QuickSightStore:
    """Assets by kind and id, their versions by number, tags by ARN, all else in named tables."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.transaction = store.transaction
        self._tables = {kind: store.table(f"quicksight.{kind.word}") for kind in KINDS}
        self._versions = {kind: store.table(f"quicksight.{kind.word}-version") for kind in KINDS}
        self._tags = store.table("quicksight.tags")

    def table(self, name: str) -> Table:
        """Documents that are no assets: users, ingestions, schedules, jobs."""
        return self._store.table(f"quicksight.{name}")

    def get(self, kind: Kind, scope: Scope, name: str) -> Document | None:
        return self._tables[kind].get(scope.key(name))

    def existing(self, kind: Kind, scope: Scope, name: str) -> Document:
        """The asset, or AWS's error when there is none."""
        found = self.get(kind, scope, name)
        if found is None:
            raise not_found(kind.noun, name)
        return found

    def all(self, kind: Kind, scope: Scope) -> list[Document]:
        return self._tables[kind].list(scope.key(""))

    def everywhere(self, kind: Kind) -> list[tuple[Scope, Document]]:
        """The assets of every account and region."""
        return [(Scope.of_key(key), found) for key, found in self._tables[kind].items()]

    def put(self, kind: Kind, scope: Scope, name: str, document: Document) -> None:
        self._tables[kind].put(scope.key(name), document)

    def add(self, kind: Kind, scope: Scope, document: Document, tags: dict[str, str]) -> None:
        """Keep a new asset and its tags; AWS's error when its id is taken."""
        name = document[kind.id]
        with self.transaction():
            if self.get(kind, scope, name) is not None:
                raise exists(kind.noun, name)
            self.put(kind, scope, name, document)
            if tags:
                self.put_tags(arn(kind, scope, name), tags)

    def change(
        self, kind: Kind, scope: Scope, name: str, change: Callable[[Document], Document]
    ) -> Document | None:
        """Put what `change` gives over an asset, if there still is one; what is kept then.

        What is None afterwards is gone.
        """
        with self.transaction():
            found = self.get(kind, scope, name)
            if found is None:
                return None
            merged = found | change(found)
            merged = {key: value for key, value in merged.items() if value is not None}
            self.put(kind, scope, name, merged)
            return merged

    def delete(self, kind: Kind, scope: Scope, name: str) -> Document:
        """The asset that is no more; its versions and tags went with it."""
        with self.transaction():
            found = self.existing(kind, scope, name)
            self._tags.delete(arn(kind, scope, name))
            for key, _ in self._versions[kind].items(scope.key(name, "")):
                self._versions[kind].delete(key)
            self._tables[kind].delete(scope.key(name))
            return found

    def put_version(self, kind: Kind, scope: Scope, name: str, version: Document) -> None:
        key = scope.key(name, f"{version['VersionNumber']:09d}")
        self._versions[kind].put(key, version)

    def version(self, kind: Kind, scope: Scope, name: str, number: int) -> Document:
        """One version, or AWS's error when there is none."""
        found = self._versions[kind].get(scope.key(name, f"{number:09d}"))
        if found is None:
            raise not_found(kind.noun, f"{name} version {number}")
        return found

    def versions(self, kind: Kind, scope: Scope, name: str) -> list[Document]:
        """All of an asset's versions, the oldest first."""
        return self._versions[kind].list(scope.key(name, ""))

    def delete_version(self, kind: Kind, scope: Scope, name: str, number: int) -> None:
        self._versions[kind].delete(scope.key(name, f"{number:09d}"))

    def tags(self, resource_arn: str) -> dict[str, str]:
        found: dict[str, str] = self._tags.get(resource_arn) or {}
        return found

    def put_tags(self, resource_arn: str, tags: dict[str, str]) -> None:
        self._tags.put(resource_arn, tags)


def arn(kind: Kind, scope: Scope, name: str) -> str:
    return resource_arn(scope, f"{kind.word}/{name}")


def resource_arn(scope: Scope, resource: str) -> str:
    return f"arn:aws:quicksight:{scope.region}:{scope.account}:{resource}"


def name_in(kind: Kind, scope: Scope, value: str) -> str:
    """The id of an asset of this account and region, from its ARN; AWS's error for another ARN."""
    prefix = arn(kind, scope, "")
    if not value.startswith(prefix):
        raise not_found(kind.noun, value)
    return value.removeprefix(prefix)


def tags_of(request: Document) -> dict[str, str]:
    """The tags of a request, by key."""
    return {str(tag["Key"]): str(tag["Value"]) for tag in request.get("Tags") or []}
