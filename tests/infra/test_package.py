"""What `make package` builds: the same bytes each time, and other bytes only where sources are."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from package import DAGS, IMAGE, MANIFEST, RUNTIME, build_package, unpack_plugins
from rlm.settings import Settings, load_settings
from same_bytes import digest_of, files_of

if TYPE_CHECKING:
    from package import Package

REPOSITORY = Path(__file__).parents[2]
ENVIRONMENTS_FOLDER = REPOSITORY / ".venv"
# All that a package is made of; the folders of programs and tests are not.
SOURCES = (
    *("README.md", "pyproject.toml", "requirements.txt", ".gitignore"),
    *("dags", "dashboards", "include", "lambdas", "plugins", "src"),
)
FUNCTIONS = {
    f"functions/{name.parent.name}.zip" for name in REPOSITORY.glob("lambdas/*/handler.py")
}
CARRY_ALL_OF_RLM = {"mwaa/plugins.zip", "glue/rlm.zip", IMAGE}


def checkout(whence: Path, folder: Path) -> Path:
    """The sources in another folder, of another time, by somebody with another umask."""
    for name in SOURCES:
        source = whence / name
        if source.is_file():
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, folder / name)
            continue
        ignored = shutil.ignore_patterns("__pycache__", ".*_cache")
        shutil.copytree(source, folder / name, ignore=ignored)
    for path in folder.rglob("*.py"):
        path.chmod(0o600 if whence == REPOSITORY else 0o664)
        os.utime(path, (seconds := 1_600_000_000 + len(str(folder)), seconds))
    return folder


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sources as they are now: nobody changes them while they are compared."""
    return checkout(REPOSITORY, tmp_path_factory.mktemp("here") / "rlm")


@pytest.fixture(scope="module")
def elsewhere(here: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return checkout(here, tmp_path_factory.mktemp("elsewhere") / "another")


@pytest.fixture(scope="module")
def package(here: Path) -> Package:
    return build_package("dev", here, ENVIRONMENTS_FOLDER)


@pytest.fixture(scope="module")
def prod(here: Path) -> Package:
    return build_package("prod", here, ENVIRONMENTS_FOLDER)


def files(package: Package) -> dict[str, bytes]:
    return {
        file.relative_to(package.directory).as_posix(): file.read_bytes()
        for file in files_of(package.directory)
    }


def test_two_builds_in_two_folders_are_byte_identical(package, elsewhere):
    again = build_package("dev", elsewhere, ENVIRONMENTS_FOLDER)
    one, other = files(package), files(again)
    assert one.keys() == other.keys()
    assert [name for name in one if one[name] != other[name]] == []
    assert len(one) > 100
    assert (again.release, again.image_tag) == (package.release, package.image_tag)
    modes = {
        name: [
            (folder / name).stat().st_mode & 0o777
            for folder in (package.directory, again.directory)
        ]
        for name in one
    }
    assert [name for name, (here, there) in modes.items() if here != there] == []


@pytest.mark.parametrize(
    "carrying",
    [
        {
            "dags/build_marts.py": {DAGS},
            "include/glue/build_marts.py": {"glue/scripts/build_marts.py"},
            "lambdas/fetch_trends/handler.py": {"functions/fetch_trends.zip"},
            "include/sagemaker/recommender/train": {IMAGE},
            "plugins/rlm_plugin/menu.py": {"mwaa/plugins.zip"},
        },
        {"dashboards/README.md": {"dashboards", "mwaa/plugins.zip"}},
        {"include/contracts/artists.yaml": {DAGS, "mwaa/plugins.zip", "glue/rlm.zip"}},
        {"src/rlm/cli.py": CARRY_ALL_OF_RLM},
        {"src/rlm/names.py": CARRY_ALL_OF_RLM | FUNCTIONS},
    ],
    ids=lambda carrying: " ".join(Path(source).stem for source in carrying),
)
def test_a_changed_byte_changes_what_carries_it_and_nothing_else(package, elsewhere, carrying):
    before = {source: (elsewhere / source).read_bytes() for source in carrying}
    for source, content in before.items():
        (elsewhere / source).write_bytes(content + b"\n")
    try:
        changed = build_package("dev", elsewhere, ENVIRONMENTS_FOLDER)
    finally:
        for source, content in before.items():
            (elsewhere / source).write_bytes(content)
    expected = set().union(*carrying.values())
    assert differing(changed, package) == expected
    assert (changed.release != package.release) == bool(expected & set(RUNTIME))
    assert (changed.image_tag != package.image_tag) == (IMAGE in expected)


def differing(one: Package, other: Package) -> set[str]:
    assert one.artifacts.keys() == other.artifacts.keys()
    return {name for name, digest in one.artifacts.items() if digest != other.artifacts[name]}


def test_dev_and_prod_differ_in_their_settings_alone(package, prod):
    assert differing(prod, package) == {"mwaa/startup.sh"}


def test_manifest_names_every_file_with_its_digest(package):
    manifest = json.loads((package.directory / MANIFEST).read_text())
    assert manifest["artifacts"] == package.artifacts
    found = {name: digest_of(package.directory / name) for name in files(package)}
    del found[MANIFEST]
    assert manifest["files"] == found


def test_artifacts_are_all_that_is_deployed(package):
    scripts = {f"glue/scripts/{file.name}" for file in REPOSITORY.glob("include/glue/*.*")}
    assert set(package.artifacts) == {
        *(*RUNTIME, DAGS, IMAGE, "dashboards", "glue/rlm.zip"),
        *FUNCTIONS,
        *scripts,
    }


def test_plugins_hold_the_package_and_the_wheel_that_requirements_install(package, tmp_path):
    unpack_plugins(package, tmp_path)
    (wheel,) = tmp_path.glob("*.whl")
    requirements = (package.directory / "mwaa" / "requirements.txt").read_text().splitlines()
    assert f"rlm @ file:///usr/local/airflow/plugins/{wheel.name}" in requirements
    assert any(line.startswith("--constraint ") for line in requirements)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        [".airflowignore", "rlm_airflow.py", "rlm_plugin", wheel.name]
    )
    with zipfile.ZipFile(wheel) as library:
        assert "rlm/dashboard_files/data_sets/ticket_sales.sql" in library.namelist()


def test_image_context_has_what_its_dockerfile_copies(package):
    context = package.directory / IMAGE
    dockerfile = (context / "include/sagemaker/recommender/Dockerfile").read_text()
    copied = [
        source
        for line in dockerfile.splitlines()
        if line.startswith("COPY ")
        for source in line.split()[1:-1]
        if not source.startswith("--")
    ]
    assert copied
    assert [source for source in copied if not (context / source).exists()] == []
    for program in ("train", "serve"):
        assert os.access(context / "include/sagemaker/recommender" / program, os.X_OK)


def test_startup_scripts_export_all_that_rlm_wants(package, prod):
    for env, built in (("dev", package), ("prod", prod)):
        told = subprocess.run(
            ["/bin/sh", "-ec", '. "$0" && env', str(built.directory / "mwaa" / "startup.sh")],
            env={"AWS_REGION": "eu-west-1"},
            capture_output=True,
            text=True,
            check=True,
        )
        variables = dict(line.split("=", 1) for line in told.stdout.splitlines())
        assert load_settings(variables) == Settings(env, "eu-west-1")
        assert variables["AIRFLOW_CONN_AWS_DEFAULT"] == "aws://"
