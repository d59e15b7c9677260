"""`rlm dashboards` before anything is deployed: lint, show, shot, diff."""

from __future__ import annotations

import json
import os
import socket
import tempfile
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rlm.dashboards.options import (
    chosen_files,
    data_sets_option,
    definition_option,
    deployed_option,
    env_option,
    folder_option,
    json_option,
    names_argument,
    now_option,
    samples_option,
    say,
    shown_path,
    told_problems,
)

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from rlm.quicksight.server.source import Source


@click.command("lint", short_help="Check the files for errors.")
@names_argument
@env_option
@folder_option
@click.option("--strict", is_flag=True, help="Warnings fail too.")
@definition_option
@data_sets_option
@json_option
def lint_command(
    names: tuple[str, ...], env: str, folder: Path | None, strict: bool, definition: Path | None,
    data_sets: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Check the files: what QuickSight would refuse, and what it would show wrongly.

    NAMES are dashboards; without any everything is checked. Needs no AWS. Exits with 1 where there
    is an error.

    \b
    rlm dashboards lint
    rlm dashboards lint ticket_sales --strict
    rlm dashboards lint --definition described.json --data-sets data_sets/
    """
    from rlm.dashboards.lint import lint_definition, lint_folder
    from rlm.quicksight.definitions.findings import Severity

    with told_problems():
        files = chosen_files(folder)
        if definition:
            from rlm.dashboards.foreign import read_data_sets, read_definition

            _, content = read_definition(definition)
            found = list(lint_definition(files, content, read_data_sets(data_sets)))
            found = [replace(one, file=str(definition)) for one in found]
        else:
            found = lint_folder(files, env, names)
            found = [
                replace(one, file=shown_path(files.folder / one.file)) if one.file else one
                for one in found
            ]
    errors = sum(one.severity is Severity.ERROR for one in found)
    if as_json:
        click.echo(json.dumps([asdict(one) for one in found], indent=2))
    else:
        for one in found:
            click.echo(str(one))
    say(f"{errors} errors, {len(found) - errors} warnings")
    if errors or (strict and found):
        raise SystemExit(1)


@click.command("show", short_help="Serve dashboards to a browser.")
@env_option
@folder_option
@click.option(
    "--port", type=click.IntRange(0, 65535), envvar="RLM_DASHBOARDS_PORT", default=8090,
    help="On loopback, 0 for any free one. [env: RLM_DASHBOARDS_PORT]",
)  # fmt: skip
@deployed_option
@samples_option
@definition_option
@data_sets_option
@now_option
def show_command(
    env: str, folder: Path | None, port: int, deployed: bool, samples: bool,
    definition: Path | None, data_sets: Path | None, now: dt.datetime | None,
) -> None:  # fmt: skip
    """Serve dashboards to a browser until interrupted; the page follows every change of a file.

    The rows are those of the data sets deployed to the local AWS, read from its SPICE.

    \b
    rlm dashboards show
    rlm dashboards show --samples
    rlm dashboards show --deployed --env prod
    rlm dashboards show --definition described.json --data-sets data_sets/
    """
    import uvicorn

    from rlm.dashboards.deployed import DeployedSource
    from rlm.dashboards.embedding import add_embedding
    from rlm.quicksight.server.app import create_app

    with (
        told_problems(),
        _source(env, folder, deployed, samples, definition, data_sets, now) as source,
    ):
        listener = _listener(port)
        app = create_app(source)
        if isinstance(source, DeployedSource):
            add_embedding(app, source.endpoint)
        say(f"http://127.0.0.1:{listener.getsockname()[1]}/   (Ctrl+C ends it)")
        uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[listener])


@click.command("shot", short_help="Take pictures of sheets.")
@names_argument
@env_option
@folder_option
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), default=Path("shots"),
    help="Folder that the pictures are written to.",
)  # fmt: skip
@click.option("--user", default="", show_default=False, help="As whom. [default: all rows]")
@click.option("--width", type=click.IntRange(320, 4000), default=1600, help="Of the page, pixels.")
@deployed_option
@samples_option
@definition_option
@data_sets_option
@now_option
def shot_command(
    names: tuple[str, ...], env: str, folder: Path | None, out: Path, user: str, width: int,
    deployed: bool, samples: bool, definition: Path | None, data_sets: Path | None,
    now: dt.datetime | None,
) -> None:  # fmt: skip
    """Take a picture (PNG) of every sheet; the same dashboards and rows give the same bytes.

    NAMES are dashboards, all of them where none is named. Paths go to stdout.

    \b
    rlm dashboards shot ticket_sales --out shots
    rlm dashboards shot --samples --now 2026-06-08
    rlm dashboards shot --deployed --user ann
    rlm dashboards shot --definition described.json
    """
    from rlm.dashboards.camera import camera
    from rlm.quicksight.definitions.files import slug
    from rlm.quicksight.server.running import running

    with (
        told_problems(),
        _source(env, folder, deployed, samples, definition, data_sets, now) as source,
    ):
        prefix = f"rlm-{env}-" if deployed else ""
        wanted = {prefix + (n.replace("_", "-") if deployed else n) for n in names}
        listed = source.listings(user)
        if unknown := sorted(wanted - {one.dashboard_id for one in listed}):
            there = ", ".join(one.dashboard_id for one in listed) or "none"
            raise click.ClickException(f"there is no dashboard {unknown[0]}; there are: {there}")
        chosen = [one for one in listed if not wanted or one.dashboard_id in wanted]
        if not chosen:
            raise click.ClickException("there is no dashboard to take a picture of")
        with running(source) as page, camera() as taking:
            for one in chosen:
                if one.problem:
                    raise click.ClickException(f"{one.dashboard_id}: {one.problem}")
                target = out / one.dashboard_id
                target.mkdir(parents=True, exist_ok=True)
                pictures = taking.sheets(page, one.dashboard_id, one.sheets, user, width)
                for nth, picture in enumerate(pictures, start=1):
                    file = target / f"{nth:02d}-{slug(picture.name, 'sheet')}.png"
                    file.write_bytes(picture.png)
                    click.echo(str(file))


@click.command("diff", short_help="Show before and after as a page.")
@names_argument
@env_option
@folder_option
@click.option(
    "--base", metavar="REVISION", default=None, show_default=False,
    help="Compare the files with those of a git revision.",
)  # fmt: skip
@click.option("--deployed", is_flag=True, help="Compare the files with what is published.")
@samples_option
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), default=Path("dashboards-diff.html"),
    help="The page.",
)  # fmt: skip
@click.option("--check", is_flag=True, help="Exit with 1 where anything differs.")
@now_option
def diff_command(
    names: tuple[str, ...], env: str, folder: Path | None, base: str | None, deployed: bool,
    samples: bool, out: Path, check: bool, now: dt.datetime | None,
) -> None:  # fmt: skip
    """Show before and after as one HTML page: pictures of each sheet, changed pixels, texts.

    Both sides are drawn over the same rows. Texts are without internal ids. NAMES are dashboards,
    all that differ where none is named.

    \b
    rlm dashboards diff --base main
    rlm dashboards diff ticket_sales --base HEAD~1 --samples
    rlm dashboards diff --deployed --env prod --out review.html
    """
    from rlm.dashboards.deployed import clock

    if (base is None) is not deployed:
        raise click.UsageError("choose one of --base REVISION and --deployed")
    with told_problems():
        page, verdicts = _compared(
            names, env, chosen_files(folder).folder, base, samples, clock(now)()
        )
        out.write_text(page, "utf-8")
    for name, verdict in verdicts.items():
        click.echo(f"{verdict:<8} {name}")
    click.echo(str(out))
    if check and set(verdicts.values()) - {"same"}:
        raise SystemExit(1)


def _compared(
    names: tuple[str, ...], env: str, folder: Path, base: str | None, samples: bool,
    now: dt.datetime,
) -> tuple[str, dict[str, str]]:  # fmt: skip
    """The page, and of each dashboard and other file what became of it."""
    from rlm.aws.quicksight import QuickSight
    from rlm.dashboards.camera import camera
    from rlm.dashboards.deployed import Rows
    from rlm.dashboards.diff import boards_of_rows, boards_of_samples, compare_dashboards
    from rlm.dashboards.diff_page import diff_page
    from rlm.dashboards.files import DashboardFiles
    from rlm.dashboards.sides import (
        DeployedSide,
        FilesSide,
        all_names,
        changed_texts,
        files_of_revision,
    )

    with ExitStack() as stack:
        service = None
        if base is None or not samples:
            service = QuickSight.from_environment(os.environ)
        where = {"account": service.account, "region": service.region} if service else {}
        after = FilesSide("files", DashboardFiles(folder), env, **where)
        before: FilesSide | DeployedSide
        if base is not None:
            old = stack.enter_context(files_of_revision(folder, base))
            before = FilesSide(base, old, env, **where)
        else:
            assert service is not None  # noqa: S101 - opened above
            before = DeployedSide("deployed", service, env)
        if unknown := sorted(set(names) - set(all_names((before, after)))):
            there = ", ".join(all_names((before, after))) or "none"
            raise click.ClickException(f"there is no dashboard {unknown[0]}; there are: {there}")
        if samples or service is None:
            boards = boards_of_samples(after.data_sets(), now)
        else:
            copies = stack.enter_context(tempfile.TemporaryDirectory(prefix="rlm-spice-"))
            boards = boards_of_rows(Rows.of(service, Path(copies)), now)
        taking = stack.enter_context(camera())
        diffs = []
        for name in names or all_names((before, after)):
            parts = before.part(name), after.part(name)
            if names or parts[0] != parts[1]:
                diffs.append(compare_dashboards(name, *parts, boards, taking, say))
        texts = {} if base is None else changed_texts(before.texts(), after.texts())
        page = diff_page(diffs, (before.label, after.label), texts)
        return page, {one.name: one.verdict for one in diffs} | dict.fromkeys(texts, "changed")


def _listener(port: int) -> socket.socket:
    """The port on loopback, 0 for any that is free; taken before anything is promised."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
    except OSError as error:
        raise click.ClickException(
            f"port {port}: {error.strerror}; `make run` has a page there? Choose another: --port 0"
        ) from error
    return listener


@contextmanager
def _source(
    env: str, folder: Path | None, deployed: bool, samples: bool, definition: Path | None,
    data_sets: Path | None, now: dt.datetime | None,
) -> Iterator[Source]:  # fmt: skip
    """What the options choose to draw."""
    from rlm.aws.quicksight import QuickSight
    from rlm.dashboards.deployed import DeployedSource, Rows, clock
    from rlm.dashboards.files import DashboardFiles
    from rlm.dashboards.sources import DefinitionSource, FilesSource

    if sum((deployed, samples, definition is not None)) > 1:
        raise click.UsageError("choose one of --deployed, --samples and --definition")
    if data_sets and not definition:
        raise click.UsageError("--data-sets goes with --definition")
    if definition:
        yield DefinitionSource(definition, data_sets, clock(now))
        return
    with tempfile.TemporaryDirectory(prefix="rlm-spice-") as copies:
        rows = None
        if not samples:
            rows = Rows.of(QuickSight.from_environment(os.environ), Path(copies))
        if deployed and rows:
            yield DeployedSource(rows.service, rows, clock(now), f"rlm-{env}-")
        else:
            files = chosen_files(folder).folder
            yield FilesSource(lambda: DashboardFiles(files), env, clock(now), rows)
