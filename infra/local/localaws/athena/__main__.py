"""Athena's SQL over tables on local disk, without a gateway.

`python -m localaws.athena < asked.json > answered.json`, where asked is
{"iceberg": {"db.table": "metadata.json"}, "tables": {"db.table": Glue table},
"statements": [{"sql": "...", "database": "db", "parameters": []}]},
and answered has for each statement, in order, {"columns": [[name, type]], "rows": [[text or null]]}
or {"error": "COLUMN_NOT_FOUND: ..."}.
For tests in environments that have no DuckDB.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from localaws.athena.catalog import LocalCatalog
from localaws.athena.engine import Engine
from localaws.athena.failures import QueryFailedError


def main() -> int:
    asked: dict[str, Any] = json.load(sys.stdin)
    catalog = LocalCatalog(asked.get("iceberg"), asked.get("tables"))
    with tempfile.TemporaryDirectory() as spill:
        engine = Engine(Path(spill))
        answers = [answer(engine, catalog, one) for one in asked["statements"]]
        engine.close()
    json.dump(answers, sys.stdout)
    return 0


def answer(engine: Engine, catalog: LocalCatalog, asked: dict[str, Any]) -> dict[str, Any]:
    """One statement's rows, or how it failed."""
    try:
        query = engine.query(
            asked["sql"], catalog, asked.get("database", "default"), asked.get("parameters", ())
        )
        columns = [[column.name, column.type.athena] for column in query.columns]
        return {"columns": columns, "rows": query.rows()}
    except QueryFailedError as failed:
        return {"error": failed.reason}


if __name__ == "__main__":
    raise SystemExit(main())
