"""List operations: SageMaker filters, sorts and pages all of them alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from localaws.paging import page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from localaws.operations import Document

_PAGE = 100


@dataclass(frozen=True)
class Listing:
    """One kind's list: the answer's member, and a document's members by their role."""

    answer: str
    shown: tuple[str, ...]
    name: str
    status: str = ""
    created: str = "CreationTime"
    modified: str = "LastModifiedTime"
    default_sort: str = "CreationTime"
    default_order: str = "Descending"

    def of(
        self,
        documents: Iterable[Document],
        request: Document,
        show: Callable[[Document], Document] | None = None,
    ) -> Document:
        """One page of the documents that a request asks for."""
        found = [one for one in documents if self._is_wanted(one, request)]
        sort = request.get("SortBy") or self.default_sort
        keys = {"Name": self.name, "CreationTime": self.created, "LastModifiedTime": self.modified}
        keys["Status"] = self.status
        column = keys.get(sort, self.created)
        order = request.get("SortOrder") or self.default_order
        found.sort(
            key=lambda one: (one.get(column, 0), str(one.get(self.name))),
            reverse=order == "Descending",
        )
        some, more = page(found, request, _PAGE)
        summaries = [
            {key: one[key] for key in self.shown if key in one} | (show(one) if show else {})
            for one in some
        ]
        return {self.answer: summaries, **more}

    def _is_wanted(self, one: Document, request: Document) -> bool:
        """AWS: `Before` and `After` leave out the moment itself; names are compared in any case."""
        part = str(request.get("NameContains", "")).lower()
        if part not in str(one.get(self.name, "")).lower():
            return False
        if request.get("StatusEquals", one.get(self.status)) != one.get(self.status):
            return False
        for role, column in (("CreationTime", self.created), ("LastModifiedTime", self.modified)):
            at = one.get(column, one.get(self.created, 0.0))
            if at >= request.get(f"{role}Before", float("inf")):
                return False
            if at <= request.get(f"{role}After", float("-inf")):
                return False
        return True
