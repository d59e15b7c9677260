"""What is written for every fan, asked of Athena and of an endpoint as they answer."""

from __future__ import annotations

import base64
import io
import json
from typing import TYPE_CHECKING, Any

import pytest

from rlm import names
from rlm.aws.dynamodb_writer import unmarshalled_item
from rlm.serving.recommendations import recommend_for_all

from .conftest import BUCKET, Session

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow

NOW = 1_780_920_000  # 2026-06-08T12:00:00Z
FANS = "('ann'), ('bob'), ('cem')"
EVENTS = """
    ('past', TIMESTAMP '2026-06-08 12:00:00 UTC'), ('soon', TIMESTAMP '2026-06-08 12:00:01 UTC'),
    ('late', TIMESTAMP '2027-01-01 00:00:00 UTC')"""
SALES = """
    ('ann', 'past', 'sale', 1), ('ann', 'soon', 'sale', 2), ('ann', 'soon', 'refund', 1),
    ('ann', 'late', 'sale', 1), ('ann', 'late', 'sale', 1),
    ('bob', 'soon', 'sale', 2), ('bob', 'soon', 'refund', 2), (NULL, 'soon', 'sale', 1),
    ('cem', 'gone', 'sale', 1)"""
ROWS = {
    ("gold", "fan_artist_affinity"): ("fan_id", FANS),
    ("silver", "events"): ("event_id, starts_at", EVENTS),
    ("silver", "ticket_sales"): ("fan_id, event_id, kind, quantity", SALES),
}


class Endpoint:
    """Ranks the same two artists for everybody."""

    def invoke_endpoint(self, **asked: Any) -> dict[str, Any]:
        questions = json.loads(asked["Body"])["questions"]
        ranked = [
            {"artist_id": artist, "score": score, "is_known": artist == "b"}
            for artist, score in (("b", 0.75), ("a", 0.5))
        ]
        answers = [{"source": "history", "recommendations": ranked} for _ in questions]
        body = json.dumps({"model_version": "m", "answers": answers})
        return {"Body": io.BytesIO(body.encode())}


class WithEndpoint(Session):
    """The gateway's services, and the endpoint in the place of its."""

    def client(self, service: str, **options: Any) -> Any:
        if service == "sagemaker-runtime":
            return Endpoint()
        return super().client(service, **options)


@pytest.fixture
def lake(serving_gateway: Any) -> Iterator[Any]:
    """A few fans, events and sales, and the table that is written."""
    glue = serving_gateway.client("glue")
    for layer in ("silver", "gold"):
        glue.create_database(DatabaseInput={"Name": names.database("dev", layer)})
    for (layer, table), (columns, rows) in ROWS.items():
        database = names.database("dev", layer)
        text = {
            "originalSql": f"SELECT * FROM (VALUES {rows}) AS t ({columns})",  # noqa: S608
            "schema": database,
            "columns": [{"name": name, "type": "varchar"} for name in columns.split(", ")],
        }
        encoded = base64.b64encode(json.dumps(text).encode()).decode()
        view = {
            "Name": table,
            "TableType": "VIRTUAL_VIEW",
            "ViewOriginalText": f"/* Presto View: {encoded} */",
        }
        glue.create_table(DatabaseName=database, TableInput=view)
    location = {"OutputLocation": f"s3://{BUCKET}/athena-results/"}
    serving_gateway.client("athena").create_work_group(
        Name=names.athena_workgroup("dev"), Configuration={"ResultConfiguration": location}
    )
    serving_gateway.client("dynamodb").create_table(
        TableName=names.dynamodb_table("dev", "Recommendations"),
        AttributeDefinitions=[{"AttributeName": "fan_id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "fan_id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    yield serving_gateway
    for layer in ("silver", "gold"):
        glue.delete_database(Name=names.database("dev", layer))


def test_an_item_has_the_ranking_and_the_tickets_for_what_is_to_come(lake: Any) -> None:
    session = WithEndpoint(lake.endpoint_url)
    result = recommend_for_all(session, "dev", print, now=lambda: float(NOW))
    assert (result.model_version, result.fans, result.written) == ("m", 3, 3)
    table = names.dynamodb_table("dev", "Recommendations")
    items = [
        unmarshalled_item(item) for item in lake.client("dynamodb").scan(TableName=table)["Items"]
    ]
    held = {item["fan_id"]: item["held_event_ids"] for item in items}
    # Bob gave all of his back; what Cem has a ticket of is no event of ours.
    assert held == {"ann": ["late", "soon"], "bob": [], "cem": []}
    (ann,) = (item for item in items if item["fan_id"] == "ann")
    assert (ann["artist_ids"], ann["are_known"]) == (["b", "a"], [True, False])
    assert [float(score) for score in ann["scores"]] == [0.75, 0.5]
    assert (ann["source"], ann["model_version"], ann["made_at"]) == ("history", "m", NOW)
