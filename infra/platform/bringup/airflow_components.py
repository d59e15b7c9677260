"""Airflow's four components as processes: the versions, executor and settings of this machine."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from . import ports
from .airflow_api import AirflowApi
from .failures import PlatformError
from .layout import ENVIRONMENTS, ROOT, State
from .processes import Process, tail

if TYPE_CHECKING:
    from collections.abc import Mapping

# The scheduler and the triggerer would serve task logs on all interfaces;
# here the API server reads the same files itself.
COMPONENTS: Mapping[str, tuple[str, ...]] = {
    "api-server": ("api-server",),
    "scheduler": ("scheduler", "--skip-serve-logs"),
    "dag-processor": ("dag-processor",),
    "triggerer": ("triggerer", "--skip-serve-logs"),
}
# Airflow forks this many task workers at once, about 150 MB each.
PARALLEL_TASKS = 4
PREFIX = "airflow-"
DATABASE_FILE = "airflow.db"
DATABASE_VARIABLE = "RLM_AIRFLOW_DATABASE"


@dataclass(frozen=True)
class Airflow:
    """One Airflow: its port, and the variables that each of its processes gets."""

    port: int
    environ: Mapping[str, str]
    state: State

    @property
    def url(self) -> str:
        return airflow_url(self.port)

    def processes(self) -> list[Process]:
        """The four components, in the order in which they start."""
        program = str(ENVIRONMENTS / "airflow" / "bin" / "airflow")
        return [
            Process(
                name=f"{PREFIX}{name}",
                command=(program, *arguments),
                environ=self.environ,
                cwd=ROOT,
                run_folder=self.state.run,
                log_folder=self.state.logs,
            )
            for name, arguments in COMPONENTS.items()
        ]

    def migrate_database(self) -> None:
        """Create or upgrade the metadata database; quick when it is as it should be."""
        lock = ROOT / "requirements.lock"
        mark = self.state.airflow / ".migrated-for"
        # Of a server's database nobody knows here what became of it: Airflow looks itself.
        is_file = (self.state.airflow / DATABASE_FILE).exists()
        if is_file and mark.exists() and mark.read_text() == lock.read_text():
            return
        log = self.state.logs / "airflow-db-migrate.log"
        with log.open("ab") as output:
            step = subprocess.run(  # noqa: S603 - our own Airflow
                [str(ENVIRONMENTS / "airflow" / "bin" / "airflow"), "db", "migrate"],
                env=dict(self.environ),
                cwd=ROOT,
                stdout=output,
                stderr=subprocess.STDOUT,
                check=False,
            )
        if step.returncode != 0:
            raise PlatformError(f"airflow db migrate failed, the end of {log}:\n{tail(log)}")
        mark.write_text(lock.read_text())


def airflow_url(port: int) -> str:
    """Where Airflow answers on this machine."""
    return f"http://{ports.LOOPBACK}:{port}"


def component_is_healthy(url: str, name: str) -> bool:
    """Whether the Airflow at `url` says so of one of its processes."""
    health = AirflowApi(url).component_health()
    component = name.removeprefix(PREFIX)
    # The API server does not speak of itself: it answers.
    return bool(health) if component == "api-server" else health.get(component) == "healthy"


def airflow_for(state: State, port: int, client_environ: Mapping[str, str]) -> Airflow:
    """Airflow with its settings for this machine; its tasks reach AWS as `client_environ` says.

    As on MWAA the DAGs find AWS through the environment alone.
    RLM_AIRFLOW_DATABASE names a database (as SQLAlchemy does) to use instead of a file's.
    """
    url = airflow_url(port)
    database = client_environ.get(DATABASE_VARIABLE) or f"sqlite:///{state.airflow / DATABASE_FILE}"
    settings = {
        "AIRFLOW_HOME": str(state.airflow),
        "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(ROOT / "plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__PARALLELISM": str(PARALLEL_TASKS),
        # Whoever can reach loopback on this machine may use Airflow: no password to lose.
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{url}/execution/",
        "AIRFLOW__API__HOST": ports.LOOPBACK,
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__BASE_URL": url,
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__API_AUTH__JWT_SECRET": _secret(state, "jwt"),
        "AIRFLOW__API__SECRET_KEY": _secret(state, "session"),
        "AIRFLOW__CORE__FERNET_KEY": "",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": database,
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(state.airflow / "logs"),
        "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "10",
        "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "10",
        "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.5",
        # A task whose process or scheduler was killed is tried again in two minutes, not in five.
        "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "120",
        "AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "30",
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
        "AIRFLOW_CONN_AWS_DEFAULT": "aws://",
    }
    return Airflow(port=port, environ={**client_environ, **settings}, state=state)


def _secret(state: State, name: str) -> str:
    """A random key that stays the same while the state exists: old log links stay valid."""
    known: dict[str, str] = {}
    if state.secrets.exists():
        known = json.loads(state.secrets.read_text())
    if name not in known:
        known[name] = secrets.token_urlsafe(48)
        state.folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(state.secrets, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(known, file)
    return known[name]
