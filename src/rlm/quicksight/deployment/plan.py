"""What a deployment would do, resource by resource; an unchanged account gives an empty plan."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING, Any

from rlm.quicksight.deployment.comparing import body_differences, side_keys, top_keys
from rlm.quicksight.deployment.publishing import rolled_back
from rlm.quicksight.deployment.resources import (
    FILES_TAG,
    Deployed,
    Kind,
    ResourceKey,
    Wanted,
    owner_tags,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rlm.quicksight.deployment.canonical import Difference


# Told as what changes where nothing else can be named.
FINGERPRINT = "Fingerprint"


class Action(StrEnum):
    """What becomes of a resource."""

    CREATE = "create"
    UPDATE = "update"
    PUBLISH = "publish"
    DELETE = "delete"
    UNCHANGED = "unchanged"
    ORPHANED = "orphaned"
    BLOCKED = "blocked"

    @property
    def is_change(self) -> bool:
        return self in (Action.CREATE, Action.UPDATE, Action.PUBLISH, Action.DELETE)


@dataclass(frozen=True)
class Options:
    """How far a deployment may go."""

    publish: bool = False
    """Also publish what was deployed and not yet published."""
    prune: bool = False
    """Also delete what the files no longer have, and rights that others gave."""
    overwrite: bool = False
    """Also put versions made from files over those that people made on the service."""
    only: frozenset[ResourceKey] | None = None


@dataclass(frozen=True)
class Step:
    """One resource's part of the plan."""

    action: Action
    kind: Kind
    id: str
    name: str
    keys: tuple[str, ...] = ()
    """What an update changes: top keys of the body, `Permissions`, `RefreshSchedules`, ..."""
    note: str = ""
    """Why, or what to do next, in a sentence."""
    differences: tuple[Difference, ...] = ()
    sends_body: bool = False
    """Whether the create or update call itself is needed."""
    version: int | None = None
    """Of a dashboard: what to publish; None: what this deployment makes."""

    @property
    def key(self) -> ResourceKey:
        return self.kind, self.id

    def to_json(self) -> dict[str, Any]:
        """What --json prints."""
        said: dict[str, Any] = {
            "action": self.action.value, "kind": self.kind.label, "name": self.name, "id": self.id,
            "keys": list(self.keys), "note": self.note, "version": self.version,
        }  # fmt: skip
        return {key: value for key, value in said.items() if value not in (None, "", [])}


@dataclass(frozen=True)
class Plan:
    """All steps, in the order in which they can be done."""

    env: str
    steps: tuple[Step, ...]
    options: Options = field(default_factory=Options)

    @property
    def changes(self) -> tuple[Step, ...]:
        return tuple(step for step in self.steps if step.action.is_change)

    @property
    def blocked(self) -> tuple[Step, ...]:
        return tuple(step for step in self.steps if step.action is Action.BLOCKED)

    def to_json(self) -> dict[str, Any]:
        return {
            "env": self.env,
            "is_empty": not self.changes and not self.blocked,
            "steps": [step.to_json() for step in self.steps],
        }


class PlanError(ValueError):
    """The files cannot be deployed by anybody: they need one another in a circle."""


def make_plan(
    wanted: Iterable[Wanted],
    deployed: Mapping[ResourceKey, Deployed],
    env: str,
    options: Options | None = None,
) -> Plan:
    """Compare the files with the account.

    `deployed` holds everything that carries our id or this environment's tags.
    """
    options = options or Options()
    all_wanted = in_order(wanted)
    chosen = [one for one in all_wanted if options.only is None or one.key in options.only]
    steps: list[Step] = []
    for one in chosen:
        steps += _steps(one, deployed.get(one.key), env, options)
    if options.only is None:
        known = {one.key for one in all_wanted}
        # What refers to others goes before them.
        gone = [one for one in deployed.values() if one.key not in known and one.is_ours(env)]
        gone.sort(key=lambda one: (-list(Kind).index(one.kind), one.id))
        steps += [_gone(one, options) for one in gone]
    return Plan(env, tuple(steps), options)


def in_order(wanted: Iterable[Wanted]) -> list[Wanted]:
    """What others need comes first; else by kind and id."""
    by_key = {one.key: one for one in wanted}
    rank = {kind: nth for nth, kind in enumerate(Kind)}
    sorter = TopologicalSorter({key: one.needs & by_key.keys() for key, one in by_key.items()})
    try:
        sorter.prepare()
    except CycleError as circle:
        path = " -> ".join(f"{kind.label} {name}" for kind, name in circle.args[1])
        raise PlanError(f"these need one another in a circle: {path}") from circle
    ready: list[tuple[int, str, Wanted]] = []
    ordered: list[Wanted] = []
    while sorter.is_active():
        ready += [(rank[key[0]], key[1], by_key[key]) for key in sorter.get_ready()]
        ready.sort(key=lambda one: one[:2])
        ordered.append(ready.pop(0)[2])
        sorter.done(ordered[-1].key)
    return ordered


