"""Base images made on this machine, for one that cannot pull them: the same programs, from Debian.

Where a registry answers they are not needed. They are no copies: their Python, Node and PostgreSQL
are those that this machine and Debian have, and they trust what this machine trusts.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

DEBIAN = "bookworm"
# What the slim image of Python holds besides Debian's smallest system.
LIBRARIES = (
    "ca-certificates",
    "libbz2-1.0",
    "libexpat1",
    "libffi8",
    "libgdbm6",
    "liblzma5",
    "libncursesw6",
    "libreadline8",
    "libsqlite3-0",
    "libssl3",
    "libuuid1",
    "netbase",
    "tzdata",
    "zlib1g",
)
BUNDLE = Path("etc/ssl/certs/ca-certificates.crt")
# As the official image does it: a first server makes the database, and is stopped again.
POSTGRES_ENTRYPOINT = """#!/bin/bash
set -euo pipefail
if [ ! -s "$PGDATA/PG_VERSION" ]; then
    initdb --username "$POSTGRES_USER" --auth-host "$POSTGRES_HOST_AUTH_METHOD"
    pg_ctl start --wait --options "-c listen_addresses="
    createdb --username "$POSTGRES_USER" --maintenance-db postgres "$POSTGRES_DB" \
        || test "$POSTGRES_DB" = "$POSTGRES_USER"
    pg_ctl stop --wait
