"""Who may import whom, read from the source: one wrong import and the layers are gone."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ENGINES = {"pyspark", "pandas", "numpy", "pyarrow", "sklearn", "scipy", "torch"}
AWS = {"boto3", "botocore", "aiobotocore"}


def imported(file: Path) -> set[str]:
    """Every module that `file` imports, wherever in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def offenders(folder: str, forbidden: set[str], but: tuple[str, ...] = ()) -> list[str]:
    """`file imports module` for each forbidden import below `folder`, but for some folders."""
    files = [
        f
        for f in sorted((ROOT / folder).rglob("*.py"))
        if not any(f.is_relative_to(ROOT / folder / b) for b in but)
    ]
    assert files, f"{folder} has no Python file: this test looked at nothing"
    return [
        f"{file.relative_to(ROOT)} imports {name}"
        for file in files
        for name in sorted(imported(file))
        if any(name == f or name.startswith(f"{f}.") for f in forbidden)
    ]


@pytest.mark.parametrize(
    ("folder", "forbidden", "but"),
    [
        # The core is pure: no engine, no AWS, nothing of the layers around it.
        ("src/rlm/domain", {"rlm.jobs", "rlm.aws", "rlm.api", "rlm.cli"} | ENGINES | AWS, ()),
        # Only rlm.aws touches AWS.
        ("src/rlm", AWS, ("aws",)),
        ("src/rlm/aws", {"rlm.jobs", "rlm.domain"} | ENGINES, ()),
        ("src/rlm/jobs", {"rlm.generate", "rlm.importers", "rlm.cli", "airflow"}, ()),
        # DAGs and plugins orchestrate; hooks of the provider talk to AWS.
        ("dags", {"rlm.jobs", "rlm.aws", "rlm.generate", "rlm.importers"} | ENGINES | AWS, ()),
        ("plugins", {"rlm.jobs", "rlm.aws", "rlm.generate", "rlm.importers"} | ENGINES | AWS, ()),
        # The local AWS knows protocols and nothing of the platform.
        ("infra/local", {"rlm", "airflow"}, ()),
        ("infra/aws", {"rlm.jobs", "rlm.generate", "localaws"}, ("node_modules",)),
        # A template is made of names; what deploys and destroys talks to AWS.
        ("infra/aws/stacks", {"rlm.aws"} | AWS, ()),
    ],
)
def test_layer_imports_nothing_above_it(
    folder: str, forbidden: set[str], but: tuple[str, ...]
) -> None:
    assert offenders(folder, forbidden, but) == []


def test_a_wrong_import_would_be_found(tmp_path: Path) -> None:
    file = tmp_path / "wrong.py"
    file.write_text(
        "def late():\n    from rlm.jobs import clean_sources\n    import boto3.session\n"
    )
    assert {"rlm.jobs.clean_sources", "boto3.session"} <= imported(file)
