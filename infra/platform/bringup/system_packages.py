"""The programs that come from the system: Java 17, Maven, Node, Chromium."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from .failures import PlatformError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .console import Console

# Spark 3.5 runs on 8, 11 and 17; Glue 5.1 runs it on 17, so we do.
JAVA_VERSION = 17
NODE_OLDEST = 20
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
BROWSER_OF_MACOS = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
# With the typeface that the dashboards page prefers, and the signs that people put in titles.
BROWSER_PACKAGES = ("chromium", "fonts-inter", "fonts-noto-color-emoji")


@dataclass(frozen=True)
class Program:
    """A program that has to be there, how to see that it is, and the Debian packages with it."""

    name: str
    is_present: Callable[[], bool]
    debian_packages: Sequence[str]


def java_home() -> Path | None:
    """The home of a Java 17: JAVA_HOME, the one on the PATH, or one beside it."""
    candidates: list[Path] = []
    if os.environ.get("JAVA_HOME"):
        candidates.append(Path(os.environ["JAVA_HOME"]))
    on_path = shutil.which("java")
    if on_path:
        candidates.append(Path(on_path).resolve().parent.parent)
    for root in ("/usr/lib/jvm", "/Library/Java/JavaVirtualMachines", "/opt/java"):
        if Path(root).is_dir():
            candidates.extend(sorted(Path(root).iterdir()))
    for candidate in candidates:
        for home in (candidate, candidate / "Contents" / "Home"):
            if _first_number([str(home / "bin" / "java"), "-version"]) == JAVA_VERSION:
                return home
    return None


def require_programs(console: Console) -> None:
    """See that Java, Maven and Node are there; root on Debian has the missing ones installed.

    Raises PlatformError naming exactly what is missing and the command that installs it.
    """
    programs = (
        Program("Java 17", lambda: java_home() is not None, ("openjdk-17-jre-headless",)),
        Program("Maven", lambda: shutil.which("mvn") is not None, ("maven",)),
        Program(
            f"Node {NODE_OLDEST} or later",
            lambda: (_first_number(["node", "--version"]) or 0) >= NODE_OLDEST,
            ("nodejs",),
        ),
        Program("npm", lambda: shutil.which("npm") is not None, ("npm",)),
    )
    missing = [program for program in programs if not program.is_present()]
    if not missing:
        return
    packages = [package for program in missing for package in program.debian_packages]
    names = ", ".join(program.name for program in missing)
    install_debian_packages(packages, names, console)
    missing = [program for program in programs if not program.is_present()]
    if missing:
        names = ", ".join(program.name for program in missing)
        raise PlatformError(
            f"{names} still missing after `apt-get install {' '.join(packages)}`:"
            " this release of Debian has no version that fits; install it from its own site."
        )


def browser() -> Path | None:
    """The browser that takes pictures of dashboards and tests them."""
    for name in BROWSERS:
        found = shutil.which(name)
        if found:
            return Path(found)
    return BROWSER_OF_MACOS if BROWSER_OF_MACOS.exists() else None


def require_browser(console: Console) -> None:
    """See that Chromium is there; root on Debian has it installed.

    Raises PlatformError with the command that installs it.
    """
    if browser() is not None:
        return
    install_debian_packages(BROWSER_PACKAGES, "Chromium", console)
    if browser() is None:
        raise PlatformError(
            f"Chromium still missing after `apt-get install {' '.join(BROWSER_PACKAGES)}`;"
            " install Chromium or Chrome from its own site."
        )


def install_debian_packages(packages: Sequence[str], names: str, console: Console) -> None:
    """Install packages as root on Debian; otherwise say what is missing and how to get it."""
    command = f"apt-get install -y --no-install-recommends {' '.join(packages)}"
    apt = shutil.which("apt-get")
    if apt is None:
        raise PlatformError(
            f"{names} missing. Install it with this system's package manager"
            f" (on Debian: {command}), and run the command again."
        )
    if os.geteuid() != 0:
        raise PlatformError(f"{names} missing. Install with `sudo {command}` and run again.")
    console.say(f"{names} missing: installing {' '.join(packages)}")
    environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (["update", "-qq"], command.split()[1:]):
        step = subprocess.run(  # noqa: S603 - apt-get with package names from this file
            [apt, *arguments], env=environ, capture_output=True, text=True, check=False
        )
        if step.returncode != 0:
            tail = "\n".join((step.stderr or step.stdout).strip().splitlines()[-5:])
            raise PlatformError(f"`apt-get {' '.join(arguments)}` failed:\n{tail}")


def _first_number(command: Sequence[str]) -> int | None:
    """The major version in what a program answers; None when it is not there or fails."""
    try:
        answer = subprocess.run(  # noqa: S603 - a version question
            list(command), capture_output=True, text=True, timeout=30, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.search(r"\d+", answer.stdout + answer.stderr)
    return int(found.group()) if answer.returncode == 0 and found else None
