"""Carries a plan out: each step can be cut off anywhere, and a second run comes to the same end."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rlm.quicksight.deployment.canonical import fingerprint, mark
from rlm.quicksight.deployment.comparing import (
    member_changes,
    our_schedules,
    permission_changes,
    schedule_changes,
)
from rlm.quicksight.deployment.plan import (
    Action,
    Plan,
    Step,
)
from rlm.quicksight.deployment.publishing import promotion
from rlm.quicksight.deployment.resources import (
    FILES_TAG,
    SCHEDULES_TAG,
    SERVICE_TAG,
    Deployed,
    Kind,
    ResourceKey,
    Wanted,
    owner_tags,
)
from rlm.quicksight.deployment.service import Service, ServiceError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from rlm.quicksight.deployment.publishing import Publication
    from rlm.quicksight.deployment.service import Ingestion

_GOOD = frozenset({"CREATION_SUCCESSFUL", "UPDATE_SUCCESSFUL"})


@dataclass(frozen=True)
class Waiting:
    """How long a rollout waits, and how; the edge brings the clock."""

    sleep: Callable[[float], None]
    poll_seconds: float = 1.0
    longest_poll_seconds: float = 10.0
    timeout_seconds: float = 1800.0


@dataclass(frozen=True)
class Rollout:
    """One deployment against one account."""

    service: Service
    say: Callable[[str], None]
    waiting: Waiting
    note: str = ""
    """For people, in the description of versions: the revision of the files."""
    waits_for_ingestions: bool = True
    started: list[tuple[str, str]] = field(default_factory=list)
    """Data set and ingestion id of what was started and not waited for."""

    def apply(self, plan: Plan, wanted: Iterable[Wanted]) -> None:
        """Do every step that changes something; raises `ServiceError` at the first that fails."""
        by_key = {one.key: one for one in wanted}
        if plan.blocked:
            raise ServiceError(
                "; ".join(f"{s.kind.label} {s.name}: {s.note}" for s in plan.blocked)
            )
        for nth, step in enumerate(plan.changes, start=1):
            keys = f" ({', '.join(step.keys)})" if step.keys else ""
            self.say(
                f"[{nth}/{len(plan.changes)}] {step.action} {step.kind.label} {step.name}{keys}"
            )
            match step.action:
                case Action.DELETE:
                    self._delete(step, plan.env)
                case Action.PUBLISH:
                    self.promote(step.id, step.version)
                case _:
                    self._bring(step, by_key[step.key], plan)

    def promote(self, dashboard_id: str, version: int | None = None) -> int | None:
        """Publish a version, the newest unless told; the version, or None if it was published."""
        publication = promotion(self.deployed(Kind.DASHBOARD, dashboard_id), version)
        return self.publish(dashboard_id, publication) if publication else None

    def publish(self, dashboard_id: str, publication: Publication) -> int:
        """Tags before, the version, tags after: a kill between leaves what can be gone on from."""
        arn = self.deployed(Kind.DASHBOARD, dashboard_id).arn
        if publication.tags_before:
            self.service.tag(arn, publication.tags_before)
        self.service.publish(dashboard_id, publication.version)
        if publication.tags_after:
            self.service.tag(arn, publication.tags_after)
        self.say(f"{dashboard_id}: version {publication.version} is published")
        return publication.version

    def deployed(self, kind: Kind, resource_id: str) -> Deployed:
        """The resource as it is now; raises `ServiceError` where there is none."""
        found = find(self.service, kind, resource_id)
        if found is None:
            raise ServiceError(f"there is no {kind.label} {resource_id} in {self.service.account}")
        return found

    def wait_for_ingestion(self, data_set_id: str, ingestion_id: str) -> Ingestion:
        """Until it ended; raises `ServiceError` with the ingestion's own error."""
        told = ""
        for _ in self._polls(f"ingestion {ingestion_id} of {data_set_id}"):
            ingestion = self.service.ingestion(data_set_id, ingestion_id)
            if ingestion.status != told:
                told = ingestion.status
                self.say(f"  {data_set_id}: {told.lower()}{_rows(ingestion)}")
            if ingestion.has_ended:
                break
        if ingestion.status != "COMPLETED":
            raise ServiceError(failed_ingestion(ingestion))
        return ingestion

    def _bring(self, step: Step, wanted: Wanted, plan: Plan) -> None:
        """Create or update one resource, wait until it stands, then say so in its tags."""
        service = self.service
        if step.sends_body:
            description = mark(wanted.fingerprint, self.note)
            if step.action is Action.CREATE:
                tags = owner_tags(plan.env)
                sent = service.create(*wanted.key, wanted.body, tags, description)
            else:
                sent = service.update(*wanted.key, wanted.body, description)
            self._wait(wanted, sent.version)
            if sent.ingestion_id and self.waits_for_ingestions:
                self._wait_for_newest(wanted.id, sent.ingestion_id)
            elif sent.ingestion_id:
                self.started.append((wanted.id, sent.ingestion_id))
        elif wanted.kind.is_versioned:
            newest = self.deployed(wanted.kind, wanted.id).newest
            self._wait(wanted, newest.number if newest else None)
        found = self.deployed(wanted.kind, wanted.id)
        self._sides(wanted, found, plan)
        marks = {FILES_TAG: wanted.fingerprint, SERVICE_TAG: fingerprint(found.body)}
        if any(found.tags.get(name) != value for name, value in marks.items()):
            service.tag(found.arn, marks)
        if wanted.kind is Kind.DASHBOARD and step.action is Action.CREATE and plan.options.publish:
            self.promote(wanted.id)

    def _sides(self, wanted: Wanted, found: Deployed, plan: Plan) -> None:
        """What has calls of its own."""
        service = self.service
        if wanted.permissions is not None:
            grant, revoke = permission_changes(
                wanted.permissions, found.permissions, plan.options.prune
            )
            if grant or revoke:
                service.change_permissions(wanted.kind, wanted.id, grant, revoke)
        if wanted.link_permissions is not None:
            grant, revoke = permission_changes(
                wanted.link_permissions, found.link_permissions, plan.options.prune
            )
            if grant or revoke:
                service.change_link_permissions(wanted.id, grant, revoke)
        if missing := dict(wanted.tags.items() - found.tags.items()):
            service.tag(found.arn, missing)
        if wanted.refresh_properties is not None and "RefreshProperties" in _all_keys(plan, wanted):
            service.put_refresh_properties(wanted.id, wanted.refresh_properties)
        if wanted.schedules is not None:
            create, update, delete = schedule_changes(wanted.schedules, found)
            ours = our_schedules(found) | {str(one["ScheduleId"]) for one in create}
            if create:
                # Before it is there: a schedule that nobody remembers would never go.
                service.tag(found.arn, {SCHEDULES_TAG: " ".join(sorted(ours))})
            if create or update or delete:
                service.change_schedules(wanted.id, create, update, delete)
        if wanted.members is not None:
            add, remove = member_changes(wanted.members, found.members, plan.options.prune)
            if add or remove:
                service.change_members(wanted.id, add, remove)

    def _wait(self, wanted: Wanted, version: int | None) -> None:
        for _ in self._polls(str(wanted)):
            status, errors = self.service.state(wanted.kind, wanted.id, version)
            if not status.endswith("_IN_PROGRESS"):
                break
        # Data sets and folders have no status of their own.
        if status and status not in _GOOD:
            raise ServiceError(f"{wanted}: {status}: {errors or 'QuickSight gives no reason'}")

    def _wait_for_newest(self, data_set_id: str, ingestion_id: str) -> None:
        """Wait for what an update started; another update meanwhile takes its place."""
        try:
            self.wait_for_ingestion(data_set_id, ingestion_id)
        except ServiceError:
            newest = self.service.newest_ingestion(data_set_id)
            if newest is None or newest.id == ingestion_id:
                raise
            self.wait_for_ingestion(data_set_id, newest.id)

    def _delete(self, step: Step, env: str) -> None:
        found = find(self.service, step.kind, step.id)
        if found is None:
            return
        if not found.is_ours(env):
            raise ServiceError(f"{found.arn} is not ours to delete: its tags are {found.tags}")
        self.service.delete(step.kind, step.id)

    def _polls(self, what: str) -> Iterable[None]:
        """Gives a turn, then waits, longer each time; raises `ServiceError` in the end."""
        waited, wait = 0.0, self.waiting.poll_seconds
        while True:
            yield
            if waited >= self.waiting.timeout_seconds:
                raise ServiceError(
                    f"{what} was not done after {waited:.0f} s; it goes on, run this again"
                )
            self.waiting.sleep(wait)
            waited += wait
            wait = min(wait * 1.5, self.waiting.longest_poll_seconds)


