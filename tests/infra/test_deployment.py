"""`deploy` on a local AWS: what the services describe is what the templates say."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from beside_stacks import beside, make_beside, make_model
from described import DESCRIBERS, Deployed, differences

import deploy as deployment
from airflow_release import put_release
from destroy import destroy
from package import build_package
from release import release
from rlm import names
from same_bytes import files_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assembly import Assembly

REPOSITORY = Path(__file__).parents[2]
REGION = "eu-west-1"
# The local AWS has no network to stand in, and Airflow runs beside it.
WITHOUT = ("network", "mwaa")
ONLY_IN = {"dev": {"exploration"}, "prod": set()}
_START_TIMEOUT_SECONDS = 60.0

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[deployment.Target]:
    """A local AWS of this module's own, with nothing in it."""
    environments = REPOSITORY / ".venv"
    python = Path(os.environ.get("LOCAL_AWS_PYTHON", environments / "local-aws" / "bin" / "python"))
    notebook = environments / "notebook" / "bin" / "python"
    for needed in (python, notebook):
        assert needed.exists(), f"{needed} is missing: run make setup"
    scratch = tmp_path_factory.mktemp("localaws")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with (scratch / "log").open("wb") as log:
        gateway = subprocess.Popen(
            [
                *(python, "-m", "localaws", "--port", str(port), "--state-dir", scratch / "state"),
                *("--notebook-python", notebook),
                *("--sagemaker-images", _images(scratch)),
            ],
            env=os.environ | {"PYTHONPATH": str(REPOSITORY / "infra" / "local")},
            stdout=log,
            stderr=log,
        )
    endpoint = f"http://127.0.0.1:{port}"
    try:
        _wait_for(endpoint, gateway)
        credentials = {
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": REGION,
        }
        with pytest.MonkeyPatch.context() as patch:
            for name, value in credentials.items():
                patch.setenv(name, value)
            yield deployment.target_of(os.environ, endpoint)
    finally:
        gateway.terminate()
        gateway.wait(timeout=30)


def _images(folder: Path) -> Path:
    """Images that models may name; nothing here runs them."""
    image = {"programs": str(folder), "python": sys.executable}
    file = folder / "images.json"
    images = {names.recommender_image(env): image for env in names.ENVIRONMENTS}
    file.write_text(json.dumps({"images": images}))
    return file


