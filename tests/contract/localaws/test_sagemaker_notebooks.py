"""Notebook instances: scripts run when they start, and a real Jupyter answers who asks for it."""

from __future__ import annotations

import base64
import json
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow

ROLE = "arn:aws:iam::000000000000:role/notebook"
START = """
set -e
cd /home/ec2-user/SageMaker
echo '{"cells": []}' > explore.ipynb
echo "$AWS_ENDPOINT_URL" > endpoint.txt
"""


@pytest.fixture(scope="module")
def notebooks(notebook_gateway: Any) -> Iterator[Any]:
    """SageMaker of a gateway with a Jupyter."""
    return notebook_gateway.client("sagemaker")


def script(text: str) -> list[dict[str, str]]:
    return [{"Content": base64.b64encode(text.encode()).decode()}]


def wait(notebooks: Any, name: str, *statuses: str) -> dict[str, Any]:
    deadline = time.monotonic() + 60
    while True:
        found = dict(notebooks.describe_notebook_instance(NotebookInstanceName=name))
        if found["NotebookInstanceStatus"] in statuses:
            return found
        assert time.monotonic() < deadline, found
        time.sleep(0.1)


def ask(url: str, path: str) -> tuple[int, bytes]:
    """What the server behind a presigned URL answers."""
    parts = urlsplit(url)
    token = parse_qs(parts.query).get("token", [""])[0]
    request = urllib.request.Request(  # noqa: S310 - loopback
        f"{parts.scheme}://{parts.netloc}{path}", headers={"Authorization": f"token {token}"}
    )
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310 - loopback
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, b""


def test_jupyter_starts_when_it_is_asked_for_and_ends_with_its_instance(
    notebooks: Any, notebook_gateway: Any
) -> None:
    notebooks.create_notebook_instance_lifecycle_config(
        NotebookInstanceLifecycleConfigName="prepares", OnStart=script(START)
    )
    notebooks.create_notebook_instance(
        NotebookInstanceName="explores",
        InstanceType="ml.t3.medium",
        RoleArn=ROLE,
        LifecycleConfigName="prepares",
    )
    wait(notebooks, "explores", "InService")
    assert jupyters(notebook_gateway) == []

    url = notebooks.create_presigned_notebook_instance_url(NotebookInstanceName="explores")[
        "AuthorizedUrl"
    ]
    status, listed = ask(url, "/api/contents")
    assert status == 200
    names = {one["name"] for one in json.loads(listed)["content"]}
    assert names == {"explore.ipynb", "endpoint.txt"}
    _, body = ask(url, "/api/contents/endpoint.txt")
    assert json.loads(body)["content"].strip() == notebook_gateway.endpoint_url
    assert ask(url.partition("?")[0], "/api/contents")[0] == 403
    assert len(jupyters(notebook_gateway)) >= 1

    notebooks.stop_notebook_instance(NotebookInstanceName="explores")
    wait(notebooks, "explores", "Stopped")
    assert jupyters(notebook_gateway) == []
    with pytest.raises(ClientError, match=r"Status \(Stopped\) not in"):
        notebooks.create_presigned_notebook_instance_url(NotebookInstanceName="explores")
    notebooks.delete_notebook_instance(NotebookInstanceName="explores")
    with pytest.raises(ClientError, match="RecordNotFound"):
        notebooks.describe_notebook_instance(NotebookInstanceName="explores")


def test_a_script_that_fails_fails_its_instance(notebooks: Any) -> None:
    notebooks.create_notebook_instance_lifecycle_config(
        NotebookInstanceLifecycleConfigName="breaks", OnCreate=script("echo no lake; exit 3")
    )
    notebooks.create_notebook_instance(
        NotebookInstanceName="broken",
        InstanceType="ml.t3.medium",
        RoleArn=ROLE,
        LifecycleConfigName="breaks",
    )
    found = wait(notebooks, "broken", "Failed", "InService")
    assert found["NotebookInstanceStatus"] == "Failed"
    assert found["FailureReason"] == "OnCreate ended with 3: no lake"


def test_a_stack_makes_an_instance_and_its_scripts(notebooks: Any, notebook_gateway: Any) -> None:
    resources = {
        "Scripts": {
            "Type": "AWS::SageMaker::NotebookInstanceLifecycleConfig",
            "Properties": {"OnStart": [{"Content": {"Fn::Base64": "echo ready > ready.txt"}}]},
        },
        "Notebook": {
            "Type": "AWS::SageMaker::NotebookInstance",
            "Properties": {
                "NotebookInstanceName": "of-a-stack",
                "InstanceType": "ml.t3.medium",
                "RoleArn": ROLE,
                "VolumeSizeInGB": "10",
                "LifecycleConfigName": {
                    "Fn::GetAtt": ["Scripts", "NotebookInstanceLifecycleConfigName"]
                },
                "Tags": [{"Key": "team", "Value": "music"}],
            },
        },
    }
    api = notebook_gateway.client("cloudformation")

    def settled(name: str) -> str:
        deadline = time.monotonic() + 60
        while True:
            status = str(api.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"])
            if not status.endswith("_IN_PROGRESS"):
                return status
            assert time.monotonic() < deadline, status
            time.sleep(0.1)

    made = api.create_stack(StackName="notebook", TemplateBody=json.dumps({"Resources": resources}))
    assert settled("notebook") == "CREATE_COMPLETE"
    found = notebooks.describe_notebook_instance(NotebookInstanceName="of-a-stack")
    assert (found["VolumeSizeInGB"], found["NotebookInstanceStatus"]) == (10, "InService")
    files = list((notebook_gateway.state_dir / "sagemaker/notebooks").glob("of-a-stack-*/*/*.txt"))
    assert [path.read_text() for path in files] == ["ready\n"]

    resources["Notebook"]["Properties"]["InstanceType"] = "ml.t3.large"  # type: ignore[index]
    api.update_stack(StackName="notebook", TemplateBody=json.dumps({"Resources": resources}))
    assert settled("notebook") == "UPDATE_COMPLETE"
    found = notebooks.describe_notebook_instance(NotebookInstanceName="of-a-stack")
    assert (found["InstanceType"], found["NotebookInstanceStatus"]) == ("ml.t3.large", "InService")

    api.delete_stack(StackName="notebook")
    assert settled(made["StackId"]) == "DELETE_COMPLETE"
    assert notebooks.list_notebook_instances(NameContains="of-a-stack")["NotebookInstances"] == []


def test_without_jupyter_an_instance_is_refused(sagemaker: Any) -> None:
    """Not AWS's answer: here an instance that nobody could open must not look as if it were one."""
    with pytest.raises(ClientError, match="start it with --notebook-python"):
        sagemaker.api.create_notebook_instance(
            NotebookInstanceName="x", InstanceType="ml.t3.medium", RoleArn=ROLE
        )


def jupyters(gateway: Any) -> list[str]:
    """The processes of notebook instances of this gateway."""
    mark = f"SAGEMAKER_CONTAINER_DIR={gateway.state_dir}/sagemaker/notebooks/".encode()
    found = []
    for environment in Path("/proc").glob("[0-9]*/environ"):
        try:
            if mark in environment.read_bytes():
                found.append(environment.parent.name)
        except OSError:
            continue
    return found
