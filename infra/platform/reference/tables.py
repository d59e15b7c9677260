"""docs/reference/tables.md: every table, with grain, key and columns."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import yaml

from rlm.domain.json_tables import JSON_TABLES
from rlm.domain.serving import RECOMMENDATIONS, SERVING_TABLES
from rlm.jobs.contract_files import load_contracts
from rlm.jobs.sql_headers import header_columns, header_prose, split_header
from rlm.names import GOLD_TABLES, SOURCES

from .checkout import ROOT
from .markdown import code, codes, page, sentences, table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rlm.domain.contract import Contract
    from rlm.domain.serving import ServingTable

SQL: Final = ROOT / "include/sql"
_CHECK: Final = re.compile(
    r"-- check: (\w+)\n-- severity: (\w+)\n(?:-- scope: \w+\n)?-- message: (.*)"
)
_DEFINED: Final = re.compile(r"^  (\w+) (\w+)(.*?),?$", re.MULTILINE)
_SELECTED: Final = re.compile(r"\b(\w+)\s*,?$")


def tables_page() -> str:
    """Every table of every layer."""
    contracts = load_contracts()
    return page(
        "Tables",
        "What holds for all of them is in [the data model](../data-model.md).",
        "## Silver: what the sources said",
        "In the database `rlm_<env>_silver`, one table a source; Iceberg.",
        *(part for source in SOURCES for part in _silver(source, contracts[source])),
        "## Gold: what people and programs read",
        "In the database `rlm_<env>_gold`; Iceberg, built by `build_marts`.",
        *(part for name in GOLD_TABLES for part in _gold(name)),
        "## Files that are tables",
        "Lines of JSON that jobs write whole.",
        *(part for one in JSON_TABLES for part in _json(one)),
        "## Serving: what the API asks",
        "DynamoDB tables `rlm-<env>-<table>`.",
        *(part for one in (*SERVING_TABLES, RECOMMENDATIONS) for part in _serving(one)),
        "## Training: what the recommender learns from",
        "Each is a query over silver and gold, unloaded by Athena into a channel.",
        table(["channel", "what it has"], map(_channel, sorted((SQL / "training").glob("*.sql")))),
        "## Booking: what people keep by hand",
        "Tables of the PostgreSQL schema `booking`.",
        *(part for file in sorted((SQL / "booking").glob("*.sql")) for part in _booking(file.stem)),
    )


def _silver(source: str, contract: Contract) -> Iterator[str]:
    text = (ROOT / f"include/contracts/{source}.yaml").read_text("utf-8")
    document: dict[str, Any] = yaml.safe_load(text)
    landing, silver = document["schema"]
    said = {one["name"]: one for one in landing["properties"]}
    yield f"### silver.{source}"
    lines = [
        document["description"]["purpose"],
        f"Grain: {silver['dataGranularityDescription']}.",
        f"Key: {codes(contract.key)}.",
    ]
    if contract.partitioned_by:
        lines.append(f"Partitioned by {code(contract.partitioned_by)}.")
    lines.append(
        f"Delivered as {contract.file_format}, "
        f"[contract {contract.version}](../../include/contracts/{source}.yaml)."
    )
    yield "\n".join(lines)
    rows = []
    for column, told in zip(contract.silver, silver["properties"], strict=True):
        delivered = said.get(column.name, {})
        says = told.get("description") or delivered.get("description") or ""
        target = next((one for one in contract.landing if one.name == column.name), None)
        if target is not None and target.references:
            says = "; ".join(part for part in (f"of {'.'.join(target.references)}", says) if part)
        rows.append([code(column.name), code(column.type), says])
    yield table(["column", "type", "says"], rows)


def _gold(name: str) -> Iterator[str]:
    text = (SQL / f"gold/{name}.sql").read_text("utf-8")
    header = dict(split_header(text)[0])
    yield f"### gold.{name}"
    partition = header["partition"]
    lines = [
        _capitalised(header["table"]) + ".",
        f"Grain: {header['grain']}.",
        f"Key: {codes(part.strip() for part in header['key'].split(','))}.",
        "Computed whole." if partition == "none" else f"Computed by {code(partition)}.",
        f"Owner: {header['owner']}.",
        f"Built {header['cadence']}.",
        f"A rerun: {header['rerun']}.",
        f"[Its SQL](../../include/sql/gold/{name}.sql).",
    ]
    yield "\n".join(lines)
    yield from map(sentences, header_prose(text))
    columns = [[code(one.name), code(one.type), one.says] for one in header_columns(text)]
    yield table(["column", "type", "says"], columns)
    checks = SQL / f"checks/{name}.sql"
    found = _CHECK.findall(checks.read_text("utf-8")) if checks.exists() else []
    rows = [[code(check), severity, message] for check, severity, message in found]
    yield table(["check", "severity", "a row of its answer means"], rows)


def _json(one: Any) -> Iterator[str]:
    yield f"### {one.layer}.{one.name}"
    yield f"{one.description}.\nFiles below `s3://rlm-<env>-lake/{one.folder}/`."
    yield table(
        ["column", "type", "says"], [[code(n), code(t), says] for n, t, says in one.columns]
    )


def _serving(one: ServingTable) -> Iterator[str]:
    yield f"### {one.entity}"
    lines = [f"Key: {codes(one.key)}."]
    lines += [
        f"Index {code(index.name)}: {codes((index.partition_key, index.sort_key))}."
        for index in one.indexes
    ]
    if one.expires_by:
        lines.append(f"An item goes by itself after {code(one.expires_by)}.")
    lines += [
        f"Filled with {_feed(file.read_text('utf-8'))} "
        f"([SQL](../../include/sql/serving/{file.name}))."
        for file in sorted((SQL / "serving").glob(f"{one.entity}*.sql"))
        if file.stem.partition("_")[0] == one.entity
    ]
    yield "\n".join(lines)


def _feed(text: str) -> str:
    return dict(split_header(text)[0])["feed"]


def _channel(file: Any) -> list[str]:
    comments = []
    for line in file.read_text("utf-8").splitlines():
        if not line.startswith("--"):
            break
        comments.append(line.removeprefix("--").strip())
    return [f"[{file.stem}](../../include/sql/training/{file.name})", " ".join(comments)]


def _booking(name: str) -> Iterator[str]:
    text = (SQL / f"booking/{name}.sql").read_text("utf-8")
    comments = [line.removeprefix("--").strip() for line in text.splitlines() if line[:2] == "--"]
    yield f"### booking.{name}"
    yield "\n".join(sentences(f"{_capitalised(line).rstrip('.')}.") for line in comments)
    rows = [[code(column), code(kind), rest.strip()] for column, kind, rest in
            _DEFINED.findall(text) if column.islower()]  # fmt: skip
    yield table(["column", "type", "must be"], rows)


def _capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]
