"""Each kind of fault raises its alarm and no other page, in time, and the alarm clears.

A fault that wakes people is brought about alone. Those that can wait are brought about together:
each has a ticket of its own, and none of them may wake anybody.
"""

from __future__ import annotations

import json
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from rlm import names
from rlm.monitoring.alarms import Thresholds, metric_alarms, page_name, ticket_alarms

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

pytestmark = pytest.mark.slow

ENV = "dev"
RAISES = "def handle(event, context):\n    raise RuntimeError('deployed too early')\n"
# Just below the time that Lambda gives it, and above what is near to it.
SLOW = """
import time

def handle(event, context):
    time.sleep(4.1)
    return {"statusCode": 200, "headers": {}, "body": "{}"}
"""
# How far back an alarm may look before it has gone off, in its own evaluations.
MOST_EVALUATIONS = 2
# A machine that is busy with other things is slow, and these are right to say so.
SLOW_MACHINE = (names.api_alarm(ENV, "latency"), names.endpoint_alarm(ENV, "latency"))
SLOW_MACHINE_TICKETS = {names.alarm(ENV, f"ticket-{one}-latency") for one in ("api", "recommender")}
# Whoever meets a table that cannot be read answers with what it kept, if it kept anything.
STALE = tuple(names.api_alarm(ENV, f"{one}-stale") for one in names.LAMBDA_FUNCTIONS)
# The API keeps what it reads for so long, in the time of its own clock.
FRESH_SECONDS = 60.0
ALARMS = metric_alarms(ENV, Thresholds(400, 800))
NOWHERE: list[Callable[[], tuple[str, dict[str, str], str]]] = [
    lambda: ("/recommend", {"fan_id": "fan-1", "city": "Nowhere, DE"}, "public"),
    lambda: ("/recommend", {"fan_id": "fan-2", "city": "Nowhere, DE"}, "public"),
    lambda: ("/recommend", {"artist_id": "artist-1", "city": "Nowhere, DE"}, "public"),
]


@dataclass(frozen=True)
class Fault:
    """What goes wrong. `begin` returns how to end it.

    `alarms` must go off, and `page` alone wakes people; `silenced` are tickets that the page
    explains, `also` alarms that may go off with them. Callers notice after `delay_seconds`.
    """

    kinds: frozenset[str]
    begin: Callable[[Any], Callable[[], None]]
    alarms: tuple[str, ...]
    page: str
    silenced: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    delay_seconds: float = 0


def bad_version(world: Any) -> Callable[[], None]:
    found: Callable[[], None] = world.deploy_version("FetchTrends", RAISES)
    return found


def no_concurrency(world: Any) -> Callable[[], None]:
    world.allow_concurrency("FetchTrends", is_allowed=False)
    return lambda: world.allow_concurrency("FetchTrends", is_allowed=True)


def unreadable_tables(world: Any) -> Callable[[], None]:
    """Nothing is kept of what nobody asked before: callers get errors."""
    numbers = iter(range(100_000))

    def ask() -> tuple[str, dict[str, str], str]:
        return "/fetch-trends", {"genre": f"genre {next(numbers)}"}, "public"

    world.callers.asks.append(ask)
    world.disturb("GetItem", "error")

    def end() -> None:
        world.disturb_no_more()
        world.callers.asks.remove(ask)

    return end


def throttled_tables(world: Any) -> Callable[[], None]:
    """What was read before is answered for an hour: callers are spared, and do not know."""
    world.disturb("GetItem", "throttle")
    end: Callable[[], None] = world.disturb_no_more
    return end


def endpoint_gone(world: Any) -> Callable[[], None]:
    """Most callers ask for a place where nobody plays: the model is not asked, nor missed."""
    world.callers.asks += NOWHERE
    world.delete_endpoint()

    def end() -> None:
        for ask in NOWHERE:
            world.callers.asks.remove(ask)
        world.create_endpoint()

    return end


def rows_lost(world: Any) -> Callable[[], None]:
    world.report(rows_in=100, rows_loaded=90)

    def end() -> None:
        """The next run is not in the same minute: that would be as bad as its worst."""
        time.sleep(1.5 * 60 / world.speed)
        world.report(rows_in=100, rows_loaded=100)

    return end


