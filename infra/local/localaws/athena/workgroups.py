"""Workgroups, and the tags of workgroups and of data catalogs; CloudFormation uses them too."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any

from localaws.athena.data_catalogs import arn_of
from localaws.athena.state import PRIMARY, AthenaStore
from localaws.errors import AwsError, not_implemented
from localaws.paging import page
from localaws.scope import Scope

if TYPE_CHECKING:
    from localaws.operations import Call, Document, Handler

ENGINE = "Athena engine version 3"
_NAME = re.compile(r"[a-zA-Z0-9._-]{1,128}")
_DEFAULTS: Document = {
    "ResultConfiguration": {},
    "EnforceWorkGroupConfiguration": True,
    "PublishCloudWatchMetricsEnabled": True,
    "RequesterPaysEnabled": False,
}
_SETTINGS = (*_DEFAULTS, "BytesScannedCutoffPerQuery", "EngineVersion", "ExecutionRole",
             "EnableMinimumEncryptionConfiguration")  # fmt: skip
# What would have to do something that is not done here.
_REFUSED = ("AdditionalConfiguration", "CustomerContentEncryptionConfiguration",
            "IdentityCenterConfiguration", "QueryResultsS3AccessGrantsConfiguration",
            "ManagedQueryResultsConfiguration", "MonitoringConfiguration",
            "EngineConfiguration")  # fmt: skip


class WorkGroups:
    """The operations on workgroups."""

    def __init__(self, store: AthenaStore) -> None:
        self._store = store

    def handlers(self) -> dict[str, Handler]:
        return {
            "CreateWorkGroup": self.create,
            "GetWorkGroup": self.get,
            "UpdateWorkGroup": self.update,
            "DeleteWorkGroup": self.delete,
            "ListWorkGroups": self.list,
            "TagResource": self.tag,
            "UntagResource": self.untag,
            "ListTagsForResource": self.tags,
            "ListEngineVersions": self.engine_versions,
        }

    def create(self, request: Document, call: Call) -> Document:
        scope, name = Scope.of(call), str(request.get("Name", ""))
        if not _NAME.fullmatch(name):
            raise AwsError("InvalidRequestException", "Invalid WorkGroup name")
        if self._store.workgroup(scope, name) is not None:
            raise AwsError("InvalidRequestException", "WorkGroup is already created")
        workgroup: Document = {
            "Name": name,
            "State": "ENABLED",
            "CreationTime": time.time(),
            "Configuration": _configuration(_DEFAULTS, request.get("Configuration") or {}),
        }
        if request.get("Description"):
            workgroup["Description"] = request["Description"]
        self._store.put_workgroup(scope, workgroup)
        if request.get("Tags"):
            tags = {one["Key"]: one.get("Value", "") for one in request["Tags"]}
            self._store.put_tags(scope, _arn(call, name), tags)
        return {}

    def get(self, request: Document, call: Call) -> Document:
        return {"WorkGroup": existing(self._store, call, request.get("WorkGroup", ""))}

    def update(self, request: Document, call: Call) -> Document:
        """What is left out stays as it was."""
        scope = Scope.of(call)
        workgroup = existing(self._store, call, request.get("WorkGroup", ""))
        if "Description" in request:
            workgroup["Description"] = request["Description"]
        if "State" in request:
            workgroup["State"] = request["State"]
        updates = dict(request.get("ConfigurationUpdates") or {})
        if updates:
            results = _updated_results(
                workgroup["Configuration"].get("ResultConfiguration", {}),
                updates.pop("ResultConfigurationUpdates", {}),
            )
            kept = dict(workgroup["Configuration"], ResultConfiguration=results)
            if updates.pop("RemoveBytesScannedCutoffPerQuery", False):
                kept.pop("BytesScannedCutoffPerQuery", None)
            workgroup["Configuration"] = _configuration(kept, updates)
        self._store.put_workgroup(scope, workgroup)
        return {}

    def delete(self, request: Document, call: Call) -> Document:
        """AWS: a workgroup with named queries goes only with RecursiveDeleteOption."""
        scope, name = Scope.of(call), request.get("WorkGroup", "")
        existing(self._store, call, name)
        if name == PRIMARY:
            raise AwsError("InvalidRequestException", "The primary WorkGroup cannot be deleted")
        is_empty = not self._store.named_queries(scope, name)
        if not is_empty and not request.get("RecursiveDeleteOption"):
            raise AwsError("InvalidRequestException", f"WorkGroup {name} is not empty")
        self._store.delete_workgroup(scope, name)
        self._store.put_tags(scope, _arn(call, name), {})
        return {}

    def list(self, request: Document, call: Call) -> Document:
        shown = [
            {
                "Name": one["Name"],
                "State": one["State"],
                "Description": one.get("Description", ""),
                "CreationTime": one.get("CreationTime", 0),
                "EngineVersion": one["Configuration"]["EngineVersion"],
            }
            for one in self._store.workgroups(Scope.of(call))
        ]
        found, token = page(shown, request, 50)
        return {"WorkGroups": found, **token}

    def tag(self, request: Document, call: Call) -> Document:
        scope, arn = Scope.of(call), self._tagged(request, call)
        added = {one["Key"]: one.get("Value", "") for one in request["Tags"]}
        self._store.put_tags(scope, arn, self._store.tags(scope, arn) | added)
        return {}

    def untag(self, request: Document, call: Call) -> Document:
        scope, arn = Scope.of(call), self._tagged(request, call)
        kept = self._store.tags(scope, arn)
        for key in request["TagKeys"]:
            kept.pop(key, None)
        self._store.put_tags(scope, arn, kept)
        return {}

    def tags(self, request: Document, call: Call) -> Document:
        found = self._store.tags(Scope.of(call), self._tagged(request, call))
        shown, token = page(sorted(found.items()), request, 75)
        return {"Tags": [{"Key": key, "Value": value} for key, value in shown], **token}

    def engine_versions(self, _request: Document, _call: Call) -> Document:
        names = ("AUTO", ENGINE)
        return {
            "EngineVersions": [
                {"SelectedEngineVersion": name, "EffectiveEngineVersion": ENGINE} for name in names
            ]
        }

    def _tagged(self, request: Document, call: Call) -> str:
        arn, scope = str(request.get("ResourceARN", "")), Scope.of(call)
        name = arn.rpartition("/")[2]
        known = (arn == _arn(call, name) and self._store.workgroup(scope, name) is not None) or (
            arn == arn_of(call, name) and self._store.data_catalog(scope, name) is not None
        )
        if not known:
            raise AwsError("ResourceNotFoundException", f"Resource {arn} is not found.")
        return arn


def existing(store: AthenaStore, call: Call, name: str) -> Document:
    """The workgroup, or AWS's error when there is none."""
    found = store.workgroup(Scope.of(call), name)
    if found is None:
        raise AwsError("InvalidRequestException", f"WorkGroup {name} is not found.")
    return found


