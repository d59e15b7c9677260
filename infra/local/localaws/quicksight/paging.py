"""NextToken and MaxResults, as QuickSight's list operations have them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from localaws import paging
from localaws.errors import AwsError

if TYPE_CHECKING:
    from localaws.operations import Document

_PAGE = 100


def listed(member: str, items: list[Document], request: Document) -> Document:
    """An answer with one page of `items` in `member`."""
    try:
        shown, more = paging.page(items, request, _PAGE)
    except AwsError as error:
        raise AwsError("InvalidNextTokenException", error.message) from error
    return {member: shown, **more}
