"""The Glue catalog calls that Iceberg, Spark, Athena and Airflow make and ministack lacks.

Protocol and dispatch are the gateway's; `tables` and `partitions` answer, `expressions` is pure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from localaws.glue_catalog.partitions import Partitions
from localaws.glue_catalog.tables import Tables

if TYPE_CHECKING:
    from localaws.host import Host


def register(host: Host) -> None:
    """Serve tables with versions and partitions with filters."""
    host.operations.register("glue", Tables(host).handlers())
    host.operations.register("glue", Partitions(host).handlers())
