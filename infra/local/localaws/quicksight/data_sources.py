"""Data sources: where data sets get their rows; a new one's connection is tried at once."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from localaws.quicksight.failures import invalid, not_served
from localaws.quicksight.kinds import DATA_SOURCE
from localaws.quicksight.paging import listed
from localaws.quicksight.searching import matching
from localaws.quicksight.source_errors import SourceError
from localaws.quicksight.state import QuickSightStore, arn, name_in, tags_of
from localaws.scope import Scope

if TYPE_CHECKING:
    from collections.abc import Callable

    from localaws.operations import Call, Document
    from localaws.quicksight.folders import Folders
    from localaws.quicksight.protocol import Handler
    from localaws.quicksight.sources import Sources

_PARAMETERS = {
    "ATHENA": ("AthenaParameters",),
    "S3": ("S3Parameters",),
    "POSTGRESQL": ("PostgreSqlParameters", "RdsParameters"),
    "AURORA_POSTGRESQL": ("AuroraPostgreSqlParameters", "RdsParameters"),
}
_KEPT = ("Name", "DataSourceParameters", "Credentials", "SslProperties", "VpcConnectionProperties")


class DataSources:
    """The operations on data sources."""

    def __init__(
        self,
        store: QuickSightStore,
        sources: Sources,
        folders: Folders,
        groups_of: Callable[[Scope], Callable[[str], set[str]]],
    ) -> None:
        self._store = store
        self._sources = sources
        self._folders = folders
        self._groups_of = groups_of

    def handlers(self) -> dict[str, Handler]:
        return {
            "CreateDataSource": self.create,
            "UpdateDataSource": self.update,
            "DescribeDataSource": self.describe,
            "ListDataSources": self.list_all,
            "SearchDataSources": self.search,
            "DeleteDataSource": self.delete,
        }

    def resume(self) -> None:
        """A connection that was being tried when the last process died could not be told."""
        for scope, source in self._store.everywhere(DATA_SOURCE):
            verb, _, rest = source["Status"].partition("_")
            if rest == "IN_PROGRESS":
                error = {"Type": "UNKNOWN", "Message": "The check of the connection was cut off."}
                outcome = {"Status": f"{verb}_FAILED", "ErrorInfo": error}
                self._store.put(DATA_SOURCE, scope, source["DataSourceId"], source | outcome)

    def create(self, request: Document, call: Call) -> Document:
        """Keep a data source and try it; one that cannot be reached is kept as CREATION_FAILED."""
        scope, name, now = Scope.of(call), request["DataSourceId"], time.time()
        _check(request["Type"], request)
        source: Document = {
            "DataSourceId": name,
            "Arn": arn(DATA_SOURCE, scope, name),
            "Type": request["Type"],
            "Status": "CREATION_IN_PROGRESS",
            "CreatedTime": now,
            "LastUpdatedTime": now,
            "Permissions": request.get("Permissions", []),
            **{key: request[key] for key in _KEPT if key in request},
        }
        source = self._with_credentials(scope, source)
        with self._folders.holding(scope, DATA_SOURCE, name, request):
            self._store.add(DATA_SOURCE, scope, source, tags_of(request))
        self._try(scope, name, "CREATION")
        return {**_named(scope, name), "CreationStatus": "CREATION_IN_PROGRESS"}

    def update(self, request: Document, call: Call) -> Document:
        """Change a data source and try it again."""
        scope, name = Scope.of(call), request["DataSourceId"]
        before = self._store.existing(DATA_SOURCE, scope, name)
        changed = {key: request[key] for key in _KEPT if key in request}
        _check(before["Type"], before | changed)
        changed |= {"LastUpdatedTime": time.time(), "Status": "UPDATE_IN_PROGRESS"}
        changed = self._with_credentials(scope, changed)
        self._store.change(DATA_SOURCE, scope, name, lambda _: changed)
        self._try(scope, name, "UPDATE")
        return {**_named(scope, name), "UpdateStatus": "UPDATE_IN_PROGRESS"}

    def describe(self, request: Document, call: Call) -> Document:
        found = self._store.existing(DATA_SOURCE, Scope.of(call), request["DataSourceId"])
        return {"DataSource": _told(found)}

    def list_all(self, request: Document, call: Call) -> Document:
        found = self._store.all(DATA_SOURCE, Scope.of(call))
        return listed("DataSources", [_told(one) for one in found], request)

    def search(self, request: Document, call: Call) -> Document:
        scope = Scope.of(call)
        found = matching(
            DATA_SOURCE,
            self._store.all(DATA_SOURCE, scope),
            request["Filters"],
            self._groups_of(scope),
        )
        return listed("DataSourceSummaries", found, request)

    def delete(self, request: Document, call: Call) -> Document:
        """Data sets that read from it stay, as on AWS; their next ingestion fails."""
        scope, name = Scope.of(call), request["DataSourceId"]
        self._store.delete(DATA_SOURCE, scope, name)
        return _named(scope, name)

    def _try(self, scope: Scope, name: str, verb: str) -> None:
        source = self._store.existing(DATA_SOURCE, scope, name)
        outcome: Document = {"Status": f"{verb}_SUCCESSFUL", "ErrorInfo": None}
        try:
            self._sources.check(scope, source)
        except SourceError as error:
            outcome = {
                "Status": f"{verb}_FAILED",
                "ErrorInfo": {"Type": error.connection_type, "Message": error.message},
            }
        self._store.change(DATA_SOURCE, scope, name, lambda _: outcome)

    def _with_credentials(self, scope: Scope, source: Document) -> Document:
        """With those of another data source, where the request says to copy them."""
        copied = (source.get("Credentials") or {}).get("CopySourceArn")
        if not copied:
            return source
        other = self._store.existing(DATA_SOURCE, scope, name_in(DATA_SOURCE, scope, copied))
        return source | {"Credentials": other.get("Credentials")}


def _check(kind: str, source: Document) -> None:
    """Refuse what could never be read here, and parameters of another kind of source."""
    if kind not in _PARAMETERS:
        raise not_served(f"data sources of type {kind}")
    given = source.get("DataSourceParameters") or {}
    for name in given:
        if name not in _PARAMETERS[kind]:
            raise invalid(f"{name} is not a parameter of data sources of type {kind}.")
    if not given and kind != "ATHENA":
        raise invalid(f"A data source of type {kind} needs {_PARAMETERS[kind][0]}.")
    for name in ("KeyPairCredentials", "WebProxyCredentials", "OAuthClientCredentials"):
        if name in (source.get("Credentials") or {}):
            raise not_served(name)


def _told(source: Document) -> Document:
    """What may be told of a data source: no password."""
    secret = (source.get("Credentials") or {}).get("SecretArn")
    told = {key: value for key, value in source.items() if key != "Credentials"}
    return told | ({"SecretArn": secret} if secret else {})


def _named(scope: Scope, name: str) -> Document:
    return {"Arn": arn(DATA_SOURCE, scope, name), "DataSourceId": name}
