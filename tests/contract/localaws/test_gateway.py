"""The process itself: its port, its health page, who may call it, how it ends."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import time
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow


def test_health_names_what_is_served(gateway):
    status, body = gateway.get("/_localaws/health")
    health = json.loads(body)
    assert (status, health["status"]) == (200, "running")
    assert {"s3", "glue", "logs", "iam", "dynamodb", "cloudformation"} <= set(health["services"])
    assert "GetTableVersions" in health["own_operations"]["glue"]


@pytest.mark.parametrize("path", ["/_localaws/health", "/no-such-bucket"])
def test_answers_tell_the_time_once(gateway, path):
    """The CDK's client takes two dates for a broken clock, and signs nothing any more."""
    connection = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=10)
    connection.request("GET", path)
    dates = connection.getresponse().headers.get_all("date")
    connection.close()
    assert len(dates) == 1
    assert abs(parsedate_to_datetime(dates[0]).timestamp() - time.time()) < 60


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


ELSEWHERE = "https://example.org"


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": ELSEWHERE},
        {"Origin": "null"},  # a file, or a frame in a sandbox
        {"Origin": "https://localhost.example.org"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"},  # a picture
        {"Host": "rebound.example.org"},
        {"Host": "rebound.example.org:4566", "Origin": "http://rebound.example.org:4566"},
    ],
)
@pytest.mark.parametrize("path", ["/", "/inbox/", "/bucket/key", "/_localaws/health"])
def test_web_pages_of_other_sites_may_not_call(gateway, headers, path):
    """A page of another site must not reach the local AWS through the browser."""
    assert gateway.get(path, headers)[0] == 403


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "http://localhost:8501"},
        {"Host": "localhost:4566", "Sec-Fetch-Site": "same-origin"},
        {"Host": "[::1]:4566"},
        {"Host": "bucket.s3.localhost:4566"},
    ],
)
def test_programs_and_pages_of_this_machine_may_call(gateway, headers):
    assert gateway.get("/_localaws/health", headers)[0] == 200


def test_a_link_of_another_site_shows_a_page_and_does_nothing(gateway):
    followed = {
        "Sec-Fetch-Site": "cross-site",
        "Sec-Fetch-Mode": "navigate",
        "Sec-Fetch-Dest": "document",
    }
    assert gateway.get("/inbox/", followed)[0] == 200
    assert gateway.get("/inbox/?Action=DeleteTopic", followed)[0] == 403
    assert gateway.get("/?Action=ListTopics", followed)[0] == 403
    assert gateway.get("/inbox/", followed | {"Sec-Fetch-Dest": "iframe"})[0] == 403


def test_a_bucket_allows_the_origins_of_its_cors_rules(gateway):
    s3 = gateway.client("s3")
    for bucket in ("open-to-pages", "closed-to-pages"):
        s3.create_bucket(Bucket=bucket)
        s3.put_object(Bucket=bucket, Key="key", Body=b"seen")
    rule = {"AllowedOrigins": [ELSEWHERE], "AllowedMethods": ["GET"]}
    s3.put_bucket_cors(Bucket="open-to-pages", CORSConfiguration={"CORSRules": [rule]})
    asked = {"Origin": ELSEWHERE}
    assert gateway.get("/open-to-pages/key", asked) == (200, b"seen")
    assert gateway.get("/closed-to-pages/key", asked)[0] == 403
    assert gateway.get("/open-to-pages/key", {"Origin": "https://other.example.org"})[0] == 403
    # The rule is the bucket's: nothing else answers under its name.
    assert gateway.get("/open-to-pages/key?Action=ListTopics", asked)[0] == 403
    connection = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=10)
    for method, status in (("GET", 200), ("PUT", 403)):
        connection.request(
            "OPTIONS",
            "/open-to-pages/key",
            headers=asked | {"Access-Control-Request-Method": method},
        )
        answer = connection.getresponse()
        answer.read()
        assert (method, answer.status) == (method, status)
    connection.request("PUT", "/open-to-pages/key", b"changed", asked)
    assert connection.getresponse().status == 403
    connection.close()


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


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="nothing tells what is open here")
def test_connections_go_when_their_clients_have_gone(gateway):
    opened = Path(f"/proc/{gateway.pid}/fd")
    before = len(list(opened.iterdir()))
    for _ in range(50):
        gateway.get("/_localaws/health")
    deadline = time.monotonic() + 30
    while len(list(opened.iterdir())) > before + 10 and time.monotonic() < deadline:
        time.sleep(0.1)
    assert len(list(opened.iterdir())) <= before + 10