fi
exec "$@"
"""
POSTGRES_DOCKERFILE = """FROM {debian}
RUN apt-get update \\
    && apt-get install --yes --no-install-recommends postgresql \\
    && rm -rf /var/lib/apt/lists/* /var/lib/postgresql/* \\
    && install --directory --owner postgres --group postgres --mode 0700 /var/lib/postgresql/data \\
    && install --directory --owner postgres --group postgres --mode 3777 /run/postgresql \\
    && ln -s /usr/lib/postgresql/* /usr/lib/postgresql/current
COPY --chmod=0755 docker-entrypoint.sh /usr/local/bin/
ENV PATH=/usr/local/bin:/usr/lib/postgresql/current/bin:/usr/bin:/bin \\
    PGDATA=/var/lib/postgresql/data
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["postgres"]
"""


class StandInError(Exception):
    """A stand-in cannot be made here; the message says what is missing."""


@dataclass(frozen=True)
class StandIns:
    """The names under which the images lie in this machine's storage."""

    python: str = "localhost/rlm-stand-in-python:3.12"
    node: str = "localhost/rlm-stand-in-node:20"
    postgres: str = "localhost/rlm-stand-in-postgres:15"
    debian: str = f"localhost/rlm-stand-in-debian:{DEBIAN}"


NAMES = StandIns()


def make_stand_ins(python: Path, run: Callable[[Sequence[str]], None]) -> StandIns:
    """Make those that are not there yet; `python` is a Python 3.12 in a folder of its own."""
    if all(_exists(name) for name in (NAMES.python, NAMES.node, NAMES.postgres)):
        return NAMES
    if os.geteuid() != 0 or shutil.which("debootstrap") is None:
        raise StandInError("making base images takes root and debootstrap (apt-get install it)")
    with tempfile.TemporaryDirectory(prefix="rlm-stand-ins-") as scratch:
        root = Path(scratch) / "root"
        include = f"--include={','.join(LIBRARIES)}"
        run(["debootstrap", "--variant=minbase", include, DEBIAN, str(root)])
        _trust_what_this_machine_trusts(root)
        _import(root, NAMES.debian, run)
        context = Path(scratch) / "postgres"
        context.mkdir()
        (context / "docker-entrypoint.sh").write_text(POSTGRES_ENTRYPOINT)
        (context / "Dockerfile").write_text(POSTGRES_DOCKERFILE.format(debian=NAMES.debian))
        run(["buildah", "bud", "--isolation", "chroot", "-t", NAMES.postgres, str(context)])
        added = _add_python(root, python)
        _import(root, NAMES.python, run)
        for path in added:
            shutil.rmtree(path)
        _add_node(root)
        _import(root, NAMES.node, run)
    return NAMES


def _exists(name: str) -> bool:
    step = subprocess.run(["podman", "image", "exists", name], check=False)  # noqa: S603, S607
    return step.returncode == 0


def _import(root: Path, name: str, run: Callable[[Sequence[str]], None]) -> None:
    archive = root.with_suffix(".tar")
    run(["tar", "--directory", str(root), "--create", "--file", str(archive), "."])
    path = "ENV PATH=/usr/local/bin:/usr/local/sbin:/usr/bin:/usr/sbin:/bin:/sbin"
    changes = ["--change", path, "--change", "ENV LANG=C.UTF-8"]
    run(["podman", "import", "--quiet", *changes, str(archive), name])
    archive.unlink()


def _trust_what_this_machine_trusts(root: Path) -> None:
    """The certificates that this machine has and a new Debian has not, for every program."""
    known = set(_certificates(root / BUNDLE))
    added = [one for one in _certificates(Path("/") / BUNDLE) if one not in known]
    folder = root / "usr/local/share/ca-certificates"
    folder.mkdir(parents=True, exist_ok=True)
    for number, certificate in enumerate(added):
        (folder / f"machine-{number}.crt").write_text(certificate)
    subprocess.run(  # noqa: S603
        ["chroot", str(root), "update-ca-certificates"],  # noqa: S607
        check=True,
        capture_output=True,
    )
    # pip brings a list of its own.
    (root / "etc/pip.conf").write_text(f"[global]\ncert = /{BUNDLE}\n")


def _certificates(bundle: Path) -> list[str]:
    end = "-----END CERTIFICATE-----\n"
    parts = bundle.read_text().split(end)[:-1] if bundle.exists() else []
    return [part[part.index("-----BEGIN") :] + end for part in parts]


def _add_python(root: Path, python: Path) -> list[Path]:
    """This machine's Python 3.12 as /usr/local has it in the official image; what was added."""
    asked = "import sys; print(sys.base_prefix, '%d.%d' % sys.version_info[:2])"
    answer = subprocess.run(  # noqa: S603
        [str(python), "-c", asked], check=True, capture_output=True, text=True
    )
    prefix, version = answer.stdout.split()
    if prefix == "/usr":
        raise StandInError(
            f"{python} is a part of its system; name one in a folder of its own: --python"
        )
    local = root / "usr/local"
    library = f"lib/python{version}"
    left_out = shutil.ignore_patterns("__pycache__", "site-packages", "test", "idlelib", "tkinter")
    shutil.copytree(Path(prefix) / library, local / library, symlinks=True, ignore=left_out)
    (local / library / "site-packages").mkdir()
    for file in (Path(prefix) / "lib").glob("libpython*.so*"):
        shutil.copy2(file, local / "lib" / file.name, follow_symlinks=False)
    shutil.copy2(Path(prefix) / f"bin/python{version}", local / f"bin/python{version}")
    (local / "bin/python3").symlink_to(f"python{version}")
    subprocess.run(["chroot", str(root), "ldconfig"], check=True)  # noqa: S603, S607
    return [local / library]


def _add_node(root: Path) -> None:
    """This machine's Node and npm."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        raise StandInError("Node is not there: `make setup ENVS=node` says how to get it")
    package = Path(npm).resolve().parents[1]
    shutil.copy2(Path(node).resolve(), root / "usr/local/bin/node")
    there = root / "usr/local/lib/node_modules/npm"
    shutil.copytree(package, there, symlinks=True)
    # Instead of what this machine's package sets: npm brings a list of certificates of its own.
    (there / "npmrc").write_text(f"cafile = /{BUNDLE}\n")
    (root / "usr/local/bin/npm").symlink_to("../lib/node_modules/npm/bin/npm-cli.js")
