"""Resource names: deployed resources carry them, so a changed name is a lost table."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from rlm import names
from rlm.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (names.bucket("dev", "landing"), f"rlm-dev-landing{names.BUCKET_SUFFIX}"),
        (names.bucket("prod", "artist-data"), f"rlm-prod-artist-data{names.BUCKET_SUFFIX}"),
        (names.database("dev", "silver"), "rlm_dev_silver"),
        (names.dynamodb_table("dev", "Artists"), "rlm-dev-Artists"),
        (names.glue_job("dev", "clean_sources"), "rlm-dev-clean-sources"),
        (names.crawler("prod", "quarantine"), "rlm-prod-quarantine"),
        (names.stack("dev", "storage"), "rlm-dev-storage"),
        (names.silver_table("dev", "events"), "glue_catalog.rlm_dev_silver.events"),
        (names.dynamodb_table("prod", "Recommendations"), "rlm-prod-Recommendations"),
        (names.recommender_image("dev"), "rlm-dev-recommender"),
        (names.model_package_group("dev"), "rlm-dev-recommender"),
        (names.endpoint("prod"), "rlm-prod-recommender"),
        (names.endpoint_alarm("dev", "5xx"), "rlm-dev-recommender-5xx"),
        (names.endpoint_log_group("dev"), "/aws/sagemaker/Endpoints/rlm-dev-recommender"),
        (names.sagemaker_role("dev"), "rlm-dev-sagemaker"),
        (names.notebook("dev"), "rlm-dev-exploration"),
    ],
)
def test_names_stay_what_is_deployed(name: str, expected: str) -> None:
    assert name == expected


def test_every_bucket_ends_with_the_suffix_of_the_checkout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(names, "BUCKET_SUFFIX", "-acme")
    assert names.bucket("dev", "landing") == "rlm-dev-landing-acme"
    assert Settings("prod", "eu-west-1").lake_uri == "s3://rlm-prod-lake-acme"


def test_buckets_have_names_that_s3_takes() -> None:
    assert re.fullmatch(r"(-[a-z0-9]+)*", names.BUCKET_SUFFIX)
    buckets = [
        names.bucket(env, purpose) for env in names.ENVIRONMENTS for purpose in names.BUCKETS
    ]
    assert [one for one in buckets if len(one) > 63] == []


def test_nobody_else_spells_the_name_of_a_bucket() -> None:
    """Else a suffix would reach some of those who use a bucket, and not the others."""
    spelt = re.compile(rf"rlm-(\{{\}}|dev|prod)-({'|'.join(names.BUCKETS)})\b")
    looked_at, found = 0, []
    for folder in ("src", "plugins", "dags", "lambdas", "include", "infra"):
        for file in sorted((ROOT / folder).rglob("*.py")):
            if "node_modules" in file.parts or file == Path(names.__file__):
                continue
            looked_at += 1
            text = file.read_text("utf-8")
            said = texts(ast.parse(text)) if "rlm-" in text else ()
            found += [f"{file.relative_to(ROOT)}: {one}" for one in said if spelt.search(one)]
    assert looked_at > 300
    assert found == []


def test_a_name_that_is_spelt_would_be_found() -> None:
    code = '''"""rlm-dev-lake"""
def f(env):
    """rlm-dev-lake"""
    return f"s3://rlm-{env}-lake/gold", "rlm-dev-landing"
'''
    assert sorted(texts(ast.parse(code))) == ["rlm-dev-landing", "s3://rlm-{}-lake/gold"]


def texts(tree: ast.Module) -> Iterator[str]:
    """Strings of the code but its docstrings; what an f-string fills in is `{}`."""
    skipped: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr):
            skipped.add(id(node.value))
        elif isinstance(node, ast.JoinedStr):
            skipped |= {id(part) for part in node.values}
            yield "".join(
                str(p.value) if isinstance(p, ast.Constant) else "{}" for p in node.values
            )
        elif isinstance(node, ast.Constant) and id(node) not in skipped:
            yield str(node.value)


def test_unknown_environment_names_the_known_ones() -> None:
    with pytest.raises(names.UnknownNameError, match=r"'staging'; there are dev, prod"):
        names.bucket("staging", "landing")


def test_unknown_resource_is_rejected_by_its_kind() -> None:
    with pytest.raises(names.UnknownNameError, match=r"no bucket named 'landin'"):
        names.bucket("dev", "landin")
    with pytest.raises(names.UnknownNameError, match=r"no Glue job named 'clean-sources'"):
        names.glue_job("dev", "clean-sources")


def test_environments_share_no_name() -> None:
    dev, prod = (
        {names.bucket(env, purpose) for purpose in names.BUCKETS} for env in names.ENVIRONMENTS
    )
    assert len(dev) == len(names.BUCKETS)
    assert dev.isdisjoint(prod)
