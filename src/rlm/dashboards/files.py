"""What dashboards/ wants on QuickSight: its files, assembled for one environment and account."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from rlm.aws.quicksight_shapes import quicksight_shapes
from rlm.quicksight.definitions import yaml_text
from rlm.quicksight.definitions.files import Assembled, assemble, read_files
from rlm.quicksight.definitions.findings import DefinitionError
from rlm.quicksight.definitions.placeholders import Placeholders, asset_id, placeholders
from rlm.quicksight.definitions.shapes import Shapes
from rlm.quicksight.deployment.resources import Kind, Permissions, ResourceKey, Wanted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_FOLDERS: Final = {
    Kind.DATA_SOURCE: "data_sources",
    Kind.DATA_SET: "data_sets",
    Kind.THEME: "themes",
    Kind.FOLDER: "folders",
}
# Keys of files that are no keys of the create call's body.
_BESIDE: Final = frozenset(
    {"Permissions", "RefreshSchedules", "RefreshProperties", "FolderNames", "Tags"}
)
_OF_A_VERSION: Final = ("Name", "DashboardPublishOptions")


@dataclass(frozen=True)
class DashboardFiles:
    """The folder dashboards/, or one like it."""

    folder: Path

    @cached_property
    def shapes(self) -> Shapes:
        return Shapes(quicksight_shapes())

    @cached_property
    def names(self) -> Mapping[Kind, tuple[str, ...]]:
        """What there is, by kind: names of files, and of dashboards' folders."""
        found = {
            kind: tuple(sorted(file.stem for file in (self.folder / folder).glob("*.yaml")))
            for kind, folder in _FOLDERS.items()
        }
        dashboards = sorted(file.parent.name for file in self.folder.glob("*/dashboard.yaml"))
        return found | {Kind.DASHBOARD: tuple(dashboards)}

    @cached_property
    def made_by_template(self) -> frozenset[str]:
        """Data sources that the stacks make: a deployment needs them and leaves them alone."""
        file = self.folder / "made_by_template.yaml"
        if not file.is_file():
            return frozenset()
        content = yaml_text.read(file.read_text("utf-8"), file.name)
        return frozenset(content["data_sources"])

    def placeholders(self, env: str, account: str, region: str) -> Placeholders:
        """What `${...}` in the files stands for."""
        return placeholders(
            env,
            account,
            region,
            data_sources=self.names[Kind.DATA_SOURCE],
            data_sets=self.names[Kind.DATA_SET],
            themes=self.names[Kind.THEME],
            folders=self.names[Kind.FOLDER],
        )

    def dashboard(self, name: str, known: Placeholders) -> Assembled:
        """One dashboard, assembled."""
        self.require(Kind.DASHBOARD, [name])
        return assemble(read_files(self.folder / name), self.shapes, known)

    def require(self, kind: Kind, names: Iterable[str]) -> None:
        """Raises `DefinitionError` for a name that there is no file of."""
        for name in names:
            if name not in self.names[kind]:
                there = ", ".join(self.names[kind]) or "none"
                raise DefinitionError(f"there is no {kind.label} {name!r}; there are: {there}")

    def wanted(self, env: str, account: str, region: str) -> list[Wanted]:
        """Everything that the files describe; raises `DefinitionError`."""
        known = self.placeholders(env, account, region)
        found: list[Wanted] = []
        members: dict[str, list[ResourceKey]] = {name: [] for name in self.names[Kind.FOLDER]}

        def put(kind: Kind, name: str, folders: Iterable[str], file: str) -> None:
            for folder in folders:
                if folder not in members:
                    there = ", ".join(members) or "none"
                    raise DefinitionError(
                        f"there is no folder {folder!r}; there are: {there}",
                        file=file,
                        path="FolderNames",
                    )
                members[folder].append((kind, asset_id(env, name)))

        for kind in (Kind.DATA_SOURCE, Kind.DATA_SET, Kind.THEME):
            for name in self.names[kind]:
                wanted, folders = self._of_file(kind, name, env, known)
                put(kind, name, folders, f"{_FOLDERS[kind]}/{name}.yaml")
                found.append(wanted)
        for name in self.names[Kind.DASHBOARD]:
            wanted, folders = self._dashboard(name, env, known)
            put(Kind.DASHBOARD, name, folders, f"{name}/dashboard.yaml")
            found.append(wanted)
        for name in self.names[Kind.FOLDER]:
            wanted, _ = self._of_file(Kind.FOLDER, name, env, known, tuple(sorted(members[name])))
            found.append(wanted)
        return found

    @staticmethod
    def file_of(kind: Kind, name: str) -> str:
        """The file of anything but a dashboard, below the folder."""
        return f"{_FOLDERS[kind]}/{name}.yaml"

    def read(self, kind: Kind, name: str, known: Placeholders) -> dict[str, Any]:
        """A data source, data set, theme or folder with its SQL and placeholders filled in."""
        file = self.file_of(kind, name)
        content = yaml_text.read((self.folder / file).read_text("utf-8"), file)
        if not isinstance(content, dict):
            raise DefinitionError("expected keys such as Name", file=file, line=1)
        filled: dict[str, Any] = known.fill_tree(content, file=file)
        if kind is Kind.DATA_SET:
            self._put_sql(filled, name, known)
        return filled

    def _put_sql(self, data_set: dict[str, Any], name: str, known: Placeholders) -> None:
        """The SQL beside a data set into its table that has none."""
        sql = self.folder / _FOLDERS[Kind.DATA_SET] / f"{name}.sql"
        for table in (data_set.get("PhysicalTableMap") or {}).values():
            custom = table.get("CustomSql")
            if custom is not None and "SqlQuery" not in custom:
                file = f"{_FOLDERS[Kind.DATA_SET]}/{name}.sql"
                if not sql.is_file():
                    raise DefinitionError("a CustomSql without SqlQuery has it here", file=file)
                custom["SqlQuery"] = known.fill(sql.read_text("utf-8"), file=file)

    def _of_file(
        self,
        kind: Kind,
        name: str,
        env: str,
        known: Placeholders,
        members: tuple[ResourceKey, ...] | None = None,
    ) -> tuple[Wanted, list[str]]:
        content = self.read(kind, name, known)
        wanted = Wanted(
            kind,
            asset_id(env, name),
            name,
            {key: value for key, value in content.items() if key not in _BESIDE},
            permissions=_permissions(content),
            tags=_tags(content),
            schedules=content.get("RefreshSchedules"),
            refresh_properties=content.get("RefreshProperties"),
            members=members,
            is_owned=kind is not Kind.DATA_SOURCE or name not in self.made_by_template,
        )
        return wanted, list(content.get("FolderNames") or ())

    def _dashboard(self, name: str, env: str, known: Placeholders) -> tuple[Wanted, list[str]]:
        found = self.dashboard(name, known)
        file = f"{name}/dashboard.yaml"
        settings = known.fill_tree(dict(found.settings), file=file)
        body = {key: settings[key] for key in _OF_A_VERSION if key in settings}
        body.setdefault("Name", name.replace("_", " ").capitalize())
        if "ThemeName" in settings:
            body["ThemeArn"] = known.fill(f"${{theme.{settings['ThemeName']}.arn}}", file=file)
        elif "ThemeArn" in settings:
            body["ThemeArn"] = settings["ThemeArn"]
        body["Definition"] = found.definition
        links = settings.get("LinkSharingConfiguration")
        wanted = Wanted(
            Kind.DASHBOARD,
            asset_id(env, name),
            name,
            body,
            permissions=_permissions(settings),
            link_permissions=None if links is None else _permissions({"Permissions": [], **links}),
            tags=_tags(settings),
        )
        return wanted, list(settings.get("FolderNames") or ())


