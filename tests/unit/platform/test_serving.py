"""Each server of the platform in the foreground: what a container runs, and how it is checked."""

from __future__ import annotations

import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from bringup import serving
from bringup.failures import PlatformError
from bringup.layout import ROOT
from bringup.platform import platform_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HEALTH = {
    "/_localaws/health": b'{"status": "running"}',
    "/healthz": b"ok",
    "/api/v2/monitor/health": (
        b'{"metadatabase": {"status": "healthy"}, "scheduler": {"status": "healthy"},'
        b' "triggerer": {"status": "unhealthy"}, "dag_processor": {"status": null}}'
    ),
}


@pytest.fixture
def port() -> Iterator[str]:
    """Of one server that answers as all of them do."""

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = HEALTH.get(self.path)
            self.send_response(200 if body else 404)
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield str(server.server_address[1])
    server.shutdown()
    server.server_close()


def test_health_is_each_server_s_own(port: str) -> None:
    variables = ("RLM_AWS_PORT", "RLM_AIRFLOW_PORT", "RLM_DASHBOARDS_PORT")
    environ = dict.fromkeys(variables, port)
    assert {name: serving.is_healthy(name, environ) for name in serving.SERVERS} == {
        "local-aws": True,
        "airflow-api-server": True,
        "airflow-scheduler": True,
        "airflow-dag-processor": False,
        "airflow-triggerer": False,
        "dashboards": True,
    }
    with pytest.raises(PlatformError, match="airflow-dag-processor, airflow-triggerer not healthy"):
        serving.wait_for_servers(environ, timeout_seconds=0.0)


def test_names_are_those_of_the_processes(tmp_path: Path) -> None:
    platform = platform_for({"RLM_STATE_DIR": str(tmp_path)})
    for name in serving.SERVERS:
        assert platform.process(name).name == name
    assert {process.name for process in platform.processes()} == set(serving.SERVERS)
    with pytest.raises(PlatformError, match="no server is called 'quicksight'; there are local-"):
        platform.process("quicksight")


def test_server_takes_the_place_of_what_started_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    became: list[tuple[str, list[str], str]] = []
    monkeypatch.setattr(
        serving.os,
        "execve",
        lambda path, command, environ: became.append((path, command, environ["PYTHONPATH"])),
    )
    platform = platform_for({"RLM_STATE_DIR": str(tmp_path)})
    serving.serve(platform, "local-aws")
    command = list(platform.aws.process.command)
    assert became == [(command[0], command, str(ROOT / "infra" / "local"))]
    assert platform.state.images.exists()


def test_airflow_uses_the_database_that_is_named(tmp_path: Path) -> None:
    here = platform_for({"RLM_STATE_DIR": str(tmp_path)})
    there = platform_for(
        {"RLM_STATE_DIR": str(tmp_path), "RLM_AIRFLOW_DATABASE": "postgresql+psycopg2:///airflow"}
    )
    name = "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"
    assert here.airflow.environ[name] == f"sqlite:///{tmp_path}/airflow/airflow.db"
    assert there.airflow.environ[name] == "postgresql+psycopg2:///airflow"


def test_starting_a_server_needs_no_library() -> None:
    code = (
        "import sys, bringup.serving;"
        "print(sorted({'boto3', 'botocore', 'duckdb', 'yaml'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", code],
        env={"PYTHONPATH": f"{ROOT / 'infra' / 'platform'}:{ROOT / 'src'}"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "[]\n"


def test_what_is_no_server_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert serving.main(["--check", "quicksight"], {}) == 1
    assert serving.main([], {}) == 2
    assert "expected local-aws or airflow-api-server" in capsys.readouterr().err
