"""Named queries and prepared statements."""

from __future__ import annotations

import time
import uuid
from typing import TYPE_CHECKING

from localaws.athena.state import PRIMARY, AthenaStore
from localaws.athena.workgroups import existing
from localaws.errors import AwsError
from localaws.paging import page
from localaws.scope import Scope

if TYPE_CHECKING:
    from localaws.operations import Call, Document, Handler


class NamedQueries:
    """Queries that people keep under a name; AWS tells them apart by id."""

    def __init__(self, store: AthenaStore) -> None:
        self._store = store

    def handlers(self) -> dict[str, Handler]:
        return {
            "CreateNamedQuery": self.create,
            "GetNamedQuery": self.get,
            "BatchGetNamedQuery": self.batch_get,
            "ListNamedQueries": self.list,
            "UpdateNamedQuery": self.update,
            "DeleteNamedQuery": self.delete,
        }

    def create(self, request: Document, call: Call) -> Document:
        scope = Scope.of(call)
        workgroup = request.get("WorkGroup", PRIMARY)
        existing(self._store, call, workgroup)
        names = ("Name", "Description", "Database", "QueryString")
        query = {name: request[name] for name in names if name in request}
        query |= {"WorkGroup": workgroup, "Token": request.get("ClientRequestToken", "")}
        for known in self._store.named_queries(scope, workgroup):
            if query["Token"] and known["Token"] == query["Token"]:
                return {"NamedQueryId": known["NamedQueryId"]}
        query["NamedQueryId"] = str(uuid.uuid4())
        self._store.put_named_query(scope, query)
        return {"NamedQueryId": query["NamedQueryId"]}

    def get(self, request: Document, call: Call) -> Document:
        return {"NamedQuery": _shown(self._existing(request["NamedQueryId"], call))}

    def batch_get(self, request: Document, call: Call) -> Document:
        scope = Scope.of(call)
        found = {one: self._store.named_query(scope, one) for one in request["NamedQueryIds"]}
        return {
            "NamedQueries": [_shown(query) for query in found.values() if query is not None],
            "UnprocessedNamedQueryIds": [
                {"NamedQueryId": one, "ErrorCode": "INVALID_INPUT", "ErrorMessage": "not found"}
                for one, query in found.items()
                if query is None
            ],
        }

    def list(self, request: Document, call: Call) -> Document:
        workgroup = request.get("WorkGroup", PRIMARY)
        existing(self._store, call, workgroup)
        ids = [one["NamedQueryId"] for one in self._store.named_queries(Scope.of(call), workgroup)]
        shown, token = page(ids, request, 50)
        return {"NamedQueryIds": shown, **token}

    def update(self, request: Document, call: Call) -> Document:
        query = self._existing(request["NamedQueryId"], call)
        names = ("Name", "Description", "QueryString")
        query |= {name: request[name] for name in names if name in request}
        self._store.put_named_query(Scope.of(call), query)
        return {}

    def delete(self, request: Document, call: Call) -> Document:
        self._existing(request["NamedQueryId"], call)
        self._store.delete_named_query(Scope.of(call), request["NamedQueryId"])
        return {}

    def _existing(self, query_id: str, call: Call) -> Document:
        found = self._store.named_query(Scope.of(call), query_id)
        if found is None:
            raise AwsError("InvalidRequestException", f"NamedQuery {query_id} was not found")
        return found


class PreparedStatements:
    """Statements with `?`, by workgroup and name; PREPARE and EXECUTE use the same ones."""

    def __init__(self, store: AthenaStore) -> None:
        self._store = store

    def handlers(self) -> dict[str, Handler]:
        return {
            "CreatePreparedStatement": self.create,
            "GetPreparedStatement": self.get,
            "BatchGetPreparedStatement": self.batch_get,
            "ListPreparedStatements": self.list,
            "UpdatePreparedStatement": self.update,
            "DeletePreparedStatement": self.delete,
        }

    def create(self, request: Document, call: Call) -> Document:
        existing(self._store, call, request["WorkGroup"])
        scope, name = Scope.of(call), request["StatementName"]
        if self._store.prepared(scope, request["WorkGroup"], name) is not None:
            raise AwsError(
                "InvalidRequestException", f"Prepared Statement {name} is already created"
            )
        self._store.put_prepared(scope, statement_of(request))
        return {}

    def get(self, request: Document, call: Call) -> Document:
        return {"PreparedStatement": self._existing(request, call)}

    def batch_get(self, request: Document, call: Call) -> Document:
        scope, workgroup = Scope.of(call), request["WorkGroup"]
        names = request["PreparedStatementNames"]
        found = {name: self._store.prepared(scope, workgroup, name) for name in names}
        return {
            "PreparedStatements": [one for one in found.values() if one is not None],
            "UnprocessedPreparedStatementNames": [
                {"StatementName": name, "ErrorCode": "STATEMENT_NOT_FOUND", "ErrorMessage": ""}
                for name, one in found.items()
                if one is None
            ],
        }

    def list(self, request: Document, call: Call) -> Document:
        existing(self._store, call, request["WorkGroup"])
        found = self._store.prepared_statements(Scope.of(call), request["WorkGroup"])
        names = [
            {"StatementName": one["StatementName"], "LastModifiedTime": one["LastModifiedTime"]}
            for one in found
        ]
        shown, token = page(names, request, 50)
        return {"PreparedStatements": shown, **token}

    def update(self, request: Document, call: Call) -> Document:
        self._existing(request, call)
        self._store.put_prepared(Scope.of(call), statement_of(request))
        return {}

    def delete(self, request: Document, call: Call) -> Document:
        self._existing(request, call)
        self._store.delete_prepared(Scope.of(call), request["WorkGroup"], request["StatementName"])
        return {}

    def _existing(self, request: Document, call: Call) -> Document:
        name, workgroup = request["StatementName"], request["WorkGroup"]
        found = self._store.prepared(Scope.of(call), workgroup, name)
        if found is None:
            raise AwsError(
                "ResourceNotFoundException",
                f"PreparedStatement {name} was not found in workGroup {workgroup}",
            )
        return found


def statement_of(request: Document) -> Document:
    """A prepared statement as GetPreparedStatement shows it."""
    made = {
        "StatementName": request["StatementName"],
        "QueryStatement": request["QueryStatement"],
        "WorkGroupName": request["WorkGroup"],
        "LastModifiedTime": time.time(),
    }
    if request.get("Description"):
        made["Description"] = request["Description"]
    return made


def _shown(query: Document) -> Document:
    return {name: value for name, value in query.items() if name != "Token"}
