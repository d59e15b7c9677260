"""Everything below dashboards/, checked as QuickSight would and for what it shows wrongly."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from rlm.quicksight.definitions import yaml_text
from rlm.quicksight.definitions.findings import DefinitionError, Finding, error
from rlm.quicksight.definitions.lint import lint, lint_files
from rlm.quicksight.definitions.paths import parse_path
from rlm.quicksight.definitions.placeholders import asset_id
from rlm.quicksight.definitions.shapes import shape_findings
from rlm.quicksight.deployment.resources import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from rlm.dashboards.files import DashboardFiles
    from rlm.quicksight.definitions.placeholders import Placeholders

# Any will do: what is checked does not depend on them.
_ACCOUNT: Final = "000000000000"
_REGION: Final = "us-east-1"
_REQUESTS: Final = {
    Kind.DATA_SOURCE: ("CreateDataSourceRequest", "DataSourceId"),
    Kind.DATA_SET: ("CreateDataSetRequest", "DataSetId"),
    Kind.THEME: ("CreateThemeRequest", "ThemeId"),
    Kind.FOLDER: ("CreateFolderRequest", "FolderId"),
}
# Keys of our files that are requests of their own.
_BESIDE: Final = {"RefreshProperties": "DataSetRefreshProperties"}
_OURS: Final = frozenset({"RefreshSchedules", "RefreshProperties", "FolderNames"})


def lint_folder(files: DashboardFiles, env: str, names: Iterable[str] = ()) -> list[Finding]:
    """Findings of dashboards by name, or of all with everything that they are made of.

    Files are below the folder of `files`.
    """
    known = files.placeholders(env, _ACCOUNT, _REGION)
    asked = list(names)
    files.require(Kind.DASHBOARD, asked)
    found: list[Finding] = []
    read: dict[tuple[Kind, str], dict[str, Any]] = {}
    for kind in _REQUESTS:
        for name in files.names[kind]:
            try:
                read[kind, name] = files.read(kind, name, known)
            except DefinitionError as problem:
                found.append(_unreadable(problem))
                continue
            if not asked:
                found += _of_file(files, kind, name, read[kind, name], env)
    data_sets = [
        {**content, "DataSetId": asset_id(env, name)}
        for (kind, name), content in read.items()
        if kind is Kind.DATA_SET
    ]
    for name in asked or files.names[Kind.DASHBOARD]:
        found += _dashboard(files, name, known, data_sets, read)
    if not asked and not any(files.names.values()):
        found.append(
            error("no-files", "", f"{files.folder} holds nothing", "name the folder with --folder")
        )
    return found


def lint_definition(
    files: DashboardFiles, definition: Mapping[str, Any], data_sets: Iterable[Mapping[str, Any]]
) -> tuple[Finding, ...]:
    """Findings of one definition of anybody's."""
    return lint(definition, files.shapes, data_sets)


def _dashboard(
    files: DashboardFiles,
    name: str,
    known: Placeholders,
    data_sets: list[dict[str, Any]],
    read: Mapping[tuple[Kind, str], dict[str, Any]],
) -> Iterator[Finding]:
    try:
        assembled = files.dashboard(name, known)
    except DefinitionError as problem:
        yield _unreadable(problem, name)
        return
    theme = read.get((Kind.THEME, str(assembled.settings.get("ThemeName"))))
    for one in lint_files(assembled, files.shapes, data_sets, theme):
        yield replace(one, file=f"{name}/{one.file or 'dashboard.yaml'}")
    for key, kind in (("ThemeName", Kind.THEME), ("FolderNames", Kind.FOLDER)):
        told = assembled.settings.get(key) or []
        for wanted in [told] if isinstance(told, str) else told:
            if wanted not in files.names[kind]:
                there = ", ".join(files.names[kind]) or "none"
                finding = error(
                    "unknown-name", key, f"no {kind.label} {wanted!r}", f"there are: {there}"
                )
                yield replace(finding, file=f"{name}/dashboard.yaml")


def _of_file(
    files: DashboardFiles, kind: Kind, name: str, content: Mapping[str, Any], env: str
) -> Iterator[Finding]:
    """A data source, data set, theme or folder as its create call would take it."""
    shape, id_key = _REQUESTS[kind]
    request = {key: value for key, value in content.items() if key not in _OURS}
    request |= {"AwsAccountId": _ACCOUNT, id_key: asset_id(env, name)}
    found = list(shape_findings(request, shape, files.shapes))
    for key, of_key in _BESIDE.items():
        if key in content:
            found += shape_findings(content[key], of_key, files.shapes, (key,))
    for nth, schedule in enumerate(content.get("RefreshSchedules") or ()):
        found += shape_findings(
            schedule, "RefreshSchedule", files.shapes, ("RefreshSchedules", nth)
        )
    file = f"{files.file_of(kind, name)}"
    text = (files.folder / file).read_text("utf-8")
    for one in found:
        yield replace(one, file=file, line=yaml_text.line_of(text, parse_path(one.path)))


def _unreadable(problem: DefinitionError, dashboard: str = "") -> Finding:
    file = f"{dashboard}/{problem.file}" if dashboard else problem.file
    told = str(problem)
    for prefix in (f"{problem.file}:{problem.line}: ", f"{problem.file}: "):
        told = told.removeprefix(prefix)
    finding = error("unreadable", problem.path, told, "mend it; nothing else of it is checked")
    return replace(finding, file=file or None, line=problem.line)
