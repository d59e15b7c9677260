"""Asks the local Athena what each question's rows are; runs in the local AWS's environment.

    python ask_athena.py asked.json

`asked.json` holds `relations` (columns and rows by name) and `questions`: SQL as Spark takes it,
and which relation stands for each table that it names. Prints their rows, as Athena's texts.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import sqlglot

from localaws.athena.catalog import LocalCatalog
from localaws.athena.engine import Engine


def main(asked: dict[str, Any], folder: Path) -> list[list[list[str | None]]]:
    tables = {
        name: hive_table(name, relation, folder) for name, relation in asked["relations"].items()
    }
    engine = Engine(folder / "spill")
    try:
        return [
            engine.query(
                athena_sql(question["sql"]),
                LocalCatalog(
                    tables={
                        name: tables[relation] | {"Name": name.partition(".")[2]}
                        for name, relation in question["tables"].items()
                    }
                ),
            ).rows()
            for question in asked["questions"]
        ]
    finally:
        engine.close()


def athena_sql(spark_sql: str) -> str:
    (translated,) = sqlglot.transpile(spark_sql, read="spark", write="athena")
    return translated


def hive_table(name: str, relation: dict[str, Any], folder: Path) -> dict[str, Any]:
    """The Glue table over a file of JSON lines with the relation's rows."""
    location = folder / name
    location.mkdir()
    (location / "rows.json").write_text(
        "".join(json.dumps(row) + "\n" for row in relation["rows"]), encoding="utf-8"
    )
    return {
        "TableType": "EXTERNAL_TABLE",
        "Parameters": {"classification": "json"},
        "StorageDescriptor": {
            "Location": f"file://{location}",
            "Columns": [
                {"Name": column, "Type": kind} for column, kind in relation["columns"].items()
            ],
            "SerdeInfo": {"SerializationLibrary": "org.openx.data.jsonserde.JsonSerDe"},
        },
    }


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        print(json.dumps(main(json.loads(Path(sys.argv[1]).read_text()), Path(scratch))))
