"""Resource names: deployed resources carry them, so a changed name is a lost table."""

from __future__ import annotations

import pytest

from rlm import names


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (names.bucket("dev", "landing"), "rlm-dev-landing"),
        (names.bucket("prod", "artist-data"), "rlm-prod-artist-data"),
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
