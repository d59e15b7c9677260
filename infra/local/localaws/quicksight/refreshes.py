"""Refresh properties and refresh schedules; a clock starts what is due."""

from __future__ import annotations

import datetime as dt
import logging
import threading
import time
import uuid
from typing import TYPE_CHECKING, Any

from localaws.errors import AwsError
from localaws.quicksight import schedules
from localaws.quicksight.failures import exists, invalid, limit_exceeded, not_found
from localaws.quicksight.ingestions import check_refresh
from localaws.quicksight.kinds import DATA_SET
from localaws.quicksight.state import QuickSightStore, resource_arn
from localaws.scope import Scope

if TYPE_CHECKING:
    from localaws.operations import Call, Document
    from localaws.quicksight.ingesting import Ingesting
    from localaws.quicksight.protocol import Handler

_log = logging.getLogger("localaws.quicksight")
_MOST_SCHEDULES = 5
_TICK_SECONDS = 0.5


class Refreshes:
    """The operations on refresh properties and schedules, and the clock."""

    def __init__(self, store: QuickSightStore, ingesting: Ingesting) -> None:
        self._store = store
        self._kept = store.table("schedules")
        self._ingesting = ingesting
        self._stopped = threading.Event()
        self._clock = threading.Thread(target=self._run, name="quicksight-clock", daemon=True)

    def handlers(self) -> dict[str, Handler]:
        return {
            "PutDataSetRefreshProperties": self.put_properties,
            "DescribeDataSetRefreshProperties": self.describe_properties,
            "DeleteDataSetRefreshProperties": self.delete_properties,
            "CreateRefreshSchedule": self.create,
            "UpdateRefreshSchedule": self.update,
            "DescribeRefreshSchedule": self.describe,
            "ListRefreshSchedules": self.list_all,
            "DeleteRefreshSchedule": self.delete,
        }

    def put_properties(self, request: Document, call: Call) -> Document:
        """The look-back window of incremental refreshes: over a column of dates."""
        scope, name = Scope.of(call), request["DataSetId"]
        data_set = self._store.existing(DATA_SET, scope, name)
        given = request["DataSetRefreshProperties"]
        window = (
            (given.get("RefreshConfiguration") or {})
            .get("IncrementalRefresh", {})
            .get("LookbackWindow")
        )
        if window is not None:
            types = {one["Name"]: one["Type"] for one in data_set["OutputColumns"]}
            if types.get(window["ColumnName"]) != "DATETIME":
                raise invalid(
                    f"The look-back window's column {window['ColumnName']} is no DATETIME column "
                    f"of the data set {name}."
                )
        self._store.change(DATA_SET, scope, name, lambda _: {"RefreshProperties": given})
        return {}

    def describe_properties(self, request: Document, call: Call) -> Document:
        return {"DataSetRefreshProperties": self._properties(request, call)}

    def delete_properties(self, request: Document, call: Call) -> Document:
        self._properties(request, call)
        name = request["DataSetId"]
        self._store.change(DATA_SET, Scope.of(call), name, lambda _: {"RefreshProperties": None})
        return {}

    def create(self, request: Document, call: Call) -> Document:
        scope, name, given = Scope.of(call), request["DataSetId"], request["Schedule"]
        data_set = self._store.existing(DATA_SET, scope, name)
        key = scope.key(name, given["ScheduleId"])
        if self._kept.get(key) is not None:
            raise exists("RefreshSchedule", given["ScheduleId"])
        if len(self._kept.list(scope.key(name, ""))) >= _MOST_SCHEDULES:
            raise limit_exceeded(f"A data set has at most {_MOST_SCHEDULES} refresh schedules.")
        return self._keep(scope, data_set, given)

    def update(self, request: Document, call: Call) -> Document:
        scope, name, given = Scope.of(call), request["DataSetId"], request["Schedule"]
        data_set = self._store.existing(DATA_SET, scope, name)
        self._existing(scope, name, given["ScheduleId"])
        return self._keep(scope, data_set, given)

    def describe(self, request: Document, call: Call) -> Document:
        found = self._existing(Scope.of(call), request["DataSetId"], request["ScheduleId"])
        return {"RefreshSchedule": found, "Arn": found["Arn"]}

    def list_all(self, request: Document, call: Call) -> Document:
        scope, name = Scope.of(call), request["DataSetId"]
        self._store.existing(DATA_SET, scope, name)
        return {"RefreshSchedules": self._kept.list(scope.key(name, ""))}

    def delete(self, request: Document, call: Call) -> Document:
        scope, name = Scope.of(call), request["DataSetId"]
        found = self._existing(scope, name, request["ScheduleId"])
        self._kept.delete(scope.key(name, request["ScheduleId"]))
        return {"ScheduleId": request["ScheduleId"], "Arn": found["Arn"]}

    def start(self) -> None:
        """Start the clock. What was due while nothing ran is not made up for."""
        now = time.time()
        for key, schedule in self._kept.items():
            if schedule["NextRun"] < now:
                self._kept.put(key, schedule | {"NextRun": _next(schedule, now)})
        self._clock.start()

    def stop(self) -> None:
        self._stopped.set()
        self._clock.join(5)

    def _run(self) -> None:
        while not self._stopped.wait(_TICK_SECONDS):
            now = time.time()
            for key, schedule in self._kept.items():
                if schedule["NextRun"] <= now:
                    self._kept.put(key, schedule | {"NextRun": _next(schedule, now)})
                    self._refresh(key, schedule)

    def _refresh(self, key: str, schedule: Document) -> None:
        scope, name = Scope.of_key(key), key.split("\n")[2]
        try:
            check_refresh(self._store.existing(DATA_SET, scope, name), schedule["RefreshType"])
        except AwsError as error:
            _log.warning("quicksight: schedule %s: %s", schedule["Arn"], error.message)
            return
        self._ingesting.start(scope, name, str(uuid.uuid4()), schedule["RefreshType"], "SCHEDULED")

    def _keep(self, scope: Scope, data_set: Document, given: Document) -> Document:
        schedules.check(given)
        check_refresh(data_set, given["RefreshType"])
        name, now = data_set["DataSetId"], time.time()
        path = f"dataset/{name}/refresh-schedule/{given['ScheduleId']}"
        schedule = given | {"Arn": resource_arn(scope, path), "CreatedTime": now}
        if "StartAfterDateTime" in given:
            schedule["StartAfterDateTime"] = _epoch(given["StartAfterDateTime"])
        schedule["NextRun"] = _next(schedule, now)
        self._kept.put(scope.key(name, given["ScheduleId"]), schedule)
        return schedule

    def _existing(self, scope: Scope, data_set: str, name: str) -> Document:
        self._store.existing(DATA_SET, scope, data_set)
        found = self._kept.get(scope.key(data_set, name))
        if found is None:
            raise not_found("RefreshSchedule", name)
        return found

    def _properties(self, request: Document, call: Call) -> Document:
        name = request["DataSetId"]
        data_set = self._store.existing(DATA_SET, Scope.of(call), name)
        if "RefreshProperties" not in data_set:
            raise not_found("DataSetRefreshProperties of", name)
        found: Document = data_set["RefreshProperties"]
        return found


def _next(schedule: Document, after: float) -> float:
    start = max(schedule.get("StartAfterDateTime", 0.0), schedule["CreatedTime"])
    return schedules.next_run(schedule, start, after)


def _epoch(value: Any) -> float:
    """A moment of the wire, which is a number or ISO text, UTC where it names no zone."""
    if isinstance(value, int | float):
        return float(value)
    found = dt.datetime.fromisoformat(str(value))
    return (found if found.tzinfo else found.replace(tzinfo=dt.UTC)).timestamp()
