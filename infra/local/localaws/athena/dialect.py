"""Athena's query language as sqlglot's syntax trees, with functions left as they are written.

sqlglot rewrites functions of one dialect into another's by rules of its own; here only its
grammar is used. Every function stays an anonymous call under Trino's name, so that
`localaws.athena.functions` decides what it means, and refuses what it does not know.
"""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING, Any, ClassVar

import sqlglot
from sqlglot import exp
from sqlglot.dialects.trino import Trino
from sqlglot.errors import ParseError, TokenError

from localaws.athena.failures import QueryFailedError, at, not_supported, syntax_error

if TYPE_CHECKING:
    from sqlglot.expressions import Expression

# It warns of what it thinks DuckDB lacks; what matters here is what DuckDB itself says.
logging.getLogger("sqlglot").setLevel(logging.ERROR)

# Calls whose arguments have a grammar of their own: CAST(x AS y), EXTRACT(year FROM x), ...
_SPECIAL_CALLS = ("CAST", "TRY_CAST", "EXTRACT", "POSITION", "TRIM", "LISTAGG")


class AthenaQuery(Trino):  # type: ignore[misc]  # sqlglot has no types
    """Trino's grammar without sqlglot's table of functions."""

    # Subscripts stay as they are written; Trino and DuckDB both count from 1.
    INDEX_OFFSET = 0

    class Parser(Trino.Parser):  # type: ignore[misc]
        FUNCTIONS: ClassVar[dict[str, Any]] = {}
        FUNCTION_PARSERS: ClassVar[dict[str, Any]] = {
            name: parser
            for name, parser in Trino.Parser.FUNCTION_PARSERS.items()
            if name in _SPECIAL_CALLS
        }


def parse_query(text: str) -> Expression:
    """The one statement of `text`; SYNTAX_ERROR in Athena's words when it is none."""
    try:
        found = [one for one in sqlglot.parse(text, dialect=AthenaQuery) if one is not None]
    except ParseError as error:
        first = error.errors[0] if error.errors else {}
        line, column = first.get("line") or 1, first.get("col") or 1
        token = first.get("highlight") or "<EOF>"
        raise syntax_error(
            f"mismatched input '{token}'. {first.get('description', '')}".strip(),
            int(line),
            max(1, int(column) - len(str(token)) + 1),
        ) from error
    except TokenError as error:
        raise syntax_error(str(error).split("\n")[0]) from error
    except (TypeError, AttributeError, ValueError) as error:
        # sqlglot's own faults on grammar that it half knows, such as MATCH_RECOGNIZE.
        raise not_supported("the grammar of this statement") from error
    if not found:
        raise syntax_error("mismatched input '<EOF>'")
    if len(found) > 1:
        raise syntax_error("Only one sql statement is allowed. Got: " + text[:200])
    if isinstance(found[0], exp.Command):
        raise not_supported(f"{found[0].this} statements")
    return found[0]


def position_of(node: Expression, text: str) -> tuple[int, int] | None:
    """Line and column, from 1, where a node's name begins in the statement."""
    for part in node.walk():
        start = part.meta.get("start") if part._meta else None
        if start is not None:
            before = text[:start]
            return before.count("\n") + 1, start - (before.rfind("\n") + 1) + 1
    return None


def placed(failed: QueryFailedError, tree: Expression, text: str) -> QueryFailedError:
    """The failure with the place of the column that it is about, as Athena gives it."""
    found = re.fullmatch(r"Column '(?P<name>.*)' cannot be resolved", failed.message)
    if failed.name != "COLUMN_NOT_FOUND" or found is None:
        return failed
    wanted = found["name"].lower()
    for column in tree.find_all(exp.Column, bfs=False):
        if wanted in (column.name.lower(), column.table.lower()):
            shown = f"{column.table}.{column.name}" if column.table else column.name
            message = f"Column '{shown.lower()}' cannot be resolved"
            return QueryFailedError(failed.name, at(position_of(column, text), message))
    return failed
