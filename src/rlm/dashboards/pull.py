"""A deployed dashboard as files again: whatever somebody made of it on the service."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from rlm.quicksight.definitions import yaml_text
from rlm.quicksight.definitions.files import read_files, split
from rlm.quicksight.definitions.placeholders import asset_id
from rlm.quicksight.deployment.resources import Kind, arn_of

if TYPE_CHECKING:
    from pathlib import Path

    from rlm.aws.quicksight import QuickSight
    from rlm.dashboards.files import DashboardFiles
    from rlm.quicksight.definitions.placeholders import Placeholders

# Short values would be found where they mean something else.
_SHORTEST_VALUE: Final = 12


@dataclass(frozen=True)
class Pulled:
    """What became of a dashboard's files; paths below its folder."""

    written: tuple[str, ...]
    removed: tuple[str, ...]
    unchanged: int


def pull(
    service: QuickSight, files: DashboardFiles, env: str, name: str, version: int | None = None
) -> Pulled:
    """Write the definition of a version, the newest unless told, over the dashboard's files.

    A file that means the same stays as it is, comments and all.
    """
    described = service.definition(asset_id(env, name), version)
    known = files.placeholders(env, service.account, service.region)
    texts = split(
        _with_placeholders(described["Definition"], known),
        files.shapes,
        settings=_settings(described, files, env, name, service),
        data_set_names={
            arn_of(Kind.DATA_SET, asset_id(env, one), service.region, service.account): one
            for one in files.names[Kind.DATA_SET]
        },
    )
    return write_files(files.folder / name, texts)


def write_files(folder: Path, texts: Mapping[str, str]) -> Pulled:
    """Bring a dashboard's folder to these files, and remove YAML files that are none of them."""
    before = read_files(folder) if (folder / "dashboard.yaml").is_file() else {}
    texts = with_known_names(texts, before)
    written = []
    for path, text in texts.items():
        if path in before and yaml_text.read(before[path], path) == yaml_text.read(text, path):
            continue
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, "utf-8")
        written.append(path)
    removed = sorted(before.keys() - texts.keys())
    for path in removed:
        (folder / path).unlink()
        _remove_empty((folder / path).parent, folder)
    return Pulled(tuple(written), tuple(removed), len(texts) - len(written))


def with_known_names(texts: Mapping[str, str], before: Mapping[str, str]) -> dict[str, str]:
    """The new files under the names that sheets and visuals had before, by their ids.

    Names give the order: where old names do not sort as the dashboard does, new ones are taken.
    """
    old_sheets, new_sheets = _folders_of_sheets(before), _folders_of_sheets(texts)
    folders = _chosen(list(new_sheets.items()), old_sheets)
    named: dict[str, str] = {}
    for sheet_id, new_folder in new_sheets.items():
        old_folder = old_sheets.get(sheet_id)
        old = _visuals(before, old_folder) if old_folder else {}
        visuals = _chosen(list(_visuals(texts, new_folder).items()), old)
        for path, text in texts.items():
            if path.startswith(f"{new_folder}/"):
                rest = path.removeprefix(f"{new_folder}/")
                named[f"{folders[new_folder]}/{visuals.get(rest, rest)}"] = text
    inside = tuple(f"{folder}/" for folder in new_sheets.values())
    return {path: text for path, text in texts.items() if not path.startswith(inside)} | named


def _chosen(new: list[tuple[str, str]], old: Mapping[str, str]) -> dict[str, str]:
    """By new name, the old name of the same id, if all of them are in order so."""
    names = [old.get(one_id, name) for one_id, name in new]
    is_ordered = names == sorted(set(names))
    return {name: kept if is_ordered else name for (_, name), kept in zip(new, names, strict=True)}


def _folders_of_sheets(texts: Mapping[str, str]) -> dict[str, str]:
    """Folder by kind of sheet and id, in order."""
    found = {}
    for path in sorted(path for path in texts if path.endswith("/sheet.yaml")):
        sheet = yaml_text.read(texts[path], path)
        folder = path.removesuffix("/sheet.yaml")
        found[f"{folder.partition('/')[0]} {sheet.get('SheetId')}"] = folder
    return found


def _visuals(texts: Mapping[str, str], folder: str) -> dict[str, str]:
    """File below a sheet's folder by the visual's id, in order."""
    found = {}
    for path in sorted(path for path in texts if path.startswith(f"{folder}/visuals/")):
        visual = yaml_text.read(texts[path], path)
        inner: Any = next(iter(visual.values()), {}) if isinstance(visual, dict) else {}
        found[str(inner.get("VisualId", path))] = path.removeprefix(f"{folder}/")
    return found


def _settings(
    described: Mapping[str, Any],
    files: DashboardFiles,
    env: str,
    name: str,
    service: QuickSight,
) -> dict[str, Any]:
    """What the files say of deployment, with what the service knows better."""
    settings: dict[str, Any] = {}
    if name in files.names[Kind.DASHBOARD]:
        known = files.placeholders(env, service.account, service.region)
        settings |= files.dashboard(name, known).settings
    settings["Name"] = described["Name"]
    themes = {
        arn_of(Kind.THEME, asset_id(env, one), service.region, service.account): one
        for one in files.names[Kind.THEME]
    }
    for key in ("ThemeName", "ThemeArn"):
        settings.pop(key, None)
    if arn := described.get("ThemeArn"):
        settings |= {"ThemeName": themes[arn]} if arn in themes else {"ThemeArn": arn}
    if "DashboardPublishOptions" in described:
        settings["DashboardPublishOptions"] = described["DashboardPublishOptions"]
    return settings


def _with_placeholders(definition: Mapping[str, Any], known: Placeholders) -> dict[str, Any]:
    """The definition with names of this environment's buckets as placeholders where they act."""
    found = dict(definition)
    if "StaticFiles" in found:
        found["StaticFiles"] = _replaced(found["StaticFiles"], known)
    return found


def _replaced(tree: Any, known: Placeholders) -> Any:
    match tree:
        case str():
            longest_first = sorted(known.values.items(), key=lambda item: -len(item[1]))
            for name, value in longest_first:
                if len(value) >= _SHORTEST_VALUE:
                    tree = tree.replace(value, f"${{{name}}}")
            return tree
        case Mapping():
            return {key: _replaced(item, known) for key, item in tree.items()}
        case list():
            return [_replaced(item, known) for item in tree]
        case _:
            return tree


def _remove_empty(folder: Path, stop: Path) -> None:
    while folder != stop and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent
