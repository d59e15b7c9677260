"""`make run` on real components: what a user gets, in the order in which a user would see it."""

from __future__ import annotations

import json
import os
import re
import signal
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

import pytest

from bringup.airflow_api import OPENER, AirflowApi
from bringup.flow import FIRST, FOLLOWERS, LAST
from bringup.ports import is_taken, listening_addresses
from bringup.processes import members, pid_of, started_at
from rlm import names

from .readme import REPOSITORY, commands_under, programs, run_each

if TYPE_CHECKING:
    from .conftest import MadePlatform

pytestmark = pytest.mark.slow

COUNTS = ("rows_in", "rows_loaded", "rows_quarantined", "rows_duplicate")
PROCESSES = {
    "airflow-api-server",
    "airflow-dag-processor",
    "airflow-scheduler",
    "airflow-triggerer",
    "dashboards",
    "local-aws",
}
# 127.0.0.1 and ::1, also as an IPv4 address in IPv6's clothes, as the kernel writes them.
LOOPBACK = {
    "0100007F",
    "00000000000000000000000001000000",
    "0000000000000000FFFF00000100007F",
}


def test_summary_is_exactly_what_was_planted(platform: MadePlatform) -> None:
    summary, truth = platform.summary(), platform.truth()
    assert set(summary["sources"]) == set(names.SOURCES)
    for source, planted in truth["sources"].items():
        counted = summary["sources"][source]
        assert {name: counted[name] for name in COUNTS} == {n: planted[n] for n in COUNTS}, source
        assert summary["tables"][source] == planted["silver_rows"], source
    assert summary["dags"]["ingest_sources"]["state"] == "success"
    assert summary["new_deliveries"] is True
    assert {"aws", "deploy", "landing", "airflow", "ingest", "total"} <= set(summary["seconds"])


def test_each_broken_row_is_in_quarantine_with_its_reason(platform: MadePlatform) -> None:
    s3, lake = platform.client("s3"), names.bucket("dev", "lake")
    prefix = f"{names.QUARANTINE_PREFIX}/"
    found = set()
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=lake, Prefix=prefix):
        for item in page.get("Contents", []):
            body = s3.get_object(Bucket=lake, Key=item["Key"])["Body"].read().decode()
            for line in body.splitlines():
                row = json.loads(line)
                assert row["reason"]
                key = row["file"].removeprefix(f"s3://{names.bucket('dev', 'landing')}/")
                found.add((row["source"], key, row.get("line"), row["rule"]))
    planted = {
        (row["source"], row["file"], row["line"], row["rule"]) for row in platform.truth()["broken"]
    }
    assert planted
    assert found >= planted


def test_every_task_succeeded(platform: MadePlatform) -> None:
    api = AirflowApi(platform.summary()["urls"]["airflow"])
    run_id = platform.summary()["dags"]["ingest_sources"]["run_id"]
    states = {task.name: task.state for task in api.task_states("ingest_sources", run_id)}
    assert {"publish", *(f"verdict_{source}" for source in names.SOURCES)} < set(states)
    assert set(states.values()) == {"success"}


def test_one_ingestion_sets_off_each_dag_of_the_chain(platform: MadePlatform) -> None:
    summary = platform.summary()
    assert {dag_id: run["state"] for dag_id, run in summary["dags"].items()} == dict.fromkeys(
        (FIRST, *FOLLOWERS, LAST), "success"
    )
    api = AirflowApi(summary["urls"]["airflow"])
    marts = summary["dags"]["build_marts"]
    assert marts["run_id"].startswith("asset_triggered__")
    states = {task.name: task.state for task in api.task_states("build_marts", marts["run_id"])}
    assert {f"verdict_{table}" for table in names.GOLD_TABLES} < set(states)
    assert set(states.values()) == {"success"}


def test_marts_and_serving_tables_are_full(platform: MadePlatform) -> None:
    summary = platform.summary()
    rows, items = summary["tables"], summary["items"]
    assert {table for table in names.GOLD_TABLES if rows[table]} == set(names.GOLD_TABLES)
    # One row an event, one item an event: nothing is lost on the way.
    assert rows["event_performance"] == rows["events"] == items["Events"]
    assert (items["Artists"], items["Venues"]) == (rows["artists"], rows["venues"])
    assert set(items) == set(names.DYNAMODB_TABLES)
    assert all(items.values())


def test_live_model_beats_popularity_and_answers(platform: MadePlatform) -> None:
    recommender = platform.summary()["recommender"]
    live, popularity = (recommender["metrics"][name] for name in ("live", "popularity"))
    # The generator plants groups of fans with a taste of their own.
    assert live["ndcg"] > popularity["ndcg"]
    assert recommender["last_training"]["is_approved"] is True
    assert recommender["endpoint"] == names.endpoint("dev")
    answer = json.load(
        platform.client("sagemaker-runtime").invoke_endpoint(
            EndpointName=recommender["endpoint"],
            ContentType="application/json",
            Body=json.dumps({"questions": [{"count": 5}]}),
        )["Body"]
    )
    assert answer["model_version"] == recommender["model_version"]
    # Nobody could follow what was recommended today: that is said, and nothing else is.
    assert recommender["last_monitoring"]["joined_answers"] == 0
    assert "too few answers to judge" in recommender["last_monitoring"]["reason"]
    assert len(answer["answers"][0]["recommendations"]) == 5


def test_index_of_event_reports_opens_in_a_browser(platform: MadePlatform) -> None:
    reports = platform.summary()["reports"]
    assert reports["count"] > 0
    with OPENER.open(reports["index"], timeout=10) as page:
        assert page.headers.get_content_type() == "text/html"
        text = page.read().decode()
    links = re.findall(r'href="([^"#:]*report\.html)"', text)
    assert len(set(links)) == reports["count"]
    with OPENER.open(urljoin(reports["index"], links[0]), timeout=10) as page:
        assert page.headers.get_content_type() == "text/html"
        assert "<svg" in page.read().decode()


def test_commands_of_the_readme_run_as_they_stand_there(platform: MadePlatform) -> None:
    page = (REPOSITORY / "README.md").read_text("utf-8")
    (exports, *lines) = commands_under("Look around", page)
    assert "http://127.0.0.1:4566 " in exports
    exports = exports.replace("127.0.0.1:4566", f"127.0.0.1:{platform.aws_port}")
    ended = run_each([exports, *lines])
    for one in ended:
        print(f"not run, {one.missing} is not there: {one.line}" if one.missing else one)
    assert [one for one in ended if one.exit_code != 0] == []
    said = {programs(one.line)[0]: one.stdout for one in ended if not one.missing}
    # Whatever else is not there, these are.
    assert set(json.loads(said[".venv/dev/bin/python"].replace("'", '"'))) == set(names.SOURCES)
    assert "<title>Event reports</title>" in said["curl"]
    if "aws" in said:
        assert "PRE clean_sources/" in said["aws"]
    if "echo" in said:
        answer = json.JSONDecoder().raw_decode(said["echo"])[0]
        assert len(answer["answers"][0]["recommendations"]) == 5


def test_landing_and_quarantine_are_in_the_catalog(platform: MadePlatform) -> None:
    glue = platform.client("glue")
    for layer in ("landing", "quarantine"):
        tables = glue.get_tables(DatabaseName=names.database("dev", layer))["TableList"]
        assert {table["Name"] for table in tables} >= set(names.SOURCES), layer


def test_dashboards_are_published_filled_and_drawn(platform: MadePlatform) -> None:
    found = platform.summary()["dashboards"]
    assert found["dashboards"]
    assert found["data_sets"]
    assert [name for name, rows in found["data_sets"].items() if not rows] == []
    page = platform.summary()["urls"]["dashboards"]
    with OPENER.open(f"{page}api/dashboards", timeout=60) as answer:
        told = json.load(answer)
    # Who may see what can be tried: a user for each group of the access rules.
    assert "booker-leads" in told["users"]
    listed = {one["name"]: one for one in told["dashboards"]}
    assert set(listed) == set(found["dashboards"])
    for name, one in listed.items():
        assert one["problem"] == "", name
        assert one["sheets"], name
        with OPENER.open(found["dashboards"][name]["url"], timeout=60) as drawn:
            assert drawn.status == 200


def test_status_names_everything_that_runs(platform: MadePlatform) -> None:
    status = platform.make("status")
    assert status.returncode == 0
    running = {line.split()[0] for line in status.stdout.splitlines() if " running " in line}
    assert running == PROCESSES


def test_nothing_listens_on_anything_but_loopback(platform: MadePlatform) -> None:
    pids = {pid for file in platform.pid_files() for pid in members(file)}
    listening = listening_addresses(pids)
    ports = {platform.aws_port, platform.airflow_port, platform.dashboards_port}
    assert ports <= {port for _address, port in listening}
    assert [(address, port) for address, port in listening if address not in LOOPBACK] == []


def test_second_run_finds_nothing_new_and_changes_nothing(platform: MadePlatform) -> None:
    before = platform.summary()
    run = platform.make("run")
    assert run.returncode == 0
    after = platform.summary()
    assert after["new_deliveries"] is False
    assert after["sources"] == before["sources"]
    assert after["tables"] == before["tables"]
    assert after["items"] == before["items"]
    assert after["reports"] == before["reports"]
    assert after["recommender"] == before["recommender"]
    # What nothing set off and succeeded before is not run again.
    assert set(after["dags"]) == {FIRST}
    assert "clean_sources: skipped" in run.stdout
    assert ", 0 were there already" not in run.stdout


def test_killed_component_is_noticed_and_started_again(platform: MadePlatform) -> None:
    pid_file = platform.state / "run" / "airflow-scheduler.json"
    pid = pid_of(pid_file)
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + 10
    while pid_of(pid_file) is not None:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    status = platform.make("status")
    assert status.returncode != 0
    assert "airflow-scheduler died" in status.stdout
    assert platform.make("run").returncode == 0
    assert platform.make("status").returncode == 0


def test_taken_port_is_named_with_its_variable(platform: MadePlatform, tmp_path: Any) -> None:
    # A second platform on the first one's port for AWS.
    from dataclasses import replace

    second = replace(platform, state=tmp_path / "state", airflow_port=platform.airflow_port + 1)
    run = second.make("run")
    assert run.returncode != 0
    assert f"port {platform.aws_port} for the local AWS is taken by process" in run.stdout
    assert "RLM_AWS_PORT=" in run.stdout
    assert second.pid_files() == []


def test_stop_stops_everything(platform: MadePlatform) -> None:
    pids = [pid for file in platform.pid_files() for pid in members(file)]
    assert len(pids) >= len(PROCESSES)
    assert platform.make("stop").returncode == 0
    assert [pid for pid in pids if started_at(pid)] == []
    assert not is_taken(platform.aws_port)
    assert not is_taken(platform.airflow_port)
