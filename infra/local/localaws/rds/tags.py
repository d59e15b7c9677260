"""Tags of instances, by their ARN."""

from __future__ import annotations

from typing import TYPE_CHECKING

from localaws.errors import AwsError

if TYPE_CHECKING:
    from localaws.operations import Call, Document, Handler
    from localaws.rds.instances import Instances


class Tags:
    """ListTagsForResource, AddTagsToResource, RemoveTagsFromResource."""

    def __init__(self, instances: Instances) -> None:
        self._instances = instances

    def handlers(self) -> dict[str, Handler]:
        return {
            "ListTagsForResource": self.list,
            "AddTagsToResource": self.add,
            "RemoveTagsFromResource": self.remove,
        }

    def list(self, request: Document, call: Call) -> Document:
        found = self._instances.described(call, _identifier(request))
        return {"TagList": found["TagList"]}

    def add(self, request: Document, call: Call) -> Document:
        given = {tag["Key"]: tag.get("Value", "") for tag in request["Tags"]}

        def change(tags: dict[str, str]) -> dict[str, str]:
            return tags | given

        self._instances.change_tags(call, _identifier(request), change)
        return {}

    def remove(self, request: Document, call: Call) -> Document:
        gone = set(request["TagKeys"])

        def change(tags: dict[str, str]) -> dict[str, str]:
            return {key: value for key, value in tags.items() if key not in gone}

        self._instances.change_tags(call, _identifier(request), change)
        return {}


def _identifier(request: Document) -> str:
    kind, _, name = str(request["ResourceName"]).split(":", 5)[-1].partition(":")
    if kind != "db" or not name:
        raise AwsError("InvalidParameterValue", f"Unsupported resource: {request['ResourceName']}")
    return name
