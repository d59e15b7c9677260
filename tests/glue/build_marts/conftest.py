"""A small business of its own for each test, on the Spark session that all tests share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from build_marts.marts import Marts

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import SparkSession


@pytest.fixture
def marts(spark: SparkSession, tmp_path: Path) -> Marts:
    return Marts(spark, tmp_path)
