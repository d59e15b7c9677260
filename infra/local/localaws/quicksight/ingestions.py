"""The operations on ingestions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from localaws.quicksight.failures import exists, invalid, not_found
from localaws.quicksight.ingestion_records import ENDED
from localaws.quicksight.kinds import DATA_SET
from localaws.quicksight.paging import listed
from localaws.scope import Scope

if TYPE_CHECKING:
    from localaws.operations import Call, Document
    from localaws.quicksight.ingesting import Ingesting
    from localaws.quicksight.protocol import Handler
    from localaws.quicksight.state import QuickSightStore


class Ingestions:
    """Create, describe, list and cancel."""

    def __init__(self, store: QuickSightStore, ingesting: Ingesting) -> None:
        self._store = store
        self._kept = store.table("ingestions")
        self._ingesting = ingesting

    def handlers(self) -> dict[str, Handler]:
        return {
            "CreateIngestion": self.create,
            "DescribeIngestion": self.describe,
            "ListIngestions": self.list_all,
            "CancelIngestion": self.cancel,
        }

    def create(self, request: Document, call: Call) -> Document:
        """Refresh a data set; the rows that it has stay until the new ones are complete."""
        scope, name, new = Scope.of(call), request["DataSetId"], request["IngestionId"]
        data_set = self._store.existing(DATA_SET, scope, name)
        if self._kept.get(scope.key(name, new)) is not None:
            raise exists("Ingestion", new)
        type_ = request.get("IngestionType") or "FULL_REFRESH"
        check_refresh(data_set, type_)
        return self._ingesting.start(scope, name, new, type_)

    def describe(self, request: Document, call: Call) -> Document:
        return {"Ingestion": self._existing(request, call)}

    def list_all(self, request: Document, call: Call) -> Document:
        """The newest first."""
        scope, name = Scope.of(call), request["DataSetId"]
        self._store.existing(DATA_SET, scope, name)
        found = self._kept.list(scope.key(name, ""))
        found.sort(key=lambda one: -one["CreatedTime"])
        return listed("Ingestions", found, request)

    def cancel(self, request: Document, call: Call) -> Document:
        ingestion = self._existing(request, call)
        if ingestion["IngestionStatus"] in ENDED:
            raise invalid(
                f"Ingestion {ingestion['IngestionId']} is {ingestion['IngestionStatus']}: "
                "only one that has not ended can be cancelled."
            )
        self._ingesting.cancel(Scope.of(call), request["DataSetId"], request["IngestionId"])
        return ingestion

    def _existing(self, request: Document, call: Call) -> Document:
        scope, name = Scope.of(call), request["DataSetId"]
        self._store.existing(DATA_SET, scope, name)
        found = self._kept.get(scope.key(name, request["IngestionId"]))
        if found is None:
            raise not_found("Ingestion", request["IngestionId"])
        return found


def check_refresh(data_set: Document, type_: str) -> None:
    """An incremental refresh needs a look-back window."""
    if type_ == "INCREMENTAL_REFRESH" and "RefreshProperties" not in data_set:
        raise invalid(
            f"The data set {data_set['DataSetId']} has no refresh properties: "
            "PutDataSetRefreshProperties gives its look-back window."
        )
