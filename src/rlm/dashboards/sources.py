"""What the page draws before anything is deployed: the files here, or a foreign definition."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rlm.aws.storage import S3Storage
from rlm.dashboards.deployed import EVERYTHING, Clock, Rows, Viewer, declared_ids, digest, sheets_of
from rlm.dashboards.foreign import read_data_sets, read_definition
from rlm.dashboards.images import image_of
from rlm.dashboards.rows import Warehouse
from rlm.quicksight.definitions.findings import DefinitionError
from rlm.quicksight.definitions.inference import all_columns
from rlm.quicksight.deployment.resources import Kind
from rlm.quicksight.queries.board import Board
from rlm.quicksight.samples import sample_data_sets
from rlm.quicksight.server.source import Listing, NotThereError, Opened

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from rlm.dashboards.files import DashboardFiles


class FilesSource:
    """The files as they are at this moment: rows from SPICE, or made for them."""

    is_live = True

    def __init__(
        self, files: Callable[[], DashboardFiles], env: str, now: Clock, rows: Rows | None,
        region: str = "us-east-1",
    ) -> None:  # fmt: skip
        self._files = files
        self._env = env
        self._now = now
        self._rows = rows
        self._region = rows.service.region if rows else region
        self._account = rows.service.account if rows else "000000000000"

    def listings(self, user: str) -> Sequence[Listing]:
        """Every dashboard; one whose files are wrong with what is wrong."""
        found = []
        files = self._files()
        for name in files.names[Kind.DASHBOARD]:
            try:
                one = files.dashboard(name, self._known(files))
            except DefinitionError as problem:
                found.append(Listing(name, name, version="files", problem=str(problem)))
            else:
                title = str(one.settings.get("Name") or name)
                found.append(
                    Listing(name, title, sheets=sheets_of(one.definition), version="files")
                )
        return found

    def users(self) -> Sequence[str]:
        """Everything first, then QuickSight's users where there is a QuickSight."""
        return [EVERYTHING, *(self._rows.service.users() if self._rows else ())]

    def stamp(self, dashboard_id: str, user: str) -> str:
        """Of every file below the folder."""
        files = self._files()
        self._require(files, dashboard_id)
        said = []
        for path in sorted(files.folder.rglob("*")):
            if path.is_file():
                status = path.stat()
                said.append((str(path), status.st_size, status.st_mtime_ns))
        return digest([said, user])

    def open(self, dashboard_id: str, user: str) -> Opened:
        """The dashboard that the files make up."""
        files = self._files()
        self._require(files, dashboard_id)
        known = self._known(files)
        one = files.dashboard(dashboard_id, known)
        viewer = Viewer(user, tuple(self._rows.service.groups_of(user)) if self._rows else ())
        now, refreshed = self._now(), None
        if self._rows:
            ids = declared_ids(one.definition)
            board, refreshed = self._rows.board(one.definition, ids, viewer, now)
        else:
            data_sets = [
                {**files.read(Kind.DATA_SET, name, known), "DataSetId": f"rlm-{self._env}-"
                 + name.replace("_", "-")}
                for name in files.names[Kind.DATA_SET]
            ]  # fmt: skip
            board = sample_board(one.definition, data_sets, now)
        theme = one.settings.get("ThemeName")
        content = files.read(Kind.THEME, str(theme), known) if theme else {}
        return Opened(
            dashboard_id,
            str(one.settings.get("Name") or dashboard_id),
            one.definition,
            board,
            theme=content.get("Configuration"),
            base_theme=str(content.get("BaseThemeId") or "CLASSIC"),
            version="files" if self._rows else "files, sample rows",
            refreshed_at=refreshed,
            options=one.settings.get("DashboardPublishOptions") or {},
        )

    def static_file(self, dashboard_id: str, user: str, file_id: str) -> tuple[bytes, str]:
        """An image, from S3 as on AWS; without an account there is none."""
        files = self._files()
        self._require(files, dashboard_id)
        if self._rows is None:
            raise NotThereError(f"{dashboard_id}: images are in S3, and sample rows need no AWS")
        definition = files.dashboard(dashboard_id, self._known(files)).definition
        return image_of(definition, file_id, S3Storage())

    def _known(self, files: DashboardFiles) -> Any:
        return files.placeholders(self._env, self._account, self._region)

    def _require(self, files: DashboardFiles, dashboard_id: str) -> None:
        if dashboard_id not in files.names[Kind.DASHBOARD]:
            raise NotThereError(f"there is no dashboard {dashboard_id} in {files.folder}")


class DefinitionSource:
    """One definition of anybody's, over rows that are made for it."""

    is_live = True

    def __init__(self, file: Path, data_sets: Path | None, now: Clock) -> None:
        self._file = file
        self._data_sets = data_sets
        self._now = now

    @property
    def dashboard_id(self) -> str:
        return "definition"

    def listings(self, user: str) -> Sequence[Listing]:
        name, definition = self._read()
        return [Listing(self.dashboard_id, name, sheets=sheets_of(definition), version="samples")]

    def users(self) -> Sequence[str]:
        return [EVERYTHING]

    def stamp(self, dashboard_id: str, user: str) -> str:
        """Of the file."""
        if dashboard_id != self.dashboard_id:
            raise NotThereError(f"there is no dashboard {dashboard_id}")
        status = self._file.stat()
        return digest([status.st_size, status.st_mtime_ns])

    def open(self, dashboard_id: str, user: str) -> Opened:
        """The definition as it stands in the file."""
        name, definition = self._read()
        board = sample_board(definition, read_data_sets(self._data_sets), self._now())
        return Opened(dashboard_id, name, definition, board, version="sample rows")

    def static_file(self, dashboard_id: str, user: str, file_id: str) -> tuple[bytes, str]:
        raise NotThereError(f"{dashboard_id}: the file {file_id} is not kept here")

    def _read(self) -> tuple[str, dict[str, Any]]:
        return read_definition(self._file)


def sample_board(
    definition: Mapping[str, Any], data_sets: Iterable[Mapping[str, Any]], now: dt.datetime
) -> Board:
    """A board over rows that its own filters let through."""
    warehouse = Warehouse()
    connection = warehouse.cursor()
    columns = all_columns(definition, data_sets)
    found = sample_data_sets(definition, columns, connection, now)
    return Board(definition, found, connection, now)