PAGING = {
    "a bad version": Fault(
        frozenset({"function-errors", "api-5xx"}),
        bad_version,
        (names.api_alarm(ENV, "FetchTrends-errors"), names.api_alarm(ENV, "5xx")),
        "api",
    ),
    "no concurrency": Fault(
        frozenset({"function-throttles"}),
        no_concurrency,
        (names.api_alarm(ENV, "FetchTrends-throttles"),),
        "api",
        also=(names.api_alarm(ENV, "5xx"),),
    ),
    "unreadable tables": Fault(
        frozenset({"api-5xx"}),
        unreadable_tables,
        (names.api_alarm(ENV, "5xx"),),
        "api",
        also=STALE,
    ),
    "the endpoint is gone": Fault(
        frozenset({"recommender-gone", "recommender-fallbacks"}),
        endpoint_gone,
        (names.alarm(ENV, "recommender-gone"), names.api_alarm(ENV, "RecommendArtist-fallbacks")),
        "recommender",
        silenced=("recommender-fallbacks",),
    ),
    "rows are lost": Fault(
        frozenset({"source-unaccounted"}),
        rows_lost,
        (names.alarm(ENV, "source-events-unaccounted"),),
        "pipeline",
    ),
    "tables are throttled": Fault(
        frozenset({"function-stale", "table-read-throttles"}),
        throttled_tables,
        (
            names.api_alarm(ENV, "FetchTrends-stale"),
            names.alarm(ENV, "table-Trends-read-throttles"),
        ),
        "api",
        silenced=("table-read-throttles",),
        also=(
            *STALE,
            *(names.alarm(ENV, f"table-{table}-read-throttles") for table in names.DYNAMODB_TABLES),
        ),
        delay_seconds=FRESH_SECONDS,
    ),
}
# What can wait: the alarm that goes off, by its kind.
WAITING = {
    "api-latency": names.api_alarm(ENV, "latency"),
    "function-duration": names.api_alarm(ENV, "FetchEventAnalytics-duration"),
    "function-logged-errors": names.api_alarm(ENV, "FetchTrends-logged-errors"),
    "table-read-throttles": names.alarm(ENV, "table-Venues-read-throttles"),
    "table-write-throttles": names.alarm(ENV, "table-Artists-write-throttles"),
    "recommender-5xx": names.endpoint_alarm(ENV, "5xx"),
    "recommender-latency": names.endpoint_alarm(ENV, "latency"),
    "recommender-fallbacks": names.api_alarm(ENV, "RecommendArtist-fallbacks"),
    "model-lift": names.alarm(ENV, "model-lift"),
    "model-drift": names.alarm(ENV, "model-drift"),
    "model-coverage": names.alarm(ENV, "model-coverage"),
    "model-unjudged": names.alarm(ENV, "model-unjudged"),
    "dag-failed": names.alarm(ENV, "dag-build_marts-failed"),
    "source-quarantined": names.alarm(ENV, "source-events-quarantined"),
    "jobs-memory": names.alarm(ENV, "jobs-memory"),
}


def test_every_kind_of_alarm_has_its_fault() -> None:
    """But for the budget: nothing costs anything here."""
    tested = {kind for fault in PAGING.values() for kind in fault.kinds} | set(WAITING)
    assert tested | {"dag-stale"} == {alarm.kind for alarm in ALARMS}


