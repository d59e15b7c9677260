"""The page that draws the deployed dashboards, and what `make run` says of them."""

from __future__ import annotations

import hashlib
import urllib.error
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from . import ports
from .console import table
from .layout import ROOT, State, python_of
from .local_aws import OPENER
from .processes import Process

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

MARK = "dashboards.sha256"


@dataclass(frozen=True)
class DashboardFiles:
    """The files of the dashboards, and the digest of those that were deployed last."""

    folder: Path
    mark: Path

    def are_deployed(self) -> bool:
        """Whether they are as they were when they were deployed."""
        return self.mark.exists() and self.mark.read_text() == self._digest()

    def remember(self) -> None:
        """They are deployed as they are now."""
        self.mark.write_text(self._digest())

    def _digest(self) -> str:
        digest = hashlib.sha256()
        for file in sorted(path for path in self.folder.rglob("*") if path.is_file()):
            digest.update(f"{file.relative_to(self.folder)}\0".encode())
            digest.update(hashlib.sha256(file.read_bytes()).digest())
        return digest.hexdigest()


@dataclass(frozen=True)
class DashboardsPage:
    """One page: its port, how it is started, and the files of what it shows."""

    port: int
    process: Process
    files: DashboardFiles

    @property
    def url(self) -> str:
        return page_url(self.port)

    def is_healthy(self) -> bool:
        """Whether it answers."""
        return page_answers(self.url)


def page_url(port: int) -> str:
    """Where people look at dashboards on this machine."""
    return f"http://{ports.LOOPBACK}:{port}"


def page_answers(url: str) -> bool:
    """Whether a page is there."""
    try:
        with OPENER.open(f"{url}/healthz", timeout=5) as response:
            return int(response.status) == 200
    except (OSError, urllib.error.URLError):
        return False


def dashboards_page_for(
    state: State, environ: Mapping[str, str], client_environ: Mapping[str, str], env: str
) -> DashboardsPage:
    """The page of this state's account, on the port that RLM_DASHBOARDS_PORT names."""
    port = ports.DASHBOARDS.number(environ)
    command = [
        *(str(python_of("dev")), "-m", "rlm.cli", "dashboards", "show", "--deployed"),
        *("--env", env, "--port", str(port)),
    ]
    process = Process("dashboards", command, client_environ, ROOT, state.run, state.logs)
    files = DashboardFiles(ROOT / "dashboards", state.folder / MARK)
    return DashboardsPage(port, process, files)


def dashboards_summary(
    quicksight: Any, account: str, env: str, url: str, reports: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """By name: published version, address, and rows of the data sets that were copied last."""
    pages = quicksight.get_paginator("list_dashboards").paginate(AwsAccountId=account)
    ours = [
        one
        for page in pages
        for one in page["DashboardSummaryList"]
        if one["DashboardId"].startswith(f"rlm-{env}-") and "PublishedVersionNumber" in one
    ]
    data_sets: dict[str, Any] = {}
    for report in reports:
        data_sets |= {name: one["rows"] for name, one in report["data_sets"].items()}
    return {
        "dashboards": {
            one["Name"]: {
                "url": f"{url}/dashboards/{one['DashboardId']}",
                "version": one["PublishedVersionNumber"],
            }
            for one in sorted(ours, key=lambda one: str(one["Name"]))
        },
        "data_sets": data_sets,
    }


def dashboards_text(summary: Mapping[str, Any]) -> str:
    """The same for people; empty where nothing is deployed."""
    parts = []
    if summary.get("data_sets"):
        rows = [[name, str(count)] for name, count in sorted(summary["data_sets"].items())]
        parts.append(table(["data set", "rows in SPICE"], rows))
    if summary.get("dashboards"):
        shown = [
            [name, str(one["version"]), one["url"]] for name, one in summary["dashboards"].items()
        ]
        parts.append(table(["dashboard", "version", "address"], shown))
    return "\n\n".join(parts)
