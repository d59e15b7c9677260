"""What the commands of `rlm dashboards` have in common: options, and how problems are told."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rlm.dashboards.deployer import DashboardsDeployer
    from rlm.dashboards.files import DashboardFiles

env_option = click.option(
    "--env", type=click.Choice(["dev", "prod"]), envvar="RLM_ENV", default="dev",
    help="Environment whose resources are meant. [env: RLM_ENV]",
)  # fmt: skip
folder_option = click.option(
    "--folder", type=click.Path(path_type=Path, file_okay=False, exists=True),
    default=None, show_default=False, help="The dashboards' files. [default: dashboards]",
)  # fmt: skip
json_option = click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
names_argument = click.argument("names", nargs=-1)
name_argument = click.argument("name")


now_option = click.option(
    "--now", type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]), default=None,
    show_default=False, help="Moment that relative dates count from, UTC. [default: now]",
)  # fmt: skip
samples_option = click.option(
    "--samples",
    is_flag=True,
    help="Rows made for the dashboards, not those in SPICE: no AWS.",
)
deployed_option = click.option(
    "--deployed", is_flag=True, help="What is published on the account, not the files."
)
definition_option = click.option(
    "--definition", type=click.Path(path_type=Path, dir_okay=False, exists=True),
    default=None, show_default=False,
    help="A definition as JSON or YAML, anybody's, on rows made for it; needs no AWS.",
)  # fmt: skip
data_sets_option = click.option(
    "--data-sets", type=click.Path(path_type=Path, file_okay=False, exists=True),
    default=None, show_default=False, help="With --definition: its data sets as JSON files.",
)  # fmt: skip


@contextmanager
def told_problems() -> Iterator[None]:
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
            *_errors_of("rlm.dashboards.rows", "SpiceUnreadableError"),
            *_errors_of("rlm.quicksight.shots", "ShotError"),
            *_errors_of("rlm.dashboards.sides", "NoRevisionError"),
            *_errors_of("rlm.quicksight.server.source", "NotThereError"),
        )
        if not isinstance(problem, told):
            raise
        raise click.ClickException(str(problem)) from problem


def _errors_of(module: str, name: str) -> tuple[type[Exception], ...]:
    """The error, if its module was ever imported: else nobody raises it."""
    loaded = sys.modules.get(module)
    return (getattr(loaded, name),) if loaded else ()


def open_deployer(env: str, folder: Path | None, **options: Any) -> DashboardsDeployer:
    """What deploys the chosen files to the account that the environment means."""
    from rlm.aws.quicksight import QuickSight
    from rlm.dashboards.deployer import DashboardsDeployer

    files = chosen_files(folder)
    service = QuickSight.from_environment(os.environ)
    return DashboardsDeployer(service, files, env, say, _revision(files.folder), **options)


def chosen_files(folder: Path | None) -> DashboardFiles:
    """The named folder, else dashboards/ here, else what came with the package."""
    from rlm.dashboards.files import DashboardFiles, packaged_files

    if folder is None and (Path.cwd() / "dashboards" / "data_sets").is_dir():
        folder = Path.cwd() / "dashboards"
    return DashboardFiles(folder.resolve()) if folder else packaged_files()


def shown_path(path: Path) -> str:
    """Relative to where the caller is, if it is below."""
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)


def say(line: str) -> None:
    """Progress goes to stderr."""
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
