"""The `rlm` command: makes source files, generated or from data that others made."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from typing import Any

import click

from rlm.generate.delivery_files import OutputNotEmptyError
from rlm.generate.destination import deliveries_to
from rlm.generate.generation import Progress, Request, generate
from rlm.generate.sizes import SIZES, size_for

_OUT_HELP = "Folder, or s3://bucket[/prefix], that the deliveries are written to."
_FORCE_HELP = "Replace the source files that are already there."
_DATE = click.DateTime(["%Y-%m-%d"])


@click.group(context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
def main() -> None:
    """Source files for RLM, in the layout of the landing bucket.

    Progress goes to stderr; the last line on stdout is JSON: where the files are, the first and
    last delivery date, and the rows of each source.
    """


@main.command("generate")
@click.option("--out", required=True, help=_OUT_HELP)
@click.option("--size", type=click.Choice(sorted(SIZES)), default="small", help="Named size.")
@click.option(
    "--ticket-sales", type=click.IntRange(min=1), default=None, show_default=False,
    help="Exactly so many sales instead of a named size's; the rest is scaled to fit.",
)  # fmt: skip
@click.option("--seed", type=click.IntRange(min=0), default=1, help="Same seed, same bytes.")
@click.option(
    "--start", type=_DATE, default="2026-06-01",
    help="Date of the first delivery, which holds the whole history until then.",
)  # fmt: skip
@click.option(
    "--days", type=click.IntRange(min=1), default=7,
    help="Deliveries: the first one and one for each following day. "
    "All planted faults between deliveries need 7.",
)  # fmt: skip
@click.option(
    "--history-days", type=click.IntRange(min=30), default=None, show_default=False,
    help="Days in the first delivery; the fewer, the larger each day. [default: by size]",
)  # fmt: skip
@click.option(
    "--broken/--clean", default=False,
    help="Plant rows and files that the contracts forbid; where they are is in the truth file.",
)  # fmt: skip
@click.option("--force", is_flag=True, help=_FORCE_HELP)
def generate_command(
    out: str, size: str, ticket_sales: int | None, seed: int, start: dt.datetime, days: int,
    history_days: int | None, broken: bool, force: bool,
) -> None:  # fmt: skip
    """Generate a world of artists, venues, events, sales and listening.

    What is true of it (counts, tastes, artists on the rise, sold-out events, broken rows) is
    written to _truth/truth.json beside the sources.
    """
    chosen = SIZES[size] if ticket_sales is None else size_for(ticket_sales)
    if history_days is not None:
        chosen = replace(chosen, history_days=history_days)
    request = Request(chosen, start.date(), days, seed, broken)
    try:
        with deliveries_to(out, force=force) as folder:
            counts = generate(request, folder, Progress())
    except OutputNotEmptyError as error:
        raise click.ClickException(str(error)) from error
    last = request.start + dt.timedelta(days=days - 1)
    _report(out, request.start, last, counts)


def _report(out: str, first: dt.date, last: dt.date, counts: dict[str, Any]) -> None:
    click.echo(
        json.dumps(
            {
                "out": out,
                "first_delivery": first.isoformat(),
                "last_delivery": last.isoformat(),
                "rows": {source: count["rows_in"] for source, count in counts.items()},
            }
        )
    )