def test_a_pipeline_that_stands_still_pages_once_and_the_rest_can_wait(world: Any) -> None:
    """Two DAGs are stale; the one that nobody is woken for is told of when the page is over."""
    stale = [names.alarm(ENV, f"dag-{dag}-stale") for dag in world.stopped_dags]
    page, ticket = page_name(ENV, "pipeline"), names.alarm(ENV, "ticket-dag-stale")
    limit = world.stops_after_seconds + world.slack_seconds
    world.wait(world.in_alarm, lambda off: set(stale) <= off, limit)
    world.wait(lambda: world.pages.told("ALARM"), lambda told: told == [page], limit)
    wait_out_suppression(world)
    assert world.in_alarm() - {*SLOW_MACHINE} == set(stale)
    assert set(world.tickets.told("ALARM")) <= SLOW_MACHINE_TICKETS

    world.end_run("ingest_sources")
    world.wait(lambda: world.pages.told("OK"), lambda told: told == [page], limit)
    world.wait(lambda: world.tickets.told("ALARM"), lambda told: ticket in told, limit)
    world.end_run("refresh_dashboards")
    world.wait(lambda: world.tickets.told("OK"), lambda told: ticket in told, limit)
    assert world.pages.told("ALARM") == [page]


@pytest.mark.usefixtures("running_pipeline", "_a_bug_in_the_data")
def test_what_can_wait_wakes_nobody(world: Any) -> None:
    composite = {one.kind: one.name for one in ticket_alarms(ENV, ALARMS)}
    expected = sorted(composite.get(kind, alarm) for kind, alarm in WAITING.items())
    began = time.monotonic()
    went_off: dict[str, float] = {}

    def note() -> set[str]:
        off: set[str] = world.in_alarm()
        for alarm in off:
            went_off.setdefault(alarm, time.monotonic() - began)
        return off

    with all_that_can_wait(world):
        # All at once: together they must be there long enough to be told of.
        world.wait(note, lambda _: set(WAITING.values()) <= set(went_off), longest_seconds(world))
        hold_to_time(world, went_off, WAITING.values())
        world.wait(
            lambda: sorted(set(world.tickets.told("ALARM"))),
            lambda told: told == expected,
            2 * longest_seconds(world),
        )
    assert world.pages.told("ALARM") == []
    world.wait(
        lambda: sorted(set(world.tickets.told("OK"))),
        lambda told: told == expected,
        2 * longest_seconds(world),
    )
    assert world.pages.told("ALARM") == []


@pytest.mark.usefixtures("running_pipeline")
@pytest.mark.parametrize("name", PAGING)
def test_a_fault_pages_once_and_no_other_page(world: Any, name: str) -> None:
    fault = PAGING[name]
    page = page_name(ENV, fault.page)
    end = fault.begin(world)
    began = time.monotonic()
    went_off: dict[str, float] = {}
    try:

        def note() -> set[str]:
            off: set[str] = world.in_alarm()
            for alarm in off:
                went_off.setdefault(alarm, time.monotonic() - began)
            return set(went_off)

        world.wait(
            note,
            lambda off: set(fault.alarms) <= off,
            longest_seconds(world) + fault.delay_seconds,
        )
        hold_to_time(world, went_off, fault.alarms, fault.delay_seconds)
        world.wait(lambda: world.pages.told("ALARM"), lambda told: told == [page], 30)
        if fault.silenced:
            # Long enough that a ticket which the page should hold back would have been told of.
            wait_out_suppression(world)
        note()
        assert set(went_off) <= {*fault.alarms, *fault.also, *SLOW_MACHINE}
        assert world.pages.told("ALARM") == [page]
        assert set(world.tickets.told("ALARM")) <= SLOW_MACHINE_TICKETS
    finally:
        end()
    world.wait(lambda: world.pages.told("OK"), lambda told: told == [page], longest_seconds(world))
    world.wait(world.in_alarm, lambda off: off <= {*SLOW_MACHINE}, longest_seconds(world))
    assert world.pages.told("ALARM") == [page]
    assert set(world.tickets.told("ALARM")) <= SLOW_MACHINE_TICKETS


def longest_seconds(world: Any) -> float:
    return float(MOST_EVALUATIONS * 300 / world.speed + 2 * world.slack_seconds)


def wait_out_suppression(world: Any) -> None:
    waits = {one.wait_seconds for one in ticket_alarms(ENV, ALARMS)}
    time.sleep(1.5 * max(waits) / world.speed)


