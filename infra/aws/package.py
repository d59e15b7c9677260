"""Build all that a deployment takes to AWS: `python infra/aws/package.py --env dev`.

Every artifact is made from this checkout and its environments: no Docker, no download.
The same sources give the same bytes, wherever and whenever they are built; `manifest.json` has the
SHA-256 of each artifact and of each file.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from airflow_settings import startup_script
from environments import ENVIRONMENTS
from function_packages import PackageError, build_function_packages
from job_library import BuildError, build_job_library, build_wheel
from same_bytes import copy_file, copy_tree, digest_of, files_of, write_file, write_zip

if TYPE_CHECKING:
    from collections.abc import Sequence

REPOSITORY = Path(__file__).resolve().parents[2]
MANIFEST: Final = "manifest.json"
# What MWAA reads only when it starts: together they are a release of its runtime.
RUNTIME: Final = ("mwaa/plugins.zip", "mwaa/requirements.txt", "mwaa/startup.sh")
DAGS: Final = "mwaa/dags"
IMAGE: Final = "recommender-image"
IMAGE_SOURCES: Final = "include/sagemaker/recommender"
_RELEASE_DIGITS: Final = 16


@dataclass(frozen=True)
class Package:
    """What was built. `artifacts` are files and folders below `directory`, with their SHA-256."""

    directory: Path
    artifacts: dict[str, str]

    @property
    def release(self) -> str:
        """Names what MWAA runs on, DAGs aside: another name means other bytes."""
        named = "".join(f"{self.artifacts[name]}  {name}\n" for name in RUNTIME)
        return hashlib.sha256(named.encode()).hexdigest()[:_RELEASE_DIGITS]

    @property
    def image_tag(self) -> str:
        """Names the model image by what it is built from."""
        return self.artifacts[IMAGE][:_RELEASE_DIGITS]


def build_package(
    env: str, repository: Path = REPOSITORY, environments: Path | None = None
) -> Package:
    """Build `build/package/<env>` anew, in one step: what was there before goes when it is done.

    `environments` holds the environment `lambda`; without it, the repository's own does.
    """
    target = repository / "build" / "package" / env
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
        made = Path(scratch) / env
        wheel = build_wheel(repository, Path(scratch))
        _add_runtime(env, repository, wheel, made / "mwaa")
        _add_dags(repository, made / DAGS)
        for name, package in build_function_packages(repository, environments).items():
            copy_file(package, made / "functions" / f"{name}.zip")
        copy_tree(repository / "include" / "glue", made / "glue" / "scripts", "*.py")
        copy_tree(repository / "include" / "glue", made / "glue" / "scripts", "*.txt")
        copy_file(build_job_library(repository, wheel), made / "glue" / "rlm.zip")
        _add_image(repository, made / IMAGE)
        copy_tree(repository / "dashboards", made / "dashboards")
        artifacts = _artifacts(made)
        _write_manifest(env, made, artifacts)
        shutil.rmtree(target, ignore_errors=True)
        made.rename(target)
    return Package(target, artifacts)


def _add_runtime(env: str, repository: Path, wheel: Path, folder: Path) -> None:
    """What MWAA installs and runs before it reads a DAG."""
    plugins = repository / "plugins"
    contents = {
        path.relative_to(plugins).as_posix(): path.read_bytes()
        for path in files_of(plugins)
        if path.suffix == ".py" or path.name == ".airflowignore"
    }
    contents[wheel.name] = wheel.read_bytes()
    requirements = (repository / "requirements.txt").read_bytes()
    if f"/{wheel.name}\n".encode() not in requirements:
        raise BuildError(f"requirements.txt does not install {wheel.name} of plugins.zip")
    folder.mkdir(parents=True)
    write_zip(folder / "plugins.zip", contents)
    write_file(folder / "requirements.txt", requirements)
    write_file(folder / "startup.sh", startup_script(ENVIRONMENTS[env]).encode(), is_program=True)


def _add_dags(repository: Path, folder: Path) -> None:
    """The DAGs, and beside them what their jobs are written in, for people to read.

    Glue's scripts and the image's are not among them: MWAA would look for DAGs in those.
    """
    copy_tree(repository / "dags", folder, "*.py")
    copy_tree(repository / "dags", folder, ".airflowignore")
    for part in ("contracts", "sql"):
        copy_tree(repository / "include" / part, folder / "include" / part)


def _add_image(repository: Path, folder: Path) -> None:
    """The build context of the model's image: what its Dockerfile copies, and the Dockerfile."""
    copy_tree(repository / IMAGE_SOURCES, folder / IMAGE_SOURCES)
    copy_tree(repository / "src" / "rlm", folder / "src" / "rlm")


def _artifacts(made: Path) -> dict[str, str]:
    """What is deployed by itself: the files of `mwaa`, functions and jobs, and whole folders."""
    found = [made / DAGS, made / IMAGE, made / "dashboards"]
    for folder in ("mwaa", "functions", "glue", "glue/scripts"):
        found += [path for path in (made / folder).iterdir() if path.is_file()]
    return {path.relative_to(made).as_posix(): digest_of(path) for path in sorted(found)}


def _write_manifest(env: str, made: Path, artifacts: dict[str, str]) -> None:
    manifest: dict[str, Any] = {
        "env": env,
        "artifacts": artifacts,
        "files": {file.relative_to(made).as_posix(): digest_of(file) for file in files_of(made)},
    }
    write_file(made / MANIFEST, (json.dumps(manifest, indent=1) + "\n").encode())


def unpack_plugins(package: Package, folder: Path) -> None:
    """plugins.zip as MWAA unpacks it."""
    with zipfile.ZipFile(package.directory / "mwaa" / "plugins.zip") as plugins:
        plugins.extractall(folder)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--env", required=True, choices=sorted(ENVIRONMENTS))
    given = parser.parse_args(arguments)
    try:
        package = build_package(given.env)
    except (PackageError, BuildError) as error:
        sys.stderr.write(f"packaging failed: {error}\n")
        return 1
    for name, digest in package.artifacts.items():
        sys.stdout.write(f"{digest[:16]}  {name}\n")
    where = package.directory.relative_to(REPOSITORY)
    sys.stdout.write(f"{where}: release {package.release}, image {package.image_tag}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
