"""Resources of QuickSight as values: what the files want, and what stands on the account."""

from __future__ import annotations

import datetime as dt  # noqa: TC003 - part of the public types
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any, Final

from rlm.quicksight.deployment.canonical import fingerprint, marked

ENVIRONMENT_TAG: Final = "rlm:env"
MANAGED_TAG: Final = "rlm:managed-by"
MANAGER: Final = "rlm-dashboards"
# What was asked for when the resource was last brought to its files' state, ...
FILES_TAG: Final = "rlm:files"
# ... and what the service answered then: it adds defaults that nobody asked for.
SERVICE_TAG: Final = "rlm:service"
# Ids of the refresh schedules that files made.
SCHEDULES_TAG: Final = "rlm:schedules"
PUBLISHED_TAG: Final = "rlm:published"
ROLLED_BACK_TAG: Final = "rlm:rolled-back"

_ARN: Final = re.compile(r"arn:[\w-]+:quicksight:[\w-]*:\d*:(\w+)/([\w.-]+)")
# Of a data source: nobody may read them back.
_WRITE_ONLY: Final = frozenset({"Credentials"})


class Kind(StrEnum):
    """Spelled as in ARNs, in the order in which they need one another."""

    DATA_SOURCE = "datasource"
    DATA_SET = "dataset"
    THEME = "theme"
    DASHBOARD = "dashboard"
    FOLDER = "folder"

    @property
    def label(self) -> str:
        return {"datasource": "data source", "dataset": "data set"}.get(self.value, self.value)

    @property
    def is_versioned(self) -> bool:
        return self in (Kind.THEME, Kind.DASHBOARD)


ResourceKey = tuple[Kind, str]
Permissions = Mapping[str, frozenset[str]]
"""Actions by principal."""


@dataclass(frozen=True)
class Wanted:
    """One resource as the files describe it."""

    kind: Kind
    id: str
    name: str
    """Of its file or folder: what people call it on the command line."""
    body: Mapping[str, Any]
    """The create call's keys, without account, id, tags and permissions."""
    permissions: Permissions | None = None
    """None: the files say nothing, and nothing is changed."""
    link_permissions: Permissions | None = None
    """Of a dashboard: of whoever has its link, a namespace as a principal."""
    tags: Mapping[str, str] = field(default_factory=dict)
    """Beside those that a deployment needs itself."""
    schedules: Sequence[Mapping[str, Any]] | None = None
    refresh_properties: Mapping[str, Any] | None = None
    members: Sequence[ResourceKey] | None = None
    is_owned: bool = True
    """Whether the files make it; else it must be there already."""

    @property
    def key(self) -> ResourceKey:
        return self.kind, self.id

    @cached_property
    def fingerprint(self) -> str:
        return fingerprint(self.body)

    @cached_property
    def comparable(self) -> Mapping[str, Any]:
        """What of the body can be read back."""
        return {key: value for key, value in self.body.items() if key not in _WRITE_ONLY}

    @cached_property
    def needs(self) -> frozenset[ResourceKey]:
        """What must stand before it: whatever its body refers to by ARN."""
        return frozenset({*references(self.body), *(self.members or ())} - {self.key})

    def __str__(self) -> str:
        return f"{self.kind.label} {self.name}"


@dataclass(frozen=True)
class Version:
    """One version of a dashboard or theme; its content never changes."""

    number: int
    status: str
    description: str = ""
    created: dt.datetime | None = None
    source: str = ""
    """ARN of the analysis or template that it was published from, if from one."""

    @property
    def fingerprint(self) -> str | None:
        """Of the files that it was made from; None where it was not made from files."""
        return marked(self.description)

    @property
    def is_good(self) -> bool:
        return self.status in ("CREATION_SUCCESSFUL", "UPDATE_SUCCESSFUL")

    @property
    def is_under_way(self) -> bool:
        return self.status.endswith("_IN_PROGRESS")


@dataclass(frozen=True)
class Deployed:
    """One resource as the account has it."""

    kind: Kind
    id: str
    arn: str
    name: str
    body: Mapping[str, Any] = field(default_factory=dict)
    status: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    permissions: Permissions = field(default_factory=dict)
    link_permissions: Permissions = field(default_factory=dict)
    schedules: Sequence[Mapping[str, Any]] = ()
    refresh_properties: Mapping[str, Any] = field(default_factory=dict)
    members: Sequence[ResourceKey] = ()
    versions: Sequence[Version] = ()
    """The oldest first."""
    published: int | None = None
    updated: dt.datetime | None = None

    @property
    def key(self) -> ResourceKey:
        return self.kind, self.id

    @property
    def newest(self) -> Version | None:
        return self.versions[-1] if self.versions else None

    def is_ours(self, env: str) -> bool:
        """Whether its tags say that this environment's files made it."""
        return self.tags.get(ENVIRONMENT_TAG) == env and self.tags.get(MANAGED_TAG) == MANAGER

    def version(self, number: int) -> Version | None:
        return next((one for one in self.versions if one.number == number), None)


def owner_tags(env: str) -> dict[str, str]:
    """What marks a resource as this environment's own."""
    return {ENVIRONMENT_TAG: env, MANAGED_TAG: MANAGER}


def arn_of(kind: Kind, resource_id: str, region: str, account: str) -> str:
    """`arn:aws:quicksight:us-east-1:123456789012:dashboard/rlm-dev-ticket-sales`."""
    return f"arn:aws:quicksight:{region}:{account}:{kind.value}/{resource_id}"


def references(value: Any) -> set[ResourceKey]:
    """Every resource of ours that a body names by its ARN."""
    match value:
        case str():
            kinds = {kind.value for kind in Kind}
            return {(Kind(f[0]), f[1]) for f in _ARN.findall(value) if f[0] in kinds}
        case Mapping():
            return set().union(*(references(item) for item in value.values()))
        case list() | tuple():
            return set().union(*(references(item) for item in value))
        case _:
            return set()
