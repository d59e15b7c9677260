"""Data catalogs beside AwsDataCatalog: kept by name, each answered by a connector."""

from __future__ import annotations

from typing import TYPE_CHECKING

from localaws.athena.failures import QueryFailedError, not_supported
from localaws.connectors import DYNAMODB

if TYPE_CHECKING:
    from localaws.athena.dynamodb_connector import Ask, DynamoDbConnector
    from localaws.athena.state import AthenaStore
    from localaws.connectors import Connectors
    from localaws.operations import Document
    from localaws.scope import Scope


class Federation:
    """Which connector answers for a catalog."""

    def __init__(self, store: AthenaStore, connectors: Connectors) -> None:
        self._store = store
        self._connectors = connectors

    def connector(self, scope: Scope, catalog: str, ask: Ask) -> DynamoDbConnector | None:
        """The connector of a catalog; None where there is no such catalog.

        Raises QueryFailedError where its function is none that is known here.
        """
        kept = self._store.data_catalog(scope, catalog)
        if kept is None:
            return None
        function = function_of(kept)
        deployed = self._connectors.get(scope, function)
        if deployed is None:
            raise QueryFailedError(
                "GENERIC_USER_ERROR",
                f"Encountered an exception from the connector: Function not found: {function}. The"
                f" local AWS has the connectors that AWS::Serverless::Application deployed, and"
                " calls no function of one's own for a data catalog.",
            )
        if deployed["Application"] != DYNAMODB:
            raise not_supported(f"the connector {deployed['Application']}")
        # Imported here: Arrow would make every start of the gateway wait.
        from localaws.athena.dynamodb_connector import DynamoDbConnector

        return DynamoDbConnector(ask)


def function_of(catalog: Document) -> str:
    """The name of the function that answers for a catalog of type LAMBDA."""
    parameters = catalog.get("Parameters") or {}
    arn = parameters.get("function") or parameters.get("metadata-function") or ""
    return str(arn).rpartition(":function:")[2] or str(arn)