def packaged_files() -> DashboardFiles:
    """The files that travel in the wheel, or else those of the source tree."""
    packaged = resources.files("rlm") / "dashboard_files"
    if packaged.is_dir():
        return DashboardFiles(Path(str(packaged)))
    return DashboardFiles(Path(__file__).parents[3] / "dashboards")


def chosen_keys(
    files: DashboardFiles, wanted: Iterable[Wanted], names: Iterable[str]
) -> frozenset[ResourceKey] | None:
    """The resources that names on a command line mean, with all that they need; None for all.

    A name is a dashboard's, or else `data_set.ticket_sales`, `theme.stage`, ...
    """
    by_key = {one.key: one for one in wanted}
    chosen: set[ResourceKey] = set()
    asked = list(names)
    if not asked:
        return None
    for name in asked:
        word, dot, rest = name.partition(".")
        kinds = {kind.name.lower(): kind for kind in Kind}
        kind = kinds.get(word) if dot else Kind.DASHBOARD
        if kind is None:
            raise DefinitionError(f"{name!r}: expected one of {', '.join(kinds)} before the dot")
        files.require(kind, [rest if dot else name])
        chosen |= {k for k, one in by_key.items() if (one.kind, one.name) == (kind, rest or name)}
    return _with_needs(by_key, chosen)


def _with_needs(
    by_key: Mapping[ResourceKey, Wanted], chosen: set[ResourceKey]
) -> frozenset[ResourceKey]:
    waiting = list(chosen)
    while waiting:
        needs = (by_key[waiting.pop()].needs & by_key.keys()) - chosen
        chosen |= needs
        waiting += needs
    return frozenset(chosen)


def _tags(content: Mapping[str, Any]) -> dict[str, str]:
    return {str(one["Key"]): str(one["Value"]) for one in content.get("Tags") or ()}


def _permissions(content: Mapping[str, Any]) -> Permissions | None:
    given = content.get("Permissions")
    if given is None:
        return None
    return {one["Principal"]: frozenset(one["Actions"]) for one in given}
