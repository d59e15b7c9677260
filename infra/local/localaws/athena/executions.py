"""Query executions: start, look at, stop, and read what they gave."""

from __future__ import annotations

import json
import time
import uuid
from typing import TYPE_CHECKING

from localaws.athena.failures import QueryFailedError
from localaws.athena.results import Results
from localaws.athena.state import PRIMARY, AthenaStore
from localaws.athena.statements import classify, statement_type
from localaws.athena.workgroups import ENGINE, existing
from localaws.errors import AwsError
from localaws.paging import page
from localaws.scope import Scope

if TYPE_CHECKING:
    from localaws.athena.runner import Runner
    from localaws.host import InProcessCall
    from localaws.operations import Call, Document, Handler

QUERY_LIMIT_BYTES = 262_144
_REQUESTED = ("QueryString", "QueryExecutionContext", "ResultConfiguration", "WorkGroup",
              "ExecutionParameters", "ResultReuseConfiguration")  # fmt: skip


class Executions:
    """The operations on executions."""

    def __init__(self, store: AthenaStore, runner: Runner, call: InProcessCall) -> None:
        self._store = store
        self._runner = runner
        self._call = call

    def handlers(self) -> dict[str, Handler]:
        return {
            "StartQueryExecution": self.start,
            "GetQueryExecution": self.get,
            "BatchGetQueryExecution": self.batch_get,
            "ListQueryExecutions": self.list,
            "StopQueryExecution": self.stop,
            "GetQueryResults": self.results,
            "GetQueryRuntimeStatistics": self.statistics,
        }

    def start(self, request: Document, call: Call) -> Document:
        """Queue a query. The same ClientRequestToken again gives the same execution."""
        scope = Scope.of(call)
        text = str(request.get("QueryString", ""))
        if not text.strip():
            raise AwsError("InvalidRequestException", "Query string must not be empty")
        if len(text.encode()) > QUERY_LIMIT_BYTES:
            raise AwsError("InvalidRequestException", "Query string is longer than 262144 bytes")
        workgroup = existing(self._store, call, request.get("WorkGroup", PRIMARY))
        if workgroup["State"] != "ENABLED":
            raise AwsError("InvalidRequestException", f"WorkGroup {workgroup['Name']} is disabled.")
        configuration = self._results_of(request, workgroup)
        location = configuration["OutputLocation"]
        if not str(location).startswith("s3://"):
            raise AwsError("InvalidRequestException", "outputLocation is not a valid S3 path.")
        self._check_bucket(str(location), scope)
        _check_known(text)
        execution = _new_execution(request, workgroup, configuration)
        wanted = json.dumps({name: request.get(name) for name in _REQUESTED}, sort_keys=True)
        token = str(request.get("ClientRequestToken", ""))
        try:
            kept = self._store.add_execution(scope, execution, token, wanted)
        except ValueError as error:
            raise AwsError("InvalidRequestException", str(error)) from error
        if kept == execution["QueryExecution"]["QueryExecutionId"]:
            self._runner.start(scope, execution)
        return {"QueryExecutionId": kept}

    def get(self, request: Document, call: Call) -> Document:
        return {"QueryExecution": self._existing(request, call)["QueryExecution"]}

    def batch_get(self, request: Document, call: Call) -> Document:
        scope = Scope.of(call)
        found = {one: self._store.execution(scope, one) for one in request["QueryExecutionIds"]}
        return {
            "QueryExecutions": [one["QueryExecution"] for one in found.values() if one],
            "UnprocessedQueryExecutionIds": [
                {
                    "QueryExecutionId": one,
                    "ErrorCode": "INVALID_INPUT",
                    "ErrorMessage": f"QueryExecution {one} was not found",
                }
                for one, execution in found.items()
                if execution is None
            ],
        }

    def list(self, request: Document, call: Call) -> Document:
        workgroup = request.get("WorkGroup", PRIMARY)
        existing(self._store, call, workgroup)
        found = self._store.executions(Scope.of(call), workgroup)
        shown, token = page([one["QueryExecutionId"] for one in found], request, 50)
        return {"QueryExecutionIds": shown, **token}

    def stop(self, request: Document, call: Call) -> Document:
        """AWS: no error for a query that has ended."""
        self._existing(request, call)
        self._runner.stop(Scope.of(call), request["QueryExecutionId"])
        return {}

    def results(self, request: Document, call: Call) -> Document:
        """A page of rows; of a query's first page the first row is the header."""
        execution = self._existing(request, call)
        state = execution["QueryExecution"]["Status"]["State"]
        if state in ("QUEUED", "RUNNING"):
            raise AwsError(
                "InvalidRequestException",
                f"Query has not yet finished. Current state: {state}",
            )
        if state != "SUCCEEDED":
            raise AwsError(
                "InvalidRequestException",
                f"Query did not finish successfully. Final query state: {state}",
            )

        def ask(service: str, operation: str, payload: Document) -> Document:
            return self._call(service, operation, payload, region=call.region, account=call.account)

        return Results(ask, execution).page(request)

    def statistics(self, request: Document, call: Call) -> Document:
        execution = self._existing(request, call)
        statistics = execution["QueryExecution"]["Statistics"]
        timeline = {name: statistics[name] for name in statistics if name.endswith("InMillis")}
        rows = {"InputBytes": statistics.get("DataScannedInBytes", 0)}
        rows |= execution.get("Rows", {})
        return {"QueryRuntimeStatistics": {"Timeline": timeline, "Rows": rows}}

    def _existing(self, request: Document, call: Call) -> Document:
        name = str(request.get("QueryExecutionId", ""))
        found = self._store.execution(Scope.of(call), name)
        if found is None:
            raise AwsError("InvalidRequestException", f"QueryExecution {name} was not found")
        return found

    def _results_of(self, request: Document, workgroup: Document) -> Document:
        """The workgroup's settings when it enforces them, else the caller's over them."""
        settings = workgroup["Configuration"]
        own: Document = settings.get("ResultConfiguration", {})
        given: Document = request.get("ResultConfiguration") or {}
        chosen = own if settings.get("EnforceWorkGroupConfiguration") else own | given
        if not chosen.get("OutputLocation"):
            raise AwsError(
                "InvalidRequestException",
                "No output location provided. An output location is required either through the"
                " Workgroup result configuration setting or as an API input.",
            )
        option = (chosen.get("EncryptionConfiguration") or {}).get("EncryptionOption")
        if option == "CSE_KMS":
            raise AwsError("InvalidRequestException", "CSE_KMS is not served by the local AWS.")
        return chosen

    def _check_bucket(self, location: str, scope: Scope) -> None:
        bucket = location.removeprefix("s3://").partition("/")[0]
        try:
            self._call(
                "s3", "HeadBucket", {"Bucket": bucket}, region=scope.region, account=scope.account
            )
        except AwsError as error:
            raise AwsError(
                "InvalidRequestException", f"Unable to verify/create output bucket {bucket}"
            ) from error