def _arn(call: Call, name: str) -> str:
    return f"arn:aws:athena:{call.region}:{call.account}:workgroup/{name}"


def _configuration(kept: Document, given: Document) -> Document:
    """A workgroup's configuration with what is given put over it, checked."""
    for name in given:
        if name in _REFUSED:
            raise not_implemented("athena", f"workgroups with {name}")
        if name not in _SETTINGS:
            raise AwsError("InvalidRequestException", f"Unknown workgroup setting {name}")
    made = kept | given
    selected = (made.get("EngineVersion") or {}).get("SelectedEngineVersion", "AUTO")
    if selected not in ("AUTO", ENGINE):
        raise AwsError("InvalidRequestException", f"Engine version {selected} is not supported")
    made["EngineVersion"] = {"SelectedEngineVersion": selected, "EffectiveEngineVersion": ENGINE}
    location = made["ResultConfiguration"].get("OutputLocation")
    if location and not location.startswith("s3://"):
        raise AwsError("InvalidRequestException", "OutputLocation is not a valid S3 path.")
    return made


def _updated_results(kept: Document, updates: Document) -> Document:
    made: dict[str, Any] = dict(kept)
    for name in ("OutputLocation", "EncryptionConfiguration", "ExpectedBucketOwner",
                 "AclConfiguration"):  # fmt: skip
        if updates.get(f"Remove{name}"):
            made.pop(name, None)
        if name in updates:
            made[name] = updates[name]
    return made