def hold_to_time(
    world: Any, went_off: dict[str, float], alarms: Iterable[str], delay_seconds: float = 0
) -> None:
    """Each within two evaluations of its own, and what this machine takes for the rest."""
    by_name = {alarm.name: alarm for alarm in ALARMS}
    for name in alarms:
        evaluation = by_name[name].evaluation_seconds / world.speed
        print(f"{name}: off after {went_off[name]:.1f} s, evaluates {evaluation:.0f} s")
        most = delay_seconds + MOST_EVALUATIONS * evaluation + world.slack_seconds
        assert went_off[name] <= most, name


@contextmanager
def all_that_can_wait(world: Any) -> Iterator[None]:
    """Faults that go on until they are ended, all at the same time."""
    stopped = threading.Event()
    threads = [threading.Thread(target=ask_slowly, args=(world, stopped, n)) for n in range(4)]
    threads.append(threading.Thread(target=meet_bugs_and_limits, args=(world, stopped)))
    go_back = world.deploy_version("FetchEventAnalytics", SLOW)
    world.disturb("Scan", "throttle")
    world.disturb("PutItem", "throttle")
    world.make_model_ill()
    world.judge_model(lift=-0.1, drift=0.6, coverage=0.01, joined=3, weight=5)
    world.end_run("build_marts", succeeded=False)
    world.report(rows_in=100, rows_loaded=90, rows_quarantined=10)
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stopped.set()
        for thread in threads:
            thread.join(30)
        go_back()
        world.disturb_no_more()
        world.make_model_well()
        # What was found is history; enough good news outweighs it.
        world.judge_model(lift=0.1, drift=0.02, coverage=0.4, joined=5000, weight=20)
        world.end_run("build_marts")
        world.report(rows_in=100, rows_loaded=100)


def ask_slowly(world: Any, stopped: threading.Event, first_after_seconds: float) -> None:
    """One of several who take turns: in each minute of the alarms somebody has waited."""
    stopped.wait(first_after_seconds)
    while not stopped.is_set():
        world.api.ask("/analyze", {"event_id": "1"}, key="staff")


def meet_bugs_and_limits(world: Any, stopped: threading.Event) -> None:
    """A bug that one caller in thousands meets, tables that are at work, a job without memory."""
    logs, group = world.gateway.client("logs"), f"{names.glue_log_prefix(ENV)}/error"
    logs.create_log_stream(logGroupName=group, logStreamName="jr_1")
    artists, venues = (names.dynamodb_table(ENV, one) for one in ("Artists", "Venues"))
    while not stopped.wait(0.5):
        meet_a_bug(world)
        with pytest.raises(ClientError, match="ProvisionedThroughputExceeded"):
            world.dynamodb.put_item(TableName=artists, Item={"artist_id": {"S": "x"}})
        with pytest.raises(ClientError, match="ProvisionedThroughputExceeded"):
            world.dynamodb.scan(TableName=venues)
        world.runtime.invoke_endpoint(EndpointName=names.endpoint(ENV), Body=b"slow")
        line = "java.lang.OutOfMemoryError: Java heap space"
        event = {"timestamp": int(time.time() * 1000), "message": line}
        logs.put_log_events(logGroupName=group, logStreamName="jr_1", logEvents=[event])


def meet_a_bug(world: Any) -> None:
    """Past the gateway, whose rate of errors one request would change in this small a world."""
    query = {"genre": "bug"}
    event = {
        "httpMethod": "GET",
        "path": "/fetch-trends",
        "resource": "/fetch-trends",
        "headers": {},
        "multiValueHeaders": {},
        "queryStringParameters": query,
        "multiValueQueryStringParameters": {name: [value] for name, value in query.items()},
        "requestContext": {"requestId": "bug", "identity": {}},
        "body": None,
    }
    answer = world.functions.invoke(
        FunctionName=f"{names.lambda_function(ENV, 'FetchTrends')}:live",
        Payload=json.dumps(event).encode(),
    )
    assert json.loads(answer["Payload"].read())["statusCode"] == 500


@pytest.fixture
def _a_bug_in_the_data(world: Any) -> None:
    """An item that no code of ours writes, and that the function falls over."""
    world.api.put("Trends", {"trend": "7d#genre#bug", "part": "top", "ranks": "no list"})
