"""Builds each runtime's environment from its lock, and only when the lock has changed."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import time
import venv
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .failures import PlatformError
from .layout import ENVIRONMENTS, JARS, ROOT, environment_without_python_settings, python_of
from .pythons import find_python
from .system_packages import (
    browser,
    install_debian_packages,
    java_home,
    require_browser,
    require_programs,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from .console import Console

INSTALLER_LOCK = ROOT / "infra/platform/installer.lock"
BUILD_LOCK = ROOT / "infra/platform/build.lock"
GLUE_POM = ROOT / "infra/local/glue/pom.xml"
# The CDK's command line, and what the dashboards page shows charts and maps with.
NODE_FOLDERS = ("infra/aws", "infra/web")


@dataclass(frozen=True)
class Environment:
    """One runtime: its Python, the locks that it is built from, and whether it imports src/rlm."""

    name: str
    python: str
    locks: tuple[str, ...]
    has_rlm: bool = False
    # Whether only who names it gets it.
    is_optional: bool = False


RUNTIMES = (
    Environment("dev", "3.12", ("tests/requirements.lock",), has_rlm=True),
    Environment(
        "airflow", "3.12", ("requirements.lock", "tests/dags/requirements.lock"), has_rlm=True
    ),
    # The Glue job gets src/rlm as AWS gives it: the wheel that the deployment put into S3.
    Environment("glue", "3.11", ("infra/local/glue/requirements.lock",)),
    Environment("local-aws", "3.12", ("infra/local/requirements.lock",)),
    # A function's package brings its code, src/rlm included; packages are built from here.
    Environment("lambda", "3.12", ("lambdas/requirements.lock",)),
    Environment("infra", "3.12", ("infra/aws/requirements.lock",), has_rlm=True),
    # The image's train and serve; the image brings src/rlm with it.
    Environment(
        "recommender", "3.12", ("include/sagemaker/recommender/requirements.lock",), has_rlm=True
    ),
    # What SageMaker's notebook instances run in.
    Environment("notebook", "3.12", ("infra/local/notebook/requirements.lock",), has_rlm=True),
    # Docker's program and a linter: they check the containers, nothing runs with them.
    Environment("compose", "3.12", ("infra/compose/requirements.lock",), is_optional=True),
)
EXTRAS = ("jars", "node", "browser")
EVERYTHING = tuple(runtime.name for runtime in RUNTIMES if not runtime.is_optional) + EXTRAS


def set_up(console: Console, names: Sequence[str] = EVERYTHING) -> None:
    """Have every named environment as its lock says; what is up to date costs no time.

    Raises PlatformError for a name that does not exist, and for whatever could not be installed.
    """
    known = [*(runtime.name for runtime in RUNTIMES), *EXTRAS]
    unknown = sorted(set(names) - set(known))
    if unknown:
        raise PlatformError(
            f"no environment is called {', '.join(unknown)}; there are {', '.join(known)}"
        )
    missing = missing_environments(names)
    stale = [runtime for runtime in RUNTIMES if runtime.name in missing]
    extras = [name for name in EXTRAS if name in missing]
    if "jars" in names and java_home() is None:
        require_programs(console)
    if not stale and not extras:
        return
    if set(extras) & {"jars", "node"}:
        require_programs(console)
    ENVIRONMENTS.mkdir(exist_ok=True)
    installers = {"jars": _install_jars, "node": _install_node_modules, "browser": require_browser}
    if "browser" in extras:
        # Before the others: apt-get takes turns with nobody.
        installers[extras.pop(extras.index("browser"))](console)
    with ThreadPoolExecutor(max_workers=len(EXTRAS)) as pool:
        # Maven and npm wait for the network: they run beside uv.
        waiting = [pool.submit(installers[name], console) for name in extras]
        if stale:
            uv = _installer(console)
            for runtime in stale:
                _build(runtime, uv, console)
        for extra in waiting:
            extra.result()


def missing_environments(names: Sequence[str]) -> list[str]:
    """The named environments that were never built or whose lock has changed since."""
    outdated = [
        runtime.name
        for runtime in RUNTIMES
        if runtime.name in names and not _is_current(_folder(runtime), _wanted(runtime))
    ]
    return outdated + [name for name in EXTRAS if name in names and not _extra_is_current(name)]


def _build(runtime: Environment, uv: Path, console: Console) -> None:
    """Make the environment hold exactly what its locks say."""
    began = time.monotonic()
    wanted = _wanted(runtime)
    folder = _folder(runtime)
    python = find_python(runtime.python, uv)
    if not _works(runtime):
        _uv(uv, ["venv", "--quiet", "--clear", "--python", str(python), str(folder)], runtime.name)
    target = ["--python", str(python_of(runtime.name))]
    locks = [str(ROOT / lock) for lock in runtime.locks]
    _uv(uv, ["pip", "sync", "--quiet", "--require-hashes", *target, *locks], runtime.name)
    if runtime.has_rlm:
        editable = ["--no-deps", "--editable", str(ROOT), "--build-constraints", str(BUILD_LOCK)]
        _uv(uv, ["pip", "install", "--quiet", *target, *editable], runtime.name)
    _mark(folder, wanted)
    console.say(f"environment {runtime.name}: built in {time.monotonic() - began:.1f} s")


def _works(runtime: Environment) -> bool:
    """Whether the environment's interpreter is there and has the right version."""
    try:
        answer = subprocess.run(  # noqa: S603 - the interpreter of our own environment
            [
                str(python_of(runtime.name)),
                "-c",
                "import sys; print('%d.%d' % sys.version_info[:2])",
            ],
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:
        return False
    return answer.stdout.strip() == runtime.python


def _installer(console: Console) -> Path:
    """The pinned uv in .venv/tools."""
    folder = ENVIRONMENTS / "tools"
    uv = folder / "bin" / "uv"
    wanted = _hash([INSTALLER_LOCK])
    if uv.exists() and _is_current(folder, wanted):
        return uv
    began = time.monotonic()
    try:
        venv.create(folder, clear=True, with_pip=True)
    except subprocess.CalledProcessError:
        # Debian splits ensurepip off into a package of its own.
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        install_debian_packages([f"python{version}-venv"], "Python's venv module", console)
        venv.create(folder, clear=True, with_pip=True)
    pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--require-hashes"]
    _checked(
        [*pip, "--disable-pip-version-check", "-r", str(INSTALLER_LOCK)], "installing uv", ROOT
    )
    _mark(folder, wanted)
    console.say(f"environment tools: built in {time.monotonic() - began:.1f} s")
    return uv


def _install_jars(console: Console) -> None:
    """Put the jars of the Glue runtime into .local/jars."""
    began = time.monotonic()
    JARS.mkdir(parents=True, exist_ok=True)
    home = java_home()
    maven = ["mvn", "-q", "-B", "-f", str(GLUE_POM), "dependency:copy-dependencies"]
    _checked(
        [*maven, f"-DoutputDirectory={JARS}"],
        "fetching the Spark jars with Maven",
        ROOT,
        {"JAVA_HOME": str(home)} if home else {},
    )
    if not any(JARS.glob("*.jar")):
        raise PlatformError(f"Maven ended well, but {JARS} holds no jar; is {GLUE_POM} empty?")
    _mark(JARS, _hash([GLUE_POM]))
    console.say(f"Spark jars: fetched in {time.monotonic() - began:.1f} s")


def _install_node_modules(console: Console) -> None:
    """Install what each folder's package-lock.json says."""
    began = time.monotonic()
    for name in NODE_FOLDERS:
        folder = ROOT / name
        lock = _hash([folder / "package-lock.json"])
        if _is_current(folder / "node_modules", lock):
            continue
        command = ["npm", "ci", "--no-audit", "--no-fund", "--silent"]
        _checked(command, f"npm ci in {name}", folder)
        _mark(folder / "node_modules", lock)
    console.say(f"node modules: installed in {time.monotonic() - began:.1f} s")


def _uv(uv: Path, arguments: Sequence[str], environment: str) -> None:
    # The system's certificates: a company's proxy signs with its own.
    _checked(
        [str(uv), "--system-certs", *arguments], f"building the environment {environment}", ROOT
    )


def _checked(
    command: Sequence[str], what: str, cwd: Path, more: Mapping[str, str] | None = None
) -> None:
    """Run an installer; its last lines become the error."""
    environ = {**environment_without_python_settings(), **(more or {})}
    program = shutil.which(command[0]) or command[0]
    step = subprocess.run(  # noqa: S603 - installers named in this module
        [program, *command[1:]], cwd=cwd, env=environ, capture_output=True, text=True, check=False
    )
    if step.returncode != 0:
        tail = "\n".join((step.stdout + step.stderr).strip().splitlines()[-15:])
        raise PlatformError(f"{what} failed (exit code {step.returncode}):\n{tail}")


def _folder(runtime: Environment) -> Path:
    return ENVIRONMENTS / runtime.name


def _wanted(runtime: Environment) -> str:
    """What an environment has to be built from, as one hash."""
    files = [ROOT / lock for lock in runtime.locks]
    missing = [str(file.relative_to(ROOT)) for file in files if not file.exists()]
    if missing:
        raise PlatformError(f"environment {runtime.name}: {', '.join(missing)} is not there")
    if runtime.has_rlm:
        files += [ROOT / "pyproject.toml", BUILD_LOCK]
    return _hash(files, f"{runtime.python} {ROOT}")


def _extra_is_current(name: str) -> bool:
    if name == "jars":
        return _is_current(JARS, _hash([GLUE_POM]))
    if name == "browser":
        return browser() is not None
    return all(
        _is_current(ROOT / one / "node_modules", _hash([ROOT / one / "package-lock.json"]))
        for one in NODE_FOLDERS
    )


def _hash(files: Sequence[Path], more: str = "") -> str:
    digest = hashlib.sha256(more.encode())
    for file in files:
        if not file.exists():
            raise PlatformError(
                f"{file.relative_to(ROOT)} is not there; it is part of the checkout"
            )
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _is_current(folder: Path, wanted: str) -> bool:
    mark = folder / ".built-from"
    return mark.exists() and mark.read_text() == wanted


def _mark(folder: Path, wanted: str) -> None:
    (folder / ".built-from").write_text(wanted)
