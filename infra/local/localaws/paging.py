"""NextToken and MaxResults, as Glue's list operations have them."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from localaws.errors import AwsError

if TYPE_CHECKING:
    from localaws.operations import Document

Item = TypeVar("Item")


def page(
    items: list[Item], request: Document, default_limit: int
) -> tuple[list[Item], dict[str, str]]:
    """One page of `items`, and {"NextToken": ...} when there are more."""
    token = request.get("NextToken") or "0"
    if not str(token).isdigit():
        raise AwsError("InvalidInputException", "NextToken is not one that was handed out.")
    start = int(token)
    end = start + int(request.get("MaxResults") or default_limit)
    return items[start:end], {"NextToken": str(end)} if end < len(items) else {}
