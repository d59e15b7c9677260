"""QuickSight in memory, as far as a rollout asks: it adds defaults, takes its time, can be cut."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from rlm.quicksight.deployment.resources import Kind, ResourceKey, Version, Wanted, arn_of
from rlm.quicksight.deployment.rollout import Rollout, Waiting
from rlm.quicksight.deployment.service import Ingestion, Sent, ServiceError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

SOURCE_ARN = "arn:aws:quicksight:us-east-1:1:datasource/rlm-dev-lake"
DATA_SET_ARN = "arn:aws:quicksight:us-east-1:1:dataset/rlm-dev-ticket-sales"
THEME_ARN = "arn:aws:quicksight:us-east-1:1:theme/rlm-dev-stage"


class CutOffError(BaseException):
    """The process was killed here."""


class InMemory:
    """`Service`; `cut_at` counts changes: a negative number cuts before the change, else after."""

    region = "us-east-1"
    account = "1"

    def __init__(self) -> None:
        self.resources: dict[ResourceKey, dict[str, Any]] = {}
        self.tags_of: dict[str, dict[str, str]] = {}
        self.ingestions: dict[str, list[Ingestion]] = {}
        self.changes: list[str] = []
        self.cut_after: int | None = None
        self.cut_before: int | None = None
        self.refuses: dict[str, str] = {}
        self.ingestion_error = ""

    def _change(self, what: str, change: Any) -> Any:
        if self.cut_before == len(self.changes):
            raise CutOffError(what)
        done = change()
        self.changes.append(what)
        if self.cut_after == len(self.changes):
            raise CutOffError(what)
        return done

    def found(self, kind: Kind) -> Iterable[tuple[str, str]]:
        return [
            (k[1], arn_of(*k, self.region, self.account)) for k in self.resources if k[0] == kind
        ]

    def tags(self, arn: str) -> Mapping[str, str]:
        return dict(self.tags_of.get(arn, {}))

    def tag(self, arn: str, tags: Mapping[str, str]) -> None:
        assert all(tags.values()), "a tag's value may not be empty"
        self._change(f"tag {arn.rpartition('/')[2]}",
                     lambda: self.tags_of.setdefault(arn, {}).update(tags))  # fmt: skip

    def described(self, kind: Kind, resource_id: str) -> dict[str, Any] | None:
        found = copy.deepcopy(self.resources.get((kind, resource_id)))
        if found is not None and kind is Kind.DATA_SOURCE:
            found["body"].pop("Credentials", None)
        return found

    def create(
        self, kind: Kind, resource_id: str, body: Mapping[str, Any], tags: Mapping[str, str],
        description: str,
    ) -> Sent:  # fmt: skip
        arn = arn_of(kind, resource_id, self.region, self.account)

        def change() -> Sent:
            assert (kind, resource_id) not in self.resources
            self.resources[kind, resource_id] = {
                "arn": arn, "name": body.get("Name", ""), "body": {}, "permissions": {},
                "schedules": [], "refresh_properties": {}, "members": [], "versions": [],
                "published": None,
            }  # fmt: skip
            self.tags_of[arn] = dict(tags)
            return self._put(kind, resource_id, body, description)

        sent: Sent = self._change(f"create {resource_id}", change)
        return sent

    def update(
        self, kind: Kind, resource_id: str, body: Mapping[str, Any], description: str
    ) -> Sent:
        sent: Sent = self._change(
            f"update {resource_id}", lambda: self._put(kind, resource_id, body, description)
        )
        return sent

    def _put(self, kind: Kind, resource_id: str, body: Mapping[str, Any], description: str) -> Sent:
        found = self.resources[kind, resource_id]
        found["body"] = copy.deepcopy(dict(body)) | self._defaults(kind)
        version = None
        if kind.is_versioned:
            version = len(found["versions"]) + 1
            status = "CREATION_FAILED" if resource_id in self.refuses else "CREATION_SUCCESSFUL"
            found["versions"].append(Version(version, status, description))
            if kind is Kind.DASHBOARD and version == 1:
                found["published"] = 1
        ingestion = None
        if kind is Kind.DATA_SET:
            ingestion = f"auto-{len(self.ingestions.get(resource_id, []))}"
            self._ingest(resource_id, ingestion)
        return Sent(found["arn"], ingestion, version)

    def _defaults(self, kind: Kind) -> dict[str, Any]:
        """What QuickSight answers although nobody asked for it."""
        if kind is Kind.DATA_SET:
            return {"LogicalTableMap": {"generated": {"Alias": "t"}}, "FieldFolders": {}}
        return {"SslProperties": {"DisableSsl": False}} if kind is Kind.DATA_SOURCE else {}

    def delete(self, kind: Kind, resource_id: str) -> None:
        self._change(f"delete {resource_id}", lambda: self.resources.pop((kind, resource_id)))

    def state(self, kind: Kind, resource_id: str, version: int | None) -> tuple[str, str]:
        if kind in (Kind.DATA_SET, Kind.FOLDER):
            return "", ""
        if not kind.is_versioned:
            return "UPDATE_SUCCESSFUL", ""
        versions: Sequence[Version] = self.resources[kind, resource_id]["versions"]
        return versions[(version or len(versions)) - 1].status, self.refuses.get(resource_id, "")

    def change_permissions(
        self, kind: Kind, resource_id: str, grant: Mapping[str, Iterable[str]],
        revoke: Mapping[str, Iterable[str]],
    ) -> None:  # fmt: skip
        rights = self.resources[kind, resource_id]["permissions"]

        def change() -> None:
            for principal, actions in grant.items():
                rights[principal] = rights.get(principal, frozenset()) | frozenset(actions)
            for principal, actions in revoke.items():
                rights[principal] = rights[principal] - frozenset(actions)
                if not rights[principal]:
                    del rights[principal]

        self._change(f"permissions {resource_id}", change)

    def change_link_permissions(
        self, dashboard_id: str, grant: Mapping[str, Iterable[str]],
        revoke: Mapping[str, Iterable[str]],
    ) -> None:  # fmt: skip
        found = self.resources[Kind.DASHBOARD, dashboard_id]
        assert not revoke
        rights = {principal: frozenset(actions) for principal, actions in grant.items()}
        self._change(f"links {dashboard_id}", lambda: found.update(link_permissions=rights))

    def change_schedules(
        self, data_set_id: str, create: Sequence[Mapping[str, Any]],
        update: Sequence[Mapping[str, Any]], delete: Sequence[str],
    ) -> None:  # fmt: skip
        found = self.resources[Kind.DATA_SET, data_set_id]

        def change() -> None:
            kept = {one["ScheduleId"]: one for one in found["schedules"]}
            kept |= {one["ScheduleId"]: one for one in (*create, *update)}
            found["schedules"] = [one for name, one in kept.items() if name not in delete]

        self._change(f"schedules {data_set_id}", change)

    def put_refresh_properties(self, data_set_id: str, properties: Mapping[str, Any]) -> None:
        found = self.resources[Kind.DATA_SET, data_set_id]
        self._change(
            f"properties {data_set_id}",
            lambda: found.update(refresh_properties=dict(properties)),
        )

    def change_members(
        self, folder_id: str, add: Iterable[ResourceKey], remove: Iterable[ResourceKey]
    ) -> None:
        found = self.resources[Kind.FOLDER, folder_id]

        def change() -> None:
            kept = [one for one in found["members"] if one not in list(remove)]
            found["members"] = [*kept, *add]

        self._change(f"members {folder_id}", change)

    def publish(self, dashboard_id: str, version: int) -> None:
        found = self.resources[Kind.DASHBOARD, dashboard_id]
        self._change(f"publish {dashboard_id} {version}", lambda: found.update(published=version))

    def start_ingestion(self, data_set_id: str, ingestion_id: str, kind: str) -> Ingestion:
        self._change(f"ingest {data_set_id}", lambda: self._ingest(data_set_id, ingestion_id))
        return self.ingestion(data_set_id, ingestion_id)

    def _ingest(self, data_set_id: str, ingestion_id: str) -> None:
        status = "FAILED" if self.ingestion_error else "COMPLETED"
        self.ingestions.setdefault(data_set_id, []).append(
            Ingestion(data_set_id, ingestion_id, status, rows=7, error=self.ingestion_error)
        )

    def ingestion(self, data_set_id: str, ingestion_id: str) -> Ingestion:
        for one in self.ingestions.get(data_set_id, []):
            if one.id == ingestion_id:
                return one
        raise ServiceError(f"no ingestion {ingestion_id}")

    def newest_ingestion(self, data_set_id: str) -> Ingestion | None:
        found = self.ingestions.get(data_set_id, [])
        return found[-1] if found else None

    def end_state(self) -> dict[str, Any]:
        """All but tags and how many versions it took, to compare two ways to the same end."""
        ends = {}
        for (kind, name), one in self.resources.items():
            newest = one["versions"][-1].number if one["versions"] else None
            ends[f"{kind}/{name}"] = one | {
                "versions": bool(one["versions"]),
                "published": one["published"] == newest,
                "members": sorted(one["members"]),
            }
        return ends


def rollout(service: InMemory) -> Rollout:
    return Rollout(service, lambda line: None, Waiting(sleep=lambda seconds: None), "rev abc1234")


def world(title: str = "Ticket sales", sql: str = "SELECT 1 AS price_cents") -> list[Wanted]:
    """A source, a data set over it, a theme, a dashboard of both, and a folder that holds it."""
    return [
        Wanted(
            Kind.FOLDER, "rlm-dev-sales", "sales", {"Name": "Sales", "FolderType": "SHARED"},
            members=((Kind.DASHBOARD, "rlm-dev-ticket-sales"),),
        ),
        Wanted(
            Kind.DASHBOARD, "rlm-dev-ticket-sales", "ticket_sales",
            {
                "Name": "Ticket sales",
                "ThemeArn": THEME_ARN,
                "Definition": {
                    "DataSetIdentifierDeclarations": [
                        {"Identifier": "sales", "DataSetArn": DATA_SET_ARN}
                    ],
                    "Sheets": [{"SheetId": "s", "Name": title}],
                },
            },
            permissions={"group/bookers": frozenset({"quicksight:DescribeDashboard"})},
        ),
        Wanted(
            Kind.DATA_SET, "rlm-dev-ticket-sales", "ticket_sales",
            {
                "Name": "Ticket sales",
                "ImportMode": "SPICE",
                "PhysicalTableMap": {
                    "t": {"CustomSql": {"DataSourceArn": SOURCE_ARN, "SqlQuery": sql}}
                },
            },
            schedules=({"ScheduleId": "daily", "RefreshType": "FULL_REFRESH"},),
            refresh_properties={"RefreshConfiguration": {"IncrementalRefresh": {}}},
        ),
        Wanted(Kind.THEME, "rlm-dev-stage", "stage", {"Name": "Stage", "BaseThemeId": "CLASSIC"}),
        Wanted(
            Kind.DATA_SOURCE, "rlm-dev-lake", "lake",
            {"Name": "Lake", "Type": "ATHENA", "Credentials": {"SecretArn": "arn:1"}},
        ),
    ]  # fmt: skip
