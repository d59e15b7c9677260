"""What keeps one Iceberg table small and quick to read. No step changes a row of any reader."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from py4j.protocol import Py4JJavaError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyspark.sql import Row, SparkSession

    from rlm.aws.storage import Storage
    from rlm.jobs.iceberg import IcebergTable

# Somebody who writes the table wins; a third time in a row, it is left for the next run.
_ATTEMPTS = 3
# Every load adds a file to each month that it touches: five loads are worth one rewriting.
_COMPACTION = {
    "min-input-files": "5",
    # A tenth of the rows deleted by position costs readers more than writing the file anew.
    "delete-ratio-threshold": "0.1",
    "remove-dangling-deletes": "true",
}
# A reader opens each manifest; Iceberg writes one or two a commit.
_MANIFESTS = 10
# A branch lives as long as one publication: what is older was left behind by a killed run. One to
# which nothing was written yet is as old as the last publication; its writer begins again.
_BRANCH_AGE = dt.timedelta(days=1)


@dataclass(frozen=True)
class Keeping:
    """How much of the past is kept."""

    now: dt.datetime
    """UTC, with its zone."""
    snapshots: dt.timedelta
    """Readers can go back so far."""
    orphans: dt.timedelta
    """Files that no snapshot knows are left so long: a running load writes such files."""


@dataclass(frozen=True)
class Size:
    data_files: int
    delete_files: int
    live_bytes: int
    """Of the files that the current snapshot reads."""
    snapshots: int
    stored_files: int
    stored_bytes: int
    """All there is below the table's folder, history and metadata too."""


@dataclass(frozen=True)
class TableUpkeep:
    status: Literal["maintained", "busy"]
    """busy: somebody kept writing the table; what was not done waits for the next run."""
    before: Size
    after: Size
    steps: Mapping[str, int]
    """What was done: data files rewritten, snapshots expired, orphans removed, ..."""
    seconds: float = 0.0


@dataclass(frozen=True)
class Upkeep:
    spark: SparkSession
    table: IcebergTable
    catalog: str
    storage: Storage

    def run(self, keeping: Keeping, needed: frozenset[int]) -> TableUpkeep:
        """`needed` are snapshots that others will read again, however old they are."""
        before = self._size()
        steps: dict[str, int] = {}
        try:
            steps["branches_dropped"] = self._drop_stale_branches(keeping)
            self._compact(steps)
            self._expire(keeping, needed, steps)
            steps["orphans_removed"] = self._remove_orphans(keeping)
        except _BusyError:
            return TableUpkeep("busy", before, self._size(), steps)
        return TableUpkeep("maintained", before, self._size(), steps)

    def _drop_stale_branches(self, keeping: Keeping) -> int:
        stale = [
            branch
            for branch in self.table.branches()
            if (snapshot := self.table.snapshot(self.table.snapshot_id(branch) or 0))
            and _time(snapshot.committed_at_ms) < keeping.now - _BRANCH_AGE
        ]
        for branch in stale:
            self.table.drop_branch(branch)
        return len(stale)

    def _compact(self, steps: dict[str, int]) -> None:
        current = self.table.snapshot_id()
        if current is None:
            return
        options = ", ".join(f"'{k}', '{v}'" for k, v in _COMPACTION.items())
        rewritten = self._call("rewrite_data_files", f"options => map({options})")
        steps["data_files_rewritten"] = rewritten["rewritten_data_files_count"]
        steps["delete_files_removed"] = rewritten["removed_delete_files_count"]
        if self._total("total-delete-files"):
            rewritten = self._call("rewrite_position_delete_files")
            steps["delete_files_rewritten"] = rewritten["rewritten_delete_files_count"]
        if self.table.manifests() > _MANIFESTS:
            rewritten = self._call("rewrite_manifests", "use_caching => false")
            steps["manifests_rewritten"] = rewritten["rewritten_manifests_count"]

    def _expire(self, keeping: Keeping, needed: frozenset[int], steps: dict[str, int]) -> None:
        oldest = keeping.now - keeping.snapshots
        # From the oldest needed one on, all are kept: what changed since is found by walking them.
        for snapshot in (self.table.snapshot(s) for s in needed):
            if snapshot is not None:
                oldest = min(oldest, _time(snapshot.committed_at_ms))
        before = self.table.snapshot_times_ms()
        if not any(_time(at) < oldest for at in before[:-1]):
            return
        self._call(
            "expire_snapshots", f"older_than => {_timestamp(oldest)}, stream_results => true"
        )
        steps["snapshots_expired"] = len(before) - len(self.table.snapshot_times_ms())

    def _remove_orphans(self, keeping: Keeping) -> int:
        older = _timestamp(keeping.now - keeping.orphans)
        return len(self._rows("remove_orphan_files", f"older_than => {older}"))

    def _call(self, procedure: str, options: str = "") -> Mapping[str, int]:
        result = self._rows(procedure, options)[0].asDict()
        self.table.refresh()
        return result

    def _rows(self, procedure: str, options: str) -> list[Row]:
        name = self.table.name.removeprefix(f"{self.catalog}.")
        more = f", {options}" if options else ""
        statement = f"CALL {self.catalog}.system.{procedure}(table => '{name}'{more})"
        for _ in range(_ATTEMPTS):
            try:
                return self.spark.sql(statement).collect()
            except Py4JJavaError as error:
                if not _is_conflict(error):
                    raise
            self.table.refresh()
        raise _BusyError(procedure)

    def _total(self, name: str) -> int:
        current = self.table.snapshot_id()
        snapshot = self.table.snapshot(current) if current is not None else None
        return int(snapshot.summary.get(name, 0)) if snapshot else 0

    def _size(self) -> Size:
        self.table.refresh()
        stored = list(self.storage.list(f"{self.table.location()}/"))
        return Size(
            data_files=self._total("total-data-files"),
            delete_files=self._total("total-delete-files"),
            live_bytes=self._total("total-files-size"),
            snapshots=len(self.table.snapshot_times_ms()),
            stored_files=len(stored),
            stored_bytes=sum(o.size for o in stored),
        )


class _BusyError(Exception):
    """Somebody else committed first, each time."""


def _is_conflict(error: Py4JJavaError) -> bool:
    """Whether somebody else's commit came first."""
    cause = error.java_exception
    while cause is not None:
        name = cause.getClass().getSimpleName()
        if name in ("CommitFailedException", "ValidationException"):
            return True
        cause = cause.getCause()
    return False


def _time(committed_at_ms: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(committed_at_ms / 1000, dt.UTC)


def _timestamp(at: dt.datetime) -> str:
    return f"TIMESTAMP '{at.astimezone(dt.UTC).isoformat(sep=' ', timespec='milliseconds')}'"