def _wait_for(endpoint: str, gateway: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _START_TIMEOUT_SECONDS
    while time.monotonic() < deadline:
        assert gateway.poll() is None, "the gateway ended at start"
        with contextlib.suppress(OSError, urllib.error.URLError):
            urllib.request.urlopen(f"{endpoint}/_localaws/health", timeout=5)  # noqa: S310
            return
        time.sleep(0.05)
    pytest.fail("the gateway did not answer")


@pytest.fixture(scope="module")
def deployed(
    target: deployment.Target, assemblies: dict[str, Assembly]
) -> dict[str, tuple[Assembly, list[str]]]:
    """Both environments, deployed side by side into one account."""
    return {
        env: (assembly, deployment.deploy(env, target, lambda _: None, without=WITHOUT))
        for env, assembly in assemblies.items()
    }


@pytest.mark.parametrize("env", ["dev", "prod"])
def test_first_deployment_deploys_every_stack(deployed, env):
    assembly, changed = deployed[env]
    subjects = {"api", "booking", "etl", "monitoring", "query", "quicksight", "recommender"}
    subjects |= {"serving", "storage"}
    assert set(changed) == {f"rlm-{env}-{subject}" for subject in subjects | ONLY_IN[env]}
    assert set(changed) == set(assembly.stacks) - {f"rlm-{env}-{subject}" for subject in WITHOUT}


@pytest.mark.parametrize("env", ["dev", "prod"])
def test_every_resource_is_described_as_its_template_says(deployed, target, env):
    assembly, _ = deployed[env]
    compared: dict[str, int] = {}
    found: list[str] = []
    for stack in assembly.stacks:
        if stack in {f"rlm-{env}-{subject}" for subject in WITHOUT}:
            continue
        template = assembly.template(stack)
        here = Deployed(target, stack, template)
        for logical_id, resource in template["Resources"].items():
            resource_type = resource["Type"]
            assert resource_type in DESCRIBERS, f"nothing here can describe {resource_type}"
            found += differences(here, logical_id, resource)
            compared[resource_type] = compared.get(resource_type, 0) + 1
    assert found == []
    assert compared["AWS::S3::Bucket"] == 6
    assert compared["AWS::Glue::Job"] == 5
    assert sum(compared.values()) >= 40


def test_deployment_without_changes_changes_nothing_and_is_quick(deployed, target):
    started = time.monotonic()
    assert deployment.deploy("dev", target, lambda _: None, without=WITHOUT) == []
    assert time.monotonic() - started < 10


def test_deployment_says_which_resource_failed_and_why(target, deployed):
    """A bucket that someone else made in the way of the stack's own."""
    cloudformation = target.client("cloudformation")
    cloudformation.delete_stack(StackName="rlm-dev-etl")
    cloudformation.get_waiter("stack_delete_complete").wait(
        StackName="rlm-dev-etl", WaiterConfig={"Delay": 1, "MaxAttempts": 30}
    )
    target.client("glue").create_crawler(
        Name="rlm-dev-landing",
        Role="someone",
        DatabaseName="elsewhere",
        Targets={"S3Targets": [{"Path": "s3://elsewhere/"}]},
    )

    with pytest.raises(deployment.DeploymentError, match=r"AWS::Glue::Crawler LandingCrawler: .+"):
        deployment.deploy("dev", target, lambda _: None, without=WITHOUT)

    target.client("glue").delete_crawler(Name="rlm-dev-landing")
    assert deployment.deploy("dev", target, lambda _: None, without=WITHOUT) == ["rlm-dev-etl"]


def test_missing_region_names_itself():
    with pytest.raises(deployment.DeploymentError, match="AWS_REGION"):
        deployment.target_of({}, "http://127.0.0.1:9")


def test_endpoint_that_is_down_is_named(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    down = deployment.target_of({"AWS_REGION": REGION}, "http://127.0.0.1:9")
    with pytest.raises(deployment.DeploymentError, match=r"http://127\.0\.0\.1:9 who we are"):
        deployment.deploy("dev", down, lambda _: None)


def test_missing_credentials_are_named(monkeypatch, tmp_path):
    for name in list(os.environ):
        if name.startswith("AWS_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("HOME", str(tmp_path))
    nobody = deployment.target_of({"AWS_REGION": REGION}, "http://127.0.0.1:9")
    with pytest.raises(deployment.DeploymentError, match="AWS_ACCESS_KEY_ID"):
        deployment.deploy("dev", nobody, lambda _: None)


def test_release_puts_what_airflow_runs_on_and_says_where_things_are(deployed, target):
    said: list[str] = []
    without = [*WITHOUT]
    assert release("dev", target, said.append, _nobody, without, engine=lambda _: None)
    package = build_package("dev")
    s3 = target.client("s3")
    folder = f"releases/{package.release}"
    listed = s3.list_objects_v2(Bucket="rlm-dev-airflow", Prefix=folder)["Contents"]
    dags = package.directory / "mwaa" / "dags"
    assert {one["Key"].removeprefix(f"{folder}/") for one in listed} == {
        *("plugins.zip", "requirements.txt", "startup.sh"),
        *(f"dags/{file.relative_to(dags).as_posix()}" for file in files_of(dags)),
    }
    # No engine to build the image with: the commands for where there is one.
    assert [line for line in said if line.startswith("  podman push") and ":current" in line]
    assert [line for line in said if line.startswith("API ") and "execute-api" in line]
    # The settings name nobody.
    assert [line.partition(":")[0] for line in said if line.startswith("nobody hears")] == [
        "nobody hears of rlm-dev-page",
        "nobody hears of rlm-dev-ticket",
    ]
    # What MWAA did not come for in time is told, a DAG that is gone is gone.
    s3.put_object(Bucket="rlm-dev-airflow", Key=f"{folder}/dags/forgotten.py", Body=b"")
    assert put_release("dev", target, package, said.append) == 1
    assert put_release("dev", target, package, said.append) == 0


def test_nothing_that_holds_data_goes_without_a_word(deployed, target, tmp_path, monkeypatch):
    assembly, _ = deployed["dev"]
    other = replace(assembly, directory=tmp_path / "dev", is_new=True)
    shutil.copytree(assembly.directory, other.directory)
    stack = "rlm-dev-serving"
    template = other.template(stack)
    (trends,) = (
        logical_id
        for logical_id, resource in template["Resources"].items()
        if resource["Properties"].get("TableName") == "rlm-dev-Trends"
    )
    del template["Resources"][trends]
    (other.directory / f"{stack}.template.json").write_text(json.dumps(template))
    monkeypatch.setattr("release.synthesize", lambda *_: other)
    said: list[str] = []
    asked: list[str] = []
    assert not release("dev", target, said.append, lambda env: bool(asked.append(env)), [*WITHOUT])
    assert asked == ["dev"]
    assert f"  {stack}: AWS::DynamoDB::Table rlm-dev-Trends is deleted: its items" in said
    assert said[-1] == "nothing was changed"
    assert target.client("dynamodb").describe_table(TableName="rlm-dev-Trends")


def test_destroying_dev_leaves_prod_and_prod_is_not_destroyed(deployed, target):
    s3 = target.client("s3")
    for content in (b"one", b"two"):
        s3.put_object(Bucket="rlm-dev-landing", Key="artists/x.csv", Body=content)
    account = deployment.account_of(target)
    for env in ("dev", "prod"):
        make_beside(target, account, env)
    # Of somebody who called it almost as we do.
    make_model(target, account, "dev", "copy-of-rlm-dev-recommender-1")
    _stack_of_before(target, "rlm-dev-exploration-2", {"project": "rlm", "environment": "dev"})
    _stack_of_before(target, "rlm-dev-of-somebody", {})
    there = beside(target, account)
    dev = {one for one in there if one.split()[1].startswith("rlm-dev-")}
    assert {one.split()[0] for one in dev} == {
        *("config", "model", "package", "image", "theme", "folder")
    }
    said: list[str] = []
    with pytest.raises(deployment.DeploymentError, match="prod keeps its data"):
        destroy("prod", target, said.append, _nobody)
    assert not destroy("dev", target, said.append, lambda _: False)
    assert s3.head_object(Bucket="rlm-dev-landing", Key="artists/x.csv")

    assert destroy("dev", target, said.append, lambda _: True)

    stacks = target.client("cloudformation").describe_stacks()["Stacks"]
    left = {one["StackName"] for one in stacks if one["StackStatus"] != "DELETE_COMPLETE"}
    assert {one for one in left if one.startswith("rlm-dev-")} == {"rlm-dev-of-somebody"}
    assert beside(target, account) == there - dev
    assert {one for one in left if one.startswith("rlm-prod-")} == {
        stack
        for stack in deployed["prod"][0].stacks
        if stack not in {f"rlm-prod-{subject}" for subject in WITHOUT}
    }
    buckets = {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}
    assert not [name for name in buckets if name.startswith("rlm-dev-")]
    assert "rlm-prod-landing" in buckets
    assert destroy("dev", target, said.append, _nobody)
    assert "is not deployed" in said[-1]


def _stack_of_before(target: deployment.Target, name: str, tags: dict[str, str]) -> None:
    topic = {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": name}}
    cloudformation = target.client("cloudformation")
    cloudformation.create_stack(
        StackName=name,
        TemplateBody=json.dumps({"Resources": {"Topic": topic}}),
        Tags=[{"Key": key, "Value": value} for key, value in tags.items()],
    )
    cloudformation.get_waiter("stack_create_complete").wait(
        StackName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 30}
    )


def _nobody(env: str) -> bool:
    pytest.fail(f"asked about {env}")
