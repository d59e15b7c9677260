"""`rlm targets` on a PostgreSQL of the local RDS."""

from __future__ import annotations

import json
import sys
import time
from importlib import util
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from click.testing import CliRunner

from rlm import names
from rlm.cli import main

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow

PASSWORD = "kept-by-nobody"


def _gateway_process() -> Any:
    """`GatewayProcess` of the local AWS's own contract tests."""
    path = Path(__file__).parents[1] / "localaws/conftest.py"
    spec = util.spec_from_file_location("localaws_conftest", path)
    assert spec is not None
    assert spec.loader is not None
    module = util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module.GatewayProcess


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[dict[str, str], str]]:
    """What `rlm` finds in its environment, and a connection's address."""
    gateway = _gateway_process()(tmp_path_factory.mktemp("booking") / "state").start()
    name = names.booking_instance("dev")
    gateway.client("rds").create_db_instance(
        DBInstanceIdentifier=name,
        DBInstanceClass="db.t4g.micro",
        Engine="postgres",
        AllocatedStorage=20,
        DBName=names.BOOKING_DATABASE,
        MasterUsername="booking",
        MasterUserPassword=PASSWORD,
    )
    give_up = time.monotonic() + 60
    while True:
        answer = gateway.client("rds").describe_db_instances(DBInstanceIdentifier=name)
        instance = answer["DBInstances"][0]
        if instance["DBInstanceStatus"] == "available" or time.monotonic() > give_up:
            break
        time.sleep(0.1)
    host, port = instance["Endpoint"]["Address"], instance["Endpoint"]["Port"]
    secret = {"username": "booking", "password": PASSWORD, "host": host, "port": port}
    gateway.client("secretsmanager").create_secret(
        Name=names.booking_secret("dev"), SecretString=json.dumps(secret)
    )
    environ = {
        "AWS_ENDPOINT_URL": gateway.endpoint_url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    yield environ, f"postgresql://booking:{PASSWORD}@{host}:{port}/{names.BOOKING_DATABASE}"
    gateway.stop()


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """One venue in Berlin with one concert in June."""
    header = "venue_id,name,city,country,capacity,updated_at"
    venue = f"{header}\nv1,Hall,Berlin,DE,1000,2026-01-01T00:00Z\n"
    event = {
        "event_id": "e1", "venue_id": "v1", "starts_at_local": "2026-06-20T20:00:00",
        "status": "scheduled", "capacity": None, "currency": "EUR", "updated_at": "2026-01-01",
        "price_tiers": [{"tier": "seat", "price": 30}],
    }  # fmt: skip
    for folder, file, content in (
        ("venues", "a.csv", venue),
        ("events", "a.jsonl", json.dumps(event)),
    ):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / file).write_text(content)
    return tmp_path


def run(environ: dict[str, str], *arguments: str) -> str:
    done = CliRunner(env=environ).invoke(main, ["targets", *arguments], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def seed(environ: dict[str, str], sources: Path) -> dict[str, int]:
    written: dict[str, int] = json.loads(run(environ, "seed", "--sources", str(sources)))["written"]
    return written


def test_seed_writes_once_and_over_nobodys_rows(
    database: tuple[dict[str, str], str], sources: Path
) -> None:
    environ, address = database
    run(environ, "create")
    run(environ, "create")
    assert seed(environ, sources) == {"sales_targets": 1, "booker_access": 2}
    assert seed(environ, sources) == {"sales_targets": 0, "booker_access": 0}
    with psycopg.connect(address, autocommit=True) as connection:

        def targets() -> list[tuple[Any, ...]]:
            return connection.execute(
                "SELECT venue_name, month::text, target_tickets, currency, target_gross_cents,"
                " updated_by FROM booking.sales_targets"
            ).fetchall()

        ((name, month, tickets, currency, cents, written_by),) = targets()
        assert (name, month, currency) == ("Hall", "2026-06-01", "EUR")
        assert 450 <= tickets <= 850
        assert cents == pytest.approx(tickets * 3000, abs=15_000)
        assert written_by == "rlm targets seed"
        assert connection.execute(
            "SELECT user_name, group_name, country FROM booking.booker_access ORDER BY group_name"
        ).fetchall() == [(None, "booking-de", "DE"), (None, "booking-leads", None)]

        # A venue that is renamed has its row changed, until somebody writes a target of their own.
        file = sources / "venues" / "a.csv"
        file.write_text(file.read_text().replace("Hall", "Arena"))
        assert seed(environ, sources)["sales_targets"] == 1
        assert targets()[0][0] == "Arena"
        connection.execute(
            "UPDATE booking.sales_targets SET target_tickets = 999, updated_by = 'ana'"
        )
        file.write_text(file.read_text().replace("Arena", "Dome"))
        assert seed(environ, sources)["sales_targets"] == 0
        assert [(row[0], row[2], row[5]) for row in targets()] == [("Arena", 999, "ana")]


@pytest.mark.parametrize(
    "row",
    [
        "('v2', DATE '2026-06-02', 'Hall', 'Berlin', 'DE', 1, 'EUR', 1)",  # not a month
        "('v2', DATE '2026-06-01', 'Hall', 'Berlin', 'Germany', 1, 'EUR', 1)",
        "('v2', DATE '2026-06-01', 'Hall', 'Berlin', 'DE', -1, 'EUR', 1)",
        "('v2', DATE '2026-06-01', 'Hall', 'Berlin', 'DE', 1, 'euro', 1)",
    ],
)
def test_row_that_means_nothing_is_refused(database: tuple[dict[str, str], str], row: str) -> None:
    environ, address = database
    run(environ, "create")
    with (
        psycopg.connect(address) as connection,
        pytest.raises(psycopg.errors.CheckViolation),
    ):
        connection.execute(
            "INSERT INTO booking.sales_targets (venue_id, month, venue_name, city, country,"  # noqa: S608
            f" target_tickets, currency, target_gross_cents) VALUES {row}"
        )


def test_rule_is_for_a_user_or_a_group(database: tuple[dict[str, str], str]) -> None:
    environ, address = database
    run(environ, "create")
    for names_ in ("'ana', 'booking-de'", "NULL, NULL"):
        with (
            psycopg.connect(address) as connection,
            pytest.raises(psycopg.errors.CheckViolation),
        ):
            connection.execute(
                f"INSERT INTO booking.booker_access (user_name, group_name) VALUES ({names_})"  # noqa: S608
            )
