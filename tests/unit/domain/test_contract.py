"""What a contract refuses, and the order in which sources are cleaned."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rlm.domain.contract import (
    Contract,
    ContractError,
    LandingColumn,
    RowRule,
    SilverColumn,
    in_dependency_order,
)


def contract(source: str, *refers_to: str, **changes: object) -> Contract:
    keys = [
        LandingColumn(f"{other}_id", "string", references=(other, f"{other}_id"))
        for other in refers_to
    ]
    own = f"{source}_id"
    made = Contract(
        source=source,
        version="1.0.0",
        file_format="csv",
        key=(own,),
        quarantine_threshold=0.1,
        quarantine_allowance=10,
        landing=(
            LandingColumn(own, "string", required=True),
            *keys,
            LandingColumn("updated_at", "timestamp", required=True),
        ),
        row_rules=(),
        silver=(
            SilverColumn(own, "string", own),
            SilverColumn("updated_at", "timestamp", "updated_at"),
        ),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def test_sources_come_after_those_that_they_refer_to() -> None:
    contracts = {
        c.source: c
        for c in (
            contract("sales", "events"),
            contract("events", "artists", "venues"),
            contract("venues"),
            contract("artists"),
        )
    }
    assert in_dependency_order(contracts) == ["venues", "artists", "events", "sales"]


def test_references_to_sources_without_a_contract_wait_for_nobody() -> None:
    assert in_dependency_order({"sales": contract("sales", "events")}) == ["sales"]


def test_references_in_a_circle_are_refused() -> None:
    circle = {"a": contract("a", "b"), "b": contract("b", "a"), "c": contract("c")}
    with pytest.raises(ContractError, match=r"circle: \['a', 'b'\]"):
        in_dependency_order(circle)


@pytest.mark.parametrize(
    ("broken", "rows", "stops"),
    [(10, 10, False), (11, 11, True), (11, 109, True), (11, 110, False), (100, 1000, False)],
)
def test_file_stops_its_source_over_both_allowance_and_share(
    broken: int, rows: int, stops: bool
) -> None:
    assert contract("artists").stops_at(broken, rows) is stops


@pytest.mark.parametrize("key", [(), ("nobody_id",), ("artists_id", "unknown")])
def test_key_must_be_delivered_and_kept(key: tuple[str, ...]) -> None:
    with pytest.raises(ContractError, match="key"):
        contract("artists", key=key)


def test_contract_without_updated_at_is_refused() -> None:
    column = SilverColumn("artists_id", "string", "artists_id")
    with pytest.raises(ContractError, match="updated_at"):
        contract("artists", silver=(column,))


def test_row_rule_names_what_it_reads_of_another_source() -> None:
    rule = RowRule("late", "not late", "sold_at <= {events.ends} AND {events.ends} > {events.on}")
    assert rule.references == (("events", "ends"), ("events", "on"))
    assert rule.sql() == "sold_at <= `events.ends` AND `events.ends` > `events.on`"
    sales = contract("sales", "events", row_rules=(rule, RowRule("own", "", "a > 1")))
    assert sales.healing_rules == ("reference", "late")
    with pytest.raises(ContractError, match="reads events, to which no column refers"):
        contract("sales", row_rules=(rule,))
