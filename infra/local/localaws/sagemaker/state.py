"""What SageMaker keeps; every write is on disk when it returns.

A resource's kind is the word that stands in its ARN: `training-job`, `endpoint-config`, ...
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from localaws.scope import Scope

if TYPE_CHECKING:
    from collections.abc import Callable

    from localaws.operations import Document
    from localaws.state import Store, Table

TRAINING_JOB = "training-job"
PROCESSING_JOB = "processing-job"
MODEL = "model"
ENDPOINT_CONFIG = "endpoint-config"
ENDPOINT = "endpoint"
MODEL_PACKAGE_GROUP = "model-package-group"
MODEL_PACKAGE = "model-package"
NOTEBOOK_INSTANCE = "notebook-instance"
LIFECYCLE_CONFIG = "notebook-instance-lifecycle-config"
KINDS = (
    TRAINING_JOB,
    PROCESSING_JOB,
    MODEL,
    ENDPOINT_CONFIG,
    ENDPOINT,
    MODEL_PACKAGE_GROUP,
    MODEL_PACKAGE,
    NOTEBOOK_INSTANCE,
    LIFECYCLE_CONFIG,
)


class SageMakerStore:
    """Documents by kind, account, region and name; tags by ARN."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._tables: dict[str, Table] = {kind: store.table(f"sagemaker.{kind}") for kind in KINDS}
        self._tags = store.table("sagemaker.tags")

    def get(self, kind: str, scope: Scope, name: str) -> Document | None:
        return self._tables[kind].get(scope.key(name))

    def everywhere(self, kind: str) -> list[tuple[Scope, Document]]:
        """The documents of every account and region."""
        return [(Scope.of_key(key), found) for key, found in self._tables[kind].items()]

    def list(self, kind: str, scope: Scope) -> list[Document]:
        return self._tables[kind].list(scope.key(""))

    def put(self, kind: str, scope: Scope, name: str, document: Document) -> None:
        self._tables[kind].put(scope.key(name), document)

    def add(
        self, kind: str, scope: Scope, name: str, document: Document, tags: dict[str, str]
    ) -> bool:
        """Keep a new document and its tags; whether the name was free."""
        with self._store.transaction():
            if self.get(kind, scope, name) is not None:
                return False
            self.put(kind, scope, name, document)
            if tags:
                self.put_tags(arn(kind, scope, name), tags)
            return True

    def change(
        self, kind: str, scope: Scope, name: str, change: Callable[[Document], Document]
    ) -> Document | None:
        """Put what `change` gives over a document, if there still is one; what is kept then."""
        with self._store.transaction():
            found = self.get(kind, scope, name)
            if found is None:
                return None
            found = found | change(found)
            self.put(kind, scope, name, found)
            return found

    def delete(self, kind: str, scope: Scope, name: str) -> bool:
        """Whether there was one; its tags go with it."""
        with self._store.transaction():
            self._tags.delete(arn(kind, scope, name))
            return self._tables[kind].delete(scope.key(name))

    def tags(self, resource_arn: str) -> dict[str, str]:
        found: dict[str, str] = self._tags.get(resource_arn) or {}
        return found

    def put_tags(self, resource_arn: str, tags: dict[str, str]) -> None:
        self._tags.put(resource_arn, tags)


def arn(kind: str, scope: Scope, name: str) -> str:
    """The ARN of a resource; a model package's name is `group/version`."""
    return f"arn:aws:sagemaker:{scope.region}:{scope.account}:{kind}/{name}"


def name_in(value: str) -> str:
    """The name that an ARN ends with, or the name itself."""
    return value.partition("/")[2] if value.startswith("arn:") else value


def tags_of(request: Document) -> dict[str, str]:
    """The tags of a request, by key."""
    return {str(tag["Key"]): str(tag["Value"]) for tag in request.get("Tags") or []}
