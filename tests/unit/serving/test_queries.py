"""The queries' files: what they read, and on which snapshots."""

from __future__ import annotations

from pathlib import Path

import pytest

from rlm.domain.serving_feeds import FEEDS, feed
from rlm.serving.queries import FeedQuery, load_query

FOLDER = Path(__file__).parents[3] / "include/sql/serving"


def test_every_file_is_a_feed_and_every_feed_has_a_file() -> None:
    assert {file.stem for file in FOLDER.glob("*.sql")} == {one.name for one in FEEDS}


def test_tables_are_read_at_their_snapshots() -> None:
    query = FeedQuery(
        feed("Artists"),
        "SELECT a.x, 'gold.y' FROM silver.artists AS a JOIN gold.y AS y ON y.x = a.x",
    )
    assert query.inputs == (("gold", "y"), ("silver", "artists"))
    sql = query.on_snapshots("dev", {"rlm_dev_silver.artists": 12, "rlm_dev_gold.y": None})
    assert sql.startswith(
        "SELECT a.x, 'gold.y' FROM rlm_dev_silver.artists FOR VERSION AS OF 12 AS a"
    )
    assert "JOIN rlm_dev_gold.y AS y ON" in sql


def test_tables_of_files_are_read_as_they_are() -> None:
    query = FeedQuery(feed("Artists"), "SELECT x FROM gold.y AS y")
    sql = query.on_snapshots("dev", {"rlm_dev_gold.y": "files-0123456789abcdef"})
    assert sql == "SELECT x FROM rlm_dev_gold.y AS y"


def test_fingerprint_follows_the_query_and_the_attributes() -> None:
    one = FeedQuery(feed("Artists"), "SELECT 1")
    assert one.fingerprint == FeedQuery(feed("Artists"), "SELECT 1").fingerprint
    assert one.fingerprint != FeedQuery(feed("Artists"), "SELECT 2").fingerprint
    assert one.fingerprint != FeedQuery(feed("Venues"), "SELECT 1").fingerprint


@pytest.mark.parametrize("name", [one.name for one in FEEDS])
def test_packed_feeds_say_their_order(name: str) -> None:
    query = load_query(feed(name))
    assert query.inputs, name
    assert ("ORDER BY 1, 2" in query.statement) == query.feed.is_packed
    assert "--" not in query.statement
