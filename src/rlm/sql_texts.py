"""Statements below include/sql for Athena: read from the wheel or else from the source tree."""

from __future__ import annotations

import re
from importlib import resources
from pathlib import Path
from typing import Final

from rlm import names

# Airflow has no SQL parser; a test holds this against one for each of our files.
TABLE: Final = re.compile(r"(?<![\w.\"'])(silver|gold)\.(\w+)")
_COMMENT: Final = re.compile(r"--[^\n]*")


def read_statement(folder: str, name: str) -> str:
    """`include/sql/<folder>/<name>.sql` without its comments and the semicolon."""
    packaged = resources.files("rlm") / "sql" / folder
    # An editable install has no copy of include/ in the package.
    source = Path(__file__).parents[2] / "include/sql" / folder
    text = (packaged if packaged.is_dir() else source).joinpath(f"{name}.sql").read_text("utf-8")
    # Comments may name tables; no text of ours holds `--`.
    lines = (line.rstrip() for line in _COMMENT.sub("", text).splitlines())
    return "\n".join(line for line in lines if line).removesuffix(";")


def in_databases(statement: str, env: str) -> str:
    """The statement with `silver.x` and `gold.x` as the catalog of an environment names them."""
    return TABLE.sub(lambda found: f"{names.database(env, found[1])}.{found[2]}", statement)
