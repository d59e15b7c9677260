"""FetchEventAnalytics, `GET /analyze`: how an event, an artist or a venue does."""

from __future__ import annotations

import os
import time
from functools import cache
from typing import TYPE_CHECKING, Any

from rlm import names
from rlm.api.analytics import fetch_event_analytics
from rlm.api.analytics_tables import AnalyticsTables
from rlm.api.function import Access, Answered, ApiFunction
from rlm.api.kept import Kept
from rlm.api.operations import FETCH_EVENT_ANALYTICS
from rlm.aws.request_clients import dynamodb_connection
from rlm.aws.serving_reader import ItemReader
from rlm.monitoring.metrics import STALE_ANSWERS
from rlm.settings import load_settings

if TYPE_CHECKING:
    from rlm.api.correlation import RequestIds
    from rlm.api.parameters import Query


@cache
def function() -> ApiFunction:
    """Made with the first event, then kept: clients and figures outlive a request."""
    settings = load_settings(os.environ)
    kept = Kept(time.monotonic)
    reader = ItemReader(dynamodb_connection(settings.region))
    tables = AnalyticsTables(
        reader,
        names.dynamodb_table(settings.env, "EventAnalytics"),
        names.dynamodb_table(settings.env, "Events"),
        kept,
    )

    def answer(query: Query, _ids: RequestIds) -> Answered:
        reader.begin()
        before = kept.stale_reads
        body = fetch_event_analytics(query, tables)
        return Answered(body, {STALE_ANSWERS: float(kept.stale_reads > before)})

    keys = frozenset(os.environ.get("RLM_STAFF_KEY_IDS", "").split(",")) - {""}
    return ApiFunction(FETCH_EVENT_ANALYTICS, answer, settings.env, Access(keys))


def handle(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return function()(event, context)
