"""TagResource, UntagResource and ListTagsForResource, for every kind of asset and for users."""

from __future__ import annotations

from typing import TYPE_CHECKING

from localaws.quicksight.failures import invalid, limit_exceeded, not_found
from localaws.quicksight.kinds import KINDS
from localaws.quicksight.state import QuickSightStore, resource_arn, tags_of
from localaws.scope import Scope

if TYPE_CHECKING:
    from localaws.operations import Call, Document
    from localaws.quicksight.protocol import Handler
    from localaws.quicksight.users import Users

_LIMIT = 50


class Tags:
    """The operations on tags."""

    def __init__(self, store: QuickSightStore, users: Users) -> None:
        self._store = store
        self._users = users

    def handlers(self) -> dict[str, Handler]:
        return {
            "TagResource": self.tag,
            "UntagResource": self.untag,
            "ListTagsForResource": self.list_all,
        }

    def tag(self, request: Document, call: Call) -> Document:
        resource = self._existing(request, call)
        tags = self._store.tags(resource) | tags_of(request)
        if len(tags) > _LIMIT:
            raise limit_exceeded(f"A resource has at most {_LIMIT} tags.")
        self._store.put_tags(resource, tags)
        return {}

    def untag(self, request: Document, call: Call) -> Document:
        resource = self._existing(request, call)
        gone = set(request.get("TagKeys", []))
        kept = {key: value for key, value in self._store.tags(resource).items() if key not in gone}
        self._store.put_tags(resource, kept)
        return {}

    def list_all(self, request: Document, call: Call) -> Document:
        tags = self._store.tags(self._existing(request, call))
        return {"Tags": [{"Key": key, "Value": value} for key, value in sorted(tags.items())]}

    def _existing(self, request: Document, call: Call) -> str:
        resource, scope = str(request["ResourceArn"]), Scope.of(call)
        word, _, name = resource.removeprefix(resource_arn(scope, "")).partition("/")
        if word == "user":
            self._users.by_arn(scope, resource)
            return resource
        kind = next((one for one in KINDS if one.word == word), None)
        if kind is None:
            raise invalid(f"{resource} is not the ARN of a resource that can have tags.")
        if self._store.get(kind, scope, name) is None:
            raise not_found(kind.noun, resource)
        return resource
