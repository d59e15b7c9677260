"""The `rlm` command: source files, generated or from others' data; recommenders; dashboards."""

from __future__ import annotations

import datetime as dt
import json
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rlm.booking.commands import targets_group
from rlm.dashboards.commands import dashboards_group
from rlm.generate.delivery_files import OutputNotEmptyError
from rlm.generate.destination import deliveries_to
from rlm.generate.generation import Progress, Request, generate
from rlm.generate.sizes import SIZES, size_for
from rlm.importers.broadway import import_broadway
from rlm.importers.text_files import MissingInputError
from rlm.importers.tickit_lastfm import import_tickit_lastfm
from rlm.recommend.commands import recommend_group

if TYPE_CHECKING:
    from collections.abc import Iterator

_OUT_HELP = "Folder, or s3://bucket[/prefix], that the deliveries are written to."
_FORCE_HELP = "Replace the source files that are already there."
_DATE = click.DateTime(["%Y-%m-%d"])


@click.group(context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
@click.version_option(package_name="rlm", prog_name="rlm")
def main() -> None:
    """Make source files, judge recommenders, and work on RLM's dashboards.

    Progress goes to stderr. What makes source files ends with one line of JSON on stdout: where the
    files are, the first and last delivery date, and the rows of each source.
    """


main.add_command(recommend_group)
main.add_command(targets_group)
main.add_command(dashboards_group)


@main.command("generate", short_help="Generate source files of any size.")
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
    with _usage_errors(), deliveries_to(out, force=force) as folder:
        counts = generate(request, folder, Progress())
    last = request.start + dt.timedelta(days=days - 1)
    _report(out, request.start, last, counts)


@main.group("import", short_help="Make source files of others' data.")
def import_group() -> None:
    """Turn data that others made into source files.

    What was read, what came out, and what was left out and why is written to _truth/import.json
    beside the sources.
    """


class _DataSets(click.Path):
    """A folder; who names none is told where to read what it must hold."""

    def get_missing_message(self, param: click.Parameter, ctx: click.Context | None) -> str:
        """Stands after "Missing option"."""
        return (
            "It, or DATA_DIR, names the folder that holds the data sets, each in its own;"
            " docs/data-sources.md says which there are and where to get them"
        )


_data_dir = click.option(
    "--data-dir", type=_DataSets(path_type=Path, file_okay=False, exists=True),
    required=True, envvar="DATA_DIR",
    help="Folder that holds the sets, each in its own folder. [env: DATA_DIR]",
)  # fmt: skip


@import_group.command("tickit-lastfm", short_help="TICKIT's events with Last.fm's listening.")
@_data_dir
@click.option("--out", required=True, help=_OUT_HELP)
@click.option(
    "--ticket-sales", type=click.IntRange(min=1), default=100_000,
    help="Sales to simulate; their refunds come on top.",
)  # fmt: skip
@click.option("--seed", type=click.IntRange(min=0), default=1, help="Of the simulated sales.")
@click.option("--force", is_flag=True, help=_FORCE_HELP)
def tickit_lastfm_command(
    data_dir: Path, out: str, ticket_sales: int, seed: int, force: bool
) -> None:
    """TICKIT's events and venues with Last.fm's artists and listening counts.

    Ticket sales are simulated and marked so.
    """
    with _usage_errors(), deliveries_to(out, force=force) as folder:
        truth = import_tickit_lastfm(data_dir, folder, ticket_sales, seed, Progress())
    _report_import(out, truth)


@import_group.command("broadway", short_help="Broadway's weekly grosses.")
@_data_dir
@click.option("--out", required=True, help=_OUT_HELP)
@click.option("--force", is_flag=True, help=_FORCE_HELP)
def broadway_command(data_dir: Path, out: str, force: bool) -> None:
    """Broadway's weekly grosses: one event and one sale a show and week."""
    with _usage_errors(), deliveries_to(out, force=force) as folder:
        truth = import_broadway(data_dir, folder, Progress())
    _report_import(out, truth)


@contextmanager
def _usage_errors() -> Iterator[None]:
    """What the caller can put right is told in a sentence, not in a traceback."""
    try:
        yield
    except (OutputNotEmptyError, MissingInputError) as error:
        raise click.ClickException(str(error)) from error


def _report_import(out: str, truth: dict[str, Any]) -> None:
    days = truth["deliveries"]
    first, last = (dt.date.fromisoformat(days[end]) for end in ("first", "last"))
    for item in truth["left_out"]:
        click.echo(f"left out: {item['rows']:,} rows of {item['file']}: {item['reason']}", err=True)
    _report(out, first, last, truth["sources"])


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


if __name__ == "__main__":
    main()
