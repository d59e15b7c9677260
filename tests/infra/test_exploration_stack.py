"""The notebook: it reads the lake, changes nothing, and gets its kernel by itself."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest
from templates import resources

from rlm import names

REPOSITORY = Path(__file__).parents[2]
ON_START = REPOSITORY / "infra" / "aws" / "notebook" / "on_start.sh"


@pytest.mark.slow
def test_only_dev_has_a_notebook(assemblies):
    ((_, notebook),) = resources(assemblies["dev"], "AWS::SageMaker::NotebookInstance")
    assert notebook["NotebookInstanceName"] == names.notebook("dev")
    assert notebook["RootAccess"] == "Disabled"
    assert not [stack for stack in assemblies["prod"].stacks if "exploration" in stack]


@pytest.mark.slow
def test_notebook_writes_nothing_but_results_of_queries(assemblies):
    notebook = assemblies["dev"].template("rlm-dev-exploration")["Resources"]
    (policy,) = (one for one in notebook.values() if one["Type"] == "AWS::IAM::Policy")
    written, reading = set(), 0
    for statement in policy["Properties"]["PolicyDocument"]["Statement"]:
        text = json.dumps(statement)
        reading += "s3:GetObject" in text
        if re.search(r"s3:(Put|Delete)", text):
            written |= set(re.findall(r":::rlm-dev-lake/([\w-]+)/", text))
        assert not re.search(r"(glue|sagemaker|dynamodb):(Create|Update|Delete|Put)", text)
    assert reading
    assert written == {names.ATHENA_RESULTS_PREFIX}


@pytest.mark.slow
def test_script_fits_and_names_the_files_that_it_fetches(assemblies):
    ((_, lifecycle),) = resources(
        assemblies["dev"], "AWS::SageMaker::NotebookInstanceLifecycleConfig"
    )
    (hook,) = lifecycle["OnStart"]
    parts = hook["Content"]["Fn::Base64"]["Fn::Join"][1]
    assert len([part for part in parts if isinstance(part, dict)]) == 2
    # SageMaker takes 16,384 characters of base64.
    assert sum(len(part) for part in parts if isinstance(part, str)) < 10_000


def test_script_leaves_a_python_alone_that_has_everything(tmp_path):
    python = tmp_path / "python3"
    python.write_text("#!/bin/sh\nexit 0\n")
    python.chmod(0o755)
    ran = started(tmp_path)
    assert (ran.returncode, ran.stdout) == (0, "the notebook's own Python has everything\n")
    assert not (tmp_path / "home").exists()


def test_script_installs_the_kernel_elsewhere(tmp_path):
    """With programs in place of AWS's, each of which notes how it was called."""
    for name, then in {
        "python3": "exit 1",
        "aws": 'touch "$5"',
        "chown": "exit 0",
        "sudo": 'shift 2; exec "$@"',
        "conda": 'mkdir -p "$5/bin"; cp "$FAKES/kernel" "$5/bin/python"',
        "kernel": 'case "$2" in *sysconfig*) echo "$PWD/site";; esac',
    }.items():
        program = tmp_path / name
        program.write_text(f'#!/bin/bash\necho "{name} $*" >>"$FAKES/calls"\n{then}\n')
        program.chmod(0o755)
    ran = started(tmp_path)
    assert ran.returncode == 0
    log = tmp_path / "home" / ".rlm.log"
    calls = (tmp_path / "calls").read_text()
    assert "--require-hashes --requirement requirements.lock" in calls, log.read_text()
    assert "zipfile --extract library.zip" in calls
    assert calls.endswith("ipykernel install --user --name rlm --display-name RLM\n")
    # At the next start the kernel is there: only the library is put in anew.
    (tmp_path / "calls").unlink()
    assert started(tmp_path).returncode == 0
    again = (tmp_path / "calls").read_text()
    assert "conda" not in again
    assert "zipfile --extract library.zip" in again


def started(folder: Path) -> subprocess.CompletedProcess[str]:
    """What the script does when `folder` is first on the path, once all of it is done."""
    script = ON_START.read_text().replace("/home/ec2-user/SageMaker", str(folder / "home"))
    script = script.replace("/home/ec2-user/anaconda3/bin/conda", str(folder / "conda"))
    script = script.replace("${LibraryUrl}", "s3://files/l").replace(
        "${RequirementsUrl}", "s3://files/r"
    )
    environ = {"PATH": f"{folder}:{os.environ['PATH']}", "FAKES": str(folder)}
    return subprocess.run(
        ["/bin/bash", "-c", f"{script}\nwait"],
        env=environ,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
