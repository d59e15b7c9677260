"""Settings come from the environment once, and what is missing names itself."""

from __future__ import annotations

import pytest

from rlm.settings import Settings, SettingsError, load_settings


def test_everything_follows_from_environment_and_region() -> None:
    settings = load_settings({"RLM_ENV": "dev", "AWS_REGION": "eu-west-1"})

    assert settings == Settings(env="dev", region="eu-west-1")
    assert settings.landing_uri == "s3://rlm-dev-landing"
    assert settings.lake_uri == "s3://rlm-dev-lake"
    assert settings.artist_data_bucket == "rlm-dev-artist-data"
    assert settings.event_reports_bucket == "rlm-dev-event-reports"


def test_region_falls_back_to_default_region() -> None:
    settings = load_settings({"RLM_ENV": "prod", "AWS_DEFAULT_REGION": "us-east-1"})

    assert settings.region == "us-east-1"


def test_missing_variables_name_themselves_all_at_once() -> None:
    with pytest.raises(SettingsError, match=r"RLM_ENV .* and AWS_REGION"):
        load_settings({})


def test_unknown_environment_is_rejected() -> None:
    with pytest.raises(SettingsError, match=r"'staging', expected one of dev, prod"):
        load_settings({"RLM_ENV": "staging", "AWS_REGION": "eu-west-1"})
