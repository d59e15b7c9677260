"""One platform as a value: its state, its servers, and how clients reach them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rlm import names

from . import ports
from .airflow_components import Airflow, airflow_for
from .dashboards import DashboardsPage, dashboards_page_for
from .failures import PlatformError
from .layout import State
from .local_aws import LocalAws, local_aws_for
from .processes import stop

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .processes import Process


@dataclass(frozen=True)
class Platform:
    """One platform on this machine: its state, its environment's name, its servers."""

    state: State
    env: str
    aws: LocalAws
    airflow: Airflow
    dashboards: DashboardsPage
    client_environ: Mapping[str, str]

    def processes(self) -> list[Process]:
        """Every server: the AWS, and then those that talk to it."""
        return [self.aws.process, *self.airflow.processes(), self.dashboards.process]

    def process(self, name: str) -> Process:
        """The server's process; raises PlatformError for a name that none has."""
        processes = {process.name: process for process in self.processes()}
        if name not in processes:
            raise PlatformError(f"no server is called {name!r}; there are {', '.join(processes)}")
        return processes[name]

    def stop(self) -> list[str]:
        """Stop them all, the AWS after those that talk to it; the names of those that ran."""
        aws, *clients = self.processes()
        with ThreadPoolExecutor(len(clients)) as pool:
            ended = list(pool.map(lambda process: stop(process.pid_file), clients))
        stopped = [one.name for one, was_there in zip(clients, ended, strict=True) if was_there]
        if stop(aws.pid_file):
            stopped.append(aws.name)
        return stopped

    def client(self, service: str) -> Any:
        """A boto3 client for the local AWS."""
        # Not at the top: who only starts one of the servers has no boto3.
        import boto3
        from botocore.config import Config

        return boto3.client(
            service,  # type: ignore[call-overload]  # the services are no literals here
            endpoint_url=self.aws.url,
            region_name=self.client_environ["AWS_REGION"],
            aws_access_key_id=self.client_environ["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=self.client_environ["AWS_SECRET_ACCESS_KEY"],
            config=Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 3}),
        )

    def urls(self) -> dict[str, str]:
        """Where a person finds things."""
        return {
            "airflow": self.airflow.url,
            "aws": self.aws.url,
            "api": f"{self.aws.url}/docs/",
            "dashboards": f"{self.dashboards.url}/",
            "alarms": f"{self.aws.url}/cloudwatch/",
            "mail": f"{self.aws.url}/inbox/",
            "landing": f"s3://{names.bucket(self.env, 'landing')}",
            "lake": f"s3://{names.bucket(self.env, 'lake')}",
            # The local AWS takes a request without a signature for an anonymous one to S3.
            "event reports": f"{self.aws.url}/{names.bucket(self.env, 'event-reports')}/index.html",
            "logs": str(self.state.logs),
        }


def platform_for(environ: Mapping[str, str]) -> Platform:
    """The platform that the variables describe; nothing is started."""
    state = State.of(environ)
    env = environ.get("RLM_ENV") or "dev"
    aws = local_aws_for(state, environ)
    client_environ = aws.client_environ(environ, env)
    dashboards = dashboards_page_for(state, environ, client_environ, env)
    # What stands in Airflow's menu.
    pages = {"RLM_DASHBOARDS_URL": f"{dashboards.url}/", "RLM_API_PAGE_URL": f"{aws.url}/docs/"}
    airflow = airflow_for(state, ports.AIRFLOW.number(environ), {**client_environ, **pages})
    return Platform(state, env, aws, airflow, dashboards, client_environ)
