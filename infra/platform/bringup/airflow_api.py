"""What the platform asks Airflow over its REST API: health, DAGs, runs, task states, logs."""

from __future__ import annotations

import datetime as dt
import json
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .failures import PlatformError
from .local_aws import OPENER

if TYPE_CHECKING:
    from collections.abc import Mapping

FINAL_STATES = frozenset({"success", "failed"})
REQUEST_SECONDS = 30
# A machine that does much else lets Airflow answer late; questions are asked again, orders are not.
MOST_LATE_ANSWERS = 5


@dataclass(frozen=True)
class TaskState:
    """One task of a run: its name, with its map index if it has one, and where it stands."""

    name: str
    state: str
    try_number: int
    task_id: str
    map_index: int


@dataclass(frozen=True)
class AssetEvent:
    """Word of a changed asset, and the (dag_id, run_id) that it started so far."""

    asset: str
    created_runs: frozenset[tuple[str, str]]


@dataclass
class AirflowApi:
    """A client of one Airflow on loopback; it fetches its own token."""

    url: str
    _token: str = field(default="", repr=False)

    def component_health(self) -> dict[str, str]:
        """`healthy` or not, by component; empty while nothing answers."""
        try:
            answer = self._send("GET", "/api/v2/monitor/health", authorized=False)
        except (PlatformError, OSError):
            return {}
        return {
            name.replace("_", "-"): str(report.get("status") or "unknown")
            for name, report in answer.items()
        }

    def heartbeats(self) -> dict[str, float]:
        """When each component last gave a sign of life, in epoch seconds; none where nobody is."""
        try:
            answer = self._send("GET", "/api/v2/monitor/health", authorized=False)
        except (PlatformError, OSError):
            return {}
        found = {}
        for name, report in answer.items():
            if at := report.get(f"latest_{name}_heartbeat"):
                moment = dt.datetime.fromisoformat(str(at))
                found[name.replace("_", "-")] = moment.timestamp()
        return found

    def wait_for_dag(self, dag_id: str, timeout_seconds: float) -> None:
        """Wait until the dag-processor has parsed the DAG; an import error ends the wait."""
        deadline = time.monotonic() + timeout_seconds
        while time.monotonic() < deadline:
            if self._get_or_none(f"/api/v2/dags/{dag_id}") is not None:
                return
            errors = self._send("GET", "/api/v2/importErrors")["import_errors"]
            for error in errors:
                if error["filename"].endswith(f"{dag_id}.py"):
                    raise PlatformError(f"Airflow cannot load {dag_id}:\n{error['stack_trace']}")
            time.sleep(0.5)
        raise PlatformError(
            f"Airflow did not load the DAG {dag_id} within {timeout_seconds:.0f} s;"
            " see airflow-dag-processor.log"
        )

    def trigger(self, dag_id: str, conf: Mapping[str, Any]) -> str:
        """Start a run now and return its run_id; the DAG is unpaused, so that it does run."""
        body = {"logical_date": None, "conf": dict(conf)}
        run = self._send("POST", f"/api/v2/dags/{dag_id}/dagRuns", body)
        # After the trigger: unpausing first could let a scheduled run go before this one.
        self.unpause(dag_id)
        return str(run["dag_run_id"])

    def unpause(self, dag_id: str) -> None:
        """Let a DAG run when its schedule or its assets say so."""
        self._send("PATCH", f"/api/v2/dags/{dag_id}", {"is_paused": False})

    def pause(self, dag_id: str) -> None:
        """Let neither its schedule nor its assets start a DAG."""
        self._send("PATCH", f"/api/v2/dags/{dag_id}", {"is_paused": True})

    def last_run(self, dag_id: str) -> tuple[str, str] | None:
        """(run_id, state) of the DAG's newest run; None if it never ran."""
        path = f"/api/v2/dags/{dag_id}/dagRuns?limit=1&order_by=-run_after"
        runs = self._send("GET", path)["dag_runs"]
        return (str(runs[0]["dag_run_id"]), str(runs[0]["state"])) if runs else None

    def asset_events(self, dag_id: str, run_id: str) -> list[AssetEvent] | None:
        """The events that a run's tasks gave; None while Airflow cannot say.

        It answers 500 as long as a run that such an event made still waits for its start.
        """
        query = urllib.parse.urlencode(
            {"source_dag_id": dag_id, "source_run_id": run_id, "limit": 100}
        )
        try:
            events = self._send("GET", f"/api/v2/assets/events?{query}")["asset_events"]
        except _ServerError:
            return None
        return [
            AssetEvent(
                asset=str(event["name"]),
                created_runs=frozenset(
                    (str(run["dag_id"]), str(run["run_id"])) for run in event["created_dagruns"]
                ),
            )
            for event in events
        ]

    def asset_waiters(self) -> dict[str, set[str]]:
        """By asset, the DAGs that are scheduled by it."""
        assets = self._send("GET", "/api/v2/assets?limit=100")["assets"]
        return {
            str(asset["name"]): {str(dag["dag_id"]) for dag in asset["scheduled_dags"]}
            for asset in assets
        }

    def run_state(self, dag_id: str, run_id: str) -> tuple[str, float]:
        """State of a run and its seconds so far."""
        run = self._send("GET", self._run_path(dag_id, run_id))
        return str(run["state"]), float(run.get("duration") or 0.0)

    def runs(self, *states: str) -> list[tuple[str, str]]:
        """(dag_id, run_id) of every run that is in one of these states, the oldest first."""
        query = urllib.parse.urlencode(
            [("limit", 100), ("order_by", "run_after"), *(("state", state) for state in states)]
        )
        runs = self._send("GET", f"/api/v2/dags/~/dagRuns?{query}")["dag_runs"]
        return [(str(run["dag_id"]), str(run["dag_run_id"])) for run in runs]

    def run_failed_again(self, dag_id: str, run_id: str) -> None:
        """Let the tasks of a run that failed, and what waited for them, be tried anew."""
        body = {"dry_run": False, "only_failed": True}
        self._send("POST", f"{self._run_path(dag_id, run_id)}/clear", body)

    def running_tasks(self) -> dict[tuple[str, str, str, int], int]:
        """The try number of every task that runs, by DAG, run, task and map index."""
        query = urllib.parse.urlencode({"limit": 100, "state": "running"})
        answer = self._send("GET", f"/api/v2/dags/~/dagRuns/~/taskInstances?{query}")
        return {_task_key(task): int(task["try_number"]) for task in answer["task_instances"]}

    def tasks_that_wait_to_retry(self) -> dict[tuple[str, str, str, int], float]:
        """When the last try of every such task ended, in epoch seconds; keys as `running_tasks`."""
        query = urllib.parse.urlencode({"limit": 100, "state": "up_for_retry"})
        answer = self._send("GET", f"/api/v2/dags/~/dagRuns/~/taskInstances?{query}")
        return {
            _task_key(task): dt.datetime.fromisoformat(task["end_date"]).timestamp()
            for task in answer["task_instances"]
            if task["end_date"]
        }

    def retry_now(self, dag_id: str, run_id: str, task_id: str, map_index: int) -> None:
        """Let a task be tried again at once instead of after its delay."""
        body = {
            "dry_run": False,
            "dag_run_id": run_id,
            "task_ids": [[task_id, map_index]] if map_index >= 0 else [task_id],
            "only_failed": False,
            "reset_dag_runs": False,
        }
        self._send("POST", f"/api/v2/dags/{dag_id}/clearTaskInstances", body)

    def task_states(self, dag_id: str, run_id: str) -> list[TaskState]:
        """Every task of a run, the first started first."""
        answer = self._send("GET", f"{self._run_path(dag_id, run_id)}/taskInstances?limit=200")
        tasks = sorted(
            answer["task_instances"], key=lambda task: (task["start_date"] or "9", task["task_id"])
        )
        return [
            TaskState(
                name=task["task_display_name"]
                + (f"[{task['rendered_map_index'] or task['map_index']}]" if _mapped(task) else ""),
                state=str(task["state"] or "waiting"),
                try_number=int(task["try_number"]),
                task_id=str(task["task_id"]),
                map_index=int(task["map_index"]),
            )
            for task in tasks
        ]

    def task_titles(self, dag_id: str) -> dict[str, str]:
        """What each task of a DAG does: the first line of its documentation."""
        tasks = self._send("GET", f"/api/v2/dags/{dag_id}/tasks")["tasks"]
        return {
            str(task["task_id"]): str(task["doc_md"]).strip().splitlines()[0]
            for task in tasks
            if task.get("doc_md")
        }

    def task_log(self, dag_id: str, run_id: str, task: TaskState) -> list[str]:
        """The lines of a task's last try."""
        path = (
            f"{self._run_path(dag_id, run_id)}/taskInstances/{task.task_id}"
            f"/logs/{max(task.try_number, 1)}?full_content=true&map_index={task.map_index}"
        )
        lines = []
        for entry in self._send("GET", path)["content"]:
            if isinstance(entry, str):
                lines += entry.splitlines()
                continue
            lines.append(f"{entry.get('level', 'info')}: {entry.get('event', '')}")
            lines += [
                f"{error.get('exc_type')}: {error.get('exc_value')}"
                for error in entry.get("error_detail") or []
            ]
        return lines

    def _run_path(self, dag_id: str, run_id: str) -> str:
        return f"/api/v2/dags/{dag_id}/dagRuns/{urllib.parse.quote(run_id, safe='')}"

    def _get_or_none(self, path: str) -> dict[str, Any] | None:
        try:
            return self._send("GET", path)
        except _NotFoundError:
            return None

    def _send(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        authorized: bool = True,
    ) -> dict[str, Any]:
        """One call; an expired token is fetched again once, a question without an answer asked."""
        late = 0
        has_new_token = False
        while True:
            headers = {"Content-Type": "application/json", "Accept": "application/json"}
            if authorized:
                self._token = self._token or str(self._new_token())
                headers["Authorization"] = f"Bearer {self._token}"
            request = urllib.request.Request(  # noqa: S310 - http on loopback
                self.url + path,
                method=method,
                headers=headers,
                data=None if body is None else json.dumps(body).encode(),
            )
            try:
                with OPENER.open(request, timeout=REQUEST_SECONDS) as response:
                    answer: dict[str, Any] = json.load(response)
                    return answer
            except urllib.error.HTTPError as problem:
                if problem.code == 401 and authorized and not has_new_token:
                    self._token, has_new_token = "", True
                    continue
                text = problem.read().decode(errors="replace")[:2000]
                kind = {404: _NotFoundError, 500: _ServerError}.get(problem.code, PlatformError)
                raise kind(f"Airflow answered {problem.code} to {method} {path}: {text}") from None
            except TimeoutError:
                late += 1
                if method != "GET" or late == MOST_LATE_ANSWERS:
                    raise PlatformError(
                        f"Airflow did not answer {method} {path} in {REQUEST_SECONDS} s"
                        f"{f', {late} times' if late > 1 else ''}; see make status"
                    ) from None

    def _new_token(self) -> str:
        answer = self._send("GET", "/auth/token", authorized=False)
        return str(answer["access_token"])


class _NotFoundError(PlatformError):
    """What was asked for is not there, perhaps not yet."""


class _ServerError(PlatformError):
    """Airflow failed on a call that it should answer."""


def _mapped(task: Mapping[str, Any]) -> bool:
    return int(task["map_index"]) >= 0


def _task_key(task: Mapping[str, Any]) -> tuple[str, str, str, int]:
    """DAG, run, task and map index."""
    return (
        str(task["dag_id"]),
        str(task["dag_run_id"]),
        str(task["task_id"]),
        int(task["map_index"]),
    )
