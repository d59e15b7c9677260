"""The contracts as they are read from their files."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rlm.domain.contract import ContractError, Field, in_dependency_order
from rlm.jobs.contract_files import load_contracts, parse_contract
from rlm.names import SOURCES

FOLDER = Path(__file__).parents[3] / "include/contracts"


def test_every_source_has_its_contract() -> None:
    contracts = load_contracts()
    assert set(contracts) == set(SOURCES)
    assert set(in_dependency_order(contracts)) == set(SOURCES)
    assert {s for s, c in contracts.items() if c.file_format == "jsonl"} == {"events"}


def test_keys_are_those_of_the_sources() -> None:
    assert {source: c.key for source, c in load_contracts().items()} == {
        "artists": ("artist_id",),
        "venues": ("venue_id",),
        "events": ("event_id",),
        "ticket_sales": ("sale_id",),
        "listens": ("fan_id", "artist_id", "listened_on"),
        "artist_popularity": ("artist_id", "measured_on"),
    }


def test_references_are_those_of_the_sources() -> None:
    found = {
        (source, column.name, column.references)
        for source, c in load_contracts().items()
        for column in c.foreign_keys
    }
    assert found == {
        ("events", "headliner_id", ("artists", "artist_id")),
        ("events", "venue_id", ("venues", "venue_id")),
        ("ticket_sales", "event_id", ("events", "event_id")),
        ("listens", "artist_id", ("artists", "artist_id")),
        ("artist_popularity", "artist_id", ("artists", "artist_id")),
    }


def test_rules_of_a_column_are_read() -> None:
    contracts = load_contracts()
    sales = {c.name: c for c in contracts["ticket_sales"].landing}
    events = {c.name: c for c in contracts["events"].landing}
    artists = {c.name: c for c in contracts["artists"].landing}
    assert (sales["quantity"].minimum, sales["quantity"].maximum) == (1, 100_000)
    assert (sales["unit_price"].minimum, sales["unit_price"].scale) == (0, 2)
    assert sales["kind"].choices == ("sale", "refund")
    assert sales["order_id"].max_length == 64
    assert sales["currency"].pattern == "^[A-Z]{3}$"
    assert not sales["refund_of"].required
    assert (events["timezone"].is_time_zone, events["starts_at_local"].is_local_time) == (
        True,
        True,
    )
    assert not events["updated_at"].is_local_time
    assert events["price_tiers"].fields == (
        Field("tier", "string", required=True),
        Field("price", "number", required=True),
    )
    assert (artists["genres"].type, artists["genres"].separator) == ("array", "|")


def test_start_that_sales_are_judged_by_only_grows() -> None:
    contracts = load_contracts()
    assert [c.name for c in contracts["events"].silver if c.merges_greatest] == ["latest_starts_at"]
    assert contracts["ticket_sales"].healing_rules == ("reference", "sale_after_event")
    assert contracts["ticket_sales"].partitioned_by == "months(sold_at)"


@pytest.mark.parametrize(
    ("was", "becomes", "complaint"),
    [
        ("primaryKey: true", "primaryKey: false", "key"),
        ("name: updated_at, logicalType", "name: changed_at, logicalType", "updated_at"),
        ("name: name, physicalType", "name: '', physicalType", "empty"),
    ],
)
def test_unusable_contract_is_refused(was: str, becomes: str, complaint: str) -> None:
    text = (FOLDER / "artists.yaml").read_text(encoding="utf-8")
    assert was in text
    with pytest.raises(ContractError, match=complaint):
        parse_contract(text.replace(was, becomes))


@pytest.mark.parametrize(
    ("was", "becomes", "complaint"),
    [
        ("logicalTypeOptions:", "logicalTypoOptions:", r"properties\[\d\]\.logicalTypoOptions"),
        ("maxLength:", "maxLenght:", "name: .'maxLenght'"),
        ("logicalType: integer", "logicalType: int", "formed_year: int is none of"),
    ],
)
def test_misspelt_rule_of_a_contract_is_refused(was: str, becomes: str, complaint: str) -> None:
    text = (FOLDER / "artists.yaml").read_text(encoding="utf-8")
    assert was in text
    with pytest.raises(ContractError, match=complaint):
        parse_contract(text.replace(was, becomes))


def test_the_contract_of_the_tutorial_is_one() -> None:
    page = (FOLDER.parents[1] / "docs/tutorials/add-a-source.md").read_text("utf-8")
    files = dict(re.findall(r"^```\w+ (\S+)\n(.*?)^```$", page, re.MULTILINE | re.DOTALL))
    contract = parse_contract(files["include/contracts/ratings.yaml"])
    assert (contract.source, contract.key) == ("ratings", ("fan_id", "event_id"))
    assert contract.referenced_sources == {"events"}
    assert [rule.name for rule in contract.row_rules] == ["rated_after_delivery"]
    header, *lines = files["ratings-1.csv"].splitlines()
    assert header.split(",") == [column.name for column in contract.landing]
    assert len(lines) == 3
    known = {**load_contracts(), "ratings": contract}
    assert in_dependency_order(known).index("ratings") > in_dependency_order(known).index("events")
