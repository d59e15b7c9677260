"""Which tables and partitions lie in a folder: Glue's reading of paths and schemas."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from localaws.glue_crawlers.hive_types import SIMILARITY, Columns, merge_columns, similarity

if TYPE_CHECKING:
    from localaws.glue_crawlers.files import FileSchema


@dataclass(frozen=True)
class StoredFile:
    """One object; `schema` is None where it was not sampled."""

    key: str
    size: int
    schema: FileSchema | None = None


@dataclass
class Partition:
    """The files of one combination of partition values (none: the whole table)."""

    values: tuple[str, ...]
    location: str
    files: list[StoredFile] = field(default_factory=list)


@dataclass
class FoundTable:
    """One table; `strangers` are files below it that do not belong, with the reason."""

    name: str
    location: str
    classification: str
    columns: Columns
    partition_keys: tuple[str, ...]
    partitions: list[Partition]
    strangers: list[tuple[str, str]]


def find_tables(prefix: str, files: list[StoredFile]) -> list[FoundTable]:
    """The tables below `prefix` (a folder, with its slash, or one file's key)."""
    if not any(file.schema for file in files):
        return []
    if len(files) == 1 and files[0].key == prefix:
        return [_table(prefix, files)]
    return [_table(root, inside) for root, inside in _roots(prefix, files)]


def _roots(prefix: str, files: list[StoredFile]) -> list[tuple[str, list[StoredFile]]]:
    """Where tables begin: at the first folder whose parts are alike."""
    children: dict[str, list[StoredFile]] = defaultdict(list)
    for file in files:
        head, slash, _ = file.key[len(prefix) :].partition("/")
        children[head if slash else ""].append(file)
    if "" in children or any("=" in name for name in children) or _are_alike(children):
        return [(prefix, files)]
    return [
        root
        for name, inside in sorted(children.items())
        if any(file.schema for file in inside)
        for root in _roots(f"{prefix}{name}/", inside)
    ]


def _are_alike(children: dict[str, list[StoredFile]]) -> bool:
    described = [_majority(inside) for inside in children.values()]
    found = [one for one in described if one is not None]
    first = found[0]
    return all(
        kind == first[0] and similarity(columns, first[1]) >= SIMILARITY
        for kind, columns in found[1:]
    )


def _table(root: str, files: list[StoredFile]) -> FoundTable:
    found = _majority(files)
    if found is None:
        raise ValueError(f"{root}: no file has a schema")
    classification, columns = found
    strangers: list[tuple[str, str]] = []
    by_keys: dict[tuple[str, ...], dict[tuple[str, ...], Partition]] = defaultdict(dict)
    counts: Counter[tuple[str, ...]] = Counter()
    for file in files:
        reason = _reason_against(file, classification, columns)
        if reason:
            strangers.append((file.key, reason))
            continue
        folders = PurePosixPath(file.key[len(root) :]).parts[:-1]
        keys = tuple(_partition_key(part, index) for index, part in enumerate(folders))
        values = tuple(part.partition("=")[2] or part for part in folders)
        location = root + "".join(f"{part}/" for part in folders)
        partition = by_keys[keys].setdefault(values, Partition(values, location))
        partition.files.append(file)
        counts[keys] += 1
    keys = counts.most_common(1)[0][0]
    for others, partitions in by_keys.items():
        if others != keys:
            reason = f"lies in folders {others}, the table's are {keys}"
            strangers += [(f.key, reason) for p in partitions.values() for f in p.files]
    return FoundTable(
        name=table_name(root),
        location=root,
        classification=classification,
        columns=columns,
        partition_keys=keys,
        partitions=sorted(by_keys[keys].values(), key=lambda partition: partition.values),
        strangers=sorted(strangers),
    )


def table_name(location: str) -> str:
    """Glue's name for what lies there: the last folder, in letters the catalog takes."""
    return re.sub(r"[^a-z0-9_]", "_", PurePosixPath(location).name.lower())


def _majority(files: list[StoredFile]) -> tuple[str, Columns] | None:
    """The format of most files, and the columns of those that agree with most of them."""
    formats = Counter(file.schema.classification for file in files if file.schema)
    if not formats:
        return None
    classification = formats.most_common(1)[0][0]
    schemas = [
        f.schema.columns for f in files if f.schema and f.schema.classification == classification
    ]
    typical = Counter(tuple(columns) for columns in schemas).most_common(1)[0][0]
    merged: Columns = {}
    for columns in schemas:
        if similarity(columns, dict.fromkeys(typical)) >= SIMILARITY:
            merged = merge_columns(merged, columns)
    return classification, merged


def _reason_against(file: StoredFile, classification: str, columns: Columns) -> str:
    if file.schema is None:
        return ""
    if file.schema.classification != classification:
        return f"is {file.schema.classification}, the table is {classification}"
    if similarity(file.schema.columns, columns) < SIMILARITY:
        return f"has other columns: {', '.join(list(file.schema.columns)[:5])}"
    return ""


def _partition_key(folder: str, index: int) -> str:
    name, equals, _ = folder.partition("=")
    return re.sub(r"[^a-z0-9_]", "_", name.lower()) if equals else f"partition_{index}"
