"""The local AWS as a process, and how every client on this machine reaches it."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import TYPE_CHECKING

from . import ports
from .layout import JARS, ROOT, State, environment_without_python_settings, python_of
from .processes import Process
from .system_packages import java_home

if TYPE_CHECKING:
    from collections.abc import Mapping

# The proxy settings of a machine must not stand between us and loopback.
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))
REGION = "us-east-1"


@dataclass(frozen=True)
class LocalAws:
    """One local AWS: its port and the variables with which clients find it."""

    port: int
    process: Process

    @property
    def url(self) -> str:
        return local_aws_url(self.port)

    def client_environ(self, environ: Mapping[str, str], env: str) -> dict[str, str]:
        """`environ` with every AWS SDK, and `rlm`, pointed at this AWS and no real account."""
        return {
            **_without_aws(environ),
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_DISABLE_HOST_PREFIX_INJECTION": "true",
            "RLM_ENV": env,
            # Keeps requests to loopback away from a proxy that the machine may have set.
            "NO_PROXY": _no_proxy(environ),
            "no_proxy": _no_proxy(environ),
        }

    def is_healthy(self) -> bool:
        """Whether it answers, and says of itself that it can serve."""
        return is_serving(self.url)


def local_aws_url(port: int) -> str:
    """Where every client on this machine finds the local AWS."""
    return f"http://{ports.LOOPBACK}:{port}"


def is_serving(url: str) -> bool:
    """Whether the local AWS there answers, and says of itself that it can serve."""
    try:
        with OPENER.open(f"{url}/_localaws/health", timeout=5) as response:
            return bool(json.load(response).get("status"))
    except (OSError, ValueError, urllib.error.URLError):
        return False


def local_aws_for(state: State, environ: Mapping[str, str]) -> LocalAws:
    """The local AWS of this state, on the port that RLM_AWS_PORT names."""
    port = ports.AWS.number(environ)
    command = [
        *(str(python_of("local-aws")), "-m", "localaws"),
        *("--port", str(port), "--state-dir", str(state.aws)),
        *("--glue-python", str(python_of("glue")), "--jars", str(JARS)),
        *("--sagemaker-images", str(state.images)),
        *("--lambda-python", str(python_of("lambda"))),
        *("--pages", str(ROOT / "docs" / "api")),
        # Outlines of countries for the map of one of the pages.
        *("--pages", f"atlas={ROOT / 'infra' / 'web' / 'node_modules' / 'world-atlas'}"),
        # Draws the dashboards of CloudWatch's page.
        *("--pages", f"echarts={ROOT / 'infra' / 'web' / 'node_modules' / 'echarts' / 'dist'}"),
        *("--notebook-python", str(python_of("notebook"))),
        *_monitoring(environ),
        # What QuickSight's embedding URLs open.
        *("--dashboards-url", f"http://{ports.LOOPBACK}:{ports.DASHBOARDS.number(environ)}"),
        *(["--faults"] if environ.get("RLM_FAULTS") else []),
    ]
    home = java_home()
    variables = {
        **_without_aws(environ),
        "PYTHONPATH": str(ROOT / "infra" / "local"),
        **({"JAVA_HOME": str(home)} if home else {}),
    }
    # A Glue job that outlived a killed gateway is the next gateway's to find and judge.
    process = Process(
        *("local-aws", command, variables, ROOT, state.run, state.logs), ends_survivors=False
    )
    return LocalAws(port=port, process=process)


def _monitoring(environ: Mapping[str, str]) -> list[str]:
    """RLM_MONITORING_SPEED judges alarms faster than they say, so that a day passes in minutes."""
    speed = environ.get("RLM_MONITORING_SPEED")
    return ["--monitoring-speed", speed] if speed else []


def _without_aws(environ: Mapping[str, str]) -> dict[str, str]:
    """Variables less those that name an account, a profile or an endpoint of somebody's own."""
    kept = environment_without_python_settings(environ)
    return {name: value for name, value in kept.items() if not name.startswith("AWS_")}


def _no_proxy(environ: Mapping[str, str]) -> str:
    known = environ.get("NO_PROXY") or environ.get("no_proxy") or ""
    names = [name for name in known.split(",") if name]
    return ",".join(dict.fromkeys([*names, ports.LOOPBACK, "localhost"]))
