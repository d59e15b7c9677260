"""Notebook instances: what callers ask for and see. `jupyter` runs the server of each."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from localaws.errors import AwsError
from localaws.sagemaker.constraints import Served, only
from localaws.sagemaker.lifecycle_configs import existing_lifecycle
from localaws.sagemaker.listing import Listing
from localaws.sagemaker.state import NOTEBOOK_INSTANCE, SageMakerStore, arn, tags_of
from localaws.scope import Scope

if TYPE_CHECKING:
    from localaws.operations import Call, Document, Handler
    from localaws.sagemaker.jupyter import Jupyter

_NAME = "NotebookInstanceName"
# What has no effect on one machine is kept and shown.
_SETTINGS = (
    "InstanceType",
    "SubnetId",
    "SecurityGroupIds",
    "RoleArn",
    "KmsKeyId",
    "DirectInternetAccess",
    "VolumeSizeInGB",
    "RootAccess",
    "PlatformIdentifier",
    "InstanceMetadataServiceConfiguration",
)
SERVED: Served = {
    _NAME: None,
    "LifecycleConfigName": None,
    "Tags": None,
    **dict.fromkeys(_SETTINGS),
}
_UPDATE: Served = {
    _NAME: None,
    "LifecycleConfigName": None,
    "DisassociateLifecycleConfig": None,
    "InstanceType": None,
    "RoleArn": None,
    "VolumeSizeInGB": None,
    "RootAccess": None,
    "InstanceMetadataServiceConfiguration": None,
}
_LISTING = Listing(
    answer="NotebookInstances",
    shown=(
        _NAME,
        "NotebookInstanceArn",
        "NotebookInstanceStatus",
        "InstanceType",
        "CreationTime",
        "LastModifiedTime",
        "NotebookInstanceLifecycleConfigName",
    ),
    name=_NAME,
    status="NotebookInstanceStatus",
    default_sort="Name",
    default_order="Ascending",
)


class NotebookInstances:
    """The operations on notebook instances."""

    def __init__(self, store: SageMakerStore, jupyter: Jupyter) -> None:
        self._store = store
        self._jupyter = jupyter

    def handlers(self) -> dict[str, Handler]:
        return {
            "CreateNotebookInstance": self.create,
            "DescribeNotebookInstance": self.describe,
            "ListNotebookInstances": self.list,
            "UpdateNotebookInstance": self.update,
            "StartNotebookInstance": self.start,
            "StopNotebookInstance": self.stop,
            "DeleteNotebookInstance": self.delete,
            "CreatePresignedNotebookInstanceUrl": self.presigned_url,
        }

    def create(self, request: Document, call: Call) -> Document:
        """Its lifecycle scripts run now; Jupyter starts when somebody asks for its address."""
        only("CreateNotebookInstance", request, SERVED)
        self._jupyter.check()
        scope, name = Scope.of(call), str(request[_NAME])
        now = time.time()
        instance: Document = {key: request[key] for key in _SETTINGS if key in request}
        if "SecurityGroupIds" in instance:
            instance["SecurityGroups"] = instance.pop("SecurityGroupIds")
        instance |= {
            _NAME: name,
            "NotebookInstanceArn": arn(NOTEBOOK_INSTANCE, scope, name),
            "NotebookInstanceStatus": "Pending",
            "CreationTime": now,
            "LastModifiedTime": now,
        }
        instance.setdefault("VolumeSizeInGB", 5)
        instance.setdefault("RootAccess", "Enabled")
        instance.setdefault("DirectInternetAccess", "Enabled")
        if lifecycle := request.get("LifecycleConfigName"):
            existing_lifecycle(self._store, scope, lifecycle)
            instance["NotebookInstanceLifecycleConfigName"] = lifecycle
        if not self._store.add(NOTEBOOK_INSTANCE, scope, name, instance, tags_of(request)):
            raise AwsError(
                "ValidationException",
                f"Cannot create a duplicate Notebook Instance ({instance['NotebookInstanceArn']})",
            )
        self._jupyter.begin(scope, name, is_new=True)
        return {"NotebookInstanceArn": instance["NotebookInstanceArn"]}

    def describe(self, request: Document, call: Call) -> Document:
        return self._existing(Scope.of(call), request[_NAME])

    def list(self, request: Document, call: Call) -> Document:
        wanted = request.get("NotebookInstanceLifecycleConfigNameContains", "")
        found = [
            one
            for one in self._store.list(NOTEBOOK_INSTANCE, Scope.of(call))
            if wanted in one.get("NotebookInstanceLifecycleConfigName", "")
        ]
        return _LISTING.of(found, request)

    def update(self, request: Document, call: Call) -> Document:
        only("UpdateNotebookInstance", request, _UPDATE)
        scope, name = Scope.of(call), str(request[_NAME])
        self._expect(scope, name, "Stopped", "Failed")
        if lifecycle := request.get("LifecycleConfigName"):
            existing_lifecycle(self._store, scope, lifecycle)

        def change(instance: Document) -> Document:
            changed = {key: request[key] for key in _SETTINGS if key in request}
            kept = instance.get("NotebookInstanceLifecycleConfigName", "")
            gone = request.get("DisassociateLifecycleConfig")
            changed["NotebookInstanceLifecycleConfigName"] = lifecycle or ("" if gone else kept)
            return changed | {"LastModifiedTime": time.time()}

        self._store.change(NOTEBOOK_INSTANCE, scope, name, change)
        return {}

    def start(self, request: Document, call: Call) -> Document:
        scope, name = Scope.of(call), str(request[_NAME])
        self._expect(scope, name, "Stopped", "Failed")
        self._status(scope, name, "Pending")
        self._jupyter.begin(scope, name, is_new=False)
        return {}

    def stop(self, request: Document, call: Call) -> Document:
        """Jupyter ends; the instance's folder stays, as its volume does on AWS."""
        scope, name = Scope.of(call), str(request[_NAME])
        self._expect(scope, name, "InService")
        self._status(scope, name, "Stopping")
        self._jupyter.end(scope, name)
        self._status(scope, name, "Stopped")
        return {}

    def delete(self, request: Document, call: Call) -> Document:
        scope, name = Scope.of(call), str(request[_NAME])
        self._expect(scope, name, "Stopped", "Failed")
        self._jupyter.forget(scope, name)
        self._store.delete(NOTEBOOK_INSTANCE, scope, name)
        return {}

    def presigned_url(self, request: Document, call: Call) -> Document:
        scope, name = Scope.of(call), str(request[_NAME])
        self._expect(scope, name, "InService")
        return {"AuthorizedUrl": self._jupyter.address(scope, name)}

    def _status(self, scope: Scope, name: str, status: str) -> None:
        changed = {"NotebookInstanceStatus": status, "LastModifiedTime": time.time()}
        self._store.change(NOTEBOOK_INSTANCE, scope, name, lambda _: changed)

    def _expect(self, scope: Scope, name: str, *statuses: str) -> None:
        instance = self._existing(scope, name)
        status = instance["NotebookInstanceStatus"]
        if status not in statuses:
            raise AwsError(
                "ValidationException",
                f"Status ({status}) not in ([{', '.join(statuses)}]). Unable to transition to "
                f"the requested state for Notebook Instance ({instance['NotebookInstanceArn']}).",
            )

    def _existing(self, scope: Scope, name: str) -> Document:
        instance = self._store.get(NOTEBOOK_INSTANCE, scope, name)
        if instance is None:
            raise AwsError("ValidationException", "RecordNotFound")
        return instance
