"""What a role of a template may do: its statements with AWS's own values filled in."""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from assembly import Assembly

KNOWN = {
    "AWS::Partition": "aws",
    "AWS::Region": "eu-west-1",
    "AWS::AccountId": "111122223333",
    "AWS::URLSuffix": "amazonaws.com",
}


def filled(value: Any) -> Any:
    """With Refs and Joins as text; a resource of the template as `<its logical id>`."""
    if isinstance(value, list):
        return [filled(one) for one in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {"Ref"}:
        return KNOWN.get(value["Ref"], f"<{value['Ref']}>")
    if set(value) == {"Fn::GetAtt"}:
        return f"<{value['Fn::GetAtt'][0]}>"
    if set(value) == {"Fn::Join"}:
        separator, parts = value["Fn::Join"]
        return separator.join(filled(parts))
    return {key: filled(one) for key, one in value.items()}


def statements_of(assembly: Assembly, stack: str, role_name: str) -> list[dict[str, Any]]:
    """Of every policy of the role, those that did not fit into the first one too."""
    resources = assembly.template(stack)["Resources"]
    (role,) = (
        logical_id
        for logical_id, resource in resources.items()
        if resource["Type"] == "AWS::IAM::Role"
        and resource["Properties"].get("RoleName") == role_name
    )
    found: list[dict[str, Any]] = []
    for resource in resources.values():
        if resource["Type"] in ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy") and {
            "Ref": role
        } in resource["Properties"].get("Roles", []):
            found += filled(resource["Properties"]["PolicyDocument"]["Statement"])
    assert found, f"{role_name} has no policy"
    return found


def allows(statements: list[dict[str, Any]], action: str, resource: str) -> bool:
    """Whether any statement allows it; its conditions are looked at elsewhere."""
    for statement in statements:
        assert statement["Effect"] == "Allow", json.dumps(statement)
        is_of_action = action in as_list(statement["Action"])
        if is_of_action and any(fnmatchcase(resource, r) for r in as_list(statement["Resource"])):
            return True
    return False


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
