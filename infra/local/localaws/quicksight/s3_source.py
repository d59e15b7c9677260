"""Rows from files in S3, which a manifest lists."""

from __future__ import annotations

import csv
import gzip
import json
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from localaws.errors import AwsError
from localaws.quicksight.fetched import Fetched, columns_of
from localaws.quicksight.source_errors import SourceError
from localaws.quicksight.sql_tables import literal, quoted

if TYPE_CHECKING:
    from pathlib import Path

    from localaws.host import InProcessCall
    from localaws.operations import Document
    from localaws.quicksight.fetched import Window
    from localaws.quicksight.source_errors import Progress
    from localaws.scope import Scope

_FORMATS = {"CSV", "TSV", "JSON"}
_MOST_FILES = 1_000


class S3Source:
    """Data sources of type S3."""

    def __init__(self, call: InProcessCall) -> None:
        self._call = call

    def check(self, scope: Scope, source: Document) -> None:
        self._objects(scope, self._manifest(scope, source))

    def fetch(
        self,
        scope: Scope,
        source: Document,
        table: Document,
        window: Window | None,
        folder: Path,
        progress: Progress,
    ) -> Fetched:
        if "S3Source" not in table:
            raise SourceError(
                "INVALID_DATA_SOURCE_CONFIG", f"A {next(iter(table))} cannot be read from S3."
            )
        if window is not None:
            raise SourceError(
                "INVALID_DATA_SOURCE_CONFIG", "Files in S3 cannot be refreshed incrementally."
            )
        manifest = self._manifest(scope, source)
        paths: list[Path] = []
        for number, (bucket, key) in enumerate(self._objects(scope, manifest)):
            progress.check()
            body = self._read(scope, bucket, key)
            path = folder / f"{number:04d}"
            path.write_bytes(gzip.decompress(body) if key.endswith(".gz") else body)
            if path.stat().st_size:
                paths.append(path)
        names = tuple(column["Name"] for column in table["S3Source"]["InputColumns"])
        if not paths:
            empty = ", ".join(f"NULL::VARCHAR AS {quoted(name)}" for name in names)
            return Fetched(f"SELECT {empty} LIMIT 0", names)
        settings = _settings(manifest, table["S3Source"].get("UploadSettings") or {})
        if settings["Format"] == "JSON":
            return _json(paths, names)
        return _delimited(paths, names, settings)

    def _manifest(self, scope: Scope, source: Document) -> Document:
        place = source["DataSourceParameters"]["S3Parameters"]["ManifestFileLocation"]
        address = f"s3://{place['Bucket']}/{place['Key']}"
        try:
            manifest = json.loads(self._read(scope, place["Bucket"], place["Key"]))
        except ValueError as error:
            raise SourceError(
                "S3_MANIFEST_ERROR", f"The manifest {address} is not JSON: {error}.", "UNKNOWN"
            ) from error
        locations = manifest.get("fileLocations") if isinstance(manifest, dict) else None
        if not isinstance(locations, list) or not locations:
            raise SourceError(
                "S3_MANIFEST_ERROR", f"The manifest {address} has no fileLocations.", "UNKNOWN"
            )
        return dict(manifest)

    def _objects(self, scope: Scope, manifest: Document) -> list[tuple[str, str]]:
        """(bucket, key) of every file that a manifest names; a name that finds none is an error."""
        found: list[tuple[str, str]] = []
        for location in manifest["fileLocations"]:
            found += [_place(uri) for uri in location.get("URIs", [])]
            for prefix in location.get("URIPrefixes", []):
                found += self._below(scope, *_place(prefix))
        if len(found) > _MOST_FILES:
            raise SourceError(
                "S3_MANIFEST_ERROR",
                f"The manifest names {len(found)} files, more than {_MOST_FILES}.",
                "UNKNOWN",
            )
        if not found:
            raise SourceError("S3_MANIFEST_ERROR", "The manifest names no file.", "UNKNOWN")
        for bucket, key in found:
            try:
                self._s3(scope, "HeadObject", {"Bucket": bucket, "Key": key})
            except AwsError as error:
                raise SourceError(
                    "S3_FILE_INACCESSIBLE", f"s3://{bucket}/{key}: {error.code}", "ACCESS_DENIED"
                ) from error
        return found

    def _below(self, scope: Scope, bucket: str, prefix: str) -> list[tuple[str, str]]:
        found: list[tuple[str, str]] = []
        asked = {"Bucket": bucket, "Prefix": prefix}
        while True:
            try:
                page = self._s3(scope, "ListObjectsV2", asked)
            except AwsError as error:
                raise SourceError(
                    "S3_FILE_INACCESSIBLE", f"s3://{bucket}: {error.message}", "ACCESS_DENIED"
                ) from error
            found += [(bucket, one["Key"]) for one in page.get("Contents", []) if one["Size"]]
            if not page.get("IsTruncated"):
                return found
            asked["ContinuationToken"] = page["NextContinuationToken"]

    def _read(self, scope: Scope, bucket: str, key: str) -> bytes:
        try:
            body: bytes = self._s3(scope, "GetObject", {"Bucket": bucket, "Key": key})["Body"]
        except AwsError as error:
            raise SourceError(
                "S3_FILE_INACCESSIBLE", f"s3://{bucket}/{key}: {error.message}", "ACCESS_DENIED"
            ) from error
        return body

    def _s3(self, scope: Scope, operation: str, request: Document) -> Document:
        return self._call("s3", operation, request, region=scope.region, account=scope.account)


