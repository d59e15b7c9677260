"""How the account differs from the files, and on which side something changed."""

from __future__ import annotations

import datetime as dt  # noqa: TC003 - part of the public types
from collections.abc import Iterable, Mapping  # noqa: TC003 - part of the public types
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from rlm.quicksight.definitions.reviewers_text import reviewers_diff
from rlm.quicksight.deployment.comparing import (
    body_differences,
    side_keys,
)
from rlm.quicksight.deployment.plan import (
    said_of,
)
from rlm.quicksight.deployment.resources import (
    FILES_TAG,
    Deployed,
    Kind,
    ResourceKey,
    Wanted,
)

if TYPE_CHECKING:
    from rlm.quicksight.deployment.canonical import Difference


class Side(StrEnum):
    """Where the change was made."""

    SERVICE = "changed on the service"
    FILES = "files are not deployed"
    BOTH = "changed on the service and in the files"
    MISSING = "not there"
    ORPHANED = "not in the files"


@dataclass(frozen=True)
class Drift:
    """One resource that is not as the files say."""

    side: Side
    kind: Kind
    id: str
    name: str
    when: dt.datetime | None
    """Of the last change on the service, where that is known."""
    detail: str
    differences: tuple[Difference, ...]
    text: str = ""
    """Of a dashboard: how the two definitions read, without internal ids, as a unified diff."""

    def to_json(self) -> dict[str, Any]:
        """What --json prints."""
        return {
            "side": self.side.value,
            "kind": self.kind.label,
            "name": self.name,
            "id": self.id,
            "when": self.when.isoformat() if self.when else None,
            "detail": self.detail,
            "differences": [
                {"path": one.path, "files": one.wanted, "service": one.found}
                for one in self.differences
            ],
            "text": self.text,
        }


def find_drift(
    wanted: Iterable[Wanted], deployed: Mapping[ResourceKey, Deployed], env: str
) -> list[Drift]:
    """Everything that is not as the files say, in the order of the files."""
    all_wanted = list(wanted)
    found = [drift for one in all_wanted if (drift := _drift(one, deployed.get(one.key), env))]
    known = {one.key for one in all_wanted}
    for key, one in sorted(deployed.items()):
        if key not in known and one.is_ours(env):
            found.append(Drift(Side.ORPHANED, one.kind, one.id, one.name, one.updated, one.arn, ()))
    return found


def _drift(wanted: Wanted, found: Deployed | None, env: str) -> Drift | None:
    if found is None:
        return Drift(Side.MISSING, wanted.kind, wanted.id, wanted.name, None, "never deployed", ())
    if not found.is_ours(env):
        # A data source of the template's: nobody's to compare.
        return None
    if wanted.kind.is_versioned:
        return _drift_of_version(wanted, found)
    differences = body_differences(wanted, found)
    sides = side_keys(wanted, found, prune=True)
    is_deployed = found.tags.get(FILES_TAG) == wanted.fingerprint
    if is_deployed and not differences and not sides:
        return None
    side = Side.SERVICE if is_deployed else Side.FILES
    return Drift(
        side, wanted.kind, wanted.id, wanted.name, found.updated, ", ".join(sides), differences
    )


def _drift_of_version(wanted: Wanted, found: Deployed) -> Drift | None:
    newest = found.newest
    sides = side_keys(wanted, found, prune=True)
    if newest is None or (newest.fingerprint == wanted.fingerprint and not sides):
        return None
    if newest.fingerprint == wanted.fingerprint:
        side, detail = Side.SERVICE, ", ".join(sides)
    elif newest.fingerprint is None:
        ours = [one.fingerprint for one in found.versions if one.fingerprint]
        is_files_too = bool(ours) and ours[-1] != wanted.fingerprint
        side = Side.BOTH if is_files_too else Side.SERVICE
        note = f": {newest.description}" if newest.description else ""
        detail = f"{said_of(newest)}{note}"
    else:
        side, detail = Side.FILES, f"{said_of(newest)} is of other files: {newest.description}"
    when = newest.created or found.updated
    text = ""
    if wanted.kind is Kind.DASHBOARD:
        definitions = [one.body.get("Definition") or {} for one in (wanted, found)]
        text = reviewers_diff(definitions[0], definitions[1], ("files", "service"))
    differences = body_differences(wanted, found)
    return Drift(side, wanted.kind, wanted.id, wanted.name, when, detail, differences, text)
