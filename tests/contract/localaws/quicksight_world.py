"""A lake with one table, a data source over it, and how to ask QuickSight about them."""

from __future__ import annotations

import http.client
import io
import time
from typing import Any

ACCOUNT = "000000000000"
BUCKET = "quicksight-world"
# Three lines: a plain one, one with blanks, one whose seats are no number.
SALES = """\
id,city,seats,price,sold_at
1,Berlin,2,19.5,2026-06-01 20:00:00
2,,,,
3,Bonn,many,7.25,2026-06-02 21:30:00
"""
COLUMNS = [
    {"Name": "id", "Type": "INTEGER"},
    {"Name": "city", "Type": "STRING"},
    {"Name": "seats", "Type": "INTEGER"},
    {"Name": "price", "Type": "DECIMAL"},
    {"Name": "sold_at", "Type": "DATETIME"},
]
ENDED = ("COMPLETED", "FAILED", "CANCELLED")


class World:
    """The clients, and what tests do with them again and again."""

    def __init__(self, gateway: Any) -> None:
        self.gateway = gateway
        self.quicksight = gateway.client("quicksight")
        self.s3 = gateway.client("s3")
        self.glue = gateway.client("glue")
        self.athena = gateway.client("athena")

    def build_lake(self) -> None:
        """The bucket, Athena's workgroup, the table music.sales of text, the data source lake."""
        self.s3.create_bucket(Bucket=BUCKET)
        self.s3.put_object(Bucket=BUCKET, Key="sales/sales.csv", Body=SALES.encode())
        self.athena.create_work_group(
            Name="dashboards",
            Configuration={
                "ResultConfiguration": {"OutputLocation": f"s3://{BUCKET}/results/"},
            },
        )
        self.glue.create_database(DatabaseInput={"Name": "music"})
        self.glue.create_table(
            DatabaseName="music",
            TableInput={
                "Name": "sales",
                "TableType": "EXTERNAL_TABLE",
                "Parameters": {"skip.header.line.count": "1"},
                "StorageDescriptor": {
                    "Columns": [{"Name": one["Name"], "Type": "string"} for one in COLUMNS],
                    "Location": f"s3://{BUCKET}/sales/",
                    "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
                    "OutputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
                    "SerdeInfo": {
                        "SerializationLibrary": (
                            "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"
                        ),
                        "Parameters": {"field.delim": ","},
                    },
                },
            },
        )
        self.create_source("lake")

    def create_source(self, name: str, **given: Any) -> str:
        """A data source's ARN; Athena's, unless told otherwise."""
        request = {
            "Type": "ATHENA",
            "DataSourceParameters": {"AthenaParameters": {"WorkGroup": "dashboards"}},
        } | given
        created = self.quicksight.create_data_source(
            AwsAccountId=ACCOUNT, DataSourceId=name, Name=name, **request
        )
        return str(created["Arn"])

    def sql_table(
        self, query: str, columns: list[dict[str, str]], source: str = "lake"
    ) -> dict[str, Any]:
        """A PhysicalTableMap of one query."""
        return {
            "rows": {
                "CustomSql": {
                    "DataSourceArn": self.arn(f"datasource/{source}"),
                    "Name": "rows",
                    "SqlQuery": query,
                    "Columns": columns,
                }
            }
        }

    def create_data_set(self, name: str, tables: dict[str, Any], **given: Any) -> dict[str, Any]:
        created: dict[str, Any] = self.quicksight.create_data_set(
            AwsAccountId=ACCOUNT,
            DataSetId=name,
            Name=name,
            PhysicalTableMap=tables,
            ImportMode="SPICE",
            **given,
        )
        return created

    def filled(
        self, name: str, query: str, columns: list[dict[str, str]], **given: Any
    ) -> list[dict[str, Any]]:
        """The rows of a new data set of one query."""
        created = self.create_data_set(name, self.sql_table(query, columns), **given)
        self.completed(name, created["IngestionId"])
        return self.rows(name)

    def ended(self, data_set: str, ingestion: str) -> dict[str, Any]:
        """An ingestion when it has ended, however it did."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            found: dict[str, Any] = self.quicksight.describe_ingestion(
                AwsAccountId=ACCOUNT, DataSetId=data_set, IngestionId=ingestion
            )["Ingestion"]
            if found["IngestionStatus"] in ENDED:
                return found
            time.sleep(0.02)
        raise TimeoutError(f"ingestion {ingestion} of {data_set} did not end")

    def completed(self, data_set: str, ingestion: str) -> dict[str, Any]:
        """An ingestion that must succeed."""
        found = self.ended(data_set, ingestion)
        assert found["IngestionStatus"] == "COMPLETED", found
        return found

    def refresh(self, data_set: str, ingestion: str, kind: str = "FULL_REFRESH") -> dict[str, Any]:
        self.quicksight.create_ingestion(
            AwsAccountId=ACCOUNT, DataSetId=data_set, IngestionId=ingestion, IngestionType=kind
        )
        return self.ended(data_set, ingestion)

    def spice(self, data_set: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body of the local read path."""
        connection = http.client.HTTPConnection("127.0.0.1", self.gateway.port, timeout=10)
        try:
            path = f"/_localaws/quicksight/spice/{ACCOUNT}/{data_set}"
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()

    def rows(self, data_set: str) -> list[dict[str, Any]]:
        """What SPICE holds."""
        import pyarrow.parquet

        status, _, body = self.spice(data_set)
        assert status == 200, body
        found: list[dict[str, Any]] = pyarrow.parquet.read_table(io.BytesIO(body)).to_pylist()
        return found

    def arn(self, resource: str) -> str:
        return f"arn:aws:quicksight:us-east-1:{ACCOUNT}:{resource}"
