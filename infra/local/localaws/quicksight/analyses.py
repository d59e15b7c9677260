"""Analyses: what dashboards are published from; deleted ones can be restored for a while."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

from localaws.quicksight.definitions import data_set_arns, sheets
from localaws.quicksight.failures import invalid, not_found, not_served
from localaws.quicksight.kinds import ANALYSIS
from localaws.quicksight.paging import listed
from localaws.quicksight.searching import matching
from localaws.quicksight.state import QuickSightStore, arn, tags_of
from localaws.scope import Scope

if TYPE_CHECKING:
    from collections.abc import Callable

    from localaws.operations import Call, Document
    from localaws.quicksight.definitions import Definitions
    from localaws.quicksight.folders import Folders
    from localaws.quicksight.protocol import Handler

_DAY_SECONDS = 86_400
_RECOVERY_DAYS = 30


class Analyses:
    """The operations on analyses."""

    def __init__(
        self,
        store: QuickSightStore,
        definitions: Definitions,
        folders: Folders,
        check_theme: Callable[[Scope, str], None],
        groups_of: Callable[[Scope], Callable[[str], set[str]]],
    ) -> None:
        self._store = store
        self._definitions = definitions
        self._folders = folders
        self._check_theme = check_theme
        self._groups_of = groups_of

    def handlers(self) -> dict[str, Handler]:
        return {
            "CreateAnalysis": self.create,
            "UpdateAnalysis": self.update,
            "DescribeAnalysis": self.describe,
            "DescribeAnalysisDefinition": self.describe_definition,
            "ListAnalyses": self.list_all,
            "SearchAnalyses": self.search,
            "DeleteAnalysis": self.delete,
            "RestoreAnalysis": self.restore,
        }

    def create(self, request: Document, call: Call) -> Document:
        scope, name, now = Scope.of(call), request["AnalysisId"], time.time()
        made, definition = self._made(scope, request, "CREATION")
        analysis: Document = {
            "AnalysisId": name,
            "Arn": arn(ANALYSIS, scope, name),
            "CreatedTime": now,
            "Permissions": request.get("Permissions", []),
            **made,
        }
        with self._store.transaction(), self._folders.holding(scope, ANALYSIS, name, request):
            self._store.add(ANALYSIS, scope, analysis, tags_of(request))
            self._store.put_version(ANALYSIS, scope, name, definition)
        return _named(scope, name) | {"CreationStatus": "CREATION_IN_PROGRESS"}

    def update(self, request: Document, call: Call) -> Document:
        """Put another definition in its place; analyses have no versions."""
        scope, name = Scope.of(call), request["AnalysisId"]
        self._existing(scope, name)
        made, definition = self._made(scope, request, "UPDATE")
        with self._store.transaction():
            self._store.change(ANALYSIS, scope, name, lambda _: made)
            self._store.put_version(ANALYSIS, scope, name, definition)
        return _named(scope, name) | {"UpdateStatus": "UPDATE_IN_PROGRESS"}

    def describe(self, request: Document, call: Call) -> Document:
        return {"Analysis": self._existing(Scope.of(call), request["AnalysisId"])}

    def describe_definition(self, request: Document, call: Call) -> Document:
        scope, name = Scope.of(call), request["AnalysisId"]
        analysis = self._existing(scope, name)
        return analysis | {
            "Definition": self._store.version(ANALYSIS, scope, name, 1)["Definition"],
            "ResourceStatus": analysis["Status"],
        }

    def list_all(self, request: Document, call: Call) -> Document:
        return listed("AnalysisSummaryList", self._all(Scope.of(call)), request)

    def search(self, request: Document, call: Call) -> Document:
        scope = Scope.of(call)
        found = matching(ANALYSIS, self._all(scope), request["Filters"], self._groups_of(scope))
        return listed("AnalysisSummaryList", found, request)

    def delete(self, request: Document, call: Call) -> Document:
        """Keep it as DELETED for the recovery window, unless it is forced."""
        scope, name = Scope.of(call), request["AnalysisId"]
        self._existing(scope, name)
        days = request.get("RecoveryWindowInDays")
        if request.get("ForceDeleteWithoutRecovery"):
            if days is not None:
                raise invalid("RecoveryWindowInDays and ForceDeleteWithoutRecovery contradict.")
            self._store.delete(ANALYSIS, scope, name)
            return _named(scope, name)
        gone = time.time() + (days or _RECOVERY_DAYS) * _DAY_SECONDS
        changed = {"Status": "DELETED", "DeletionTime": gone}
        self._store.change(
            ANALYSIS, scope, name, lambda before: {"StatusBefore": before["Status"]} | changed
        )
        return _named(scope, name) | {"DeletionTime": gone}

    def restore(self, request: Document, call: Call) -> Document:
        scope, name = Scope.of(call), request["AnalysisId"]
        analysis = self._existing(scope, name)
        if analysis["Status"] != "DELETED":
            raise invalid(f"Analysis {name} is not deleted.")
        changed = {
            "Status": analysis["StatusBefore"],
            "StatusBefore": None,
            "DeletionTime": None,
        }
        self._store.change(ANALYSIS, scope, name, lambda _: changed)
        return _named(scope, name)

    def _made(self, scope: Scope, request: Document, verb: str) -> tuple[Document, Document]:
        """What an analysis becomes by a request, and its definition."""
        version = self._definitions.requested(scope, request)
        if any((request.get("Parameters") or {}).values()):
            raise not_served("Parameters of analyses; set defaults in the definition")
        if request.get("ThemeArn"):
            self._check_theme(scope, request["ThemeArn"])
        definition = version["Definition"]
        mode = (request.get("ValidationStrategy") or {}).get("Mode", "STRICT")
        errors = self._definitions.errors(scope, definition, mode == "STRICT")
        made = {
            "Name": request["Name"],
            "LastUpdatedTime": time.time(),
            "Status": f"{verb}_FAILED" if errors else f"{verb}_SUCCESSFUL",
            "Errors": errors,
            "DataSetArns": data_set_arns(definition),
            "Sheets": sheets(definition),
            "ThemeArn": request.get("ThemeArn"),
        }
        made = {key: value for key, value in made.items() if value is not None or verb == "UPDATE"}
        return made, {"VersionNumber": 1, "Definition": definition}

    def _existing(self, scope: Scope, name: str) -> Document:
        analysis = self._store.existing(ANALYSIS, scope, name)
        if analysis.get("DeletionTime", math.inf) < time.time():
            self._store.delete(ANALYSIS, scope, name)
            raise not_found("Analysis", name)
        return analysis

    def _all(self, scope: Scope) -> list[Document]:
        now = time.time()
        return [
            one
            for one in self._store.all(ANALYSIS, scope)
            if one.get("DeletionTime", math.inf) >= now
        ]


def _named(scope: Scope, name: str) -> Document:
    return {"Arn": arn(ANALYSIS, scope, name), "AnalysisId": name}
