"""Where a process runs and what it reads and writes, loaded once at its edge.

The code never asks whether it runs on AWS or on one machine:
`AWS_ENDPOINT_URL`, which the AWS SDKs read themselves, is the only difference.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rlm import names

if TYPE_CHECKING:
    from collections.abc import Mapping


class SettingsError(ValueError):
    """An environment variable is missing or has a value that nothing can work with."""


@dataclass(frozen=True)
class Settings:
    """One environment's settings; everything that has a name follows from `env`.

    | variable | field | default |
    |---|---|---|
    | `RLM_ENV` | `env`: `dev` or `prod` | none |
    | `AWS_REGION`, else `AWS_DEFAULT_REGION` | `region` | none |
    | `RLM_DASHBOARDS_URL` | `dashboards_url` | QuickSight's own page in that region |
    | `RLM_API_PAGE_URL` | `api_page_url` | empty: there is no such page |
    """

    env: str
    region: str
    dashboards_url: str = ""
    """Where people look at dashboards."""
    api_page_url: str = ""
    """Where the API is described, for people."""

    def __post_init__(self) -> None:
        if self.env not in names.ENVIRONMENTS:
            raise SettingsError(
                f"RLM_ENV is {self.env!r}, expected one of {', '.join(names.ENVIRONMENTS)}"
            )
        if not self.dashboards_url:
            page = f"https://{self.region}.quicksight.aws.amazon.com/sn/start/dashboards"
            object.__setattr__(self, "dashboards_url", page)

    @property
    def landing_bucket(self) -> str:
        return names.bucket(self.env, "landing")

    @property
    def lake_bucket(self) -> str:
        return names.bucket(self.env, "lake")

    @property
    def artist_data_bucket(self) -> str:
        return names.bucket(self.env, "artist-data")

    @property
    def event_reports_bucket(self) -> str:
        return names.bucket(self.env, "event-reports")

    @property
    def landing_uri(self) -> str:
        """`s3://rlm-dev-landing`, without a slash at the end."""
        return f"s3://{self.landing_bucket}"

    @property
    def lake_uri(self) -> str:
        """`s3://rlm-dev-lake`, without a slash at the end."""
        return f"s3://{self.lake_bucket}"


def load_settings(environ: Mapping[str, str]) -> Settings:
    """The settings in `environ` (an edge passes `os.environ`); what is missing is named."""
    missing = []
    env = environ.get("RLM_ENV", "")
    if not env:
        missing.append("RLM_ENV (dev or prod)")
    region = environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION", "")
    if not region:
        missing.append("AWS_REGION (or AWS_DEFAULT_REGION, for example eu-west-1)")
    if missing:
        raise SettingsError(f"set the environment variable {' and '.join(missing)}")
    return Settings(
        env=env,
        region=region,
        dashboards_url=environ.get("RLM_DASHBOARDS_URL", ""),
        api_page_url=environ.get("RLM_API_PAGE_URL", ""),
    )
