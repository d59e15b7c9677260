"""What the tests ask of synthesized templates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assembly import Assembly

Resource = dict[str, Any]


def resources(assembly: Assembly, resource_type: str) -> list[tuple[str, Resource]]:
    """(logical id, properties); never an empty list, so that no test passes on nothing."""
    found = [
        (logical_id, resource.get("Properties", {}))
        for stack in assembly.stacks
        for logical_id, resource in assembly.template(stack)["Resources"].items()
        if resource["Type"] == resource_type
    ]
    assert found, f"no {resource_type} in {assembly.directory}"
    return found


def environment(assembly: Assembly) -> str:
    return assembly.directory.name


def statements(assembly: Assembly) -> Iterator[tuple[str, Resource]]:
    # What does not fit into a role's own policy is in a managed one.
    for kind in ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"):
        for logical_id, policy in resources(assembly, kind):
            for statement in policy["PolicyDocument"]["Statement"]:
                yield logical_id, statement
