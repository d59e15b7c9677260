"""CloudWatch's alarms as they are asked for, judged every second, and told to their topics."""

from __future__ import annotations

import logging
import sqlite3
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from localaws.alarms import FURTHER_PERIODS, Verdict, judge
from localaws.cloudwatch import messages
from localaws.cloudwatch.metric_data import evaluated, metric_data
from localaws.cloudwatch.metric_math import MathError
from localaws.cloudwatch.requests import (
    alarm_period,
    check_composite_alarm,
    check_dashboard,
    check_metric_alarm,
    check_model,
    invalid,
)
from localaws.cloudwatch.suppression import Suppressor, Waiting, changed, settled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from localaws.ministack_cloudwatch_seam import Alarm, MinistackCloudWatch
    from localaws.operations import Document

    # Publishes a message with a subject to a topic for an alarm; why it did not, or "".
    Publish = Callable[[str, str, str, str], str]

_log = logging.getLogger("localaws.cloudwatch")

_ACTIONS = {
    "ALARM": "AlarmActions",
    "OK": "OKActions",
    "INSUFFICIENT_DATA": "InsufficientDataActions",
}
# A period is looked at so many times while it lasts, but at most every second.
_LOOKS_A_PERIOD = 30
_LONGEST_INTERVAL_SECONDS = 60.0
_METRIC_KEYS = (
    *("MetricName", "Namespace", "Statistic", "ExtendedStatistic", "Period", "Dimensions", "Unit"),
)
_WAITING = "_waiting"
_UNTOLD = "_untold"
_SUPPRESSOR_KEYS = (
    *("ActionsSuppressor", "ActionsSuppressorWaitPeriod", "ActionsSuppressorExtensionPeriod"),
)
_FILTERS_NOT_SERVED = ("ChildrenOfAlarmName", "ParentsOfAlarmName", "ActionPrefix")


