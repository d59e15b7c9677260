"""Clients for the time of a request: botocore's own, since boto3's layer doubles the cold start."""

from __future__ import annotations

from functools import cache
from typing import Any

import botocore.session

from rlm.aws.endpoint_connection import EndpointConnection
from rlm.aws.serving_reader import READER_CONFIG


def dynamodb_client(region: str) -> Any:
    """For ItemReader."""
    return _session().create_client("dynamodb", region_name=region, config=READER_CONFIG)


def endpoint_connection(region: str) -> EndpointConnection:
    """For RecommenderEndpoint; a client knows the address that region and variables lead to."""
    session = _session()
    url = session.create_client("sagemaker-runtime", region_name=region).meta.endpoint_url
    return EndpointConnection(url, region, session.get_credentials())


@cache
def _session() -> Any:
    return botocore.session.get_session()
