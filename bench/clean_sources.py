"""How much checking costs: `clean_sources` against Spark's bare read and write of the same files.

The floor reads the same CSV with a given schema and writes it into an Iceberg table of silver's
layout: no checks, no deduplication, no quarantine. Both run in the same session, on two cores,
the floor before and after the job; ratios are to the faster of the two. Memory is the JVM's
resident size at its highest, under a heap limit that is the same for every size.

    make bench                                  1, 3 and 10 million ticket sales
    .venv/glue/bin/python bench/clean_sources.py --ticket-sales 100000
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "infra/local")]

from pyspark.sql import SparkSession  # noqa: E402

from localaws.spark_runtime import SparkRuntime, spark_environment, write_spark_conf  # noqa: E402
from rlm.aws.storage import FileStorage  # noqa: E402
from rlm.domain.contract import Contract  # noqa: E402
from rlm.jobs.clean_sources.job import CleanSources, RunReport, clean_sources  # noqa: E402
from rlm.jobs.contract_files import load_contracts  # noqa: E402
from rlm.names import SOURCES  # noqa: E402

CATALOG = "glue_catalog"
HEAP = "3g"
FIRST_DAY, NEXT_DAY = "2026-06-01", "2026-06-02"


@dataclass(frozen=True)
class Measured:
    wall_seconds: float
    cpu_seconds: float
    """Of the JVM: its tasks, its compiler and its garbage collector."""
    peak_memory_mb: float


class Jvm:
    """Meters the one JVM of this process."""

    def __init__(self) -> None:
        found = subprocess.run(
            ["pgrep", "-P", str(os.getpid()), "java"], capture_output=True, text=True, check=True
        )
        self.folder = Path("/proc") / found.stdout.split()[0]
        self.peak_kb = 0
        threading.Thread(target=self._watch, daemon=True).start()

    def cpu_seconds(self) -> float:
        fields = (self.folder / "stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def _watch(self) -> None:
        while True:
            status = (self.folder / "status").read_text()
            resident = next(line for line in status.splitlines() if line.startswith("VmRSS"))
            self.peak_kb = max(self.peak_kb, int(resident.split()[1]))
            time.sleep(0.2)


class Meter:
    """Measures what happens in its `with` block."""

    def __init__(self, jvm: Jvm) -> None:
        self._jvm = jvm

    def __enter__(self) -> Meter:
        self._jvm.peak_kb = 0
        self._cpu, self._wall = self._jvm.cpu_seconds(), time.monotonic()
        return self

    def __exit__(self, *_: object) -> None:
        self.measured = Measured(
            round(time.monotonic() - self._wall, 2),
            round(self._jvm.cpu_seconds() - self._cpu, 2),
            round(self._jvm.peak_kb / 1024, 1),
        )


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def start_spark(work: Path) -> SparkSession:
    runtime = SparkRuntime(
        python=Path(sys.executable), jars=ROOT / ".local/jars", cores=2, driver_memory=HEAP
    )
    catalog = f"spark.sql.catalog.{CATALOG}"
    extra = {
        "spark.sql.extensions": (
            "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions"
        ),
        catalog: "org.apache.iceberg.spark.SparkCatalog",
        f"{catalog}.type": "hadoop",
        f"{catalog}.warehouse": f"file://{work / 'warehouse'}",
        # As the job's `--conf` has it.
        "spark.rdd.compress": "false",
    }
    conf = write_spark_conf(runtime, work / "conf", work / "scratch", extra=extra)
    os.environ.update(spark_environment(runtime, conf))
    spark = SparkSession.builder.getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    return spark


def generate(folder: Path, ticket_sales: int) -> None:
    """Source files of a generated world: everything but the sales is small beside them."""
    # A history of 99 days and then one more: the second delivery is 1 % of the first.
    days = ["--days", "2", "--history-days", "99", "--start", FIRST_DAY]
    options = ["--ticket-sales", str(ticket_sales), *days, "--out", str(folder)]
    # What it says of the files is for programs; this one's own answer is on stdout.
    subprocess.run(
        [str(ROOT / ".venv/dev/bin/rlm"), "generate", *options], check=True, stdout=sys.stderr
    )
    for packed in (folder / "ticket_sales").rglob("*.gz"):
        # Spark reads a gzip with one core, whoever asks.
        subprocess.run(["gzip", "--decompress", str(packed)], check=True)


def write_floor(spark: SparkSession, contract: Contract, csv: str, table: str) -> None:
    """Reads the sales with a given schema and writes them as Iceberg, checking nothing."""
    spark.sql(f"DROP TABLE IF EXISTS {table}")
    types = {c.expression if c.expression.isidentifier() else c.name: c for c in contract.silver}
    columns = ", ".join(
        f"{c.name} {types[c.name].type if c.name in types else 'DECIMAL(14,2)'}"
        for c in contract.landing
    )
    spark.sql(
        f"CREATE TABLE {table} ({columns}) USING iceberg PARTITIONED BY"
        f" ({contract.partitioned_by}) TBLPROPERTIES ('write.distribution-mode' = 'none',"
        " 'write.spark.fanout.enabled' = 'true', 'write.parquet.compression-codec' = 'zstd')"
    )
    rows = spark.read.schema(columns).option("header", True).csv(csv)
    rows.writeTo(table).append()


def clean(spark: SparkSession, work: Path, landing: Path, day: str, *sources: str) -> RunReport:
    run = CleanSources(
        run_id=f"bench-{day}",
        business_date=dt.date.fromisoformat(day),
        sources=sources,
        landing=f"file://{landing}",
        lake=f"file://{work / 'lake'}",
        database="bench",
    )
    return clean_sources(spark, run, load_contracts(), FileStorage(), say)


def measure(ticket_sales: int, *, with_daily: bool) -> dict[str, object]:
    work = Path(tempfile.mkdtemp(prefix="bench-", dir=ROOT / ".local"))
    try:
        landing = work / "landing"
        generate(landing, ticket_sales)
        spark = start_spark(work)
        jvm = Jvm()
        spark.sql(f"CREATE NAMESPACE IF NOT EXISTS {CATALOG}.bench")
        contract = load_contracts()["ticket_sales"]
        csv = f"file://{landing}/ticket_sales/delivery_date={FIRST_DAY}/*.csv"
        references = [s for s in SOURCES if s != "ticket_sales"]
        clean(spark, work, landing, FIRST_DAY, *references)
        floors = []
        with Meter(jvm) as meter:
            write_floor(spark, contract, csv, f"{CATALOG}.bench.floor")
        floors.append(meter.measured)
        with Meter(jvm) as meter:
            report = clean(spark, work, landing, FIRST_DAY, "ticket_sales")
        job = meter.measured
        with Meter(jvm) as meter:
            write_floor(spark, contract, csv, f"{CATALOG}.bench.floor")
        floors.append(meter.measured)
        floor = min(floors, key=lambda f: f.wall_seconds)
        result: dict[str, object] = {
            "ticket_sales": ticket_sales,
            "counts": asdict(report.sources["ticket_sales"].counts),
            "floors": [asdict(f) for f in floors],
            "clean_sources": asdict(job),
            "ratio_wall": round(job.wall_seconds / floor.wall_seconds, 2),
            "ratio_cpu": round(job.cpu_seconds / min(f.cpu_seconds for f in floors), 2),
            "heap_limit": HEAP,
        }
        if with_daily:
            clean(spark, work, landing, NEXT_DAY, *references)
            with Meter(jvm) as meter:
                report = clean(spark, work, landing, NEXT_DAY, "ticket_sales")
            result["daily"] = {
                "counts": asdict(report.sources["ticket_sales"].counts),
                **asdict(meter.measured),
                "share_of_full_load": round(meter.measured.wall_seconds / job.wall_seconds, 3),
            }
        spark.stop()
        return result
    finally:
        shutil.rmtree(work, ignore_errors=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ticket-sales", type=int, help="measure this size here and print it")
    parser.add_argument("--daily", action="store_true", help="a delivery of 1 %% on top of it")
    given = parser.parse_args()
    if given.ticket_sales:
        result = measure(given.ticket_sales, with_daily=given.daily)
        print(json.dumps(result))
        return
    results = []
    for size in (1_000_000, 3_000_000, 10_000_000):
        say(f"{size:,} ticket sales")
        # A process each: one size must not profit from the JVM that another has warmed.
        options = ["--ticket-sales", str(size), *(["--daily"] if size == 10_000_000 else [])]
        step = subprocess.run(
            [sys.executable, __file__, *options], check=True, stdout=subprocess.PIPE, text=True
        )
        results.append(json.loads(step.stdout.splitlines()[-1]))
        say(json.dumps({k: v for k, v in results[-1].items() if k.startswith("ratio")}))
    folder = ROOT / "bench/results"
    folder.mkdir(exist_ok=True)
    out = folder / "clean_sources.json"
    out.write_text(json.dumps({"measured_at": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
                               "cores": 2, "sizes": results}, indent=2) + "\n")  # fmt: skip
    say(f"written to {out.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
