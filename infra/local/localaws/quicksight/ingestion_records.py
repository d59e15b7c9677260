"""How ingestions are and were: kept, and measured in CloudWatch."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from localaws.quicksight.state import QuickSightStore, resource_arn

if TYPE_CHECKING:
    from localaws.operations import Document
    from localaws.scope import Scope
    from localaws.telemetry import Telemetry

ENDED = ("COMPLETED", "FAILED", "CANCELLED")
_NAMESPACE = "AWS/QuickSight"


@dataclass(frozen=True)
class Outcome:
    """What a completed ingestion brought."""

    ingested: int
    dropped: int
    total: int
    bytes: int
    seconds: float


class IngestionRecords:
    """One document an ingestion, by `key`."""

    def __init__(self, store: QuickSightStore, telemetry: Telemetry) -> None:
        self._store = store
        self._kept = store.table("ingestions")
        self._telemetry = telemetry

    def key(self, scope: Scope, data_set_id: str, ingestion_id: str) -> str:
        return scope.key(data_set_id, ingestion_id)

    def add(
        self, scope: Scope, data_set_id: str, ingestion_id: str, type_: str, source: str
    ) -> Document:
        """Keep a new ingestion."""
        ingestion: Document = {
            "Arn": ingestion_arn(scope, data_set_id, ingestion_id),
            "IngestionId": ingestion_id,
            "DataSetId": data_set_id,
            "IngestionStatus": "INITIALIZED",
            "CreatedTime": time.time(),
            "RequestSource": source,
            "RequestType": type_,
        }
        self._kept.put(self.key(scope, data_set_id, ingestion_id), ingestion)
        return ingestion

    def get(self, key: str) -> Document:
        """An ingestion; empty when its data set took it with it."""
        return self._kept.get(key) or {}

    def unfinished(self) -> list[str]:
        """The keys of all that have not ended."""
        return [key for key, one in self._kept.items() if one["IngestionStatus"] not in ENDED]

    def change(self, key: str, changed: Document) -> None:
        """Put some members over an ingestion that still is; what is None goes."""
        with self._store.transaction():
            found = self._kept.get(key)
            if found is not None:
                merged = found | changed
                kept = {name: value for name, value in merged.items() if value is not None}
                self._kept.put(key, kept)

    def complete(self, key: str, outcome: Outcome) -> None:
        rows = {
            "RowsIngested": outcome.ingested,
            "RowsDropped": outcome.dropped,
            "TotalRowsInDataset": outcome.total,
        }
        ended = {
            "IngestionStatus": "COMPLETED",
            "RowInfo": rows,
            "IngestionSizeInBytes": outcome.bytes,
            "IngestionTimeInSeconds": round(outcome.seconds),
        }
        self.change(key, ended)

    def end(self, key: str, status: str, type_: str, message: str) -> None:
        """End an ingestion that brought nothing."""
        error = {"Type": type_, "Message": message}
        self.change(key, {"IngestionStatus": status, "ErrorInfo": error, "QueueInfo": None})

    def measure_completed(self, scope: Scope, data_set: str, outcome: Outcome) -> None:
        self._measure(scope, data_set, "IngestionLatency", outcome.seconds, "Seconds")
        self._measure(scope, data_set, "IngestionRowCount", float(outcome.ingested))
        self._measure_end(scope, data_set, 0.0)

    def measure_failed(self, scope: Scope, data_set: str) -> None:
        self._measure_end(scope, data_set, 1.0)

    def _measure_end(self, scope: Scope, data_set: str, errors: float) -> None:
        self._measure(scope, data_set, "IngestionInvocationCount", 1.0)
        self._measure(scope, data_set, "IngestionErrorCount", errors)

    def _measure(
        self, scope: Scope, data_set: str, metric: str, value: float, unit: str = "Count"
    ) -> None:
        self._telemetry.measure(scope, _NAMESPACE, metric, value, unit, DatasetId=data_set)


def ingestion_arn(scope: Scope, data_set_id: str, ingestion_id: str) -> str:
    return resource_arn(scope, f"dataset/{data_set_id}/ingestion/{ingestion_id}")
