"""AddTags, ListTags and DeleteTags, for every kind of resource."""

from __future__ import annotations

from typing import TYPE_CHECKING

from localaws.errors import AwsError
from localaws.paging import page
from localaws.sagemaker.state import KINDS, SageMakerStore, arn, tags_of
from localaws.scope import Scope

if TYPE_CHECKING:
    from localaws.operations import Call, Document, Handler

_LIMIT = 50


class Tags:
    """The operations on tags."""

    def __init__(self, store: SageMakerStore) -> None:
        self._store = store

    def handlers(self) -> dict[str, Handler]:
        return {"AddTags": self.add, "ListTags": self.list, "DeleteTags": self.delete}

    def add(self, request: Document, call: Call) -> Document:
        resource = self._existing(request, call)
        tags = self._store.tags(resource) | tags_of(request)
        if len(tags) > _LIMIT:
            raise AwsError("ValidationException", f"A resource has at most {_LIMIT} tags.")
        self._store.put_tags(resource, tags)
        return {"Tags": _listed(tags)}

    def list(self, request: Document, call: Call) -> Document:
        tags = _listed(self._store.tags(self._existing(request, call)))
        shown, more = page(tags, request, _LIMIT)
        return {"Tags": shown, **more}

    def delete(self, request: Document, call: Call) -> Document:
        resource = self._existing(request, call)
        gone = set(request["TagKeys"])
        kept = {key: value for key, value in self._store.tags(resource).items() if key not in gone}
        self._store.put_tags(resource, kept)
        return {}

    def _existing(self, request: Document, call: Call) -> str:
        resource = str(request["ResourceArn"])
        scope = Scope.of(call)
        kind, _, name = resource.rpartition(":")[2].partition("/")
        if kind not in KINDS or resource != arn(kind, scope, name):
            raise AwsError("ValidationException", f"Invalid ARN {resource}")
        if self._store.get(kind, scope, name) is None:
            raise AwsError("ResourceNotFound", f"Could not find resource {resource}")
        return resource


def _listed(tags: dict[str, str]) -> list[Document]:
    return [{"Key": key, "Value": value} for key, value in sorted(tags.items())]
