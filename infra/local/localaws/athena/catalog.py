"""What a query needs to know of databases, tables and files, whoever keeps them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from localaws.errors import AwsError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from localaws.operations import Document

DEFAULT_CATALOG = "awsdatacatalog"


class FoundFile(NamedTuple):
    """A file as DuckDB can open it, and its bytes."""

    address: str
    size: int


class Catalog(Protocol):
    """Databases and tables as the Glue Data Catalog describes them; names are lower case."""

    def databases(self) -> list[Document]: ...

    def database(self, name: str) -> Document | None: ...

    def tables(self, database: str) -> list[Document]: ...

    def table(self, database: str, name: str) -> Document | None: ...

    def partitions(self, database: str, name: str) -> list[Document]: ...

    def files(self, location: str) -> list[FoundFile]:
        """The files below a location, in name order, without those that Hive hides."""
        ...


class FederatedCatalog(Protocol):
    """Databases and tables that a connector answers for, described as Glue describes them."""

    def database(self, name: str) -> Document | None: ...

    def table(self, database: str, name: str) -> Document | None: ...

    def rows(self, table: Document) -> Any:
        """All of them: `table` for Arrow, and `scanned_bytes`."""
        ...


# The catalog of a name in lower case, beside AwsDataCatalog; None where there is none.
Federated = Callable[[str], FederatedCatalog | None]


def no_other_catalogs(_name: str) -> FederatedCatalog | None:
    return None


class GlueCatalog:
    """The catalog of one account and region, through the gateway's own Glue and S3."""

    def __init__(self, call: Callable[[str, str, Document], Document]) -> None:
        self._call = call

    def databases(self) -> list[Document]:
        return self._pages("GetDatabases", {}, "DatabaseList")

    def database(self, name: str) -> Document | None:
        try:
            found: Document = self._call("glue", "GetDatabase", {"Name": name})["Database"]
        except AwsError as error:
            if error.code != "EntityNotFoundException":
                raise
            return None
        return found

    def tables(self, database: str) -> list[Document]:
        return self._pages("GetTables", {"DatabaseName": database}, "TableList")

    def table(self, database: str, name: str) -> Document | None:
        try:
            asked = {"DatabaseName": database, "Name": name}
            found: Document = self._call("glue", "GetTable", asked)["Table"]
        except AwsError as error:
            if error.code != "EntityNotFoundException":
                raise
            return None
        return found

    def partitions(self, database: str, name: str) -> list[Document]:
        asked = {"DatabaseName": database, "TableName": name}
        return self._pages("GetPartitions", asked, "Partitions")

    def files(self, location: str) -> list[FoundFile]:
        bucket, _, prefix = location.removeprefix("s3://").partition("/")
        prefix = prefix if not prefix or prefix.endswith("/") else f"{prefix}/"
        found: list[FoundFile] = []
        asked: Document = {"Bucket": bucket, "Prefix": prefix}
        while True:
            listed = self._call("s3", "ListObjectsV2", asked)
            found += [
                FoundFile(f"s3://{bucket}/{entry['Key']}", int(entry["Size"]))
                for entry in listed.get("Contents", [])
                if int(entry["Size"]) and not _is_hidden(entry["Key"][len(prefix) :])
            ]
            if not listed.get("IsTruncated"):
                return found
            asked = asked | {"ContinuationToken": listed["NextContinuationToken"]}

    def _pages(self, operation: str, asked: Document, key: str) -> list[Document]:
        found: list[Document] = []
        while True:
            answer = self._call("glue", operation, asked)
            found += answer.get(key, [])
            if not answer.get("NextToken"):
                return found
            asked = asked | {"NextToken": answer["NextToken"]}


class LocalCatalog:
    """Tables on local disk, for tests that need no gateway.

    `iceberg` names metadata files by "database.table"; `tables` are Glue tables by the same.
    """

    def __init__(
        self,
        iceberg: dict[str, Path | str] | None = None,
        tables: dict[str, Document] | None = None,
    ) -> None:
        self._tables: dict[str, Document] = dict(tables or {})
        for name, metadata in (iceberg or {}).items():
            self._tables[name] = {
                "Name": name.rpartition(".")[2],
                "TableType": "EXTERNAL_TABLE",
                "Parameters": {"table_type": "ICEBERG", "metadata_location": str(metadata)},
            }

    def databases(self) -> list[Document]:
        names = sorted({name.partition(".")[0] for name in self._tables})
        return [{"Name": name} for name in names]

    def database(self, name: str) -> Document | None:
        return next((one for one in self.databases() if one["Name"] == name), None)

    def tables(self, database: str) -> list[Document]:
        prefix = f"{database}."
        return [table for name, table in self._tables.items() if name.startswith(prefix)]

    def table(self, database: str, name: str) -> Document | None:
        return self._tables.get(f"{database}.{name}")

    def partitions(self, database: str, name: str) -> list[Document]:
        found: list[Document] = self._tables[f"{database}.{name}"].get("LocalPartitions", [])
        return found

    def files(self, location: str) -> list[FoundFile]:
        folder = Path(location.removeprefix("file://"))
        found: Iterable[Path] = sorted(folder.rglob("*")) if folder.is_dir() else ()
        return [
            FoundFile(str(path), path.stat().st_size)
            for path in found
            if path.is_file() and not _is_hidden(str(path.relative_to(folder)))
        ]


def is_iceberg(table: Document) -> bool:
    return str(table.get("Parameters", {}).get("table_type", "")).upper() == "ICEBERG"


def is_view(table: Document) -> bool:
    return str(table.get("TableType", "")) == "VIRTUAL_VIEW"


def _is_hidden(name: str) -> bool:
    return any(part[:1] in ("_", ".") for part in name.split("/")) or name.endswith("/")