class CloudWatch:
    """Judges alarms `speed` times faster than they say; nothing happens before `begin`."""

    def __init__(self, ministack: MinistackCloudWatch, publish: Publish, speed: float) -> None:
        self._ministack = ministack
        self._publish = publish
        self._speed = speed
        self._is_running = False
        self._changed = False
        self._due: dict[str, float] = {}
        # What ministack does not keep of the composite alarm that it is making at this moment.
        self._new_composite: Document = {}
        ministack.judge_with(self._evaluate, self._evaluate_readers, self._act)
        self._put_metric_alarm = ministack.original("PutMetricAlarm")
        self._put_composite_alarm = ministack.original("PutCompositeAlarm")
        self._describe_alarms = ministack.original("DescribeAlarms")
        self._describe_alarms_for_metric = ministack.original("DescribeAlarmsForMetric")
        self._set_alarm_state = ministack.original("SetAlarmState")
        self._put_dashboard = ministack.original("PutDashboard")
        ministack.serve("PutMetricAlarm", self.put_metric_alarm)
        ministack.serve("PutCompositeAlarm", self.put_composite_alarm)
        ministack.serve("DescribeAlarms", self.describe_alarms)
        ministack.serve("DescribeAlarmsForMetric", self.describe_alarms_for_metric)
        ministack.serve("SetAlarmState", self.set_alarm_state)
        ministack.serve("PutDashboard", self.put_dashboard)
        ministack.serve("GetMetricData", self.get_metric_data)

    def begin(self) -> None:
        """All state is loaded: what is published from now on is new."""
        self._is_running = True

    def evaluate_all(self) -> bool:
        """Judge every alarm that is due; whether any changed since the last time."""
        now = time.time()
        for alarm in self._ministack.metric_alarms():
            with _apart(alarm):
                self._tell(alarm)
                if self._due.get(alarm["AlarmArn"], 0.0) <= now:
                    self._evaluate(alarm)
        for alarm in self._ministack.composite_alarms():
            with _apart(alarm):
                self._tell(alarm)
                self._settle(alarm, now)
        has_changed, self._changed = self._changed, False
        return has_changed

    def put_metric_alarm(self, request: Document) -> Document:
        check_metric_alarm(request)
        untold = (self._ministack.alarm(request["AlarmName"]) or {}).get(_UNTOLD)
        answer = self._put_metric_alarm(request)
        alarm = self._known(request["AlarmName"])
        if untold:
            alarm[_UNTOLD] = untold + alarm.get(_UNTOLD, [])
        if request.get("Metrics"):
            for key in _METRIC_KEYS:
                alarm.pop(key, None)
            alarm["Metrics"] = request["Metrics"]
        else:
            # ministack says Average where a percentile is wanted.
            if request.get("ExtendedStatistic"):
                alarm.pop("Statistic", None)
            alarm.pop("Metrics", None)
        for key in ("TreatMissingData", "EvaluateLowSampleCountPercentile"):
            alarm.pop(key, None)
            if request.get(key):
                alarm[key] = request[key]
        self._evaluate(alarm)
        return answer

    def put_composite_alarm(self, request: Document) -> Document:
        check_composite_alarm(request)
        suppressor = request.get("ActionsSuppressor")
        if suppressor and self._ministack.alarm(suppressor) is None:
            raise invalid(f"The suppressor alarm {suppressor} does not exist.")
        before = self._ministack.alarm(request["AlarmName"])
        waiting = before.get(_WAITING) if before else None
        more = {key: request[key] for key in _SUPPRESSOR_KEYS if key in request}
        self._new_composite = {"AlarmName": request["AlarmName"], **more}
        try:
            answer = self._put_composite_alarm(request)
        finally:
            self._new_composite = {}
        alarm = self._known(request["AlarmName"])
        alarm |= more
        if waiting and suppressor and _WAITING not in alarm:
            alarm[_WAITING] = waiting
        return answer

    def describe_alarms(self, request: Document) -> Document:
        check_model("DescribeAlarms", request)
        for member in _FILTERS_NOT_SERVED:
            if request.get(member):
                raise invalid(f"The local AWS does not serve DescribeAlarms with {member}.")
        return self._describe_alarms(request)

    def describe_alarms_for_metric(self, request: Document) -> Document:
        """Those of the metric with the dimensions that are asked for, and of no other."""
        check_model("DescribeAlarmsForMetric", request)
        wanted = _dimensions(request)
        found = self._describe_alarms_for_metric(request)["MetricAlarms"]
        return {"MetricAlarms": [alarm for alarm in found if _dimensions(alarm) == wanted]}

    def put_dashboard(self, request: Document) -> Document:
        check_model("PutDashboard", request)
        check_dashboard(request["DashboardBody"])
        return self._put_dashboard(request)

    def set_alarm_state(self, request: Document) -> Document:
        """The state holds until the alarm is judged again: in a period, or when data comes."""
        check_model("SetAlarmState", request)
        answer = self._set_alarm_state(request)
        alarm = self._known(request["AlarmName"])
        self._due[alarm["AlarmArn"]] = time.time() + min(
            alarm_period(alarm) / self._speed, _LONGEST_INTERVAL_SECONDS
        )
        return answer

    def get_metric_data(self, request: Document) -> Document:
        check_model("GetMetricData", request)
        start, end = (self._ministack.epoch(request[key]) for key in ("StartTime", "EndTime"))
        if start is None or end is None:
            raise invalid("StartTime and EndTime must be times.")
        return metric_data(request, start, end, self._ministack.values)

    def _known(self, name: str) -> Alarm:
        alarm = self._ministack.alarm(name)
        if alarm is None:
            raise RuntimeError(f"{name} was just made and is not there")
        return alarm

    def _evaluate(self, alarm: Alarm) -> None:
        now = time.time()
        if not self._is_running or "AlarmRule" in alarm:
            return
        self._due[alarm["AlarmArn"]] = now + self._interval(alarm)
        verdict = self._verdict(alarm, now)
        if verdict is not None and verdict.state != alarm["StateValue"]:
            self._changed = True
            self._ministack.change(alarm, verdict.state, verdict.reason)

    def _verdict(self, alarm: Alarm, now: float) -> Verdict | None:
        count = int(alarm.get("EvaluationPeriods") or 1) + FURTHER_PERIODS
        if queries := alarm.get("Metrics"):
            try:
                values = evaluated(queries, self._ministack.values, now, count, self._speed)
            except MathError as error:
                # Checked when the alarm was made; if it fails all the same, nobody may think it OK.
                return Verdict("INSUFFICIENT_DATA", f"Error in expression: {error}.")
            return judge(alarm, values)
        if not alarm.get("MetricName"):
            return None
        width = alarm_period(alarm) / self._speed
        stat = {
            "Metric": alarm,
            "Stat": alarm.get("ExtendedStatistic") or alarm.get("Statistic") or "Average",
            "Unit": alarm.get("Unit"),
        }
        found = self._ministack.values(stat, now - width * count, width, count)
        return judge(alarm, [found.get(number) for number in range(count)])

    def _evaluate_readers(self, published: set[tuple[str, str]]) -> None:
        """Judge at once the alarms of what was just published; those of long periods can wait."""
        now = time.time()
        for alarm in self._ministack.metric_alarms_here():
            is_quick = self._interval(alarm) <= 2.0
            if (is_quick or self._due.get(alarm["AlarmArn"], 0.0) <= now) and (
                _read_by(alarm) & published
            ):
                with _apart(alarm):
                    self._evaluate(alarm)

    def _interval(self, alarm: Mapping[str, Any]) -> float:
        return min(alarm_period(alarm) / _LOOKS_A_PERIOD, _LONGEST_INTERVAL_SECONDS) / self._speed

    def _act(self, alarm: Alarm, old: str, new: str, reason: str) -> None:
        """Perform the actions of a change, unless a suppressor may hold them back."""
        self._changed = True
        if not self._is_running:
            return
        if self._new_composite.get("AlarmName") == alarm["AlarmName"]:
            alarm |= self._new_composite
        if alarm.get("ActionsSuppressor"):
            before = Waiting(**alarm[_WAITING]) if _WAITING in alarm else None
            now = time.time()
            _keep(alarm, changed(before, old, new, reason, now))
            self._settle(alarm, now)
        else:
            self._perform(alarm, old, new, reason)

    def _settle(self, alarm: Alarm, now: float) -> None:
        if _WAITING not in alarm:
            return
        waiting = Waiting(**alarm[_WAITING])
        may_act, after = settled(waiting, self._suppressor(alarm), now)
        if may_act:
            _keep(alarm, None)
            self._perform(alarm, after.old_state, after.new_state, after.reason)
        elif after != waiting:
            _keep(alarm, after)
        else:
            return
        self._changed = True

    def _suppressor(self, alarm: Alarm) -> Suppressor:
        name = alarm["ActionsSuppressor"]
        found = self._ministack.alarm(name)
        return Suppressor(
            name,
            found is not None and found["StateValue"] == "ALARM",
            float(alarm.get("ActionsSuppressorWaitPeriod") or 0) / self._speed,
            float(alarm.get("ActionsSuppressorExtensionPeriod") or 0) / self._speed,
        )

    def _perform(self, alarm: Alarm, old: str, new: str, reason: str) -> None:
        if alarm.get("ActionsEnabled") is False:
            return
        scope, now = self._ministack.scope(), time.time()
        text = messages.message(alarm, old, new, reason, now, scope)
        subject = messages.subject(alarm, new, scope.region)
        untold = [[topic, text, subject] for topic in alarm.get(_ACTIONS[new]) or ()]
        if untold:
            alarm[_UNTOLD] = [*alarm.get(_UNTOLD, ()), *untold]
            self._tell(alarm)

    def _tell(self, alarm: Alarm) -> None:
        """Publish what the alarm has to say; what cannot be kept now is told in a second."""
        while untold := alarm.get(_UNTOLD):
            topic, text, subject = untold[0]
            try:
                problem = self._publish(topic, text, subject, alarm["AlarmArn"])
            except sqlite3.Error:
                _log.exception("%s: %s is not told yet", alarm["AlarmName"], topic)
                return
            outcome = f"Successfully executed action {topic}"
            if problem:
                outcome = f'Failed to execute action {topic}. Received error: "{problem}"'
                _log.warning("%s: %s", alarm["AlarmName"], problem)
            self._ministack.record_action(alarm, outcome)
            self._changed = True
            alarm[_UNTOLD] = untold[1:]
        alarm.pop(_UNTOLD, None)


