"""FetchTrends, `GET /fetch-trends`: which artists gain an audience."""

from __future__ import annotations

import os
import time
from functools import cache
from typing import TYPE_CHECKING, Any

from rlm import names
from rlm.api.function import Answered, ApiFunction
from rlm.api.kept import Kept
from rlm.api.operations import FETCH_TRENDS
from rlm.api.trends import fetch_trends
from rlm.api.trends_table import TrendsTable
from rlm.aws.request_clients import dynamodb_connection
from rlm.aws.serving_reader import ItemReader
from rlm.monitoring.metrics import STALE_ANSWERS
from rlm.settings import load_settings

if TYPE_CHECKING:
    from rlm.api.correlation import RequestIds
    from rlm.api.parameters import Query


@cache
def function() -> ApiFunction:
    """Made with the first event, then kept: clients and rankings outlive a request."""
    settings = load_settings(os.environ)
    reader = ItemReader(dynamodb_connection(settings.region))
    table = TrendsTable(
        reader,
        names.dynamodb_table(settings.env, "Trends"),
        Kept(time.monotonic),
    )

    def answer(query: Query, _ids: RequestIds) -> Answered:
        reader.begin()
        body = fetch_trends(query, table)
        return Answered(body, {STALE_ANSWERS: float(table.was_stale())})

    return ApiFunction(FETCH_TRENDS, answer, settings.env)


def handle(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return function()(event, context)
