"""Glue's special job parameters: which steer the runtime, and what the script gets to see."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import PurePosixPath

# Glue takes these for itself; a script finds all others in sys.argv.
CONSUMED = frozenset(
    {
        "--additional-python-modules",
        "--conf",
        "--custom-logGroup-prefix",
        "--datalake-formats",
        "--extra-files",
        "--extra-jars",
        "--extra-py-files",
        "--python-modules-installer-option",
        "--scriptLocation",
    }
)
# What Glue does with these cannot be had here; running without it would be another job.
REFUSED = {
    "--custom-logStream-prefix": "a run's log stream has the run's id for its name",
    "--enable-glue-datacatalog": "use an Iceberg catalog (--conf spark.sql.catalog...) instead",
    "--python-modules-installer-option": "modules are those of the installed runtime",
}


class ArgumentError(ValueError):
    """A job parameter that cannot be honoured; the message names it and its value."""


@dataclass(frozen=True)
class JobArguments:
    """Parameters of one run, read."""

    script: tuple[str, ...]
    conf: dict[str, str] = field(default_factory=dict)
    datalake_formats: tuple[str, ...] = ()
    extra_py_files: tuple[str, ...] = ()
    extra_jars: tuple[str, ...] = ()
    extra_files: tuple[str, ...] = ()
    python_modules: tuple[str, ...] = ()


def merge(
    defaults: dict[str, str], given: dict[str, str], non_overridable: dict[str, str]
) -> dict[str, str]:
    """The parameters of a run: its own over the job's, except those the job forbids to change."""
    return defaults | given | non_overridable


def read(arguments: dict[str, str]) -> JobArguments:
    """Split merged parameters into those for the runtime and those for the script."""
    for name, hint in REFUSED.items():
        if arguments.get(name, "false").lower() not in ("", "false"):
            raise ArgumentError(f"{name}={arguments[name]} is not supported here: {hint}")
    script = [
        word for name, value in arguments.items() if name not in CONSUMED for word in (name, value)
    ]
    return JobArguments(
        script=tuple(script),
        conf=spark_conf(arguments.get("--conf", "")),
        datalake_formats=_list(arguments.get("--datalake-formats", "")),
        extra_py_files=_list(arguments.get("--extra-py-files", "")),
        extra_jars=_list(arguments.get("--extra-jars", "")),
        extra_files=_list(arguments.get("--extra-files", "")),
        python_modules=_list(arguments.get("--additional-python-modules", "")),
    )


def spark_conf(text: str) -> dict[str, str]:
    """Glue's only way to set several: `k=v --conf k2=v2`, in the value of one `--conf`."""
    settings: dict[str, str] = {}
    for setting in re.split(r"(?:^|\s+)--conf\s+", text.strip()):
        if not setting.strip():
            continue
        key, equals, value = setting.strip().partition("=")
        if not equals or not re.fullmatch(r"spark\.\S+", key):
            raise ArgumentError(f"--conf {setting!r}: expected spark.<name>=<value>")
        settings[key] = value.strip().strip("\"'")
    return settings


def file_name(uri: str) -> str:
    """The last part of an S3 address: Python finds a module by it."""
    return PurePosixPath(uri).name


def _list(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())