@contextmanager
def _apart(alarm: Alarm) -> Iterator[None]:
    """What goes wrong with one alarm keeps no other from being judged, and no metric out."""
    try:
        yield
    except Exception:  # noqa: BLE001 - a bug of one alarm is not one of all; logged
        _log.exception("%s is not judged", alarm["AlarmName"])


def _keep(alarm: Alarm, waiting: Waiting | None) -> None:
    for key in (_WAITING, "ActionsSuppressedBy", "ActionsSuppressedReason"):
        alarm.pop(key, None)
    if waiting is None:
        return
    alarm[_WAITING] = vars(waiting).copy()
    alarm["ActionsSuppressedBy"] = waiting.by
    alarm["ActionsSuppressedReason"] = {
        "Alarm": f"{alarm['ActionsSuppressor']} is in ALARM",
        "WaitPeriod": f"Waiting for {alarm['ActionsSuppressor']} to go into ALARM",
        "ExtensionPeriod": f"Waiting after {alarm['ActionsSuppressor']} went out of ALARM",
    }[waiting.by]


def _dimensions(of: Mapping[str, Any]) -> dict[str, str]:
    return {one["Name"]: one["Value"] for one in of.get("Dimensions") or ()}


def _read_by(alarm: Mapping[str, Any]) -> set[tuple[str, str]]:
    """The namespaces and names of the metrics that an alarm is about."""
    metrics = [q["MetricStat"]["Metric"] for q in alarm.get("Metrics") or () if q.get("MetricStat")]
    return {
        (str(metric.get("Namespace")), str(metric.get("MetricName")))
        for metric in metrics or [alarm]
    }
