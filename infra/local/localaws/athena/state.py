"""What Athena keeps: workgroups, executions, queries and statements with names, catalogs, tags.

Every write is on disk when it returns; the end of an execution is final.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from localaws.scope import Scope

if TYPE_CHECKING:
    from collections.abc import Callable

    from localaws.operations import Document
    from localaws.state import Store

PRIMARY = "primary"
FINAL_STATES = frozenset({"SUCCEEDED", "FAILED", "CANCELLED"})
# As long as AWS keeps the history of queries.
HISTORY_SECONDS = 45 * 86_400


class AthenaStore:
    """Documents by account, region and name."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._workgroups = store.table("athena_workgroups")
        self._executions = store.table("athena_executions")
        self._tokens = store.table("athena_request_tokens")
        self._named = store.table("athena_named_queries")
        self._prepared = store.table("athena_prepared_statements")
        self._tags = store.table("athena_tags")
        self._data_catalogs = store.table("athena_data_catalogs")

    def workgroup(self, scope: Scope, name: str) -> Document | None:
        found = self._workgroups.get(scope.key(name))
        return _primary() if found is None and name == PRIMARY else found

    def workgroups(self, scope: Scope) -> list[Document]:
        found = {one["Name"]: one for one in self._workgroups.list(scope.key(""))}
        return sorted(({PRIMARY: _primary()} | found).values(), key=lambda one: str(one["Name"]))

    def put_workgroup(self, scope: Scope, workgroup: Document) -> None:
        self._workgroups.put(scope.key(workgroup["Name"]), workgroup)

    def delete_workgroup(self, scope: Scope, name: str) -> None:
        """With all that is in it."""
        with self._store.transaction():
            self._workgroups.delete(scope.key(name))
            for query in self.named_queries(scope, name):
                self.delete_named_query(scope, query["NamedQueryId"])
            for statement in self.prepared_statements(scope, name):
                self.delete_prepared(scope, name, statement["StatementName"])

    def add_execution(self, scope: Scope, execution: Document, token: str, request: str) -> str:
        """Keep a new execution; the id of an earlier one that came with the same token.

        `request` tells whether it is the same request: ValueError when it is another.
        """
        new_id: str = execution["QueryExecution"]["QueryExecutionId"]
        with self._store.transaction():
            if token:
                known = self._tokens.get(scope.key(token))
                if known is not None:
                    if known["Request"] != request:
                        raise ValueError("Idempotent parameters do not match")
                    return str(known["QueryExecutionId"])
                kept = {"QueryExecutionId": new_id, "Request": request, "At": time.time()}
                self._tokens.put(scope.key(token), kept)
            self._executions.put(scope.key(new_id), execution)
        return new_id

    def execution(self, scope: Scope, execution_id: str) -> Document | None:
        return self._executions.get(scope.key(execution_id))

    def executions(self, scope: Scope, workgroup: str) -> list[Document]:
        """Those of a workgroup, the latest first."""
        found = [one["QueryExecution"] for one in self._executions.list(scope.key(""))]
        inside = [one for one in found if one["WorkGroup"] == workgroup]
        return sorted(
            inside, key=lambda one: float(one["Status"]["SubmissionDateTime"]), reverse=True
        )

    def unfinished(self) -> list[tuple[Scope, Document]]:
        """Every execution, of any account and region, that has not ended."""
        return [
            (Scope.of_key(key), one)
            for key, one in self._executions.items()
            if one["QueryExecution"]["Status"]["State"] not in FINAL_STATES
        ]

    def change_execution(
        self, scope: Scope, execution_id: str, change: Callable[[Document], None]
    ) -> Document | None:
        """Let `change` alter an execution that has not ended; what is kept then."""
        with self._store.transaction():
            found = self.execution(scope, execution_id)
            if found is None or found["QueryExecution"]["Status"]["State"] in FINAL_STATES:
                return found
            change(found)
            self._executions.put(scope.key(execution_id), found)
            return found

    def expire(self, now: float) -> int:
        """Forget what is older than AWS keeps; how many."""
        expired = 0
        with self._store.transaction():
            for key, one in self._executions.items():
                submitted = one["QueryExecution"]["Status"]["SubmissionDateTime"]
                if submitted < now - HISTORY_SECONDS:
                    self._executions.delete(key)
                    expired += 1
            for key, one in self._tokens.items():
                if one["At"] < now - HISTORY_SECONDS:
                    self._tokens.delete(key)
        return expired

    def named_query(self, scope: Scope, query_id: str) -> Document | None:
        return self._named.get(scope.key(query_id))

    def named_queries(self, scope: Scope, workgroup: str) -> list[Document]:
        return [one for one in self._named.list(scope.key("")) if one["WorkGroup"] == workgroup]

    def put_named_query(self, scope: Scope, query: Document) -> None:
        self._named.put(scope.key(query["NamedQueryId"]), query)

    def delete_named_query(self, scope: Scope, query_id: str) -> bool:
        return self._named.delete(scope.key(query_id))

    def prepared(self, scope: Scope, workgroup: str, name: str) -> Document | None:
        return self._prepared.get(scope.key(workgroup, name))

    def prepared_statements(self, scope: Scope, workgroup: str) -> list[Document]:
        return self._prepared.list(scope.key(workgroup, ""))

    def put_prepared(self, scope: Scope, statement: Document) -> None:
        key = scope.key(statement["WorkGroupName"], statement["StatementName"])
        self._prepared.put(key, statement)

    def delete_prepared(self, scope: Scope, workgroup: str, name: str) -> bool:
        return self._prepared.delete(scope.key(workgroup, name))

    def data_catalog(self, scope: Scope, name: str) -> Document | None:
        """One beside AwsDataCatalog; case does not matter."""
        return self._data_catalogs.get(scope.key(name.lower()))

    def data_catalogs(self, scope: Scope) -> list[Document]:
        return self._data_catalogs.list(scope.key(""))

    def put_data_catalog(self, scope: Scope, catalog: Document) -> None:
        self._data_catalogs.put(scope.key(catalog["Name"].lower()), catalog)

    def delete_data_catalog(self, scope: Scope, name: str) -> bool:
        return self._data_catalogs.delete(scope.key(name.lower()))

    def tags(self, scope: Scope, arn: str) -> dict[str, str]:
        found: dict[str, str] = self._tags.get(scope.key(arn)) or {}
        return found

    def put_tags(self, scope: Scope, arn: str, tags: dict[str, str]) -> None:
        self._tags.put(scope.key(arn), tags)


def _primary() -> Document:
    """The workgroup that every account has."""
    return {
        "Name": PRIMARY,
        "State": "ENABLED",
        "Configuration": {
            "ResultConfiguration": {},
            "EnforceWorkGroupConfiguration": False,
            "PublishCloudWatchMetricsEnabled": False,
            "RequesterPaysEnabled": False,
            "EngineVersion": {
                "SelectedEngineVersion": "AUTO",
                "EffectiveEngineVersion": "Athena engine version 3",
            },
        },
    }
