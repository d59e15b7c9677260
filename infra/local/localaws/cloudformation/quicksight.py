"""QuickSight's resource types, by the same operations that API callers use.

Ref gives `<account>|<id>`. A resource is complete when it is usable: a data source that was
reached, a data set that is filled (unless its IngestionWaitPolicy says not to wait), a dashboard
whose newest version is published.
"""

from __future__ import annotations

import datetime as dt
import time
import uuid
from typing import TYPE_CHECKING, Any

from localaws.cloudformation.quicksight_kinds import (
    ANALYSES,
    DASHBOARDS,
    DATA_SETS,
    DATA_SOURCES,
    FOLDERS,
    TEMPLATES,
    THEMES,
    Kind,
)
from localaws.cloudformation.requests import as_request
from localaws.cloudformation.services import ResourceError, Services, only, tags_of

if TYPE_CHECKING:
    from localaws.ministack_cloudformation_seam import CloudFormation, Made, Properties
    from localaws.operations import Document

_SERVICE = "quicksight"
_GONE = ("ResourceNotFoundException",)
_POLL_SECONDS = 0.1
_DEFAULT_WAIT_HOURS = 36.0
_SCHEDULES = "AWS::QuickSight::RefreshSchedule"


def serve_quicksight(engine: CloudFormation, services: Services) -> None:
    """Let CloudFormation make QuickSight's types."""
    for kind, provider in (
        (DATA_SOURCES, Assets),
        (DATA_SETS, DataSets),
        (THEMES, Assets),
        (TEMPLATES, Assets),
        (FOLDERS, Assets),
        (ANALYSES, Analyses),
        (DASHBOARDS, Dashboards),
    ):
        engine.serve(
            kind.type, provider(kind, services), replaced_with=kind.replaced_with, blocking=True
        )
    engine.serve(
        _SCHEDULES,
        RefreshSchedules(services),
        replaced_with=("AwsAccountId", "DataSetId"),
        blocking=True,
    )


