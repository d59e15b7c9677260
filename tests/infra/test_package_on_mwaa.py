"""What `make package` makes, as MWAA takes it: unpacked, installed and loaded by Airflow itself."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from airflow_settings import airflow_options
from environments import ENVIRONMENTS
from package import build_package, unpack_plugins

if TYPE_CHECKING:
    from package import Package

REPOSITORY = Path(__file__).parents[2]
UV = REPOSITORY / ".venv" / "tools" / "bin" / "uv"
ASK = Path(__file__).with_name("airflow_as_mwaa.py")
# Where MWAA unpacks plugins.zip, as requirements.txt has it.
ON_MWAA = "/usr/local/airflow/plugins"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def package() -> Package:
    return build_package("dev")


@pytest.fixture(scope="module")
def told(package: Package, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What Airflow says in an environment of its own: nothing of the checkout is on its path."""
    home = tmp_path_factory.mktemp("airflow")
    plugins, dags = home / "plugins", home / "dags"
    unpack_plugins(package, plugins)
    shutil.copytree(package.directory / "mwaa" / "dags", dags)
    python = installed(package, home, plugins)
    options = {
        f"AIRFLOW__{option.replace('.', '__').upper()}": value
        for option, value in airflow_options(ENVIRONMENTS["dev"]).items()
    }
    variables = {
        **options,
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(dags),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(plugins),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "HOME": str(home),
        "PATH": os.defpath,
    }
    startup = package.directory / "mwaa" / "startup.sh"
    asked = subprocess.run(
        ["/bin/sh", "-ec", '. "$0"; exec "$@"', str(startup), str(python), "-P", str(ASK)],
        cwd=home,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert asked.returncode == 0, asked.stderr
    answer: dict[str, Any] = json.loads(asked.stdout.splitlines()[-1])
    return {**answer, "home": str(home), "python": str(python)}


def installed(package: Package, home: Path, plugins: Path) -> Path:
    """The Python of an environment with what MWAA has, and then what requirements.txt adds."""
    python = home / "venv" / "bin" / "python"
    uv("venv", "--quiet", "--python", sys.executable, str(home / "venv"))
    target = ("--quiet", "--python", str(python))
    # MWAA's own and what its constraints pin: the lock is resolved from requirements.txt.
    uv("pip", "sync", *target, "--require-hashes", str(REPOSITORY / "requirements.lock"))
    # The rest of requirements.txt adds nothing to that, or the wheel brings what nobody locked.
    lines = (package.directory / "mwaa" / "requirements.txt").read_text().splitlines()
    ours = [line for line in lines if line.startswith(("--find-links", "rlm @"))]
    assert len(ours) == 2
    requirements = home / "requirements.txt"
    requirements.write_text("\n".join(ours).replace(ON_MWAA, str(plugins)) + "\n")
    uv("pip", "install", *target, "--no-index", "--requirement", str(requirements))
    return python


def uv(*arguments: str) -> None:
    environ = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")}
    subprocess.run([str(UV), "--system-certs", *arguments], env=environ, check=True)


def test_it_runs_on_the_python_of_mwaa_with_the_pinned_versions(told):
    assert told["python_version"] == "3.12"
    lines = (REPOSITORY / "requirements.txt").read_text().splitlines()
    pinned = dict(line.split("==") for line in lines if "==" in line and not line.startswith("#"))
    found = told["versions"]
    assert found["apache-airflow"] == "3.3.1"
    assert {name: found[name.partition("[")[0]] for name in pinned} == pinned


def test_rlm_comes_from_the_wheel_in_plugins(told):
    assert told["rlm"].startswith(f"{told['home']}/venv/")
    assert not [path for path in told["path"] if str(REPOSITORY) in path]
    assert told["path_variable"] is None


def test_airflow_loads_our_plugins_from_the_one_file_that_it_runs(told):
    assert told["plugin_errors"] == {}
    ours = {name: source for name, source in told["plugins"].items() if name.startswith("rlm_")}
    assert ours.keys() >= {"rlm_menu"}
    assert set(ours.values()) == {"$PLUGINS_FOLDER/rlm_airflow.py"}
    assert told["menu"] == ["Dashboards"]
    assert told["run_from_plugins"] == ["rlm_airflow"]


def test_listeners_are_registered(told):
    """The plugin that tells CloudWatch how runs of DAGs end."""
    assert "rlm_metrics" in told["plugins"]
    assert [name for name in told["listeners"] if "rlm_plugin" in name]


def test_nothing_of_ours_shadows_the_standard_library(told):
    assert told["shadowed"] == []


def test_every_dag_is_found_and_imported(told):
    assert told["import_errors"] == {}
    assert told["dags"] == sorted(file.stem for file in (REPOSITORY / "dags").glob("*.py"))
    # No file below include is taken for a DAG's.
    assert {Path(file).parent for file in told["dag_files"]} == {Path(told["home"], "dags")}


def test_include_lies_beside_the_dags_as_in_the_wheel(told):
    include = Path(told["home"], "dags", "include")
    packaged = Path(told["rlm"]).parent
    for part in ("contracts", "sql"):
        files = {p.relative_to(include) for p in (include / part).rglob("*") if p.is_file()}
        assert len(files) >= 6
        for file in files:
            assert (include / file).read_bytes() == (packaged / file).read_bytes(), file


def test_airflow_knows_every_option_of_the_template(told):
    options = airflow_options(ENVIRONMENTS["dev"])
    assert told["options"] == {option: options[option] for option in told["options"]}
    assert told["unknown_options"] == []
    assert told["backends"][0] == "SecretsManagerBackend"
