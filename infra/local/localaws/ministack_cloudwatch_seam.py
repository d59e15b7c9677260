"""Where ministack's CloudWatch is asked, judged and told by `localaws.cloudwatch` instead.

Private to ministack 1.5.33; tests/contract/localaws/test_alarms.py holds what is used of it.
"""

from __future__ import annotations

import importlib
import json
import re
import time
from bisect import bisect_right
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from localaws import query_protocol
from localaws.errors import AwsError
from localaws.scope import Scope

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from localaws.operations import Document

    Alarm = dict[str, Any]

_EVICTION_SECONDS = 60.0
# An alarm that flaps must not fill the state: it is written whole.
_MOST_HISTORY = 5000


class MinistackCloudWatch:
    """ministack's metrics and alarms; on the event loop only, as all of ministack's state."""

    def __init__(self) -> None:
        self._cloudwatch: Any = importlib.import_module("ministack.services.cloudwatch")
        self._responses: Any = importlib.import_module("ministack.core.responses")
        self._touched: set[tuple[str, str]] = set()
        self._evicted_at = 0.0
        self._evict_seldom()
        self._keep_in_order()

    def judge_with(
        self,
        evaluate: Callable[[Alarm], None],
        evaluate_readers: Callable[[set[tuple[str, str]]], None],
        act: Callable[[Alarm, str, str, str], None],
    ) -> None:
        """Put these in the place of ministack's own judgement and its actions.

        `evaluate_readers` gets the (namespace, metric) pairs that a request just published.
        """
        store = self._cloudwatch._store_datum

        def stored(namespace: str, name: str, *more: Any) -> None:
            self._touched.add((namespace, name))
            store(namespace, name, *more)

        def evaluate_touched() -> None:
            touched, self._touched = self._touched, set()
            evaluate_readers(touched)

        self._replace("_store_datum", stored)
        self._replace("_evaluate_all_alarms", evaluate_touched)
        self._replace("_evaluate_alarm", evaluate)
        self._replace("_dispatch_alarm_actions", act)

    def serve(self, operation: str, handler: Callable[[Document], Document]) -> None:
        """Let `handler` answer an operation, whatever protocol it is asked in."""

        def answered(
            params: dict[str, Any], payload: Document, is_cbor: bool, is_json: bool = False
        ) -> Any:
            try:
                document = handler(
                    payload
                    if is_cbor or is_json
                    else query_protocol.decode_fields("cloudwatch", operation, _fields(params))
                )
            except AwsError as error:
                return self._cloudwatch._error(
                    error.code, error.message, error.status, use_json=is_json, use_cbor=is_cbor
                )
            if is_cbor or is_json:
                body = json.dumps(document, default=lambda moment: moment.timestamp()).encode()
                return 200, {"Content-Type": "application/json"}, body
            request_id = str(self._responses.new_uuid())
            body = query_protocol.encode("cloudwatch", operation, document, request_id)
            return 200, {"Content-Type": "text/xml"}, body

        self._replace(_function_name(operation), answered)

    def original(self, operation: str) -> Callable[[Document], Document]:
        """ministack's own answer to an operation, as it is at this moment."""
        function = getattr(self._cloudwatch, _function_name(operation))

        def ask(request: Document) -> Document:
            status, _, body = function({}, request, False, True)
            document: Document = json.loads(body or b"{}")
            if status >= 400:
                code = str(document.get("__type", "InternalFailure"))
                raise AwsError(code, str(document.get("message", "")), status)
            return document

        return ask

    def scope(self) -> Scope:
        """Whose request or alarm is being worked on."""
        return Scope(str(self._responses.get_account_id()), str(self._responses.get_region()))

    def metric_alarms(self) -> Iterator[Alarm]:
        """Every metric alarm, each in its own scope."""
        return self._each(self._cloudwatch._alarms)

    def composite_alarms(self) -> Iterator[Alarm]:
        return self._each(self._cloudwatch._composite_alarms)

    def metric_alarms_here(self) -> list[Alarm]:
        """The metric alarms of the scope that is being worked on."""
        return list(self._cloudwatch._alarms.values())

    def alarm(self, name_or_arn: str) -> Alarm | None:
        """An alarm of either kind by its name or ARN."""
        name = self._cloudwatch._rule_ref_name(name_or_arn)
        found: Alarm | None = self._cloudwatch._alarms.get(
            name
        ) or self._cloudwatch._composite_alarms.get(name)
        return found

    def values(
        self, stat: Mapping[str, Any], start: float, width: float, count: int
    ) -> dict[int, float]:
        """A metric's values by the number of their period, from `start` on."""
        metric = stat["Metric"]
        dimensions = self._cloudwatch._dims_key(_dimensions(metric.get("Dimensions")))
        key = (metric.get("Namespace"), metric.get("MetricName"), dimensions)
        found: dict[int, list[Any]] = defaultdict(list)
        for point in reversed(self._cloudwatch._metrics.get(key) or []):
            if point["Timestamp"] < start:
                break
            number = int((point["Timestamp"] - start) // width)
            if 0 <= number < count and stat.get("Unit") in (None, "", point.get("Unit")):
                found[number].append(point)
        values = {number: self._statistic(stat["Stat"], points) for number, points in found.items()}
        return {number: value for number, value in values.items() if value is not None}

    def change(self, alarm: Alarm, state: str, reason: str) -> None:
        """Move a metric alarm to another state, with all that follows."""
        old, now = alarm["StateValue"], int(time.time())
        alarm |= {
            "StateValue": state,
            "StateReason": reason,
            "StateUpdatedTimestamp": now,
            "StateTransitionedTimestamp": now,
        }
        cloudwatch = self._cloudwatch
        cloudwatch._record_history(alarm["AlarmName"], old, state, reason)
        cloudwatch._dispatch_alarm_actions(alarm, old, state, reason)
        cloudwatch._evaluate_parent_alarms(alarm)

    def record_action(self, alarm: Alarm, summary: str) -> None:
        """Add what came of an action to the alarm's history."""
        self._cloudwatch._history_entries().append(
            {
                "AlarmName": alarm["AlarmName"],
                "AlarmType": "CompositeAlarm" if "AlarmRule" in alarm else "MetricAlarm",
                "Timestamp": self._cloudwatch._ts_iso(time.time()),
                "HistoryItemType": "Action",
                "HistorySummary": summary,
                "HistoryData": json.dumps({"actionState": summary}),
            }
        )

    def epoch(self, moment: object) -> float | None:
        """A time of a request, in whatever form its protocol carries it."""
        found = self._cloudwatch._parse_ts(moment)
        return None if found is None else float(found)

    def _each(self, alarms: Any) -> Iterator[Alarm]:
        for account, region, name in list(alarms._data):
            with self._responses.request_scope(account, region):
                alarm = alarms.get(name)
                if alarm is not None:
                    yield alarm

    def _statistic(self, name: str, points: list[Any]) -> float | None:
        statistics = self._cloudwatch._calc_stats(points)
        value = self._cloudwatch._stat_value(statistics, name, points) if statistics else None
        return None if value is None else float(value)

    def _evict_seldom(self) -> None:
        """ministack goes through all points on each request to find those of two weeks ago."""
        evict = self._cloudwatch._evict_old_metrics

        def seldom() -> None:
            if time.time() - self._evicted_at > _EVICTION_SECONDS:
                self._evicted_at = time.time()
                evict()
                for entries in list(self._cloudwatch._alarm_history._data.values()):
                    del entries[:-_MOST_HISTORY]

        self._replace("_evict_old_metrics", seldom)

    def _keep_in_order(self) -> None:
        """ministack has a metric's points as they came; here the latest is the last."""
        cloudwatch = self._cloudwatch
        store, load = cloudwatch._store_datum, cloudwatch.load_persisted_state

        def stored(namespace: str, name: str, dimensions: dict[str, str], *more: Any) -> None:
            points = cloudwatch._metric_bucket((namespace, name, cloudwatch._dims_key(dimensions)))
            count = len(points)
            store(namespace, name, dimensions, *more)
            if count and points[count:] and _time(points[count]) < _time(points[count - 1]):
                _move_back(points, count)

        def loaded(state: dict[str, Any]) -> None:
            load(state)
            for points in cloudwatch._metrics._data.values():
                points.sort(key=_time)

        self._replace("_store_datum", stored)
        self._replace("load_persisted_state", loaded)

    def _replace(self, name: str, function: Callable[..., Any]) -> None:
        getattr(self._cloudwatch, name)  # what is not there would never be called
        setattr(self._cloudwatch, name, function)


def _move_back(points: list[Any], count: int) -> None:
    """Put the points from `count` on among those before, by their times.

    Nothing is taken away before it stands elsewhere: a worker thread of ministack's may add points.
    """
    late = points[count:]
    for number, point in enumerate(late, count):
        points.insert(bisect_right(points, _time(point), hi=number, key=_time), point)
    del points[count + len(late) : count + 2 * len(late)]


def _time(point: Mapping[str, Any]) -> float:
    return float(point["Timestamp"])


def _function_name(operation: str) -> str:
    return "_" + re.sub(r"(?<!^)(?=[A-Z])", "_", operation).lower()


def _fields(params: dict[str, Any]) -> dict[str, str]:
    return {name: value[0] if isinstance(value, list) else value for name, value in params.items()}


def _dimensions(given: object) -> dict[str, str]:
    if isinstance(given, dict):
        return dict(given)
    found = given if isinstance(given, list) else []
    return {one["Name"]: one["Value"] for one in found}
