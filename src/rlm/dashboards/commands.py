"""`rlm dashboards`: look at dashboards, compare them, and bring them to QuickSight."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING

import click

from rlm.dashboards.options import (
    env_option,
    folder_option,
    json_option,
    name_argument,
    names_argument,
    open_deployer,
    told_problems,
)
from rlm.dashboards.viewing import diff_command, lint_command, shot_command, show_command

if TYPE_CHECKING:
    from pathlib import Path


@click.group(
    "dashboards",
    short_help="Draw, compare and deploy dashboards.",
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


for _command in (lint_command, show_command, shot_command, diff_command):
    dashboards_group.add_command(_command)


@dashboards_group.command("plan", short_help="Show what a deployment would do.")
@names_argument
@env_option
@folder_option
@click.option("--publish", is_flag=True, help="Also what `deploy --publish` would publish.")
@click.option("--prune", is_flag=True, help="Also what `deploy --prune` would delete and revoke.")
@click.option("--overwrite", is_flag=True, help="As `deploy --overwrite`.")
@click.option("--check", is_flag=True, help="Exit with 1 where there is anything to do.")
@click.option("--verbose", "-v", is_flag=True, help="Also every place that differs.")
@json_option
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

    with told_problems():
        deployer = open_deployer(env, folder)
        plan = deployer.plan(names, publish=publish, prune=prune, overwrite=overwrite)
    click.echo(json.dumps(plan.to_json(), indent=2) if as_json
               else plan_text(plan, is_verbose=verbose))  # fmt: skip
    if plan.blocked or (check and plan.changes):
        raise SystemExit(1)


@dashboards_group.command("deploy", short_help="Update the account as the files say.")
@names_argument
@env_option
@folder_option
@click.option("--publish", is_flag=True, help="Also publish; else readers go on with the old one.")
@click.option(
    "--prune", is_flag=True,
    help="Also delete what is ours and not in the files any more, and revoke rights of others.",
)  # fmt: skip
@click.option(
    "--overwrite", is_flag=True, help="Also over versions that somebody made on the service."
)
@click.option("--no-wait", is_flag=True, help="Do not wait for the data sets' ingestions.")
@json_option
def deploy_command(
    names: tuple[str, ...], env: str, folder: Path | None, publish: bool, prune: bool,
    overwrite: bool, no_wait: bool, as_json: bool,
) -> None:  # fmt: skip
    """Bring the account to what the files say: everything updated in place, nothing published.

    NAMES are as for `plan`. Killed anywhere and run again it comes to the same end.

    \b
    rlm dashboards deploy
    rlm dashboards deploy ticket_sales --publish --env prod
    """
    from rlm.quicksight.deployment.report import plan_sums

    with told_problems():
        deployer = open_deployer(env, folder, waits_for_ingestions=not no_wait)
        plan = deployer.plan(names, publish=publish, prune=prune, overwrite=overwrite)
        click.echo(f"{env}: {plan_sums(plan)}", err=True)
        for step in plan.steps:
            if step.note:
                click.echo(f"{step.kind.label} {step.name}: {step.note}", err=True)
        started = deployer.deploy(plan)
    if as_json:
        click.echo(json.dumps(plan.to_json() | {"ingestions": dict(started)}, indent=2))


@dashboards_group.command("promote", short_help="Publish a version of a dashboard.")
@name_argument
@env_option
@folder_option
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
    with told_problems():
        published = open_deployer(env, folder).promote(name, version)
    if published is None:
        click.echo(f"{name}: that version is published already", err=True)


@dashboards_group.command("rollback", short_help="Publish the version before.")
@name_argument
@env_option
@folder_option
def rollback_command(name: str, env: str, folder: Path | None) -> None:
    """Publish the version of the dashboard NAME that was published before.

    The version that was left stays there and stays back: no deployment publishes it again, only
    `promote --version` does.

    \b
    rlm dashboards rollback ticket_sales --env prod
    """
    with told_problems():
        open_deployer(env, folder).roll_back(name)


@dashboards_group.command("refresh", short_help="Copy data sets into SPICE anew.")
@names_argument
@env_option
@folder_option
@click.option("--full", is_flag=True, help="In full, also where data sets refresh incrementally.")
@json_option
def refresh_command(
    names: tuple[str, ...], env: str, folder: Path | None, full: bool, as_json: bool
) -> None:
    """Copy data sets into SPICE anew and wait; fails with the ingestions' own errors.

    NAMES are data sets, all of them where none is named.

    \b
    rlm dashboards refresh ticket_sales event_performance
    """
    with told_problems():
        deployer = open_deployer(env, folder)
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


@dashboards_group.command("drift", short_help="Show how account and files differ.")
@names_argument
@env_option
@folder_option
@json_option
def drift_command(names: tuple[str, ...], env: str, folder: Path | None, as_json: bool) -> None:
    """How the account differs from the files; exits with 1 where it does.

    NAMES are as for `plan`. Tells on which side something changed, and when.

    \b
    rlm dashboards drift --env prod
    """
    from rlm.quicksight.deployment.report import drift_text

    with told_problems():
        found = open_deployer(env, folder).drift(names)
    click.echo(json.dumps([one.to_json() for one in found], indent=2, default=str) if as_json
               else drift_text(found))  # fmt: skip
    if found:
        raise SystemExit(1)


@dashboards_group.command("pull", short_help="Write a deployed dashboard to its files.")
@name_argument
@env_option
@folder_option
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
    from rlm.dashboards.pull import pull

    with told_problems():
        deployer = open_deployer(env, folder)
        found = pull(deployer.service, deployer.files, env, name, version)
    for path in found.written:
        click.echo(f"written  {name}/{path}", err=True)
    for path in found.removed:
        click.echo(f"removed  {name}/{path}", err=True)
    click.echo(f"{found.unchanged} files unchanged", err=True)
