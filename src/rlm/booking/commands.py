"""`rlm targets`: the booking database from the command line."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import click

from rlm import names
from rlm.booking.source_files import read_events, read_venues
from rlm.booking.tables import create_tables, put_rules, put_targets
from rlm.booking.targets import access_rules, sales_targets

_ENV = click.option(
    "--env", type=click.Choice(names.ENVIRONMENTS), envvar="RLM_ENV", default="dev",
    help="Environment whose resources are meant. [env: RLM_ENV]",
)  # fmt: skip


@click.group("targets", short_help="Fill the database of sales targets.")
def targets_group() -> None:
    """Sales targets and access rules, which bookers and finance keep in PostgreSQL."""


@targets_group.command("create", short_help="Make schema and tables.")
@_ENV
def create_command(env: str) -> None:
    """Make the schema and its tables, where they are not there yet."""
    from rlm.aws.booking_database import connect

    with connect(env) as connection:
        create_tables(connection)
    click.echo(f"{names.booking_instance(env)}: schema {names.BOOKING_SCHEMA} is there", err=True)


@targets_group.command("seed", short_help="Make up targets for generated sources.")
@_ENV
@click.option(
    "--sources", required=True, type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder with venues/ and events/ that `rlm generate` or `rlm import` made.",
)  # fmt: skip
def seed_command(env: str, sources: Path) -> None:
    """Make up targets and rules for generated sources: on AWS, people write their own.

    The same sources give the same targets. Run again it changes what it made, and nothing that
    anybody else has written.
    """
    from rlm.aws.booking_database import connect

    venues = read_venues(sources)
    targets, rules = sales_targets(venues, read_events(sources)), access_rules(venues)
    now = dt.datetime.now(dt.UTC)
    with connect(env) as connection:
        create_tables(connection)
        written = {
            "sales_targets": put_targets(connection, targets, now),
            "booker_access": put_rules(connection, rules, now),
        }
    made = {"sales_targets": len(targets), "booker_access": len(rules)}
    click.echo(json.dumps({"made": made, "written": written}))
