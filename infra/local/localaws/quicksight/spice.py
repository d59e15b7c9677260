"""SPICE: one Parquet file a data set, which whole ingestions replace in one step."""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import shutil
from typing import TYPE_CHECKING
from urllib.parse import quote

from localaws import wire
from localaws.errors import AwsError
from localaws.operations import RestCall, Route
from localaws.quicksight.kinds import DATA_SET

if TYPE_CHECKING:
    from pathlib import Path

    from localaws.operations import Document
    from localaws.quicksight.state import QuickSightStore
    from localaws.scope import Scope

_PATH = re.compile(r"/_localaws/quicksight/spice/(?P<account>[^/]+)/(?P<data_set>[^/]+)")


class Spice:
    """The files; which of them is a data set's stands in its document, under `Spice`."""

    def __init__(self, folder: Path, store: QuickSightStore) -> None:
        self._folder = folder
        self._store = store

    def routes(self) -> list[Route]:
        """The way in which rows are read here: on AWS only QuickSight itself can."""
        return [Route("ReadSpice", method, _PATH, self._read) for method in ("GET", "HEAD")]

    def work_folder(self, key: str) -> Path:
        """An empty folder for the files of one ingestion, which `key` names among all."""
        folder = self._folder / "work" / hashlib.sha256(key.encode()).hexdigest()
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        return folder

    def current(self, scope: Scope, data_set: Document) -> Path | None:
        """The file that holds a data set's rows, if there is one."""
        kept = data_set.get("Spice")
        if not kept:
            return None
        return self._of(scope, data_set["DataSetId"]) / f"{_safe(kept['IngestionId'])}.parquet"

    def bring_in(self, scope: Scope, data_set_id: str, ingestion_id: str, made: Path) -> None:
        """Put a finished file where a data set's stand, on disk for certain."""
        folder = self._of(scope, data_set_id)
        folder.mkdir(parents=True, exist_ok=True)
        with made.open("rb") as file:
            os.fsync(file.fileno())
        made.replace(folder / f"{_safe(ingestion_id)}.parquet")
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def remove_others(self, scope: Scope, data_set_id: str) -> None:
        """Remove what is not a data set's file; all of it when there is no such data set."""
        data_set = self._store.get(DATA_SET, scope, data_set_id)
        current = self.current(scope, data_set) if data_set else None
        folder = self._of(scope, data_set_id)
        for path in folder.glob("*.parquet"):
            if path != current:
                path.unlink(missing_ok=True)
        if data_set is None:
            shutil.rmtree(folder, ignore_errors=True)

    def clean(self) -> None:
        """Remove what ingestions left that did not end, and deleted data sets."""
        shutil.rmtree(self._folder / "work", ignore_errors=True)
        known = set()
        for scope, data_set in self._store.everywhere(DATA_SET):
            self.remove_others(scope, data_set["DataSetId"])
            known.add(self._of(scope, data_set["DataSetId"]))
        for folder in self._folder.glob("[0-9]*/*/*"):
            if folder not in known:
                shutil.rmtree(folder, ignore_errors=True)

    def _of(self, scope: Scope, data_set_id: str) -> Path:
        return self._folder / scope.account / scope.region / _safe(data_set_id)

    async def _read(self, request: wire.Request, called: RestCall, body: bytes) -> wire.Response:
        """The newest completed copy; `?region=` chooses where ids are in several regions."""
        account, name = called.parameters["account"], called.parameters["data_set"]
        region = request.query.get("region", [""])[0]
        for _ in range(2):
            found = await asyncio.to_thread(self._newest, account, region, name)
            if found is None:
                break
            path, ingestion_id = found
            etag = f'"{ingestion_id}"'
            headers = {"content-type": "application/vnd.apache.parquet", "etag": etag}
            if request.headers.get("if-none-match") == etag:
                return wire.Response(304, headers, b"")
            try:
                content = await asyncio.to_thread(path.read_bytes)
            except FileNotFoundError:
                continue  # replaced in this moment
            return wire.Response(200, headers, content)
        raise AwsError(
            "ResourceNotFoundException", f"The data set {name} has no completed ingestion.", 404
        )

    def _newest(self, account: str, region: str, name: str) -> tuple[Path, str] | None:
        for scope, data_set in self._store.everywhere(DATA_SET):
            if (scope.account, data_set["DataSetId"]) != (account, name):
                continue
            if region not in ("", scope.region):
                continue
            path = self.current(scope, data_set)
            if path is not None:
                return path, data_set["Spice"]["IngestionId"]
        return None


def _safe(name: str) -> str:
    """A file's name for an id, which may hold anything."""
    return quote(name, safe="").replace(".", "%2E")
