"""Asset bundles as files: a zip of one JSON document an asset, keys as AWS writes them there.

A document's keys are those of the operation that creates its asset, with a small first letter;
what a map's keys are, its owner chose, and they stay.
"""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from localaws.quicksight.failures import invalid
from localaws.quicksight.kinds import (
    ANALYSIS,
    DASHBOARD,
    DATA_SET,
    DATA_SOURCE,
    FOLDER,
    THEME,
    Kind,
)
from localaws.quicksight.protocol import input_shape

if TYPE_CHECKING:
    from localaws.operations import Document

# In the order in which they can be created.
IN_ORDER = (DATA_SOURCE, DATA_SET, THEME, ANALYSIS, DASHBOARD, FOLDER)
_TYPE, _EXTRAS = "resourceType", "extras"
_DATE = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class BundledAsset:
    """One asset of a bundle: the request that creates it, and what belongs to it beside."""

    kind: Kind
    request: Document
    extras: Document
    """refreshProperties and refreshSchedules of a data set, members of a folder."""

    @property
    def id(self) -> str:
        return str(self.request[self.kind.id])


def pack(assets: list[BundledAsset]) -> bytes:
    """The bundle's file; the same assets give the same bytes."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as bundle:
        for number, asset in enumerate(sorted(assets, key=lambda one: (one.kind.word, one.id))):
            shape = _shape(asset.kind)
            document = {_TYPE: asset.kind.word, **_renamed(shape, asset.request, is_small=True)}
            if asset.extras:
                document[_EXTRAS] = asset.extras
            # Ids may hold what names of files must not.
            name = "".join(one if one.isalnum() or one in "-_" else "_" for one in asset.id)
            path = f"{asset.kind.word}/{name}.json"
            if path in bundle.namelist():
                path = f"{asset.kind.word}/{name}-{number}.json"
            text = json.dumps(document, indent=2, ensure_ascii=False)
            bundle.writestr(zipfile.ZipInfo(path, _DATE), text, zipfile.ZIP_DEFLATED)
    return made.getvalue()


def unpack(content: bytes) -> list[BundledAsset]:
    """The assets of a bundle's file, in the order in which they can be created."""
    words = {kind.word: kind for kind in IN_ORDER}
    found = []
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as bundle:
            for name in bundle.namelist():
                document = json.loads(bundle.read(name))
                kind = words.get(document.pop(_TYPE, ""))
                if kind is None:
                    raise invalid(f"{name} of the bundle is of no type that is served here.")
                extras = document.pop(_EXTRAS, {})
                request = _renamed(_shape(kind), document, is_small=False)
                found.append(BundledAsset(kind, request, extras))
    except (zipfile.BadZipFile, ValueError, AttributeError) as error:
        raise invalid(f"The bundle is no zip of JSON documents: {error}") from error
    return sorted(found, key=lambda one: (IN_ORDER.index(one.kind), one.id))


def _shape(kind: Kind) -> Any:
    return input_shape(f"Create{kind.noun}")


def _renamed(shape: Any, value: Any, is_small: bool) -> Any:
    """A value with the members of its structures called as files or as the API call them."""
    kind = shape.type_name
    if kind == "structure" and isinstance(value, dict):
        # A few members are written small in the API too.
        names = {_small(name): name for name in shape.members}
        made = {}
        for key, item in value.items():
            name = names.get(_small(key))
            if name is None:
                raise invalid(f"The bundle holds {key}, which {shape.name} does not have.")
            made[_small(name) if is_small else name] = _renamed(shape.members[name], item, is_small)
        return made
    if kind == "list" and isinstance(value, list):
        return [_renamed(shape.member, item, is_small) for item in value]
    if kind == "map" and isinstance(value, dict):
        return {key: _renamed(shape.value, item, is_small) for key, item in value.items()}
    return value


def _small(name: str) -> str:
    return name[:1].lower() + name[1:]
