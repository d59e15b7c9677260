"""Where a resource is not as its files say: its body, and what has calls of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rlm.quicksight.deployment.canonical import Difference, canonical, differences, fingerprint
from rlm.quicksight.deployment.resources import (
    SCHEDULES_TAG,
    SERVICE_TAG,
    Deployed,
    Permissions,
    ResourceKey,
    Wanted,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


def body_differences(wanted: Wanted, found: Deployed) -> tuple[Difference, ...]:
    """Where the account is not as the files say; defaults that the service added are none.

    What the service answered right after our own deployment is remembered by its fingerprint:
    while it answers the same, what it has on top of our body is its own.
    """
    is_as_left = found.tags.get(SERVICE_TAG) == fingerprint(found.body)
    return differences(wanted.comparable, found.body, with_added=not is_as_left)


def top_keys(changed: Iterable[Difference]) -> tuple[str, ...]:
    """`Name`, `PhysicalTableMap`; below a definition one more: `Definition.Sheets`."""
    keys = []
    for one in changed:
        words = [word.partition("[")[0] for word in one.path.split(".")]
        keys.append(".".join(words[:2]) if words[0] == "Definition" else words[0])
    return tuple(dict.fromkeys(keys))


def side_keys(wanted: Wanted, found: Deployed, prune: bool) -> tuple[str, ...]:
    """What has calls of its own: permissions, schedules, refresh properties, members."""
    keys = []
    if wanted.permissions is not None and any(
        permission_changes(wanted.permissions, found.permissions, prune)
    ):
        keys.append("Permissions")
    if wanted.link_permissions is not None and any(
        permission_changes(wanted.link_permissions, found.link_permissions, prune)
    ):
        keys.append("LinkSharingConfiguration")
    if wanted.tags.items() - found.tags.items():
        keys.append("Tags")
    if wanted.schedules is not None and any(schedule_changes(wanted.schedules, found)):
        keys.append("RefreshSchedules")
    if wanted.refresh_properties is not None and differences(
        wanted.refresh_properties, found.refresh_properties, with_added=False
    ):
        keys.append("RefreshProperties")
    if wanted.members is not None and any(member_changes(wanted.members, found.members, prune)):
        keys.append("Members")
    return tuple(keys)


def permission_changes(
    wanted: Permissions, found: Permissions, prune: bool
) -> tuple[dict[str, frozenset[str]], dict[str, frozenset[str]]]:
    """What to grant and what to revoke; who is not in the files keeps what others gave."""
    grant = {
        principal: actions - found.get(principal, frozenset())
        for principal, actions in wanted.items()
    }
    revoke = {
        principal: actions - wanted.get(principal, frozenset())
        for principal, actions in found.items()
        if prune or principal in wanted
    }
    return (
        {principal: actions for principal, actions in grant.items() if actions},
        {principal: actions for principal, actions in revoke.items() if actions},
    )


def member_changes(
    wanted: Sequence[ResourceKey], found: Sequence[ResourceKey], prune: bool
) -> tuple[list[ResourceKey], list[ResourceKey]]:
    """What to put into a folder and what to take out: what others put there stays without prune."""
    add = [one for one in wanted if one not in found]
    return add, [one for one in found if prune and one not in wanted]


def schedule_changes(
    wanted: Sequence[Mapping[str, Any]], found: Deployed
) -> tuple[list[Mapping[str, Any]], list[Mapping[str, Any]], list[str]]:
    """Schedules to create, to update, and ids to delete: only of those that files made."""
    there = {str(one["ScheduleId"]): one for one in found.schedules}
    create = [one for one in wanted if one["ScheduleId"] not in there]
    update = [
        one
        for one in wanted
        if one["ScheduleId"] in there
        and differences(_lasting(one), _lasting(there[one["ScheduleId"]]), with_added=False)
    ]
    gone = our_schedules(found) & there.keys() - {str(one["ScheduleId"]) for one in wanted}
    return create, update, sorted(gone)


def our_schedules(found: Deployed) -> set[str]:
    """Ids of schedules that files made; others' are left alone."""
    return set(found.tags.get(SCHEDULES_TAG, "").split())


def _lasting(schedule: Mapping[str, Any]) -> Any:
    """A schedule without its start, which the service moves on as it goes."""
    return canonical({k: v for k, v in schedule.items() if k not in ("StartAfterDateTime", "Arn")})
