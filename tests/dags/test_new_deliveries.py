"""The sensor finds what landed and no run has loaded, and waits for it without a worker."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import pytest
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException, TaskDeferred

from rlm_plugin import new_deliveries
from rlm_plugin.new_deliveries import NewDeliveriesSensor, NewDeliveriesTrigger

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


LANDING, LAKE = "rlm-dev-landing", "rlm-dev-lake"
ARTISTS = "artists/delivery_date=2026-06-01/artists.csv"
VENUES = "venues/delivery_date=2026-06-02/venues.csv"


class Body:
    def __init__(self, content: bytes) -> None:
        self._content = content

    async def __aenter__(self) -> Body:
        return self

    async def __aexit__(self, *_error: object) -> None:
        return None

    async def read(self) -> bytes:
        return self._content


class Lake:
    """As much of an asynchronous S3 client as the trigger uses; ETags are the contents."""

    def __init__(self) -> None:
        self.buckets: dict[str, dict[str, str]] = {LANDING: {}, LAKE: {}}
        self.reads = 0

    def loaded(self, batch: str, source: str, *keys: str) -> None:
        files = [
            {"uri": f"s3://{LANDING}/{key}", "etag": self.buckets[LANDING][key]} for key in keys
        ]
        self.buckets[LAKE][f"ledger/{source}/{batch}.json"] = json.dumps({"files": files})

    async def __aenter__(self) -> Lake:
        return self

    async def __aexit__(self, *_error: object) -> None:
        return None

    def get_paginator(self, operation: str) -> Lake:
        assert operation == "list_objects_v2"
        return self

    async def paginate(self, Bucket: str, Prefix: str) -> AsyncIterator[dict[str, Any]]:  # noqa: N803
        yield {}
        for key, content in self.buckets[Bucket].items():
            if key.startswith(Prefix):
                yield {"Contents": [{"Key": key, "ETag": f'"{content}"', "Size": len(content)}]}

    async def get_object(self, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803
        self.reads += 1
        return {"Body": Body(self.buckets[Bucket][Key].encode())}


@pytest.fixture
def lake(monkeypatch: pytest.MonkeyPatch) -> Lake:
    lake = Lake()

    class Hook:
        def __init__(self, aws_conn_id: str | None) -> None:
            assert aws_conn_id == "aws_default"

        async def get_async_conn(self) -> Lake:
            return lake

    monkeypatch.setattr(new_deliveries, "S3Hook", Hook)
    return lake


def trigger(business_date: str = "2026-06-30") -> NewDeliveriesTrigger:
    return NewDeliveriesTrigger(
        landing=LANDING,
        lake=LAKE,
        ledger_prefix="ledger",
        sources=["artists", "venues"],
        business_date=business_date,
        poll_seconds=0.01,
        aws_conn_id="aws_default",
    )


def look(at: NewDeliveriesTrigger) -> dict[str, list[str]]:
    return asyncio.run(at.look())


def test_files_that_no_ledger_names_are_new(lake: Lake) -> None:
    lake.buckets[LANDING] = {ARTISTS: "a1", VENUES: "v1", "_truth/truth.json": "t"}
    lake.loaded("000001", "artists", ARTISTS)
    assert look(trigger()) == {"venues": ["2026-06-02"]}


def test_a_file_with_new_content_is_new(lake: Lake) -> None:
    lake.buckets[LANDING] = {ARTISTS: "a1"}
    lake.loaded("000001", "artists", ARTISTS)
    lake.buckets[LANDING][ARTISTS] = "a2"
    assert look(trigger()) == {"artists": ["2026-06-01"]}


def test_deliveries_after_the_business_date_do_not_count(lake: Lake) -> None:
    lake.buckets[LANDING] = {ARTISTS: "a1", VENUES: "v1"}
    assert look(trigger("2026-06-01")) == {"artists": ["2026-06-01"]}


def test_an_empty_landing_has_nothing_new(lake: Lake) -> None:
    assert look(trigger()) == {}


def test_waiting_goes_on_until_something_lands_and_reads_the_ledger_once(lake: Lake) -> None:
    lake.buckets[LANDING] = {ARTISTS: "a1"}
    lake.loaded("000001", "artists", ARTISTS)

    async def land_later() -> Any:
        waiting = asyncio.ensure_future(anext(aiter(trigger().run())))
        await asyncio.sleep(0.1)
        assert not waiting.done()
        lake.buckets[LANDING][VENUES] = "v1"
        return (await asyncio.wait_for(waiting, timeout=5)).payload

    assert asyncio.run(land_later()) == {"venues": ["2026-06-02"]}
    assert lake.reads == 1


def test_a_trigger_is_the_same_after_serialization() -> None:
    path, arguments = trigger().serialize()
    assert path == "rlm_plugin.new_deliveries.NewDeliveriesTrigger"
    assert NewDeliveriesTrigger(**arguments).serialize() == (path, arguments)
    json.dumps(arguments)


def sensor(business_date: str = "2026-06-01") -> NewDeliveriesSensor:
    return NewDeliveriesSensor(
        task_id="find_new_deliveries",
        landing=LANDING,
        lake=LAKE,
        ledger_prefix="ledger",
        sources="artists,venues",
        business_date=business_date,
        waiting_run_types={"scheduled"},
        poke_interval=60,
        timeout=3600,
    )


class Run:
    def __init__(self, run_type: str) -> None:
        self.run_type = run_type


def test_a_scheduled_run_with_nothing_new_waits_without_a_worker(lake: Lake) -> None:
    with pytest.raises(TaskDeferred) as deferred:
        sensor().execute({"dag_run": Run("scheduled")})  # type: ignore[typeddict-item]
    assert isinstance(deferred.value.trigger, NewDeliveriesTrigger)
    assert deferred.value.trigger.sources == ["artists", "venues"]
    assert deferred.value.timeout == dt.timedelta(hours=1)
    assert deferred.value.method_name == "resume"


def test_a_run_by_hand_with_nothing_new_is_skipped_at_once(lake: Lake) -> None:
    with pytest.raises(AirflowSkipException, match="No new delivery of artists,venues"):
        sensor().execute({"dag_run": Run("manual")})  # type: ignore[typeddict-item]


@pytest.mark.parametrize("run_type", ["scheduled", "manual"])
def test_what_is_there_already_is_not_waited_for(lake: Lake, run_type: str) -> None:
    lake.buckets[LANDING] = {ARTISTS: "a1"}
    found = sensor().execute({"dag_run": Run(run_type)})  # type: ignore[typeddict-item]
    assert found == {"artists": ["2026-06-01"]}


def test_a_business_date_that_is_none_fails_at_once() -> None:
    with pytest.raises(AirflowFailException, match="expected YYYY-MM-DD"):
        sensor("yesterday").execute({"dag_run": Run("manual")})  # type: ignore[typeddict-item]


def test_nothing_new_skips_what_follows() -> None:
    with pytest.raises(AirflowSkipException, match="No new delivery of artists,venues"):
        sensor().resume({}, {})


def test_what_was_found_is_handed_on() -> None:
    found = {"artists": ["2026-06-01", "2026-06-02"]}
    assert sensor().resume({}, found) == found
