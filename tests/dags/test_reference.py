"""docs/reference/dags.md is of the DAGs as Airflow loads them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reference.checkout import PAGES, ROOT
from reference.dags import dags_page

if TYPE_CHECKING:
    from airflow.dag_processing.dagbag import DagBag


def test_the_committed_page_is_not_stale(dag_bag: DagBag) -> None:
    committed = (PAGES / "dags.md").read_text("utf-8")
    assert committed == dags_page(dag_bag), "docs/reference/dags.md is stale: run make reference"


def test_every_dag_and_every_task_is_in_it(dag_bag: DagBag) -> None:
    text = (PAGES / "dags.md").read_text("utf-8")
    files = {file.stem for file in (ROOT / "dags").glob("*.py")}
    assert files == set(re.findall(r"^## (\w+)$", text, re.MULTILINE))
    tasks = {task.task_id for dag in dag_bag.dags.values() for task in dag.tasks}
    assert len(tasks) > 20
    assert {task for task in tasks if f"| `{task}` |" not in text} == set()
