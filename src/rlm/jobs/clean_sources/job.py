"""The job `clean_sources`: every new delivery, source by source, into silver."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from rlm.domain.contract import Contract, in_dependency_order
from rlm.domain.delivery import DeliveredFile, SourceResult, delivered_file
from rlm.jobs.clean_sources.books import write_delivery_books
from rlm.jobs.clean_sources.ledger import Ledger
from rlm.jobs.clean_sources.quarantine import Quarantine
from rlm.jobs.clean_sources.silver import SilverTable
from rlm.jobs.clean_sources.source import SourceCleaner

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Collection

    from pyspark.sql import SparkSession

    from rlm.aws.storage import Storage


@dataclass(frozen=True)
class CleanSources:
    """What one run does, and where."""

    run_id: str
    business_date: dt.date
    """Deliveries up to this day are taken."""
    sources: Collection[str]
    landing: str
    """URI without a slash at its end; so is `lake`."""
    lake: str
    database: str
    catalog: str = "glue_catalog"
    accept_broken: Collection[str] = ()
    """Sources to load although a file passes its contract's threshold of broken rows."""


@dataclass(frozen=True)
class RunReport:
    run_id: str
    business_date: str
    sources: dict[str, SourceResult]
    tables: dict[str, int]
    """Rows in silver after the run."""

    def to_json(self) -> str:
        """The counts of a source stand beside its status, not below it."""
        sources = {}
        for name, result in self.sources.items():
            fields = asdict(result)
            sources[name] = {**fields, **fields.pop("counts")}
            del sources[name]["counts"]
        return json.dumps({**asdict(self), "sources": sources}, indent=2)


def clean_sources(
    spark: SparkSession,
    run: CleanSources,
    contracts: dict[str, Contract],
    storage: Storage,
    report: Callable[[str], None] = print,
) -> RunReport:
    """Cleans the sources of `run`, each after those that it refers to, and writes the run report
    to `<lake>/runs/clean_sources/<run_id>.json`.

    A source over its quarantine threshold is stopped; the others are not. The books of deliveries
    that people read are written anew for each source of the run.
    Raises `ValueError` for a source without a contract.
    """
    unknown = sorted({*run.sources, *run.accept_broken} - contracts.keys())
    if unknown:
        raise ValueError(f"no contract for {unknown}; known sources are {sorted(contracts)}")
    # Rows wait on disk between two steps; compressing them there costs more than reading them.
    spark.conf.set("spark.sql.inMemoryColumnarStorage.compressed", "false")
    tables = {
        source: SilverTable(spark, contract, run.catalog, run.database, report)
        for source, contract in contracts.items()
    }
    results: dict[str, SourceResult] = {}
    ledgers = {source: Ledger(storage, run.lake, source) for source in contracts}
    for source in in_dependency_order(contracts):
        if source not in run.sources:
            continue
        contract = contracts[source]
        for referenced in contract.referenced_sources:
            tables[referenced].create()
        cleaner = SourceCleaner(
            spark=spark,
            contract=contract,
            storage=storage,
            table=tables[source],
            ledger=ledgers[source],
            quarantine=Quarantine(spark, storage, contract, run.lake),
            references={r: tables[r] for r in contract.referenced_sources},
            run_id=run.run_id,
            report=report,
        )
        results[source] = cleaner.run(
            landed_files(storage, run.landing, source),
            run.business_date,
            accept_broken=source in run.accept_broken,
        )
    finished = RunReport(
        run_id=run.run_id,
        business_date=run.business_date.isoformat(),
        sources=results,
        tables={source: tables[source].rows() for source in results},
    )
    write_delivery_books(storage, run.lake, [ledgers[source] for source in results])
    uri = f"{run.lake}/runs/clean_sources/{run.run_id}.json"
    storage.write(uri, finished.to_json().encode())
    report(f"run report: {uri}")
    return finished


def landed_files(storage: Storage, landing: str, source: str) -> list[DeliveredFile]:
    """Every delivered file of a source; objects outside of a delivery's folder are not read."""
    found = (delivered_file(o.uri, o.etag, o.size) for o in storage.list(f"{landing}/{source}/"))
    return [file for file in found if file is not None]
