"""docs/reference/dags.md: every DAG as Airflow loads it. Runs in Airflow's environment."""

from __future__ import annotations

import os
import tempfile
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from .checkout import ROOT
from .markdown import code, codes, duration, page, table

if TYPE_CHECKING:
    from collections.abc import Iterator

# Airflow reads these when it is first imported.
_SETTINGS: Final = {
    "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
    "AIRFLOW__CORE__PLUGINS_FOLDER": str(ROOT / "plugins"),
    "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    "AIRFLOW__CORE__UNIT_TEST_MODE": "True",
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
    "RLM_ENV": "dev",
}


def load_dags() -> Any:
    """The DagBag of this checkout, for the environment dev."""
    os.environ.setdefault("AIRFLOW_HOME", tempfile.mkdtemp(prefix="rlm-reference-"))
    for name, value in _SETTINGS.items():
        os.environ.setdefault(name, value)
    found = import_module("airflow.dag_processing.dagbag").DagBag(dag_folder=ROOT / "dags")
    if found.import_errors:
        raise ValueError(f"DAGs that do not load: {found.import_errors}")
    return found


def dags_page(dag_bag: Any) -> str:
    """Every DAG: what it is for, when it runs, what can be given to it, its tasks."""
    dags = [dag_bag.dags[dag_id] for dag_id in sorted(dag_bag.dags)]
    overview = [
        [f"[{dag.dag_id}](#{dag.dag_id})", dag.description, _when(dag), ", ".join(sorted(dag.tags))]
        for dag in dags
    ]
    return page(
        "DAGs",
        "Assets are named as in `dev`.\n"
        "[What to do when one is red](../runbooks/README.md) is another page each.",
        table(["DAG", "does", "runs", "tags"], overview),
        *(part for dag in dags for part in _dag(dag)),
    )


def _dag(dag: Any) -> Iterator[str]:
    yield f"## {dag.dag_id}"
    # Its own heading says the name already.
    lines = dag.doc_md.strip().splitlines()
    yield "\n".join(lines[1:] if lines[0].startswith("#") else lines)
    limit = duration(dag.dagrun_timeout.total_seconds()) if dag.dagrun_timeout else "none"
    facts = [
        ["runs", _when(dag)],
        ["waits for", codes(_assets(dag))],
        ["at once", str(dag.max_active_runs)],
        ["at most", limit],
        ["catches up", "yes" if dag.catchup else "no"],
    ]
    yield table(["", ""], [row for row in facts if row[1]])
    rows = [
        [code(name), _kind(param.schema), _default(param), param.description or ""]
        for name, param in ((key, dag.params.get_param(key)) for key in dag.params)
    ]
    yield table(["parameter", "type", "default", "says"], rows)
    tasks = [
        [code(task.task_id), code(task.task_type), (task.doc_md or "").strip(),
         codes(sorted(task.upstream_task_ids))]
        for task in dag.topological_sort()
    ]  # fmt: skip
    yield table(["task", "operator", "does", "after"], tasks)


def _when(dag: Any) -> str:
    """Some or all of its assets, a cron expression, or both."""
    told = []
    assets = _assets(dag)
    if assets:
        word = "any" if type(_condition(dag)).__name__ == "AssetAny" else "each"
        changed = f"{word} of {len(assets)} assets changes" if len(assets) > 1 else (
            f"`{assets[0]}` changes"
        )  # fmt: skip
        told.append(f"when {changed}")
    times = getattr(dag.schedule, "timetable", dag.schedule)
    if hasattr(times, "expression"):
        told.append(f"at `{times.expression}` {times.timezone}")
    return ", and ".join(told) or "when asked"


def _assets(dag: Any) -> list[str]:
    return [one.name for one in getattr(_condition(dag), "objects", ())]


def _condition(dag: Any) -> Any:
    """What assets the schedule waits for, if it waits for any."""
    return getattr(dag.schedule, "asset_condition", dag.schedule)


def _kind(schema: dict[str, Any]) -> str:
    kind = schema.get("type", "")
    words = [one for one in (kind if isinstance(kind, list) else [kind]) if one != "null"]
    if schema.get("format"):
        return str(schema["format"])
    choices = schema.get("enum") or (schema.get("items") or {}).get("enum") or ()
    if choices:
        return f"{' or '.join(words)} of {len(choices)} names" if words == ["array"] else (
            " or ".join(f"`{one}`" for one in choices)
        )  # fmt: skip
    return " or ".join(words)


def _default(param: Any) -> str:
    value = param.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        choices = (param.schema.get("items") or {}).get("enum") or ()
        return "all" if choices and len(value) == len(choices) else codes(map(str, value))
    return code(str(value))
