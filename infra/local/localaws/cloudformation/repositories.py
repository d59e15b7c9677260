"""AWS::ECR::Repository, as ministack makes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from localaws.ministack_cloudformation_seam import Properties


def read_what_deletion_reads(properties: Properties) -> None:
    """EmptyOnDelete is read when the repository goes, not when it is made."""
    properties.get("EmptyOnDelete")
