"""Asks the local Athena each feed's query as it stands; runs in the local AWS's environment.

    python ask_serving.py asked.json

`asked.json` holds `relations` (columns and rows, by layer.table) and `questions` (SQL by feed).
Prints the columns and rows of each, as Athena's texts.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from localaws.athena.catalog import LocalCatalog
from localaws.athena.engine import Engine

sys.path.append(str(Path(__file__).parents[1] / "gold"))
import ask_athena as gold


def main(asked: dict[str, Any], folder: Path) -> dict[str, Any]:
    catalog = LocalCatalog(
        tables={
            name: gold.hive_table(name, relation, folder) | {"Name": name.partition(".")[2]}
            for name, relation in asked["relations"].items()
        }
    )
    engine = Engine(folder / "spill")
    try:
        answers = {}
        for feed, sql in asked["questions"].items():
            query = engine.query(sql, catalog)
            header = [column.name for column in query.columns]
            answers[feed] = {"header": header, "rows": query.rows()}
        return answers
    finally:
        engine.close()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        print(json.dumps(main(json.loads(Path(sys.argv[1]).read_text()), Path(scratch))))