class Assets:
    """What is described, permitted, tagged and filed alike."""

    def __init__(self, kind: Kind, services: Services) -> None:
        self._kind = kind
        self._services = services

    def create(self, logical_id: str, properties: Properties, stack_name: str) -> Made:
        kind = self._kind
        given = dict(properties.items())
        only(kind.type, given, kind.properties)
        name = str(given.get(kind.id) or f"{stack_name}-{logical_id}-{uuid.uuid4().hex[:12]}")
        account = self._account(given)
        request = as_request(_SERVICE, f"Create{kind.noun}", given | {kind.id: name})
        request["AwsAccountId"] = account
        if tags := tags_of(given.get("Tags")):
            request["Tags"] = _tag_list(tags)
        self._ask(f"Create{kind.noun}", request)
        try:
            self._complete(name, {}, given)
        except Exception:
            self._remove(name)
            raise
        return self._made(account, name)

    def update(
        self,
        physical_id: str,
        old: Properties,
        new: Properties,
        stack_name: str,
        logical_id: str,
    ) -> Made:
        kind = self._kind
        if any(old.get(name) != new.get(name) for name in kind.replaced_with):
            # The stack deletes the old one when all else is updated.
            return self.create(logical_id, new, stack_name)
        given = dict(new.items())
        only(kind.type, given, kind.properties)
        account, _, name = physical_id.partition("|")
        request = as_request(_SERVICE, f"Update{kind.noun}", given | {kind.id: name})
        request["AwsAccountId"] = account
        self._ask(f"Update{kind.noun}", request)
        self._change_permissions(name, old, given)
        self._change_tags(name, old, given)
        self._change_folders(name, old, given)
        self._complete(name, old, given)
        return self._made(account, name)

    def delete(self, physical_id: str, properties: Properties) -> None:
        """What is gone already is no error."""
        self._remove(physical_id.partition("|")[2] or physical_id)

    def _complete(self, name: str, old: Properties, new: Properties) -> None:
        """Wait until the resource is usable; ResourceError when it never will be."""
        found = self._described(name)
        version = found.get("Version") or {}
        status = str(found.get("Status") or version.get("Status") or "")
        if status.endswith("_FAILED"):
            errors = found.get("Errors") or version.get("Errors") or [found.get("ErrorInfo") or {}]
            told = "; ".join(f"{one.get('Type')}: {one.get('Message')}" for one in errors)
            raise ResourceError(f"{self._kind.noun} {name} is {status}: {told}")

    def _described(self, name: str) -> Document:
        noun = self._kind.noun
        found: Document = self._ask(f"Describe{noun}", {self._kind.id: name})[noun]
        return found

    def _remove(self, name: str) -> None:
        noun = self._kind.noun
        request = {"AwsAccountId": self._services.account(), self._kind.id: name}
        self._services.call_unless_gone(_SERVICE, f"Delete{noun}", request, _GONE)

    def _change_permissions(self, name: str, old: Properties, new: Properties) -> None:
        change = _granted(old.get("Permissions"), new.get("Permissions"), "")
        if self._kind is DASHBOARDS:
            before = (old.get("LinkSharingConfiguration") or {}).get("Permissions")
            after = (new.get("LinkSharingConfiguration") or {}).get("Permissions")
            change |= _granted(before, after, "Link")
        if change:
            self._ask(f"Update{self._kind.noun}Permissions", {self._kind.id: name, **change})

    def _change_tags(self, name: str, old: Properties, new: Properties) -> None:
        before, after = tags_of(old.get("Tags")), tags_of(new.get("Tags"))
        arn = self._services.arn(_SERVICE, f"{self._kind.word}/{name}")
        if removed := sorted(before.keys() - after.keys()):
            self._services(_SERVICE, "UntagResource", {"ResourceArn": arn, "TagKeys": removed})
        if after and before != after:
            request = {"ResourceArn": arn, "Tags": _tag_list(after)}
            self._services(_SERVICE, "TagResource", request)

    def _change_folders(self, name: str, old: Properties, new: Properties) -> None:
        before, after = set(old.get("FolderArns") or []), set(new.get("FolderArns") or [])
        member = {"MemberId": name, "MemberType": self._kind.member_type}
        for arn in sorted(after - before):
            self._ask("CreateFolderMembership", member | {"FolderId": _last(arn)})
        for arn in sorted(before - after):
            self._ask("DeleteFolderMembership", member | {"FolderId": _last(arn)})

    def _ask(self, operation: str, request: Document) -> Document:
        account = {"AwsAccountId": self._services.account()}
        return self._services(_SERVICE, operation, account | request)

    def _account(self, properties: Properties) -> str:
        account = str(properties.get("AwsAccountId") or self._services.account())
        if account != self._services.account():
            raise ResourceError(f"{self._kind.type}: AwsAccountId {account} is not the stack's")
        return account

    def _made(self, account: str, name: str) -> Made:
        found = self._described(name)
        attributes = {key: _plain(found[key]) for key in self._kind.attributes if key in found}
        return f"{account}|{name}", attributes | {self._kind.id: name}


