"""Lifecycle configurations: what a notebook instance runs when it is made and when it starts."""

from __future__ import annotations

import base64
import binascii
import time
from typing import TYPE_CHECKING

from localaws.errors import AwsError
from localaws.sagemaker.listing import Listing
from localaws.sagemaker.state import LIFECYCLE_CONFIG, SageMakerStore, arn, tags_of
from localaws.scope import Scope

if TYPE_CHECKING:
    from localaws.operations import Call, Document, Handler

_NAME = "NotebookInstanceLifecycleConfigName"
_LISTING = Listing(
    answer="NotebookInstanceLifecycleConfigs",
    shown=(_NAME, "NotebookInstanceLifecycleConfigArn", "CreationTime", "LastModifiedTime"),
    name=_NAME,
)


class LifecycleConfigs:
    """The operations on lifecycle configurations."""

    def __init__(self, store: SageMakerStore) -> None:
        self._store = store

    def handlers(self) -> dict[str, Handler]:
        return {
            "CreateNotebookInstanceLifecycleConfig": self.create,
            "DescribeNotebookInstanceLifecycleConfig": self.describe,
            "ListNotebookInstanceLifecycleConfigs": self.list,
            "UpdateNotebookInstanceLifecycleConfig": self.update,
            "DeleteNotebookInstanceLifecycleConfig": self.delete,
        }

    def create(self, request: Document, call: Call) -> Document:
        scope, name = Scope.of(call), str(request[_NAME])
        now = time.time()
        resource = arn(LIFECYCLE_CONFIG, scope, name)
        config: Document = {
            _NAME: name,
            "NotebookInstanceLifecycleConfigArn": resource,
            "CreationTime": now,
            "LastModifiedTime": now,
            **_hooks(request),
        }
        if not self._store.add(LIFECYCLE_CONFIG, scope, name, config, tags_of(request)):
            raise AwsError(
                "ValidationException",
                f"Unable to create Notebook Instance Lifecycle Config {resource}. "
                "(Details: Notebook Instance Lifecycle Config already exists.)",
            )
        return {"NotebookInstanceLifecycleConfigArn": resource}

    def describe(self, request: Document, call: Call) -> Document:
        return existing_lifecycle(self._store, Scope.of(call), request[_NAME])

    def list(self, request: Document, call: Call) -> Document:
        return _LISTING.of(self._store.list(LIFECYCLE_CONFIG, Scope.of(call)), request)

    def update(self, request: Document, call: Call) -> Document:
        scope, name = Scope.of(call), str(request[_NAME])
        existing_lifecycle(self._store, scope, name)
        changed = _hooks(request) | {"LastModifiedTime": time.time()}
        self._store.change(LIFECYCLE_CONFIG, scope, name, lambda _: changed)
        return {}

    def delete(self, request: Document, call: Call) -> Document:
        scope, name = Scope.of(call), str(request[_NAME])
        existing_lifecycle(self._store, scope, name)
        self._store.delete(LIFECYCLE_CONFIG, scope, name)
        return {}


def existing_lifecycle(store: SageMakerStore, scope: Scope, name: str) -> Document:
    """The configuration, or AWS's error when there is none."""
    config = store.get(LIFECYCLE_CONFIG, scope, name)
    if config is None:
        raise AwsError(
            "ValidationException",
            "Unable to describe Notebook Instance Lifecycle Config "
            f"'{arn(LIFECYCLE_CONFIG, scope, name)}'. (Details: Notebook Instance Lifecycle "
            "Config does not exist.)",
        )
    return config


def scripts(config: Document, hook: str) -> list[str]:
    """The shell scripts of OnCreate or OnStart, decoded."""
    return [base64.b64decode(one["Content"]).decode("utf-8") for one in config.get(hook) or []]


def _hooks(request: Document) -> Document:
    hooks: Document = {name: request[name] for name in ("OnCreate", "OnStart") if name in request}
    for name in hooks:
        try:
            scripts(hooks, name)
        except (binascii.Error, KeyError, UnicodeDecodeError) as error:
            raise AwsError(
                "ValidationException", f"{name}: a script must be text in base64 ({error})."
            ) from error
    return hooks
