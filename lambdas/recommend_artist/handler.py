"""RecommendArtist, `GET /recommend`: artists for a fan, and where they play."""

from __future__ import annotations

import datetime as dt
import os
import time
from functools import cache
from typing import TYPE_CHECKING, Any

from rlm import names
from rlm.api.function import Answered, ApiFunction
from rlm.api.kept import Kept
from rlm.api.operations import RECOMMEND_ARTIST
from rlm.api.recommendation_tables import RecommendationTables
from rlm.api.recommendations import recommend
from rlm.aws.recommender_endpoint import RecommenderEndpoint
from rlm.aws.request_clients import dynamodb_connection, endpoint_connection
from rlm.aws.serving_reader import ItemReader
from rlm.monitoring.metrics import ANSWERS_BY, FALLBACKS, STALE_ANSWERS
from rlm.settings import load_settings

if TYPE_CHECKING:
    from rlm.api.correlation import RequestIds
    from rlm.api.parameters import Query


@cache
def function() -> ApiFunction:
    """Made with the first event, then kept: clients and what was read outlive a request."""
    settings = load_settings(os.environ)
    reader = ItemReader(dynamodb_connection(settings.region))
    tables = RecommendationTables(reader, settings.env, Kept(time.monotonic))
    endpoint = RecommenderEndpoint(
        endpoint_connection(settings.region), names.endpoint(settings.env), time.monotonic
    )

    def answer(query: Query, ids: RequestIds) -> Answered:
        reader.begin()
        before = tables.stale_reads
        model = endpoint.on_behalf_of(ids.request_id, ids.correlation_id)
        told = recommend(query, tables, model, dt.datetime.now(dt.UTC))
        metrics = {
            STALE_ANSWERS: float(tables.stale_reads > before),
            ANSWERS_BY[told.answer.source]: 1.0,
        }
        if told.asked_model:
            # 1 for an answer that the model should have given and did not.
            is_fallback = any(fault.startswith("recommender") for fault in told.faults)
            metrics[FALLBACKS] = float(is_fallback)
        properties = {
            "source": told.answer.source,
            "model_version": told.answer.model_version or "",
            "recommendation_id": told.answer.recommendation_id,
            "faults": ", ".join(told.faults),
        }
        return Answered(told.answer, metrics, properties)

    return ApiFunction(RECOMMEND_ARTIST, answer, settings.env)


def handle(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return function()(event, context)
