"""Clients for the time of a request: botocore's own, since boto3's layer doubles the cold start."""

from __future__ import annotations

from functools import cache
from typing import Any

import botocore.session

from rlm.aws.recommender_endpoint import ENDPOINT_CONFIG
from rlm.aws.serving_reader import READER_CONFIG


def dynamodb_client(region: str) -> Any:
    """For ItemReader."""
    return _session().create_client("dynamodb", region_name=region, config=READER_CONFIG)


def endpoint_client(region: str) -> Any:
    """For RecommenderEndpoint."""
    return _session().create_client("sagemaker-runtime", region_name=region, config=ENDPOINT_CONFIG)


@cache
def _session() -> Any:
    return botocore.session.get_session()
