"""Every check passes on a right world, and fails on each table that it must refuse.

Spark and the local Athena answer the same rows.
"""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from gold.cases import HERE, refused, right_silver
from gold.marts import Marts, gold_tables, offending

from rlm.names import GOLD_TABLES

if TYPE_CHECKING:
    from pathlib import Path

    from gold.cases import Row
    from pyspark.sql import SparkSession

    from rlm.domain.gold import Check

pytestmark = pytest.mark.slow

ROOT = HERE.parents[2]
CHECKS = {(t.name, c.name): c for t in gold_tables().values() for c in t.checks}
# As Spark writes a time in JSON.
_TIME = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d\.\d{3})Z")


@dataclass(frozen=True)
class Asked:
    """A check asked of the right world, or of one that an edit made wrong."""

    table: str
    check: Check
    marts: Marts
    edit: str | None
    complaints: list[Row] | None
    """On Spark; None where only Athena is asked, which is quicker."""


@dataclass(frozen=True)
class World:
    rows: dict[str, list[Row]]
    """Of the right world, by relation."""
    rows_of_views: dict[str, list[Row]]
    """Of all worlds."""
    asked: list[Asked]


@pytest.fixture(scope="module")
def world(small_spark: SparkSession) -> World:
    marts = Marts(small_spark)
    for source, given in right_silver().items():
        marts.put_silver(source, given)
    marts.build()
    rows = {name: marts.rows(name) for name in marts.relations}
    views = {view: rows[relation] for relation, view in marts.relations.items()}
    asked = []
    for table in GOLD_TABLES:
        questions: list[tuple[Check, Marts, str | None]] = [
            (check, marts, None) for check in gold_tables()[table].checks
        ]
        for nth, edit in enumerate(refused(table, rows)):
            wrong = marts.copy()
            wrong.put_rows(edit.relation, edit.rows)
            views[wrong.relations[edit.relation]] = edit.rows
            questions.append((CHECKS[table, edit.check], wrong, f"{edit.check}, edit {nth}"))
        # Of the right world, and of the first edit that each check must refuse.
        first = {
            (check.name, bool(edit)): nth for nth, (check, _, edit) in [*enumerate(questions)][::-1]
        }
        on_spark = sorted(first.values())
        answers = dict(zip(on_spark, offending([questions[n][:2] for n in on_spark]), strict=True))
        asked += [
            Asked(table, *question, answers.get(nth)) for nth, question in enumerate(questions)
        ]
    return World(rows, views, asked)


@pytest.mark.parametrize("table", GOLD_TABLES)
def test_checks_pass_on_a_right_table(world: World, table: str) -> None:
    assert world.rows[f"gold.{table}"]
    answers = {a.check.name: a.complaints for a in world.asked if a.table == table and not a.edit}
    assert answers == {check.name: [] for check in gold_tables()[table].checks}
    assert any(check.severity == "fail" for check in gold_tables()[table].checks)


@pytest.mark.parametrize("table", GOLD_TABLES)
def test_each_check_fails_on_what_it_must_refuse(world: World, table: str) -> None:
    wrong = [asked for asked in world.asked if asked.table == table and asked.edit]
    assert {a.check.name for a in wrong} == {check.name for check in gold_tables()[table].checks}
    assert [a.edit for a in wrong if a.complaints == []] == []
    assert {a.check.name for a in wrong if a.complaints} == {a.check.name for a in wrong}


def test_athena_refuses_every_edit_and_answers_as_spark_does(
    small_spark: SparkSession, world: World, tmp_path: Path
) -> None:
    answers = _athena(
        tmp_path,
        {
            "relations": {
                view: {
                    "columns": {
                        f.name: f.dataType.simpleString()
                        for f in small_spark.table(view).schema.fields
                    },
                    "rows": rows,
                }
                for view, rows in world.rows_of_views.items()
            },
            "questions": [
                {"sql": asked.check.sql, "tables": asked.marts.relations} for asked in world.asked
            ],
        },
    )
    assert len(answers) == len(world.asked) > 100
    for asked, theirs in zip(world.asked, answers, strict=True):
        assert bool(theirs) == bool(asked.edit), (asked.check.name, asked.edit)
        if asked.complaints is not None:
            ours = [[_as_athena_writes(v) for v in row.values()] for row in asked.complaints]
            assert sorted(ours, key=repr) == sorted(theirs, key=repr), (
                asked.check.name,
                asked.edit,
            )


def _as_athena_writes(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return str(value).lower()
    return _TIME.sub(r"\1 \2", str(value))


def _athena(folder: Path, asked: dict[str, Any]) -> list[list[list[str | None]]]:
    """The rows that each question has in the local Athena, which lives in its own environment."""
    (folder / "asked.json").write_text(json.dumps(asked, default=str))
    answered = subprocess.run(
        [ROOT / ".venv/local-aws/bin/python", HERE / "ask_athena.py", folder / "asked.json"],
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": str(ROOT / "infra/local"), "HOME": str(folder)},
    )
    assert answered.returncode == 0, answered.stderr[-2000:]
    found: list[list[list[str | None]]] = json.loads(answered.stdout)
    return found
