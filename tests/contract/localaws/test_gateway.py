"""The process itself: its port, its health page, who may call it, how it ends."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow


def test_health_names_what_is_served(gateway):
    status, body = gateway.get("/_localaws/health")
    health = json.loads(body)
    assert (status, health["status"]) == (200, "running")
    assert {"s3", "glue", "logs", "iam", "dynamodb", "cloudformation"} <= set(health["services"])
    assert "GetTableVersions" in health["own_operations"]["glue"]


def test_listens_on_loopback_only(gateway):
    """Every listening socket of the process is on 127.0.0.1."""
    descriptors = [str(fd.readlink()) for fd in Path(f"/proc/{gateway.pid}/fd").iterdir()]
    inodes = {d[len("socket:[") : -1] for d in descriptors if d.startswith("socket:[")}
    addresses = []
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{gateway.pid}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[9] in inodes and fields[3] == "0A":  # LISTEN
                addresses.append(fields[1].split(":")[0])
    assert addresses == ["0100007F"]


def test_web_pages_may_not_call(gateway):
    """A page of another site must not reach the local AWS through the browser."""
    status, _ = gateway.get("/", {"Origin": "https://example.org"})
    assert status == 403


def test_pages_of_this_machine_may_call(gateway):
    status, _ = gateway.get("/", {"Origin": "http://localhost:8501"})
    assert status == 200


def test_taken_port_is_said(new_gateway, tmp_path):
    gateway = new_gateway()
    command = gateway.command()
    command[command.index("--state-dir") + 1] = str(tmp_path / "other")
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[3] / "infra/local")}
    second = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30)
    assert second.returncode == 3
    assert f"127.0.0.1:{gateway.port} cannot be opened" in second.stderr
    assert "--port" in second.stderr


def test_state_dir_belongs_to_one_process(new_gateway):
    gateway = new_gateway()
    command = gateway.command()
    command[command.index("--port") + 1] = "0"
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[3] / "infra/local")}
    second = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30)
    assert second.returncode == 4
    assert str(gateway.state_dir) in second.stderr


def test_stop_is_clean_and_keeps_state(new_gateway):
    gateway = new_gateway()
    gateway.client("ssm").put_parameter(Name="/stop", Value="kept", Type="String")
    assert gateway.stop() == 0
    gateway.start()
    assert gateway.client("ssm").get_parameter(Name="/stop")["Parameter"]["Value"] == "kept"


def test_a_client_that_leaves_early_harms_nobody(gateway):
    """A request cut off in its body is no write, and the next one is served."""
    s3 = gateway.client("s3")
    s3.create_bucket(Bucket="cut-off")
    connection = http.client.HTTPConnection("127.0.0.1", gateway.port)
    connection.putrequest("PUT", "/cut-off/half")
    connection.putheader("Content-Length", "1000")
    connection.endheaders()
    connection.send(b"x" * 10)
    connection.close()
    assert "Contents" not in s3.list_objects_v2(Bucket="cut-off")
