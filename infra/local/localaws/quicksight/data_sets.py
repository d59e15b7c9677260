"""Data sets: what columns there are and where their rows come from; kept in SPICE alone."""

from __future__ import annotations

import time
import uuid
from typing import TYPE_CHECKING

from localaws.quicksight.failures import invalid, not_found, not_served
from localaws.quicksight.ingestion_records import ingestion_arn
from localaws.quicksight.kinds import DATA_SET, DATA_SOURCE
from localaws.quicksight.paging import listed
from localaws.quicksight.preparation import Prepared, prepare
from localaws.quicksight.searching import matching
from localaws.quicksight.state import QuickSightStore, arn, name_in, tags_of
from localaws.scope import Scope

if TYPE_CHECKING:
    from collections.abc import Callable

    from localaws.operations import Call, Document
    from localaws.quicksight.folders import Folders
    from localaws.quicksight.ingesting import Ingesting
    from localaws.quicksight.protocol import Handler
    from localaws.quicksight.spice import Spice

_KEPT = (
    "Name", "PhysicalTableMap", "LogicalTableMap", "ImportMode", "ColumnGroups", "FieldFolders",
    "RowLevelPermissionDataSet", "DataSetUsageConfiguration", "PerformanceConfiguration",
    "DataPrepConfiguration", "SemanticModelConfiguration",
)  # fmt: skip
_REFUSED = (
    "RowLevelPermissionTagConfiguration", "ColumnLevelPermissionRules", "DatasetParameters",
)  # fmt: skip


