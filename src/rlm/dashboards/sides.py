"""The two sides of a comparison: files of a revision, the files here, what is deployed."""

from __future__ import annotations

import io
import subprocess
import tarfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from rlm.dashboards.diff import Part, text_diff
from rlm.dashboards.files import DashboardFiles
from rlm.quicksight.definitions.placeholders import asset_id
from rlm.quicksight.deployment.resources import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from rlm.aws.quicksight import QuickSight

_ACCOUNT = "000000000000"


class NoRevisionError(ValueError):
    """Git knows no such revision, or there is no git."""


@dataclass(frozen=True)
class FilesSide:
    """Dashboards as files have them, for one account."""

    label: str
    files: DashboardFiles
    env: str
    account: str = _ACCOUNT
    region: str = "us-east-1"

    @property
    def names(self) -> tuple[str, ...]:
        return self.files.names[Kind.DASHBOARD]

    def part(self, name: str) -> Part | None:
        """A dashboard; None where there is none of that name."""
        if name not in self.names:
            return None
        known = self.files.placeholders(self.env, self.account, self.region)
        found = self.files.dashboard(name, known)
        theme = found.settings.get("ThemeName")
        content = self.files.read(Kind.THEME, str(theme), known) if theme else {}
        return Part(
            str(found.settings.get("Name") or name),
            found.definition,
            content.get("Configuration"),
            str(content.get("BaseThemeId") or "CLASSIC"),
        )

    def data_sets(self) -> list[dict[str, Any]]:
        """Every data set, with its id."""
        known = self.files.placeholders(self.env, self.account, self.region)
        return [
            {**self.files.read(Kind.DATA_SET, name, known), "DataSetId": asset_id(self.env, name)}
            for name in self.files.names[Kind.DATA_SET]
        ]

    def texts(self) -> dict[str, str]:
        """Files that are no dashboard's, by their path: data sources and sets, themes, folders."""
        folder = self.files.folder
        return {
            file.relative_to(folder).as_posix(): file.read_text("utf-8")
            for file in sorted(folder.glob("*/*"))
            if file.suffix in (".yaml", ".sql") and not (file.parent / "dashboard.yaml").exists()
        }


@dataclass(frozen=True)
class DeployedSide:
    """Dashboards as readers see them."""

    label: str
    service: QuickSight
    env: str

    @property
    def names(self) -> tuple[str, ...]:
        prefix = f"rlm-{self.env}-"
        found = (name for name, _ in self.service.found(Kind.DASHBOARD))
        return tuple(
            name.removeprefix(prefix).replace("-", "_") for name in found if name.startswith(prefix)
        )

    def part(self, name: str) -> Part | None:
        """The published version; None where there is none."""
        shown = self.service.published_definition(asset_id(self.env, name))
        if shown is None:
            return None
        theme = self.service.theme(shown["ThemeArn"]) if shown.get("ThemeArn") else {}
        return Part(
            shown["Name"],
            shown["Definition"],
            theme.get("Configuration"),
            str(theme.get("BaseThemeId") or "CLASSIC"),
        )

    def texts(self) -> dict[str, str]:
        """`plan` and `drift` tell of the others."""
        return {}


def changed_texts(before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, str]:
    """Diffs of the files that differ, by path."""
    return {
        file: text_diff(before.get(file, ""), after.get(file, ""), file)
        for file in sorted(before.keys() | after.keys())
        if before.get(file) != after.get(file)
    }


def all_names(sides: Iterable[FilesSide | DeployedSide]) -> list[str]:
    """Every dashboard of any side."""
    return sorted({name for side in sides for name in side.names})


@contextmanager
def files_of_revision(folder: Path, revision: str) -> Iterator[DashboardFiles]:
    """The folder as git has it at a revision, while the block runs."""
    top = _git(folder, "rev-parse", "--show-toplevel").decode().strip()
    prefix = _git(folder, "rev-parse", "--show-prefix").decode().strip()
    # A revision that begins with a hyphen would be an option.
    commit = _git(folder, "rev-parse", "--verify", "--end-of-options", f"{revision}^{{commit}}")
    with TemporaryDirectory(prefix="rlm-dashboards-") as scratch:
        tree = f"{commit.decode().strip()}:{prefix.rstrip('/')}"
        archive = _git(Path(top), "archive", "--format=tar", tree)
        with tarfile.open(fileobj=io.BytesIO(archive)) as content:
            content.extractall(scratch, filter="data")
        yield DashboardFiles(Path(scratch))


def _git(folder: Path, *arguments: str) -> bytes:
    try:
        return subprocess.run(  # noqa: S603 - git itself, its words are ours
            ["git", "-C", str(folder), *arguments],  # noqa: S607
            capture_output=True,
            check=True,
            timeout=60,
        ).stdout
    except subprocess.CalledProcessError as error:
        raise NoRevisionError(f"git {arguments[0]}: {error.stderr.decode().strip()}") from error
    except (OSError, subprocess.SubprocessError) as error:
        raise NoRevisionError(f"git {arguments[0]}: {error}") from error
