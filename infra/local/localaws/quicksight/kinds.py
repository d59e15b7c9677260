"""The kinds of assets that have an id of their own, an ARN, permissions and tags."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """One kind: how operations, ARNs and errors call it."""

    noun: str
    """As in `Create<noun>`; `<noun>Id` names one."""
    word: str
    """In ARNs."""

    @property
    def id(self) -> str:
        return f"{self.noun}Id"

    @property
    def arn(self) -> str:
        """What answers about permissions call the ARN."""
        return "Arn" if self.noun == "Folder" else f"{self.noun}Arn"


DATA_SOURCE = Kind("DataSource", "datasource")
DATA_SET = Kind("DataSet", "dataset")
DASHBOARD = Kind("Dashboard", "dashboard")
ANALYSIS = Kind("Analysis", "analysis")
TEMPLATE = Kind("Template", "template")
THEME = Kind("Theme", "theme")
FOLDER = Kind("Folder", "folder")

KINDS = (DATA_SOURCE, DATA_SET, DASHBOARD, ANALYSIS, TEMPLATE, THEME, FOLDER)