def find(service: Service, kind: Kind, resource_id: str) -> Deployed | None:
    """One resource with its tags; None where there is none."""
    described = service.described(kind, resource_id)
    if described is None:
        return None
    return Deployed(kind=kind, id=resource_id, tags=service.tags(described["arn"]), **described)


def survey(
    service: Service, wanted: Iterable[Wanted], env: str, *, with_others: bool = True
) -> dict[ResourceKey, Deployed]:
    """All that a plan compares with: what files name, and what this environment's tags mark.

    `with_others` looks for the second, which takes a call a resource of the account.
    """
    found = {one.key: find(service, *one.key) for one in wanted}
    deployed = {key: one for key, one in found.items() if one is not None}
    if not with_others:
        return deployed
    marks = owner_tags(env)
    for kind in Kind:
        for resource_id, arn in service.found(kind):
            if (kind, resource_id) in found or not resource_id.startswith(f"rlm-{env}-"):
                continue
            tags = service.tags(arn)
            if all(tags.get(name) == value for name, value in marks.items()):
                one = find(service, kind, resource_id)
                if one is not None:
                    deployed[one.key] = one
    return deployed


def failed_ingestion(ingestion: Ingestion) -> str:
    """What to tell of an ingestion that did not complete."""
    return (
        f"ingestion {ingestion.id} of {ingestion.data_set_id} is {ingestion.status}:"
        f" {ingestion.error or 'QuickSight gives no reason'}"
    )


def _rows(ingestion: Ingestion) -> str:
    dropped = f", {ingestion.rows_dropped:,} dropped" if ingestion.rows_dropped else ""
    return f", {ingestion.rows:,} rows{dropped}" if ingestion.rows or dropped else ""


def _all_keys(plan: Plan, wanted: Wanted) -> set[str]:
    steps = [step for step in plan.steps if step.key == wanted.key]
    is_new = any(step.action is Action.CREATE for step in steps)
    return {"RefreshProperties"} if is_new else {key for step in steps for key in step.keys}