class DataSets(Assets):
    """Data sets, which stacks wait for until they are filled."""

    def _complete(self, name: str, old: Properties, new: Properties) -> None:
        before, after = old.get("DataSetRefreshProperties"), new.get("DataSetRefreshProperties")
        if after and before != after:
            given = as_request(_SERVICE, "PutDataSetRefreshProperties", dict(new))
            self._ask("PutDataSetRefreshProperties", {"DataSetId": name, **given})
        elif before and not after:
            self._ask("DeleteDataSetRefreshProperties", {"DataSetId": name})
        policy = new.get("IngestionWaitPolicy") or {}
        if str(policy.get("WaitForSpiceIngestion", True)).lower() == "true":
            hours = float(policy.get("IngestionWaitTimeInHours") or _DEFAULT_WAIT_HOURS)
            self._wait(name, hours * 3600)

    def _wait(self, name: str, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            (newest, *_) = self._ask("ListIngestions", {"DataSetId": name})["Ingestions"]
            status = newest["IngestionStatus"]
            if status == "COMPLETED":
                return
            if status in ("FAILED", "CANCELLED"):
                error = newest.get("ErrorInfo") or {}
                raise ResourceError(
                    f"DataSet {name}: its ingestion is {status}: "
                    f"{error.get('Type')}: {error.get('Message')}"
                )
            time.sleep(_POLL_SECONDS)
        raise ResourceError(f"DataSet {name}: its ingestion did not end in {seconds:.0f} s")


class Analyses(Assets):
    """Analyses, which a stack deletes for good."""

    def _remove(self, name: str) -> None:
        request = {
            "AwsAccountId": self._services.account(),
            "AnalysisId": name,
            "ForceDeleteWithoutRecovery": True,
        }
        self._services.call_unless_gone(_SERVICE, "DeleteAnalysis", request, _GONE)


class Dashboards(Assets):
    """Dashboards: an update is published when its version could be made."""

    def _complete(self, name: str, old: Properties, new: Properties) -> None:
        super()._complete(name, old, new)
        named = {"DashboardId": name}
        if old:
            number = self._described(name)["Version"]["VersionNumber"]
            self._ask("UpdateDashboardPublishedVersion", named | {"VersionNumber": number})
            before, after = old.get("LinkEntities") or [], new.get("LinkEntities") or []
            if before != after:
                self._ask("UpdateDashboardLinks", named | {"LinkEntities": after})

    def _described(self, name: str) -> Document:
        latest = {"DashboardId": name, "AliasName": "$LATEST"}
        found: Document = self._ask("DescribeDashboard", latest)["Dashboard"]
        return found


class RefreshSchedules:
    """AWS::QuickSight::RefreshSchedule; Ref gives `<account>|<data set>|<schedule>`."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def create(self, logical_id: str, properties: Properties, stack_name: str) -> Made:
        return self._keep("CreateRefreshSchedule", properties)

    def update(
        self,
        physical_id: str,
        old: Properties,
        new: Properties,
        stack_name: str,
        logical_id: str,
    ) -> Made:
        before, after = old.get("Schedule") or {}, new.get("Schedule") or {}
        is_another = before.get("ScheduleId") != after.get("ScheduleId")
        is_another |= any(old.get(key) != new.get(key) for key in ("AwsAccountId", "DataSetId"))
        return self._keep("CreateRefreshSchedule" if is_another else "UpdateRefreshSchedule", new)

    def delete(self, physical_id: str, properties: Properties) -> None:
        account, _, rest = physical_id.partition("|")
        data_set, _, schedule = rest.partition("|")
        request = {"AwsAccountId": account, "DataSetId": data_set, "ScheduleId": schedule}
        self._services.call_unless_gone(_SERVICE, "DeleteRefreshSchedule", request, _GONE)

    def _keep(self, operation: str, properties: Properties) -> Made:
        given = dict(properties.items())
        only(_SCHEDULES, given, frozenset({"AwsAccountId", "DataSetId", "Schedule"}))
        account = str(given.get("AwsAccountId") or self._services.account())
        request: dict[str, Any] = as_request(_SERVICE, operation, given)
        request["AwsAccountId"] = account
        made = self._services(_SERVICE, operation, request)
        return f"{account}|{given['DataSetId']}|{made['ScheduleId']}", {"Arn": made["Arn"]}


def _granted(
    before: list[Document] | None, after: list[Document] | None, infix: str
) -> dict[str, list[Document]]:
    """The grants and revocations that lead from one list of permissions to another."""
    old = {one["Principal"]: set(one["Actions"]) for one in before or []}
    new = {one["Principal"]: set(one["Actions"]) for one in after or []}
    grant = _differences(new, old)
    revoke = _differences(old, new)
    found = {f"Grant{infix}Permissions": grant, f"Revoke{infix}Permissions": revoke}
    return {key: value for key, value in found.items() if value}


def _differences(these: dict[str, set[str]], those: dict[str, set[str]]) -> list[Document]:
    left = {one: sorted(actions - those.get(one, set())) for one, actions in these.items()}
    return [{"Principal": one, "Actions": actions} for one, actions in left.items() if actions]


def _tag_list(tags: dict[str, str]) -> list[Document]:
    return [{"Key": key, "Value": value} for key, value in sorted(tags.items())]


def _last(arn: str) -> str:
    return arn.rpartition("/")[2]


def _plain(attribute: Any) -> Any:
    """Moments as text: what a stack knows of a resource is kept as JSON."""
    return attribute.isoformat() if isinstance(attribute, dt.datetime) else attribute
