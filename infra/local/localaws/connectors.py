"""Athena's connectors that are deployed: functions by whose name a data catalog calls them.

On AWS a connector is an application of the Serverless Application Repository, whose function is
called for metadata and rows. Here the application is known, and its function's work is done by
`localaws.athena`: a function of one's own that speaks the connectors' protocol is not called.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from localaws.operations import Document
    from localaws.scope import Scope
    from localaws.state import Store

DYNAMODB = "AthenaDynamoDBConnector"
# The repository's applications that have a counterpart here.
APPLICATIONS = (DYNAMODB,)


class Connectors:
    """Deployed connectors by account, region and function name."""

    def __init__(self, store: Store) -> None:
        self._table = store.table("athena_connectors")

    def deploy(self, scope: Scope, function: str, application: str, settings: Document) -> None:
        """Keep it, in the place of one of the same name."""
        self._table.put(scope.key(function), {"Application": application, "Settings": settings})

    def get(self, scope: Scope, function: str) -> Document | None:
        return self._table.get(scope.key(function))

    def remove(self, scope: Scope, function: str) -> None:
        self._table.delete(scope.key(function))
