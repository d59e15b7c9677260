"""Whatever happens to silver between two builds: gold is what a full build makes of it."""

from __future__ import annotations

import itertools
from pathlib import Path  # noqa: TC003 - hypothesis reads the signature
from typing import TYPE_CHECKING

import pytest
from build_marts.marts import Marts
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = pytest.mark.slow

TABLES = ("daily", "monthly", "totals")
# Few sales, months and zones: corrections that move a sale, and months that become empty, are
# common. The hours lie around a day's and a month's end.
times = st.sampled_from([
    "2026-04-30T23:30:00", "2026-05-01T00:30:00", "2026-05-15T12:00:00", "2026-05-31T23:30:00",
    "2026-06-01T03:00:00", "2026-06-20T12:00:00",
])  # fmt: skip
sale = st.tuples(st.sampled_from("abcdef"), st.sampled_from(["e1", "e2"]), times, st.integers(1, 9))
delivery = st.lists(sale, min_size=1, max_size=5, unique_by=lambda s: s[0])
step = st.one_of(
    st.tuples(st.just("sales"), delivery),
    st.tuples(st.just("sales"), delivery),
    st.tuples(st.just("delete"), st.sampled_from("abcdef")),
    st.tuples(st.just("zone"), st.sampled_from(["America/New_York", "UTC", "Asia/Tokyo"])),
    st.tuples(st.just("compact"), st.none()),
)
_examples = itertools.count()


@given(
    first=delivery,
    # What happens between two builds, for two builds.
    between=st.lists(st.lists(step, min_size=1, max_size=3), min_size=2, max_size=2),
)
@settings(
    max_examples=3,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_builds_after_any_changes_equal_a_full_build(
    spark: SparkSession,
    tmp_path: Path,
    first: list[tuple[str, str, str, int]],
    between: list[list[tuple[str, object]]],
) -> None:
    marts = Marts(spark, tmp_path / str(next(_examples)))
    marts.events(e1="Europe/Berlin", e2="America/New_York")
    marts.sales(*first)
    marts.build(*TABLES)
    for steps in between:
        for kind, what in steps:
            change(marts, kind, what)
        modes = {n: r.mode for n, r in marts.build(*TABLES).items() if r.status == "built"}
        # Nothing falls back to a full build, which would prove nothing.
        assert "full" not in {modes.get("daily"), modes.get("monthly")}
    built = {t: marts.rows(t) for t in TABLES}
    marts.build(*TABLES, is_full=True)
    assert {t: marts.rows(t) for t in TABLES} == built
    sold = marts.spark.table(marts.name("ticket_sales")).groupBy().sum("quantity").collect()
    assert sum(row[1] for row in built["totals"]) == (sold[0][0] or 0)


def change(marts: Marts, kind: str, what: object) -> None:
    match kind, what:
        case "sales", list(sales):
            marts.sales(*sales)
        case "delete", str(sale_id):
            marts.delete_sale(sale_id)
        case "zone", str(zone):
            marts.events(e1=zone)
        case "compact", _:
            marts.compact("ticket_sales")
            marts.compact("daily")
