"""Where ministack's CloudWatch Logs reads filter patterns: `localaws.log_filters` reads them.

Private to ministack 1.5.33; tests/contract/localaws/test_log_filters.py holds what is used of it.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from localaws.errors import AwsError
from localaws.scope import Scope

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


class MinistackLogs:
    """ministack's log groups and metric filters; on the event loop only, as all of its state."""

    def __init__(self) -> None:
        self._logs: Any = importlib.import_module("ministack.services.cloudwatch_logs")
        self._responses: Any = importlib.import_module("ministack.core.responses")

    def filter_with(
        self,
        matcher: Callable[[str], Callable[[str], bool]],
        check: Callable[[Mapping[str, Any]], None],
        ingested: Callable[[Scope, Sequence[Mapping[str, Any]], Sequence[str]], None],
    ) -> None:
        """Read patterns with `matcher`, check metric filters, and tell of events that came in.

        `ingested(scope, metric filters of the log group, messages)` follows each PutLogEvents.
        """
        logs = self._logs
        put_events = logs._put_log_events

        def read_pattern(member: str) -> Callable[[Mapping[str, Any]], object]:
            return lambda data: matcher(data.get(member) or "")

        def told_events(data: dict[str, Any]) -> Any:
            answer = put_events(data)
            group = data.get("logGroupName")
            found = [one for key, one in logs._metric_filters.items() if key[0] == group]
            if answer[0] < 400:
                messages = [str(event.get("message", "")) for event in data.get("logEvents") or ()]
                ingested(self._scope(), found, messages)
            return answer

        def matches(pattern: str, message: str) -> bool:
            return matcher(pattern or "")(message or "")

        for name in ("_compile_filter_pattern", "_subscription_pattern_matches"):
            getattr(logs, name)  # what is not there would never be called
        for name, reads in (
            ("_put_metric_filter", check),
            ("_put_subscription_filter", read_pattern("filterPattern")),
            ("_filter_log_events", read_pattern("filterPattern")),
            ("_start_live_tail", read_pattern("logEventFilterPattern")),
        ):
            setattr(logs, name, self._refusing(getattr(logs, name), reads))
        logs._put_log_events = told_events
        logs._compile_filter_pattern = lambda raw: matcher(raw or "")
        logs._subscription_pattern_matches = matches

    def _refusing(
        self, answer: Callable[[dict[str, Any]], Any], reads: Callable[[Mapping[str, Any]], object]
    ) -> Callable[[dict[str, Any]], Any]:
        """An operation that refuses what `reads` cannot read."""

        def answered(data: dict[str, Any]) -> Any:
            try:
                reads(data)
            except AwsError as error:
                return self._logs.error_response_json(error.code, error.message, error.status)
            return answer(data)

        return answered

    def _scope(self) -> Scope:
        return Scope(str(self._responses.get_account_id()), str(self._responses.get_region()))
