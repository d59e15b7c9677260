"""The job `publish_event_reports`: a report for each event that ended or passed a milestone.

`<event-reports>/events/<event_id>/report.html`, `sales.csv` and `report.json`, and over all of
them `index.html` with `index.json`, which says what has been told of which event. An event is
entered there after its files are written: a killed run's work is found by the next one, and what
is there already with the same content is not written again.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

from rlm.jobs.event_reports.document import document, to_csv, to_json
from rlm.jobs.event_reports.milestones import Event, Published, fingerprint, reached, stage
from rlm.jobs.event_reports.pages import index_page, report_page
from rlm.jobs.event_reports.queries import Gold

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from rlm.aws.athena import Query
    from rlm.aws.storage import Storage
    from rlm.jobs.event_reports.queries import Curves

# Events of one query: their ids stay far below the 256 KB that a query may have.
_CHUNK: Final = 400
_WRITES_AT_ONCE: Final = 8


@dataclass(frozen=True)
class PublishEventReports:
    """What one run does, and where."""

    run_id: str
    lake: str
    """URI without a slash at its end; so is `event_reports`."""
    event_reports: str
    gold: str
    """Database; so is `silver`."""
    silver: str
    most: int | None = None
    """So many reports in this run, the latest events first; None for all that are due."""


@dataclass(frozen=True)
class EventReportsReport:
    """What the run did."""

    run_id: str
    as_of: str | None
    events: int
    reports_due: int
    reports_written: int
    reports_unchanged: int
    """Due, and already there with the same content."""
    reports_left: int
    """Due, and left to a later run by `most`."""
    reports_by_stage: dict[str, int]
    reports: int
    """In the index."""
    seconds: float


@dataclass(frozen=True)
class _Due:
    event: Event
    stage: str
    reached: tuple[str, ...]
    """All that the event passed, now or in an earlier report."""


def publish_event_reports(
    run: PublishEventReports,
    query: Query,
    storage: Storage,
    published: Storage,
    report: Callable[[str], None] = print,
) -> EventReportsReport:
    """Writes the reports that are due, the index, and the run report to
    `<lake>/runs/publish_event_reports/<run_id>.json`.
    """
    started = time.monotonic()
    gold = Gold(query, run.gold, run.silver)
    index = Index(published, run.event_reports)
    events = gold.events()
    due = _due(events, index)
    taken = due if run.most is None else due[: run.most]
    report(f"event reports: {len(due)} of {len(events)} events have news")
    curves = gold.curves() if taken else {}
    written = 0
    for first in range(0, len(taken), _CHUNK):
        chunk = taken[first : first + _CHUNK]
        written += _publish(run, gold, curves, chunk, published)
        index.enter(_entry(one) for one in chunk)
        report(f"event reports: {first + len(chunk)} of {len(taken)} done")
    index.write_page()
    finished = EventReportsReport(
        run_id=run.run_id,
        as_of=max((e.as_of_date.isoformat() for e in events if e.as_of_date), default=None),
        events=len(events),
        reports_due=len(due),
        reports_written=written,
        reports_unchanged=len(taken) - written,
        reports_left=len(due) - len(taken),
        reports_by_stage=dict(sorted(Counter(one.stage for one in taken).items())),
        reports=len(index.entries),
        seconds=round(time.monotonic() - started, 3),
    )
    uri = f"{run.lake}/runs/publish_event_reports/{run.run_id}.json"
    storage.write(uri, json.dumps(asdict(finished), indent=2).encode())
    report(f"run report: {uri}")
    return finished


class Index:
    """What has been told of which event: `index.json` for programs, `index.html` for people."""

    def __init__(self, published: Storage, root: str) -> None:
        self._published = published
        self._root = root
        self.entries: dict[str, Published] = {}
        content = read(published, f"{root}/index.json")
        for entry in json.loads(content)["reports"] if content else ():
            told = Published(**{**entry, "reached": tuple(entry["reached"])})
            self.entries[told.event_id] = told

    def enter(self, entries: Iterator[Published]) -> None:
        """Enters reports that are written."""
        self.entries |= {entry.event_id: entry for entry in entries}
        rows = [asdict(self.entries[event_id]) for event_id in sorted(self.entries)]
        lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
        content = f'{{"reports": [\n{lines}\n]}}\n'
        write_changed(self._published, f"{self._root}/index.json", content.encode())

    def write_page(self) -> None:
        page = index_page(self.entries.values())
        write_changed(self._published, f"{self._root}/index.html", page)


def read(storage: Storage, uri: str) -> bytes | None:
    """The object's content; None where there is none."""
    try:
        with storage.open(uri) as stream:
            return stream.read()
    except FileNotFoundError:
        return None


def write_changed(storage: Storage, uri: str, content: bytes) -> bool:
    """Writes the object unless it is there with that content; whether it did."""
    if read(storage, uri) == content:
        return False
    storage.write(uri, content)
    return True


def _due(events: Sequence[Event], index: Index) -> list[_Due]:
    """Events with news, the latest first."""
    found = []
    for event in events:
        before = index.entries.get(event.event_id)
        news = stage(event, before)
        if news is not None:
            now = reached(event)
            earlier = tuple(m for m in (before.reached if before else ()) if m not in now)
            found.append(_Due(event, news, now if event.is_final else (*earlier, *now)))
    return found


def _publish(
    run: PublishEventReports,
    gold: Gold,
    curves: Curves,
    chunk: Sequence[_Due],
    published: Storage,
) -> int:
    """Writes the reports of a chunk of events; how many were not there already."""
    events = [one.event for one in chunk]
    sales, splits = gold.sales(events), gold.splits(events)
    documents = [
        document(
            one.event,
            one.stage,
            one.reached,
            sales.get(one.event.event_id, ()),
            splits.get(one.event.event_id, ()),
            curves,
        )
        for one in chunk
    ]
    folders = [f"{run.event_reports}/events/{event.event_id}" for event in events]
    texts = [to_json(found) for found in documents]
    with ThreadPoolExecutor(_WRITES_AT_ONCE) as threads:
        there = list(threads.map(lambda f: read(published, f"{f}/report.json"), folders))
        new = [nth for nth, text in enumerate(texts) if text != there[nth]]

        def write(nth: int, page: bytes) -> None:
            event = events[nth]
            published.write(f"{folders[nth]}/report.html", page)
            days = sales.get(event.event_id, [])
            published.write(f"{folders[nth]}/sales.csv", to_csv(event, days))
            # The last one: where it is, the others are.
            published.write(f"{folders[nth]}/report.json", texts[nth])

        # Drawing takes its time while the pages before are written; the engine that draws runs
        # one chart at a time and does not survive a fork.
        written = [threads.submit(write, nth, report_page(documents[nth])) for nth in new]
        for waiting in written:
            waiting.result()
    return len(new)


def _entry(one: _Due) -> Published:
    event = one.event
    return Published(
        event_id=event.event_id,
        name=event.name,
        headliner=event.headliner_name,
        venue=event.venue_name,
        city=event.city,
        starts_on=event.starts_on_local.isoformat(),
        stage=one.stage,
        reached=one.reached,
        fingerprint=fingerprint(event),
        as_of=event.as_of_date.isoformat() if event.as_of_date else None,
        net_tickets=event.net_tickets,
        capacity=event.capacity,
        sell_through=event.sell_through,
        currency=event.currency,
        net_cents=event.net_cents,
        is_simulated=event.is_simulated,
    )