class DataSets:
    """The operations on data sets."""

    def __init__(
        self,
        store: QuickSightStore,
        ingesting: Ingesting,
        spice: Spice,
        folders: Folders,
        groups_of: Callable[[Scope], Callable[[str], set[str]]],
    ) -> None:
        self._store = store
        self._ingesting = ingesting
        self._spice = spice
        self._folders = folders
        self._groups_of = groups_of

    def handlers(self) -> dict[str, Handler]:
        return {
            "CreateDataSet": self.create,
            "UpdateDataSet": self.update,
            "DescribeDataSet": self.describe,
            "ListDataSets": self.list_all,
            "SearchDataSets": self.search,
            "DeleteDataSet": self.delete,
        }

    def create(self, request: Document, call: Call) -> Document:
        """Keep a data set and begin to fill it."""
        scope, name, now = Scope.of(call), request["DataSetId"], time.time()
        data_set = self._checked(scope, request) | {
            "DataSetId": name,
            "Arn": arn(DATA_SET, scope, name),
            "CreatedTime": now,
            "LastUpdatedTime": now,
            "ConsumedSpiceCapacityInBytes": 0,
            "Permissions": request.get("Permissions", []),
            "Revision": 1,
        }
        if "UseAs" in request:
            data_set["UseAs"] = request["UseAs"]
        with self._folders.holding(scope, DATA_SET, name, request):
            self._store.add(DATA_SET, scope, data_set, tags_of(request))
        return self._fill(scope, name, "INITIAL_INGESTION")

    def update(self, request: Document, call: Call) -> Document:
        """Change a data set and fill it anew; readers have the old rows until that is done."""
        scope, name = Scope.of(call), request["DataSetId"]
        before = self._store.existing(DATA_SET, scope, name)
        changed = dict.fromkeys(_KEPT) | self._checked(scope, request)
        changed |= {"LastUpdatedTime": time.time(), "Revision": before["Revision"] + 1}
        self._store.change(DATA_SET, scope, name, lambda _: changed)
        return self._fill(scope, name, "EDIT")

    def describe(self, request: Document, call: Call) -> Document:
        return {"DataSet": self._store.existing(DATA_SET, Scope.of(call), request["DataSetId"])}

    def list_all(self, request: Document, call: Call) -> Document:
        found = self._store.all(DATA_SET, Scope.of(call))
        return listed("DataSetSummaries", [_summary(one) for one in found], request)

    def search(self, request: Document, call: Call) -> Document:
        scope = Scope.of(call)
        assets = self._store.all(DATA_SET, scope)
        found = matching(DATA_SET, assets, request["Filters"], self._groups_of(scope))
        return listed("DataSetSummaries", [_summary(one) for one in found], request)

    def delete(self, request: Document, call: Call) -> Document:
        """Its rows go too; dashboards that show it stay, without them."""
        scope, name = Scope.of(call), request["DataSetId"]
        self._store.delete(DATA_SET, scope, name)
        for table in ("ingestions", "schedules"):
            kept = self._store.table(table)
            for key, _ in kept.items(scope.key(name, "")):
                kept.delete(key)
        self._spice.remove_others(scope, name)
        return {"Arn": arn(DATA_SET, scope, name), "DataSetId": name}

    def _checked(self, scope: Scope, request: Document) -> Document:
        """What is kept of a request, with the columns that come out; AWS's errors for the rest."""
        if request["ImportMode"] != "SPICE":
            raise not_served("data sets with ImportMode DIRECT_QUERY; use SPICE")
        for name in _REFUSED:
            if request.get(name):
                raise not_served(f"{name} of data sets")
        semantics = request.get("SemanticModelConfiguration") or {}
        for model in (semantics.get("TableMap") or {}).values():
            if model.get("RowLevelPermissionConfiguration"):
                raise not_served(
                    "rules of rows in SemanticModelConfiguration; name them with the "
                    "data set's own RowLevelPermissionDataSet"
                )
        for table in (request.get("PhysicalTableMap") or {}).values():
            source = next(iter(table.values()))["DataSourceArn"]
            if self._store.get(DATA_SOURCE, scope, name_in(DATA_SOURCE, scope, source)) is None:
                raise not_found("DataSource", source)
        rules = request.get("RowLevelPermissionDataSet")
        if rules:
            self._store.existing(DATA_SET, scope, name_in(DATA_SET, scope, rules["Arn"]))
        prepared = self.prepared(scope, request)
        _check_keys(request, prepared)
        kept = {name: request[name] for name in _KEPT if request.get(name) is not None}
        return kept | {"OutputColumns": [one.document() for one in prepared.columns]}

    def prepared(self, scope: Scope, data_set: Document) -> Prepared:
        """The data set as SQL; AWS's error for what it asks and cannot have."""

        def parent(data_set_arn: str) -> list[Document]:
            found = self._store.existing(DATA_SET, scope, name_in(DATA_SET, scope, data_set_arn))
            columns: list[Document] = found["OutputColumns"]
            return columns

        return prepare(data_set, parent)

    def _fill(self, scope: Scope, name: str, type_: str) -> Document:
        ingestion_id = str(uuid.uuid4())
        self._ingesting.start(scope, name, ingestion_id, type_)
        return {
            "Arn": arn(DATA_SET, scope, name),
            "DataSetId": name,
            "IngestionId": ingestion_id,
            "IngestionArn": ingestion_arn(scope, name, ingestion_id),
        }


def _check_keys(request: Document, prepared: Prepared) -> None:
    """Columns that a data set names beside its tables must come out of it."""
    known = {one.name for one in prepared.columns}
    named = [
        name
        for group in request.get("ColumnGroups") or []
        for name in group["GeoSpatialColumnGroup"]["Columns"]
    ]
    named += [
        name
        for key in (request.get("PerformanceConfiguration") or {}).get("UniqueKeys") or []
        for name in key["ColumnNames"]
    ]
    named += [
        name
        for folder in (request.get("FieldFolders") or {}).values()
        for name in folder.get("columns") or []
    ]
    if unknown := sorted(set(named) - known):
        raise invalid(f"The data set has no columns {', '.join(unknown)}.")


def _summary(data_set: Document) -> Document:
    return data_set | {
        "RowLevelPermissionTagConfigurationApplied": False,
        "ColumnLevelPermissionRulesApplied": False,
    }
