"""Connections for the time of a request: an SDK's client costs a request more than all the rest."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import botocore.session

from rlm.aws.endpoint_connection import ENDPOINT, EndpointConnection
from rlm.aws.serving_reader import READS
from rlm.aws.signed_connection import SignedConnection

if TYPE_CHECKING:
    from rlm.aws.signed_connection import Service


def dynamodb_connection(region: str) -> SignedConnection:
    """For ItemReader."""
    return _connection("dynamodb", region, READS)


def endpoint_connection(region: str) -> EndpointConnection:
    """For RecommenderEndpoint."""
    return EndpointConnection(_connection("sagemaker-runtime", region, ENDPOINT))


def _connection(client: str, region: str, service: Service) -> SignedConnection:
    """A client knows the address that region and variables lead to."""
    session = _session()
    url = session.create_client(client, region_name=region).meta.endpoint_url
    return SignedConnection(url, region, session.get_credentials(), service)


@cache
def _session() -> Any:
    return botocore.session.get_session()