def _check_known(text: str) -> None:
    """AWS refuses at once what is no statement at all; everything else fails as a query."""
    try:
        classify(text)
    except QueryFailedError as failed:
        if failed.name == "SYNTAX_ERROR":
            message = failed.message
            raise AwsError("InvalidRequestException", message) from failed


def _new_execution(request: Document, workgroup: Document, configuration: Document) -> Document:
    execution_id = str(uuid.uuid4())
    kind, subtype = statement_type(request["QueryString"])
    base = configuration["OutputLocation"].rstrip("/")
    execution: Document = {
        "QueryExecutionId": execution_id,
        "Query": request["QueryString"],
        "StatementType": kind,
        "SubstatementType": subtype,
        "ResultConfiguration": configuration
        | {"OutputLocation": f"{base}/{execution_id}{_extension(subtype)}"},
        "ResultReuseConfiguration": request.get("ResultReuseConfiguration")
        or {"ResultReuseByAgeConfiguration": {"Enabled": False}},
        "QueryExecutionContext": request.get("QueryExecutionContext") or {},
        "Status": {"State": "QUEUED", "SubmissionDateTime": time.time()},
        "Statistics": {},
        "WorkGroup": workgroup["Name"],
        "EngineVersion": {"SelectedEngineVersion": "AUTO", "EffectiveEngineVersion": ENGINE},
    }
    if request.get("ExecutionParameters"):
        execution["ExecutionParameters"] = request["ExecutionParameters"]
    cutoff = workgroup["Configuration"].get("BytesScannedCutoffPerQuery")
    return {"QueryExecution": execution, "BaseLocation": base, "Cutoff": cutoff}


def _extension(subtype: str) -> str:
    """Of the result file: known before the query runs, since callers may ask at once."""
    if subtype in ("SELECT", "EXECUTE", ""):
        return ".csv"
    return "" if subtype in ("UNLOAD", "CREATE_TABLE_AS_SELECT", "INSERT") else ".txt"
