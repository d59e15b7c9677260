"""Athena after kill -9 of the gateway: what was acknowledged is kept, and no query hangs."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.slow

ENDLESS = (
    "SELECT count(*) FROM UNNEST(sequence(1, 100000)) AS a(x)"
    " CROSS JOIN UNNEST(sequence(1, 100000)) AS b(y) WHERE x * y % 7 = 3"
)
RESULTS = {"OutputLocation": "s3://kept/results/"}
SLOTS = 4


def start(athena: Any, sql: str) -> str:
    answer = athena.start_query_execution(QueryString=sql, ResultConfiguration=RESULTS)
    return str(answer["QueryExecutionId"])


def status(athena: Any, execution: str, until: tuple[str, ...]) -> dict[str, Any]:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        found = athena.get_query_execution(QueryExecutionId=execution)["QueryExecution"]["Status"]
        if found["State"] in until:
            return dict(found)
        time.sleep(0.02)
    pytest.fail(f"{execution} is {found['State']}, expected one of {until}")


def test_kill_keeps_the_acknowledged_and_ends_what_ran(new_gateway: Callable[..., Any]) -> None:
    # AWS: a query that a fault of the service ended is FAILED with category 1, and retryable.
    gateway = new_gateway()
    athena = gateway.client("athena")
    gateway.client("s3").create_bucket(Bucket="kept")
    athena.create_work_group(Name="mine", Description="kept")
    athena.create_prepared_statement(
        StatementName="one", WorkGroup="mine", QueryStatement="SELECT ?"
    )
    named = athena.create_named_query(Name="q", Database="d", QueryString="SELECT 1")
    done = start(athena, "SELECT 'done' AS word")
    status(athena, done, ("SUCCEEDED",))
    running = [start(athena, ENDLESS) for _ in range(SLOTS)]
    for execution in running:
        status(athena, execution, ("RUNNING",))
    waiting = start(athena, "SELECT 'waited' AS word")
    assert status(athena, waiting, ("QUEUED", "SUCCEEDED"))["State"] == "QUEUED"

    gateway.kill()
    gateway.start()

    for execution in running:
        ended = status(athena, execution, ("SUCCEEDED", "FAILED", "CANCELLED"))
        assert ended["State"] == "FAILED"
        assert ended["AthenaError"]["ErrorCategory"] == 1
        assert ended["AthenaError"]["Retryable"] is True
    for execution, word in ((waiting, "waited"), (done, "done")):
        status(athena, execution, ("SUCCEEDED",))
        rows = athena.get_query_results(QueryExecutionId=execution)["ResultSet"]["Rows"]
        assert rows[1]["Data"] == [{"VarCharValue": word}]
    assert athena.get_work_group(WorkGroup="mine")["WorkGroup"]["Description"] == "kept"
    kept = athena.get_prepared_statement(StatementName="one", WorkGroup="mine")
    assert kept["PreparedStatement"]["QueryStatement"] == "SELECT ?"
    assert athena.get_named_query(NamedQueryId=named["NamedQueryId"])["NamedQuery"]["Name"] == "q"


def test_stop_of_the_gateway_ends_what_runs(new_gateway: Callable[..., Any]) -> None:
    gateway = new_gateway()
    athena = gateway.client("athena")
    gateway.client("s3").create_bucket(Bucket="kept")
    execution = start(athena, ENDLESS)
    status(athena, execution, ("RUNNING",))
    started = time.monotonic()
    gateway.stop()
    assert time.monotonic() - started < 20
    gateway.start()
    assert status(athena, execution, ("FAILED",))["AthenaError"]["Retryable"] is True
