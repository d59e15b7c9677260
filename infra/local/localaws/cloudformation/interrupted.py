"""What becomes of a stack whose operation died with the gateway."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from localaws.ministack_cloudformation_seam import CloudFormation

_REASON = "The local AWS was stopped during this operation."


def end_interrupted_operations(engine: CloudFormation) -> None:
    """Fail every operation in progress: nothing works on it any more.

    The states are those from which AWS lets a stack be deleted or updated again.
    """
    for stack, end in engine.unfinished():
        end(_final(str(stack["StackStatus"])), _REASON)


def _final(status: str) -> str:
    if status == "DELETE_IN_PROGRESS":
        return "DELETE_FAILED"
    if status in ("CREATE_IN_PROGRESS", "ROLLBACK_IN_PROGRESS"):
        return "ROLLBACK_FAILED"
    if status in ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",):
        return "UPDATE_COMPLETE"
    return "UPDATE_FAILED"
