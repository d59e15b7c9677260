"""Asks every check of a table, in one Spark job, for the rows that offend."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from rlm.domain.gold import CheckResult
from rlm.jobs.sql_files import renamed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pyspark.sql import SparkSession

    from rlm.domain.gold import Check

SAMPLE = 20
_AS_JSON = "to_json(struct(*), map('ignoreNullFields', 'false'))"


def audit(
    spark: SparkSession, checks: Sequence[Check], relation: Callable[[Check, str], str]
) -> tuple[CheckResult, ...]:
    """The result of each check; `relation` says what stands for a table of its SQL."""
    if not checks:
        return ()
    statements = [renamed(c.sql, partial(relation, c), c.name) for c in checks]
    # Ordered, so that every run that finds the same names the same.
    parts = [
        f"SELECT * FROM (SELECT {nth} AS nth, {_AS_JSON} AS offender FROM ({sql})"
        f" ORDER BY offender LIMIT {SAMPLE + 1})"
        for nth, sql in enumerate(statements)
    ]
    offending: list[list[str]] = [[] for _ in checks]
    for row in spark.sql(" UNION ALL ".join(parts)).collect():
        offending[row["nth"]].append(row["offender"])
    return tuple(
        CheckResult(
            name=check.name,
            severity=check.severity,
            message=check.message,
            rows=len(found) if len(found) <= SAMPLE else spark.sql(sql).count(),
            sample=tuple(sorted(found)[:SAMPLE]),
        )
        for check, sql, found in zip(checks, statements, offending, strict=True)
    )
