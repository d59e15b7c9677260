"""A Spark session with an Iceberg catalog in a folder: the job's engines without the local AWS."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pyspark.sql import SparkSession
from world import World

from localaws.spark_runtime import SparkRuntime, spark_environment, write_spark_conf

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    work = tmp_path_factory.mktemp("spark")
    runtime = SparkRuntime(
        python=Path(sys.executable),
        jars=ROOT / ".local/jars",
        driver_memory="2g",
        is_short_lived=True,
    )
    catalog = "spark.sql.catalog.glue_catalog"
    conf = write_spark_conf(
        runtime,
        work / "conf",
        work / "scratch",
        extra={
            "spark.sql.extensions": (
                "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions"
            ),
            catalog: "org.apache.iceberg.spark.SparkCatalog",
            f"{catalog}.type": "hadoop",
            f"{catalog}.warehouse": f"file://{work / 'warehouse'}",
            # Small worlds: what is spread over eight tasks only costs their start.
            "spark.sql.shuffle.partitions": "2",
            "spark.default.parallelism": "2",
            # One session makes the same queries many times; a hundred programs are soon forgotten.
            "spark.sql.codegen.cache.maxEntries": "2000",
            # Plans are put into words with every query, and nobody reads them.
            "spark.sql.debug.maxToStringFields": "1",
        },
    )
    os.environ.update(spark_environment(runtime, conf))
    session = SparkSession.builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    yield session
    session.stop()


@pytest.fixture
def world(spark: SparkSession, tmp_path: Path) -> World:
    return World(spark, tmp_path)