def _steps(wanted: Wanted, found: Deployed | None, env: str, options: Options) -> list[Step]:
    if found is None:
        if not wanted.is_owned:
            return [
                _step(
                    wanted,
                    Action.BLOCKED,
                    note=f"{wanted.id} must be there already, made by the template: deploy the"
                    f" stacks first, `python infra/aws/deploy.py --env {env}`",
                )
            ]
        note = "" if options.publish or wanted.kind is not Kind.DASHBOARD else (
            "the first version is published at once"
        )  # fmt: skip
        return [_step(wanted, Action.CREATE, note=note, sends_body=True)]
    if not wanted.is_owned:
        return [_step(wanted, Action.UNCHANGED, note="made by the template, used as it is")]
    if not found.is_ours(env):
        if wanted.kind is Kind.DATA_SOURCE:
            return [_step(wanted, Action.UNCHANGED, note="made by others, used as it is")]
        return [
            _step(
                wanted,
                Action.BLOCKED,
                note=f"{found.arn} is there, and its tags do not say that it is ours: rename it,"
                f" or tag it {', '.join(f'{k}={v}' for k, v in owner_tags(env).items())}",
            )
        ]
    if wanted.kind.is_versioned:
        return _steps_of_version(wanted, found, options)
    changed = body_differences(wanted, found)
    keys = top_keys(changed)
    if not keys and found.tags.get(FILES_TAG) != wanted.fingerprint:
        # What cannot be read back changed, or a deployment ended before it could say so.
        keys = ("Credentials",) if "Credentials" in wanted.body else (FINGERPRINT,)
    sends_body = bool(keys)
    keys += side_keys(wanted, found, options.prune)
    if not keys:
        return [_step(wanted, Action.UNCHANGED)]
    return [_step(wanted, Action.UPDATE, keys, differences=changed, sends_body=sends_body)]


def _steps_of_version(wanted: Wanted, found: Deployed, options: Options) -> list[Step]:
    newest = found.newest
    is_same = newest is not None and newest.fingerprint == wanted.fingerprint
    has_failed = newest is not None and not newest.is_good and not newest.is_under_way
    sides = side_keys(wanted, found, options.prune)
    steps = []
    if is_same and not has_failed:
        changed: tuple[Difference, ...] = ()
        if sides or (newest and newest.is_under_way):
            note = "a version is still being made" if newest and newest.is_under_way else ""
            steps.append(_step(wanted, Action.UPDATE, sides, note=note))
        else:
            steps.append(_step(wanted, Action.UNCHANGED))
    else:
        changed = body_differences(wanted, found)
        keys = top_keys(changed) or ("VersionDescription",)
        if newest and newest.fingerprint is None and not has_failed and not options.overwrite:
            return [
                _step(
                    wanted,
                    Action.BLOCKED,
                    keys,
                    note=f"{said_of(newest)} was made on the service, not from files: take it with"
                    f" `rlm dashboards pull {wanted.name}`, or put a new one over it with"
                    " --overwrite",
                    differences=changed,
                )
            ]
        note = f"version {newest.number} failed" if newest and has_failed else ""
        steps.append(
            _step(
                wanted, Action.UPDATE, keys + sides, note=note, differences=changed,
                sends_body=True,
            )
        )  # fmt: skip
    if wanted.kind is Kind.DASHBOARD:
        steps += _publishing(wanted, found, options, steps[-1].sends_body)
    return steps


def _publishing(wanted: Wanted, found: Deployed, options: Options, is_new: bool) -> list[Step]:
    newest = found.newest
    if newest is None or (not is_new and found.published == newest.number):
        return []
    if not is_new and newest.number in rolled_back(found.tags):
        note = (
            f"version {newest.number} was rolled back and stays so:"
            f" `rlm dashboards promote {wanted.name} --version {newest.number}` publishes it"
        )
        return [_step(wanted, Action.UNCHANGED, note=note, version=newest.number)]
    if not options.publish:
        if is_new:
            return []
        note = (
            f"version {newest.number} is not published, {found.published or 'none'} is:"
            f" `rlm dashboards promote {wanted.name}`"
        )
        return [_step(wanted, Action.UNCHANGED, note=note, version=newest.number)]
    return [_step(wanted, Action.PUBLISH, version=None if is_new else newest.number)]


def _gone(found: Deployed, options: Options) -> Step:
    note = (
        f"not in the files any more; `rlm dashboards deploy --prune` deletes it ({found.arn})"
        if not options.prune
        else "not in the files any more"
    )
    action = Action.DELETE if options.prune else Action.ORPHANED
    return Step(action, found.kind, found.id, found.name, note=note)


def said_of(version: Any) -> str:
    """`version 5 of 2026-06-01 12:00`, for messages."""
    when = f" of {version.created:%Y-%m-%d %H:%M}" if version.created else ""
    source = f", published from {version.source}" if version.source else ""
    return f"version {version.number}{when}{source}"


def _step(
    wanted: Wanted,
    action: Action,
    keys: tuple[str, ...] = (),
    *,
    note: str = "",
    differences: tuple[Difference, ...] = (),
    sends_body: bool = False,
    version: int | None = None,
) -> Step:
    return Step(
        action, wanted.kind, wanted.id, wanted.name, keys, note, differences, sends_body, version
    )
