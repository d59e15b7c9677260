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


def trigger(
    business_date: str = "2026-06-30", waits: dt.timedelta = dt.timedelta(hours=1)
) -> NewDeliveriesTrigger:
    return NewDeliveriesTrigger(
        landing=LANDING,
        lake=LAKE,
        ledger_prefix="ledger",
        sources=["artists", "venues"],
        business_date=business_date,
        poll_seconds=0.01,
        until=(dt.datetime.now(dt.UTC) + waits).isoformat(),
        aws_conn_id="aws_default",
    )


def look(at: NewDeliveriesTrigger) -> dict[str, list[str]]:
    return asyncio.run(at.look()).new


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


def test_waiting_goes_on_until_every_source_delivered_and_reads_the_ledger_once(
    lake: Lake,
) -> None:
    day_before, of_the_day = (f"artists/delivery_date=2026-06-0{day}/a.csv" for day in (1, 2))
    lake.buckets[LANDING] = {day_before: "a1"}
    lake.loaded("000001", "artists", day_before)

    async def land_later() -> Any:
        waiting = asyncio.ensure_future(anext(aiter(trigger("2026-06-02").run())))
        for key in (of_the_day, VENUES):
            await asyncio.sleep(0.1)
            assert not waiting.done()
            lake.buckets[LANDING][key] = "v1"
        return (await asyncio.wait_for(waiting, timeout=5)).payload

    assert asyncio.run(land_later()) == {
        "new": {"artists": ["2026-06-02"], "venues": ["2026-06-02"]},
        "missing": [],
    }
    assert lake.reads == 1


def test_when_it_is_too_late_to_wait_what_is_there_has_to_do(lake: Lake) -> None:
    lake.buckets[LANDING] = {VENUES: "v1"}
    late = trigger("2026-06-02", waits=dt.timedelta(0))
    payload = asyncio.run(anext(aiter(late.run()))).payload  # type: ignore[arg-type]
    assert payload == {"new": {"venues": ["2026-06-02"]}, "missing": ["artists"]}


def test_a_source_that_was_stopped_is_waited_for_the_next_day_too(lake: Lake) -> None:
    # The ledger never names its files: they are new every day.
    lake.buckets[LANDING] = {ARTISTS: "broken", VENUES: "v2"}
    assert asyncio.run(trigger("2026-06-02").look()).missing == ["artists"]


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
    """A run for 2026-06-02, the day of VENUES, that started so many hours after its schedule."""

    def __init__(self, run_type: str, hours_late: float = 0) -> None:
        self.run_type = run_type
        self.run_after = dt.datetime.now(dt.UTC) - dt.timedelta(hours=hours_late)


def find(run: Run, business_date: str = "2026-06-02") -> dict[str, list[str]]:
    return sensor(business_date).execute({"dag_run": run})  # type: ignore[typeddict-item]


@pytest.mark.parametrize("landed", [[], [VENUES]])
def test_a_scheduled_run_waits_for_every_source_without_a_worker(
    lake: Lake, landed: list[str]
) -> None:
    lake.buckets[LANDING] = dict.fromkeys(landed, "1")
    run = Run("scheduled")
    with pytest.raises(TaskDeferred) as deferred:
        find(run)
    trigger = deferred.value.trigger
    assert isinstance(trigger, NewDeliveriesTrigger)
    assert trigger.sources == ["artists", "venues"]
    assert trigger.until == run.run_after + dt.timedelta(hours=1)
    assert deferred.value.method_name == "resume"
    # A triggerer that is gone cannot say that it is too late.
    assert deferred.value.timeout is not None
    assert deferred.value.timeout > dt.timedelta(hours=1)


def test_a_scheduled_run_goes_on_at_once_where_every_source_delivered(lake: Lake) -> None:
    lake.buckets[LANDING] = {ARTISTS.replace("06-01", "06-02"): "a1", VENUES: "v1"}
    assert find(Run("scheduled")) == {"artists": ["2026-06-02"], "venues": ["2026-06-02"]}


def test_a_scheduled_run_that_was_cleared_the_next_day_waits_for_nobody(lake: Lake) -> None:
    lake.buckets[LANDING] = {VENUES: "v1"}
    assert find(Run("scheduled", hours_late=24)) == {"venues": ["2026-06-02"]}
    lake.loaded("000001", "venues", VENUES)
    with pytest.raises(AirflowSkipException, match="No new delivery of artists,venues"):
        find(Run("scheduled", hours_late=24))


def test_a_run_by_hand_with_nothing_new_is_skipped_at_once(lake: Lake) -> None:
    with pytest.raises(AirflowSkipException, match="No new delivery of artists,venues"):
        find(Run("manual"))


def test_a_run_by_hand_takes_what_is_there(lake: Lake) -> None:
    lake.buckets[LANDING] = {ARTISTS: "a1"}
    assert find(Run("manual")) == {"artists": ["2026-06-01"]}


def test_a_business_date_that_is_none_fails_at_once() -> None:
    with pytest.raises(AirflowFailException, match="expected YYYY-MM-DD"):
        find(Run("manual"), "yesterday")


def resume(new: dict[str, list[str]], missing: list[str]) -> dict[str, list[str]]:
    return sensor("2026-06-02").resume({}, {"new": new, "missing": missing})


def test_a_day_on_which_nobody_delivered_fails() -> None:
    with pytest.raises(
        AirflowFailException, match=r"no delivery of 2026-06-02 .*ingest_sources\.md"
    ):
        resume({}, ["artists", "venues"])


def test_nothing_new_skips_what_follows() -> None:
    with pytest.raises(AirflowSkipException, match="No new delivery of artists,venues"):
        resume({}, ["artists"])


def test_what_was_found_is_handed_on_and_what_is_missing_told(
    capsys: pytest.CaptureFixture[str],
) -> None:
    found = {"artists": ["2026-06-01", "2026-06-02"]}
    assert resume(found, ["venues"]) == found
    assert (
        "Going on without venues, which delivered nothing on 2026-06-02" in capsys.readouterr().out
    )
