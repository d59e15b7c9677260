"""Folders, and which assets are in which."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from localaws.quicksight.failures import conflict, not_found, not_served
from localaws.quicksight.kinds import ANALYSIS, DASHBOARD, DATA_SET, DATA_SOURCE, FOLDER, Kind
from localaws.quicksight.paging import listed
from localaws.quicksight.searching import matching
from localaws.quicksight.state import QuickSightStore, arn, name_in, tags_of
from localaws.scope import Scope

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from localaws.operations import Call, Document
    from localaws.quicksight.protocol import Handler

_MEMBERS = {
    "DASHBOARD": DASHBOARD,
    "ANALYSIS": ANALYSIS,
    "DATASET": DATA_SET,
    "DATASOURCE": DATA_SOURCE,
}


class Folders:
    """The operations on folders and their members."""

    def __init__(
        self,
        store: QuickSightStore,
        groups_of: Callable[[Scope], Callable[[str], set[str]]],
    ) -> None:
        self._store = store
        self._members = store.table("folder-members")
        self._groups_of = groups_of

    def handlers(self) -> dict[str, Handler]:
        return {
            "CreateFolder": self.create,
            "UpdateFolder": self.update,
            "DescribeFolder": self.describe,
            "ListFolders": self.list_all,
            "SearchFolders": self.search,
            "DeleteFolder": self.delete,
            "CreateFolderMembership": self.add_member,
            "DeleteFolderMembership": self.remove_member,
            "ListFolderMembers": self.list_members,
            "ListFoldersForResource": self.list_for_resource,
        }

    @contextmanager
    def holding(self, scope: Scope, kind: Kind, name: str, request: Document) -> Iterator[None]:
        """Put a new asset into the folders that its request names, if it can be made."""
        folders = [name_in(FOLDER, scope, one) for one in request.get("FolderArns") or []]
        for folder in folders:
            self._store.existing(FOLDER, scope, folder)
        yield
        for folder in folders:
            self._put(scope, folder, kind, name)

    def create(self, request: Document, call: Call) -> Document:
        scope, name, now = Scope.of(call), request["FolderId"], time.time()
        parent = request.get("ParentFolderArn")
        if parent:
            self._store.existing(FOLDER, scope, name_in(FOLDER, scope, parent))
        folder: Document = {
            "FolderId": name,
            "Arn": arn(FOLDER, scope, name),
            "Name": request.get("Name") or name,
            "FolderType": request.get("FolderType") or "SHARED",
            "SharingModel": request.get("SharingModel") or "ACCOUNT",
            "CreatedTime": now,
            "LastUpdatedTime": now,
            "Permissions": request.get("Permissions", []),
        }
        if parent:
            folder["ParentFolderArn"] = parent
        self._store.add(FOLDER, scope, folder, tags_of(request))
        return folder

    def update(self, request: Document, call: Call) -> Document:
        scope, name = Scope.of(call), request["FolderId"]
        self._store.existing(FOLDER, scope, name)
        changed = {"Name": request["Name"], "LastUpdatedTime": time.time()}
        self._store.change(FOLDER, scope, name, lambda _: changed)
        return {"FolderId": name, "Arn": arn(FOLDER, scope, name)}

    def describe(self, request: Document, call: Call) -> Document:
        """With the folders that it is in, the outermost first."""
        scope = Scope.of(call)
        folder = self._store.existing(FOLDER, scope, request["FolderId"])
        path: list[str] = []
        parent = folder.get("ParentFolderArn")
        while parent:
            path.insert(0, parent)
            above = self._store.get(FOLDER, scope, name_in(FOLDER, scope, parent)) or {}
            parent = above.get("ParentFolderArn")
        return {"Folder": folder | {"FolderPath": path}}

    def list_all(self, request: Document, call: Call) -> Document:
        return listed("FolderSummaryList", self._store.all(FOLDER, Scope.of(call)), request)

    def search(self, request: Document, call: Call) -> Document:
        scope = Scope.of(call)
        assets = self._store.all(FOLDER, scope)
        found = matching(FOLDER, assets, request["Filters"], self._groups_of(scope))
        return listed("FolderSummaryList", found, request)

    def delete(self, request: Document, call: Call) -> Document:
        """Only an empty folder; what was in it is untouched by AWS too."""
        scope, name = Scope.of(call), request["FolderId"]
        folder = self._store.existing(FOLDER, scope, name)
        inside = self._inside(scope, name)
        below = [
            one
            for one in self._store.all(FOLDER, scope)
            if one.get("ParentFolderArn") == folder["Arn"]
        ]
        if inside or below:
            raise conflict(f"Folder {name} is not empty.")
        for key, _ in self._members.items(scope.key(name, "")):
            self._members.delete(key)
        self._store.delete(FOLDER, scope, name)
        return {"Arn": folder["Arn"], "FolderId": name}

    def add_member(self, request: Document, call: Call) -> Document:
        scope, name, kind = Scope.of(call), request["FolderId"], _kind(request)
        self._store.existing(FOLDER, scope, name)
        self._store.existing(kind, scope, request["MemberId"])
        self._put(scope, name, kind, request["MemberId"])
        member = {"MemberId": request["MemberId"], "MemberType": request["MemberType"]}
        return {"FolderMember": member}

    def remove_member(self, request: Document, call: Call) -> Document:
        scope, name, kind = Scope.of(call), request["FolderId"], _kind(request)
        self._store.existing(FOLDER, scope, name)
        key = scope.key(name, kind.word, request["MemberId"])
        if not self._members.delete(key):
            raise not_found("FolderMember", request["MemberId"])
        return {}

    def list_members(self, request: Document, call: Call) -> Document:
        scope, name = Scope.of(call), request["FolderId"]
        self._store.existing(FOLDER, scope, name)
        return listed("FolderMemberList", self._inside(scope, name), request)

    def list_for_resource(self, request: Document, call: Call) -> Document:
        scope = Scope.of(call)
        found = sorted(
            arn(FOLDER, scope, key.split("\n")[2])
            for key, member in self._members.items(scope.key(""))
            if member["MemberArn"] == request["ResourceArn"]
        )
        told = listed("Folders", [{"Arn": one} for one in found], request)
        return told | {"Folders": [one["Arn"] for one in told["Folders"]]}

    def _put(self, scope: Scope, folder: str, kind: Kind, name: str) -> None:
        member = {"MemberId": name, "MemberArn": arn(kind, scope, name), "Kind": kind.word}
        self._members.put(scope.key(folder, kind.word, name), member)

    def _inside(self, scope: Scope, folder: str) -> list[Document]:
        """The members that still are."""
        kinds = {kind.word: kind for kind in _MEMBERS.values()}
        return [
            member
            for member in self._members.list(scope.key(folder, ""))
            if self._store.get(kinds[member["Kind"]], scope, member["MemberId"]) is not None
        ]


def _kind(request: Document) -> Kind:
    if request["MemberType"] not in _MEMBERS:
        raise not_served(f"folder members of type {request['MemberType']}")
    return _MEMBERS[request["MemberType"]]
