"""Deployment as commands and operators see it: plan, deploy, publish, refresh, compare, pull."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from rlm.aws.quicksight import QuickSight
from rlm.dashboards.files import DashboardFiles, chosen_keys, packaged_files
from rlm.quicksight.deployment.drift import Drift, find_drift
from rlm.quicksight.deployment.plan import Options, Plan, make_plan
from rlm.quicksight.deployment.publishing import promotion, rollback, rolled_back
from rlm.quicksight.deployment.resources import Deployed, Kind, ResourceKey, Wanted
from rlm.quicksight.deployment.rollout import Rollout, Waiting, survey
from rlm.quicksight.deployment.row_counts import count_query, is_incremental, tables_read
from rlm.quicksight.deployment.service import Ingestion, ServiceError

Say = Callable[[str], None]


@dataclass(frozen=True)
class Refresh:
    """One data set to be copied into SPICE; plain values, so that tasks can pass it on."""

    data_set_id: str
    name: str
    ingestion_type: str
    ingestion_id: str | None
    """Of the ingestion that a deployment started already."""
    count_sql: str | None
    """For Athena; None where it cannot count."""

    def to_json(self) -> dict[str, Any]:
        return dict(vars(self))


@dataclass(frozen=True)
class DashboardsDeployer:
    """One environment's dashboards: files on one side, an account on the other."""

    service: QuickSight
    files: DashboardFiles
    env: str
    say: Say
    note: str = ""
    """For people, in descriptions of versions: the revision of the files."""
    waits_for_ingestions: bool = True
    waiting: Waiting = field(default_factory=lambda: Waiting(sleep=time.sleep))

    @classmethod
    def of(
        cls, session: Any, env: str, say: Say, files: DashboardFiles | None = None, **options: Any
    ) -> DashboardsDeployer:
        """With the account of a boto3 session; the packaged files unless given others."""
        return cls(QuickSight.of(session), files or packaged_files(), env, say, **options)

    @cached_property
    def wanted(self) -> list[Wanted]:
        return self.files.wanted(self.env, self.service.account, self.service.region)

    @cached_property
    def rollout(self) -> Rollout:
        return Rollout(self.service, self.say, self.waiting, self.note, self.waits_for_ingestions)

    def plan(
        self,
        names: Iterable[str] = (),
        *,
        publish: bool = False,
        prune: bool = False,
        overwrite: bool = False,
    ) -> Plan:
        """What a deployment would do; of some resources and what they need, or of all."""
        only = chosen_keys(self.files, self.wanted, names)
        options = Options(publish, prune, overwrite, only)
        return make_plan(self.wanted, self.deployed(only), self.env, options)

    def deployed(self, only: frozenset[ResourceKey] | None = None) -> dict[ResourceKey, Deployed]:
        """What the account has of what files name, and with `only` of these alone."""
        chosen = [one for one in self.wanted if only is None or one.key in only]
        return survey(self.service, chosen, self.env, with_others=only is None)

    def drift(self, names: Iterable[str] = ()) -> list[Drift]:
        """How the account differs from the files."""
        only = chosen_keys(self.files, self.wanted, names)
        chosen = [one for one in self.wanted if only is None or one.key in only]
        return find_drift(chosen, self.deployed(only), self.env)

    def deploy(self, plan: Plan) -> Mapping[str, str]:
        """Do what the plan says; ids of ingestions that were started, by data set."""
        self.rollout.apply(plan, self.wanted)
        return dict(self.rollout.started)

    def dashboard(self, name: str) -> tuple[Wanted, Deployed]:
        """A dashboard as the files and as the account have it."""
        self.files.require(Kind.DASHBOARD, [name])
        wanted = next(o for o in self.wanted if (o.kind, o.name) == (Kind.DASHBOARD, name))
        return wanted, self.rollout.deployed(*wanted.key)

    def promote(self, name: str, version: int | None = None) -> int | None:
        """Publish a version, the newest unless told; None where it was published already."""
        wanted, found = self.dashboard(name)
        self._require_ours(found)
        publication = promotion(found, version)
        return self.rollout.publish(wanted.id, publication) if publication else None

    def roll_back(self, name: str) -> int:
        """Publish what was published before; returns that version."""
        wanted, found = self.dashboard(name)
        self._require_ours(found)
        return self.rollout.publish(wanted.id, rollback(found))

    def publish_all(self, names: Iterable[str] = ()) -> dict[str, int]:
        """Publish every newest version made from files that is not published, nor rolled back."""
        published: dict[str, int] = {}
        for name in list(names) or self.files.names[Kind.DASHBOARD]:
            wanted, found = self.dashboard(name)
            newest = found.newest
            if (
                newest is not None
                and newest.is_good
                and newest.number != found.published
                and newest.fingerprint == wanted.fingerprint
                and newest.number not in rolled_back(found.tags)
            ):
                published[name] = self.rollout.promote(wanted.id, newest.number) or newest.number
        return published

    def refreshes(
        self,
        names: Iterable[str] = (),
        *,
        tables: Iterable[str] = (),
        started: Mapping[str, str] | None = None,
        full: bool = False,
    ) -> list[Refresh]:
        """What to copy: data sets by name, or those that read one of the tables, or all.

        A data set that the lake's tables say nothing about is always among them; so is one whose
        ingestion was started.
        """
        started = started or {}
        asked, changed = set(names), set(tables)
        self.files.require(Kind.DATA_SET, asked)
        sources = {
            one.id: str(one.body.get("Type")) for one in self.wanted if one.kind is Kind.DATA_SOURCE
        }
        found = []
        for one in self.wanted:
            if one.kind is not Kind.DATA_SET or one.body.get("ImportMode") != "SPICE":
                continue
            reads = tables_read(one)
            is_touched = not changed or not reads or bool(reads & changed)
            if one.id not in started and not (one.name in asked if asked else is_touched):
                continue
            kind = "INCREMENTAL_REFRESH" if is_incremental(one) and not full else "FULL_REFRESH"
            sql = count_query(one, sources)
            found.append(Refresh(one.id, one.name, kind, started.get(one.id), sql))
        return found

    def refresh(self, refreshes: Sequence[Refresh], ingestion_id: str) -> list[Ingestion]:
        """Start all, wait for all; raises `ServiceError` with every ingestion that failed."""
        ids = {}
        for one in refreshes:
            ids[one.data_set_id] = one.ingestion_id or ingestion_id
            if one.ingestion_id is None:
                self.service.start_ingestion(one.data_set_id, ingestion_id, one.ingestion_type)
                self.say(f"{one.name}: {one.ingestion_type.lower().replace('_', ' ')} started")
        ended, problems = [], []
        for name, started in ids.items():
            try:
                ended.append(self.rollout.wait_for_ingestion(name, started))
            except ServiceError as problem:
                problems.append(str(problem))
        if problems:
            raise ServiceError("\n".join(problems))
        return ended

    def _require_ours(self, found: Deployed) -> None:
        if not found.is_ours(self.env):
            raise ServiceError(f"{found.arn} is not ours to publish: its tags are {found.tags}")