def _place(uri: str) -> tuple[str, str]:
    """Bucket and key of `s3://bucket/key` or of an `https://` address of S3's."""
    parts = urlsplit(uri)
    path = parts.path.lstrip("/")
    host = parts.hostname or ""
    if parts.scheme == "s3":
        return parts.netloc, path
    if parts.scheme == "https" and host.startswith("s3"):
        bucket, _, key = path.partition("/")
        return bucket, key
    if parts.scheme == "https" and ".s3" in host:
        return host.partition(".s3")[0], path
    raise SourceError("S3_MANIFEST_ERROR", f"{uri} is no address of S3's.", "UNKNOWN")


def _settings(manifest: Document, given: Document) -> Document:
    """The data set's upload settings over the manifest's, over AWS's defaults."""
    stated = manifest.get("globalUploadSettings") or {}
    stated = {str(key).lower(): value for key, value in stated.items()}
    form = given.get("Format") or str(stated.get("format", "CSV")).upper()
    if form not in _FORMATS:
        raise SourceError(
            "INVALID_DATA_SOURCE_CONFIG", f"The local AWS does not read files of format {form}."
        )
    header = given.get("ContainsHeader", stated.get("containsheader", True))
    qualifier = given.get("TextQualifier") or stated.get("textqualifier", '"')
    return {
        "Format": form,
        "Delimiter": given.get("Delimiter")
        or stated.get("delimiter")
        or ("\t" if form == "TSV" else ","),
        "ContainsHeader": str(header).lower() == "true",
        "TextQualifier": "'" if qualifier in ("SINGLE_QUOTE", "'") else '"',
        "StartFromRow": int(given.get("StartFromRow") or 1),
    }


def _delimited(paths: list[Path], names: tuple[str, ...], settings: Document) -> Fetched:
    """Columns by the files' header where there is one, else by their order; blank is null."""
    parts = []
    quote = literal(settings["TextQualifier"])
    skipped = settings["StartFromRow"] - 1
    for path in paths:
        present = names
        if settings["ContainsHeader"]:
            present = _header(path, settings, skipped)
            skip = skipped + 1
        else:
            skip = skipped
        chosen = ", ".join(f"{_blank_is_null(name, present)} AS {quoted(name)}" for name in names)
        parts.append(
            f"SELECT {chosen} FROM read_csv({literal(str(path))}, auto_detect = false,"  # noqa: S608
            f" header = false, skip = {skip}, columns = {columns_of(present)},"
            f" delim = {literal(settings['Delimiter'])}, quote = {quote}, escape = {quote},"
            " null_padding = true, nullstr = '')"
        )
    return Fetched(" UNION ALL ".join(parts), names)


def _header(path: Path, settings: Document, skipped: int) -> tuple[str, ...]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(
            file, delimiter=settings["Delimiter"], quotechar=settings["TextQualifier"]
        )
        for _ in range(skipped):
            next(reader, None)
        return tuple(name.strip() for name in next(reader, []))


def _blank_is_null(name: str, present: tuple[str, ...]) -> str:
    found = [one for one in present if one == name]
    found += [one for one in present if one.lower() == name.lower()]
    if not found:
        raise SourceError(
            "SQL_SCHEMA_MISMATCH_ERROR",
            f"The file has no column {name}; it has {', '.join(present)}.",
        )
    return f"nullif({quoted(found[0])}, '')"


def _json(paths: list[Path], names: tuple[str, ...]) -> Fetched:
    files = ", ".join(literal(str(path)) for path in paths)
    return Fetched(
        f"SELECT * FROM read_json([{files}], columns = {columns_of(names)}, format = 'auto')",  # noqa: S608
        names,
    )
