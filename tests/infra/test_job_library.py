"""The library that the Glue job imports: the whole package, the same bytes each time."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import zipfile
from pathlib import Path

from job_library import build_job_library

REPOSITORY = Path(__file__).parents[2]


def test_same_sources_give_the_same_bytes():
    first = hashlib.sha256(build_job_library(REPOSITORY).read_bytes()).hexdigest()
    second = hashlib.sha256(build_job_library(REPOSITORY).read_bytes()).hexdigest()
    assert first == second


def test_library_holds_the_package_and_its_contracts():
    with zipfile.ZipFile(build_job_library(REPOSITORY)) as library:
        members = set(library.namelist())
    assert "rlm/names.py" in members
    assert {name for name in members if name.startswith("rlm/contracts/")} >= {
        "rlm/contracts/artists.yaml",
        "rlm/contracts/ticket_sales.yaml",
    }


def test_dashboards_travel_in_the_wheel_and_not_in_the_library(tmp_path):
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=REPOSITORY,
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("rlm-*.whl")
    with zipfile.ZipFile(wheel) as whole:
        assert "rlm/dashboard_files/data_sets/ticket_sales.sql" in whole.namelist()
    with zipfile.ZipFile(build_job_library(REPOSITORY)) as library:
        record = next(name for name in library.namelist() if name.endswith("/RECORD"))
        listed = {line.split(",")[0] for line in library.read(record).decode().splitlines()}
        assert listed == set(library.namelist())
    assert [name for name in listed if "dashboard_files" in name] == []


def test_library_can_be_imported_as_spark_workers_do():
    library = build_job_library(REPOSITORY)
    imported = subprocess.run(
        [
            sys.executable,
            "-I",
            "-c",
            f"import sys; sys.path.insert(0, {str(library)!r}); "
            "import rlm.names; print(rlm.names.__file__)",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert imported.stdout.strip() == f"{library}/rlm/names.py"
