"""A connection to the booking database, by its secret."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import boto3

from rlm import names

if TYPE_CHECKING:
    import psycopg

_CONNECT_SECONDS = 10


def connect(env: str) -> psycopg.Connection:
    """Commits when its `with` ends well. Raises psycopg's `OperationalError` where nobody answers.

    On AWS the database is reached from its own network alone.
    """
    # Imported here: `rlm generate` runs without.
    import psycopg

    client = boto3.client("secretsmanager")
    text = client.get_secret_value(SecretId=names.booking_secret(env))["SecretString"]
    secret = json.loads(text)
    return psycopg.connect(
        host=secret["host"],
        port=int(secret["port"]),
        dbname=names.BOOKING_DATABASE,
        user=secret["username"],
        password=secret["password"],
        connect_timeout=_CONNECT_SECONDS,
        application_name="rlm targets",
    )
