"""Settings come from the environment once, and what is missing names itself."""

from __future__ import annotations

import pytest

from rlm import names
from rlm.settings import Settings, SettingsError, load_settings


def test_everything_follows_from_environment_and_region() -> None:
    settings = load_settings({"RLM_ENV": "dev", "AWS_REGION": "eu-west-1"})

    assert settings == Settings(env="dev", region="eu-west-1")
    suffix = names.BUCKET_SUFFIX
    assert settings.landing_uri == f"s3://rlm-dev-landing{suffix}"
    assert settings.lake_uri == f"s3://rlm-dev-lake{suffix}"
    assert settings.artist_data_bucket == f"rlm-dev-artist-data{suffix}"
    assert settings.event_reports_bucket == f"rlm-dev-event-reports{suffix}"


def test_region_falls_back_to_default_region() -> None:
    settings = load_settings({"RLM_ENV": "prod", "AWS_DEFAULT_REGION": "us-east-1"})

    assert settings.region == "us-east-1"


def test_missing_variables_name_themselves_all_at_once() -> None:
    with pytest.raises(SettingsError, match=r"RLM_ENV .* and AWS_REGION"):
        load_settings({})


def test_unknown_environment_is_rejected() -> None:
    with pytest.raises(SettingsError, match=r"'staging', expected one of dev, prod"):
        load_settings({"RLM_ENV": "staging", "AWS_REGION": "eu-west-1"})


def test_dashboards_are_on_quicksights_page_unless_another_is_named() -> None:
    environ = {"RLM_ENV": "dev", "AWS_REGION": "eu-west-1"}
    page = "https://eu-west-1.quicksight.aws.amazon.com/sn/start/dashboards"
    assert load_settings(environ).dashboards_url == page
    assert load_settings(environ).api_page_url == ""

    here = load_settings(
        environ
        | {"RLM_DASHBOARDS_URL": "http://127.0.0.1:8090", "RLM_API_PAGE_URL": "http://x/docs/"}
    )
    assert (here.dashboards_url, here.api_page_url) == ("http://127.0.0.1:8090", "http://x/docs/")
