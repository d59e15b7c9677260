"""`rlm dashboards`: look at dashboards, compare them, and bring them to QuickSight."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rlm.dashboards_deployer import DashboardsDeployer
    from rlm.dashboards_files import DashboardFiles
    from rlm.quicksight.server.source import Source

_env = click.option(
    "--env", type=click.Choice(["dev", "prod"]), envvar="RLM_ENV", default="dev",
    help="Environment whose resources are meant. [env: RLM_ENV]",
)  # fmt: skip
_folder = click.option(
    "--folder", type=click.Path(path_type=Path, file_okay=False, exists=True),
    default=None, show_default=False, help="The dashboards' files. [default: dashboards]",
)  # fmt: skip
_json = click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
_names = click.argument("names", nargs=-1)
_name = click.argument("name")


@click.group(
    "dashboards",
    epilog="AWS is found as by every AWS tool (AWS_REGION, AWS_PROFILE, ...); AWS_ENDPOINT_URL "
    "means the local one. Exit codes: 0 all is well, 1 something was found or failed, 2 wrong "
    "usage.",
)
def dashboards_group() -> None:
    """Dashboards as files: draw them here, compare them, deploy them to QuickSight.

    \b
    Before a commit:   rlm dashboards lint
                       rlm dashboards show
                       rlm dashboards diff --base main
    To bring it there: rlm dashboards plan --env prod
                       rlm dashboards deploy --env prod
                       rlm dashboards promote ticket_sales --env prod
    When it is wrong:  rlm dashboards rollback ticket_sales --env prod
                       rlm dashboards drift --env prod
                       rlm dashboards pull ticket_sales --env prod
    """


_now = click.option(
    "--now", type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]), default=None,
    show_default=False, help="Moment that relative dates count from, UTC. [default: now]",
)  # fmt: skip
_samples = click.option(
    "--samples",
    is_flag=True,
    help="Rows made for the dashboards, not those in SPICE: no AWS.",
)
_deployed = click.option(
    "--deployed", is_flag=True, help="What is published on the account, not the files."
)
_definition = click.option(
    "--definition", type=click.Path(path_type=Path, dir_okay=False, exists=True),
    default=None, show_default=False,
    help="A definition as JSON, anybody's, on rows made for it; needs no AWS.",
)  # fmt: skip
_data_sets = click.option(
    "--data-sets", type=click.Path(path_type=Path, file_okay=False, exists=True),
    default=None, show_default=False, help="With --definition: its data sets as JSON files.",
)  # fmt: skip


@dashboards_group.command("lint")
@_names
@_env
@_folder
@click.option("--strict", is_flag=True, help="Warnings fail too.")
@_definition
@_data_sets
@_json
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
    from rlm.dashboards_lint import lint_definition, lint_folder
    from rlm.quicksight.definitions.findings import Severity

    with _problems():
        files = _files(folder)
        if definition:
            from rlm.dashboards_foreign import read_data_sets, read_definition

            _, content = read_definition(definition)
            found = list(lint_definition(files, content, read_data_sets(data_sets)))
            found = [replace(one, file=str(definition)) for one in found]
        else:
            found = lint_folder(files, env, names)
            found = [
                replace(one, file=_shown_path(files.folder / one.file)) if one.file else one
                for one in found
            ]
    errors = sum(one.severity is Severity.ERROR for one in found)
    if as_json:
        click.echo(json.dumps([asdict(one) for one in found], indent=2))
    else:
        for one in found:
            click.echo(str(one))
    _say(f"{errors} errors, {len(found) - errors} warnings")
    if errors or (strict and found):
        raise SystemExit(1)


@dashboards_group.command("show")
@_env
@_folder
@click.option(
    "--port", type=click.IntRange(0, 65535), envvar="RLM_DASHBOARDS_PORT", default=8090,
    help="On loopback. [env: RLM_DASHBOARDS_PORT]",
)  # fmt: skip
@_deployed
@_samples
@_definition
@_data_sets
@_now
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
    from rlm.quicksight.server.running import serve

    with _problems(), _source(env, folder, deployed, samples, definition, data_sets, now) as source:
        _say(f"http://127.0.0.1:{port}/   (Ctrl+C ends it)")
        serve(source, port)


@dashboards_group.command("plan")
@_names
@_env
@_folder
@click.option("--publish", is_flag=True, help="Also what `deploy --publish` would publish.")
@click.option("--prune", is_flag=True, help="Also what `deploy --prune` would delete and revoke.")
@click.option("--overwrite", is_flag=True, help="As `deploy --overwrite`.")
@click.option("--check", is_flag=True, help="Exit with 1 where there is anything to do.")
@click.option("--verbose", "-v", is_flag=True, help="Also every place that differs.")
@_json
def plan_command(
    names: tuple[str, ...], env: str, folder: Path | None, publish: bool, prune: bool,
    overwrite: bool, check: bool, verbose: bool, as_json: bool,
) -> None:  # fmt: skip
    """What a deployment would do; changes nothing.

    NAMES are dashboards, or data_set.NAME, data_source.NAME, theme.NAME, folder.NAME; what they
    need comes with them. Without any: all.

    \b
    rlm dashboards plan
    rlm dashboards plan ticket_sales data_set.ticket_sales -v --env prod
    """
    from rlm.quicksight.deployment.report import plan_text

    with _problems():
        deployer = _deployer(env, folder)
        plan = deployer.plan(names, publish=publish, prune=prune, overwrite=overwrite)
    click.echo(json.dumps(plan.to_json(), indent=2) if as_json
               else plan_text(plan, is_verbose=verbose))  # fmt: skip
    if plan.blocked or (check and plan.changes):
        raise SystemExit(1)


@dashboards_group.command("deploy")
@_names
@_env
@_folder
@click.option("--publish", is_flag=True, help="Also publish; else readers go on with the old one.")
@click.option(
    "--prune", is_flag=True,
    help="Also delete what is ours and not in the files any more, and revoke rights of others.",
)  # fmt: skip
@click.option(
    "--overwrite", is_flag=True, help="Also over versions that somebody made on the service."
)
@click.option("--no-wait", is_flag=True, help="Do not wait for the data sets' ingestions.")
@_json
def deploy_command(
    names: tuple[str, ...], env: str, folder: Path | None, publish: bool, prune: bool,
    overwrite: bool, no_wait: bool, as_json: bool,
) -> None:  # fmt: skip
    """Bring the account to what the files say: everything updated in place, nothing published.

    Killed anywhere and run again it comes to the same end.

    \b
    rlm dashboards deploy
    rlm dashboards deploy ticket_sales --publish --env prod
    """
    from rlm.quicksight.deployment.report import plan_sums

    with _problems():
        deployer = _deployer(env, folder, waits_for_ingestions=not no_wait)
        plan = deployer.plan(names, publish=publish, prune=prune, overwrite=overwrite)
        click.echo(f"{env}: {plan_sums(plan)}", err=True)
        for step in plan.steps:
            if step.note:
                click.echo(f"{step.kind.label} {step.name}: {step.note}", err=True)
        started = deployer.deploy(plan)
    if as_json:
        click.echo(json.dumps(plan.to_json() | {"ingestions": dict(started)}, indent=2))


@dashboards_group.command("promote")
@_name
@_env
@_folder
@click.option(
    "--version", type=click.IntRange(min=1), default=None, show_default=False,
    help="Which one. [default: the newest that is good]",
)  # fmt: skip
def promote_command(name: str, env: str, folder: Path | None, version: int | None) -> None:
    """Publish a version of the dashboard NAME: readers see it from now on.

    \b
    rlm dashboards promote ticket_sales --env prod
    rlm dashboards promote ticket_sales --version 7 --env prod
    """
    with _problems():
        published = _deployer(env, folder).promote(name, version)
    if published is None:
        click.echo(f"{name}: that version is published already", err=True)


@dashboards_group.command("rollback")
@_name
@_env
@_folder
def rollback_command(name: str, env: str, folder: Path | None) -> None:
    """Publish the version of the dashboard NAME that was published before.

    The version that was left stays there and stays back: no deployment publishes it again, only
    `promote --version` does.

    \b
    rlm dashboards rollback ticket_sales --env prod
    """
    with _problems():
        _deployer(env, folder).roll_back(name)


@dashboards_group.command("refresh")
@_names
@_env
@_folder
@click.option("--full", is_flag=True, help="In full, also where data sets refresh incrementally.")
@_json
def refresh_command(
    names: tuple[str, ...], env: str, folder: Path | None, full: bool, as_json: bool
) -> None:
    """Copy data sets into SPICE anew and wait; fails with the ingestions' own errors.

    NAMES are data sets, all of them where none is named.

    \b
    rlm dashboards refresh ticket_sales event_performance
    """
    with _problems():
        deployer = _deployer(env, folder)
        refreshes = deployer.refreshes(names, full=full)
        if not refreshes:
            raise click.ClickException("there is no data set in SPICE to refresh")
        ended = deployer.refresh(refreshes, f"rlm-{dt.datetime.now(dt.UTC):%Y%m%d-%H%M%S}")
    names_by_id = {one.data_set_id: one.name for one in refreshes}
    if as_json:
        rows = {
            names_by_id[one.data_set_id]: {"ingestion_id": one.id, "rows": one.rows,
                                           "rows_dropped": one.rows_dropped}
            for one in ended
        }  # fmt: skip
        click.echo(json.dumps(rows, indent=2))


@dashboards_group.command("drift")
@_names
@_env
@_folder
@_json
def drift_command(names: tuple[str, ...], env: str, folder: Path | None, as_json: bool) -> None:
    """How the account differs from the files; exits with 1 where it does.

    Tells on which side something changed, and when.

    \b
    rlm dashboards drift --env prod
    """
    from rlm.quicksight.deployment.report import drift_text

    with _problems():
        found = _deployer(env, folder).drift(names)
    click.echo(json.dumps([one.to_json() for one in found], indent=2, default=str) if as_json
               else drift_text(found))  # fmt: skip
    if found:
        raise SystemExit(1)


@dashboards_group.command("pull")
@_name
@_env
@_folder
@click.option(
    "--version", type=click.IntRange(min=1), default=None, show_default=False,
    help="Which one. [default: the newest]",
)  # fmt: skip
def pull_command(name: str, env: str, folder: Path | None, version: int | None) -> None:
    """Write the deployed dashboard NAME over its files; git says what changed.

    Nothing of the definition is lost. Files that mean the same keep their text. A dashboard that
    has no files yet gets some: NAME is then its id without `rlm-<env>-`.

    \b
    rlm dashboards pull ticket_sales --env prod && git diff dashboards/ticket_sales
    """
    from rlm.dashboards_pull import pull

    with _problems():
        deployer = _deployer(env, folder)
        found = pull(deployer.service, deployer.files, env, name, version)
    for path in found.written:
        click.echo(f"written  {name}/{path}", err=True)
    for path in found.removed:
        click.echo(f"removed  {name}/{path}", err=True)
    click.echo(f"{found.unchanged} files unchanged", err=True)


@contextmanager
def _problems() -> Iterator[None]:
    """What the caller can put right is told in a sentence, not in a traceback."""
    from rlm.quicksight.definitions.findings import DefinitionError
    from rlm.quicksight.deployment.plan import PlanError
    from rlm.quicksight.deployment.publishing import PublishingError
    from rlm.quicksight.deployment.service import ServiceError

    try:
        yield
    except Exception as problem:
        told: tuple[type[Exception], ...] = (
            *(DefinitionError, PlanError, PublishingError, ServiceError, FileNotFoundError),
            # DuckDB and the page are not everywhere where plans are made.
            *_errors_of("rlm.dashboards_rows", "SpiceUnreadableError"),
            *_errors_of("rlm.quicksight.server.source", "NotThereError"),
        )
        if not isinstance(problem, told):
            raise
        raise click.ClickException(str(problem)) from problem


def _errors_of(module: str, name: str) -> tuple[type[Exception], ...]:
    """The error, if its module was ever imported: else nobody raises it."""
    loaded = sys.modules.get(module)
    return (getattr(loaded, name),) if loaded else ()


def _deployer(env: str, folder: Path | None, **options: Any) -> DashboardsDeployer:
    from rlm.aws.quicksight import QuickSight
    from rlm.dashboards_deployer import DashboardsDeployer

    files = _files(folder)
    service = QuickSight.from_environment(os.environ)
    return DashboardsDeployer(service, files, env, _say, _revision(files.folder), **options)


@contextmanager
def _source(
    env: str, folder: Path | None, deployed: bool, samples: bool, definition: Path | None,
    data_sets: Path | None, now: dt.datetime | None,
) -> Iterator[Source]:  # fmt: skip
    """What the options choose to draw."""
    from rlm.aws.quicksight import QuickSight
    from rlm.dashboards_deployed import DeployedSource, Rows, clock
    from rlm.dashboards_files import DashboardFiles
    from rlm.dashboards_sources import DefinitionSource, FilesSource

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
            files = _files(folder).folder
            yield FilesSource(lambda: DashboardFiles(files), env, clock(now), rows)


def _files(folder: Path | None) -> DashboardFiles:
    from rlm.dashboards_files import DashboardFiles, packaged_files

    if folder is None and (Path.cwd() / "dashboards" / "data_sets").is_dir():
        folder = Path.cwd() / "dashboards"
    return DashboardFiles(folder.resolve()) if folder else packaged_files()


def _shown_path(path: Path) -> str:
    """Relative to where the caller is, if it is below."""
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)


def _say(line: str) -> None:
    click.echo(line, err=True)


def _revision(folder: Path) -> str:
    """`rev 1a2b3c4`, with a plus where files are not committed; nothing without git."""
    try:
        asked = [
            subprocess.run(  # noqa: S603 - git itself, our own folder
                ["git", "-C", str(folder), *arguments],  # noqa: S607
                capture_output=True, text=True, check=True, timeout=10,
            ).stdout.strip()
            for arguments in (["rev-parse", "--short", "HEAD"], ["status", "--porcelain", "."])
        ]  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return ""
    return f"rev {asked[0]}{'+' if asked[1] else ''}"
