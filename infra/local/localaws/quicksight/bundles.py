"""Asset bundle jobs: export into a file behind a URL, import from one."""

from __future__ import annotations

import base64
import binascii
import logging
import re
import secrets
import threading
import time
from typing import TYPE_CHECKING

from localaws import wire
from localaws.errors import AwsError
from localaws.operations import RestCall, Route
from localaws.quicksight import bundle_files
from localaws.quicksight.exporting import Exporting
from localaws.quicksight.failures import exists, invalid, not_found, not_served
from localaws.quicksight.importing import ImportFailedError, Importing
from localaws.quicksight.paging import listed
from localaws.quicksight.state import QuickSightStore, resource_arn
from localaws.scope import Scope

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from localaws.host import InProcessCall
    from localaws.operations import Call, Document
    from localaws.quicksight.protocol import Handler
    from localaws.state import Table

_log = logging.getLogger("localaws.quicksight")
_PATH = re.compile(r"/_localaws/quicksight/bundles/(?P<file>[\w-]+)\.qs")
_RUNNING = ("QUEUED_FOR_IMMEDIATE_EXECUTION", "IN_PROGRESS")
_REFUSED_OVERRIDES = ("OverridePermissions", "OverrideTags", "OverrideValidationStrategy")


class Bundles:
    """The operations on asset bundle jobs."""

    def __init__(
        self, store: QuickSightStore, call: InProcessCall, folder: Path, endpoint_url: str
    ) -> None:
        self._store = store
        self._call = call
        self._folder = folder
        self._endpoint_url = endpoint_url
        self._exports = store.table("bundle-exports")
        self._imports = store.table("bundle-imports")
        self._exporting = Exporting(store)

    def handlers(self) -> dict[str, Handler]:
        return {
            "StartAssetBundleExportJob": self.export,
            "DescribeAssetBundleExportJob": self.describe_export,
            "ListAssetBundleExportJobs": self.list_exports,
            "StartAssetBundleImportJob": self.import_,
            "DescribeAssetBundleImportJob": self.describe_import,
            "ListAssetBundleImportJobs": self.list_imports,
        }

    def routes(self) -> list[Route]:
        return [Route("ReadAssetBundle", "GET", _PATH, self._read)]

    def resume(self) -> None:
        """Jobs that the last process did not end have failed."""
        for table in (self._exports, self._imports):
            for key, job in table.items():
                if job["JobStatus"] in _RUNNING:
                    error = {"Type": "INTERNAL_FAILURE", "Message": "The job was interrupted."}
                    table.put(key, job | {"JobStatus": "FAILED", "Errors": [error]})

    def export(self, request: Document, call: Call) -> Document:
        scope, name = Scope.of(call), request["AssetBundleExportJobId"]
        if request["ExportFormat"] != "QUICKSIGHT_JSON":
            raise not_served("asset bundles in CLOUDFORMATION_JSON; use QUICKSIGHT_JSON")
        if self._exports.get(scope.key(name)) is not None:
            raise exists("AssetBundleExportJob", name)
        for one in request["ResourceArns"]:
            self._exporting.named(scope, one)
        job = request | {
            "Arn": resource_arn(scope, f"asset-bundle-export-job/{name}"),
            "JobStatus": "QUEUED_FOR_IMMEDIATE_EXECUTION",
            "CreatedTime": time.time(),
        }
        self._exports.put(scope.key(name), job)
        _start(self._exports, scope.key(name), lambda: self._carry_export(scope, job))
        return job

    def describe_export(self, request: Document, call: Call) -> Document:
        found = self._exports.get(Scope.of(call).key(request["AssetBundleExportJobId"]))
        if found is None:
            raise not_found("AssetBundleExportJob", request["AssetBundleExportJobId"])
        return found

    def list_exports(self, request: Document, call: Call) -> Document:
        found = self._exports.list(Scope.of(call).key(""))
        return listed("AssetBundleExportJobSummaryList", found, request)

    def import_(self, request: Document, call: Call) -> Document:
        scope, name = Scope.of(call), request["AssetBundleImportJobId"]
        for key in _REFUSED_OVERRIDES:
            if request.get(key):
                raise not_served(f"{key} of asset bundle imports")
        if self._imports.get(scope.key(name)) is not None:
            raise exists("AssetBundleImportJob", name)
        content = self._content(scope, request["AssetBundleImportSource"])
        assets = bundle_files.unpack(content)
        source = request["AssetBundleImportSource"]
        job = request | {
            "Arn": resource_arn(scope, f"asset-bundle-import-job/{name}"),
            "AssetBundleImportSource": {"S3Uri": source["S3Uri"]} if "S3Uri" in source else {},
            "FailureAction": request.get("FailureAction") or "DO_NOTHING",
            "JobStatus": "QUEUED_FOR_IMMEDIATE_EXECUTION",
            "CreatedTime": time.time(),
        }
        # Credentials pass through; they are not kept with the job.
        overrides = job.pop("OverrideParameters", None) or {}
        self._imports.put(scope.key(name), job)
        _start(
            self._imports,
            scope.key(name),
            lambda: self._carry_import(scope, job, overrides, assets),
        )
        return job

    def describe_import(self, request: Document, call: Call) -> Document:
        found = self._imports.get(Scope.of(call).key(request["AssetBundleImportJobId"]))
        if found is None:
            raise not_found("AssetBundleImportJob", request["AssetBundleImportJobId"])
        return found

    def list_imports(self, request: Document, call: Call) -> Document:
        found = self._imports.list(Scope.of(call).key(""))
        return listed("AssetBundleImportJobSummaryList", found, request)

    def _carry_export(self, scope: Scope, job: Document) -> None:
        key = scope.key(job["AssetBundleExportJobId"])
        try:
            content = bundle_files.pack(self._exporting.gather(scope, job))
            self._folder.mkdir(parents=True, exist_ok=True)
            name = secrets.token_urlsafe(24)
            (self._folder / f"{name}.qs").write_bytes(content)
        except AwsError as error:
            errors = [{"Type": error.code, "Message": error.message}]
            self._exports.put(key, job | {"JobStatus": "FAILED", "Errors": errors})
            return
        url = f"{self._endpoint_url}/_localaws/quicksight/bundles/{name}.qs"
        self._exports.put(key, job | {"JobStatus": "SUCCESSFUL", "DownloadUrl": url})

    def _carry_import(
        self,
        scope: Scope,
        job: Document,
        overrides: Document,
        assets: list[bundle_files.BundledAsset],
    ) -> None:
        key = scope.key(job["AssetBundleImportJobId"])

        def ask(operation: str, request: Document) -> Document:
            payload = {"AwsAccountId": scope.account, **request}
            if operation == "TagResource":
                del payload["AwsAccountId"]
            return self._call(
                "quicksight", operation, payload, region=scope.region, account=scope.account
            )

        self._imports.put(key, job | {"JobStatus": "IN_PROGRESS"})
        importing = Importing(self._store, ask, scope, overrides)
        try:
            importing.run(assets)
        except ImportFailedError as failed:
            told = {"Arn": failed.arn, "Type": failed.type, "Message": failed.message}
            ended: Document = {"JobStatus": "FAILED", "Errors": [told]}
            if job["FailureAction"] == "ROLLBACK":
                errors = importing.roll_back()
                ended["JobStatus"] = "FAILED_ROLLBACK_COMPLETED"
                if errors:
                    ended |= {"JobStatus": "FAILED_ROLLBACK_ERROR", "RollbackErrors": errors}
            self._imports.put(key, job | ended)
            return
        self._imports.put(key, job | {"JobStatus": "SUCCESSFUL"})

    def _content(self, scope: Scope, source: Document) -> bytes:
        if len(source) != 1:
            raise invalid("AssetBundleImportSource has exactly one of Body and S3Uri.")
        if "Body" in source:
            try:
                return base64.b64decode(source["Body"], validate=True)
            except (binascii.Error, ValueError) as error:
                raise invalid(f"The bundle's Body is not base64: {error}") from error
        bucket, _, key = source["S3Uri"].removeprefix("s3://").partition("/")
        named = {"Bucket": bucket, "Key": key}
        try:
            found = self._call("s3", "GetObject", named, region=scope.region, account=scope.account)
        except AwsError as error:
            raise invalid(f"{source['S3Uri']}: {error.message}") from error
        content: bytes = found["Body"]
        return content

    async def _read(self, request: wire.Request, called: RestCall, body: bytes) -> wire.Response:
        path = self._folder / f"{called.parameters['file']}.qs"
        if not path.is_file():
            raise not_found("Asset bundle", called.parameters["file"])
        return wire.Response(200, {"content-type": "application/zip"}, path.read_bytes())


def _start(jobs: Table, key: str, carry: Callable[[], None]) -> None:
    """Carry a job in a thread; one that breaks must not stay IN_PROGRESS for ever."""

    def run() -> None:
        try:
            carry()
        except Exception as error:  # noqa: BLE001 - told with the job
            _log.exception("quicksight: asset bundle job %s", key.rpartition("\n")[2])
            told = {"Type": "INTERNAL_FAILURE", "Message": f"{type(error).__name__}: {error}"}
            jobs.put(key, (jobs.get(key) or {}) | {"JobStatus": "FAILED", "Errors": [told]})

    threading.Thread(target=run, name="quicksight-bundle", daemon=True).start()
