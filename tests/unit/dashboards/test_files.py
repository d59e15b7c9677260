"""dashboards/ as it is: what it wants on QuickSight, and who makes what."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rlm.dashboards.files import DashboardFiles, chosen_keys, packaged_files
from rlm.quicksight.definitions.findings import DefinitionError
from rlm.quicksight.deployment.plan import in_order
from rlm.quicksight.deployment.resources import Kind
from rlm.quicksight.deployment.row_counts import count_query, is_incremental, tables_read

if TYPE_CHECKING:
    from rlm.quicksight.deployment.resources import Wanted


@pytest.fixture(scope="module")
def files() -> DashboardFiles:
    return packaged_files()


@pytest.fixture(scope="module")
def wanted(files: DashboardFiles) -> dict[tuple[Kind, str], Wanted]:
    found = files.wanted("dev", "123456789012", "eu-west-1")
    return {(one.kind, one.name): one for one in found}


def test_what_the_template_makes_is_left_to_it(
    files: DashboardFiles, wanted: dict[tuple[Kind, str], Wanted]
) -> None:
    assert files.made_by_template
    owned = {name for (kind, name), one in wanted.items()
             if kind is Kind.DATA_SOURCE and not one.is_owned}  # fmt: skip
    assert owned == files.made_by_template


def test_every_file_is_wanted_under_its_id(
    files: DashboardFiles, wanted: dict[tuple[Kind, str], Wanted]
) -> None:
    assert set(wanted) == {(kind, name) for kind, names in files.names.items() for name in names}
    sales = wanted[Kind.DATA_SET, "ticket_sales"]
    assert sales.id == "rlm-dev-ticket-sales"
    assert (Kind.DATA_SOURCE, "rlm-dev-lake") in sales.needs
    assert (Kind.DATA_SET, "rlm-dev-booker-access") in sales.needs
    order = [one.key for one in in_order(wanted.values())]
    assert order.index((Kind.DATA_SET, "rlm-dev-booker-access")) < order.index(sales.key)


def test_rows_of_the_lake_can_be_counted(wanted: dict[tuple[Kind, str], Wanted]) -> None:
    sources = {
        one.id: str(one.body["Type"]) for one in wanted.values() if one.kind is Kind.DATA_SOURCE
    }
    counted = {
        name: count_query(one, sources) for (kind, name), one in wanted.items()
        if kind is Kind.DATA_SET
    }  # fmt: skip
    assert counted["ticket_sales"]
    assert "rlm_dev_gold.ticket_sales_daily" in counted["ticket_sales"]
    # PostgreSQL is not Athena's to count.
    assert counted["sales_targets"] is None
    assert counted["booker_access"] is None


def test_tables_of_the_lake_lead_to_data_sets(wanted: dict[tuple[Kind, str], Wanted]) -> None:
    read = tables_read(wanted[Kind.DATA_SET, "ticket_sales"])
    assert "gold.ticket_sales_daily" in read
    assert {name.partition(".")[0] for name in read} <= {"gold", "silver"}
    assert tables_read(wanted[Kind.DATA_SET, "sales_targets"]) == frozenset()


def test_incremental_refreshes_are_those_that_files_ask_for(
    wanted: dict[tuple[Kind, str], Wanted],
) -> None:
    assert is_incremental(wanted[Kind.DATA_SET, "ticket_sales"])
    assert not is_incremental(wanted[Kind.DATA_SET, "sales_targets"])


def test_names_on_a_command_line_bring_what_they_need(
    files: DashboardFiles, wanted: dict[tuple[Kind, str], Wanted]
) -> None:
    chosen = chosen_keys(files, wanted.values(), ["data_set.sales_targets"])
    assert chosen == {
        (Kind.DATA_SET, "rlm-dev-sales-targets"),
        (Kind.DATA_SET, "rlm-dev-booker-access"),
        (Kind.DATA_SOURCE, "rlm-dev-booking"),
    }
    assert chosen_keys(files, wanted.values(), []) is None
    with pytest.raises(DefinitionError, match="before the dot"):
        chosen_keys(files, wanted.values(), ["dataset.sales_targets"])
