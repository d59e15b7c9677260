"""The job `process_artist_images`: pictures from landing, checked, scaled, and put on record.

The order of the steps is what makes a kill harmless: the files of a picture lie under a key that
names its content, the ledger says that they are done, and quarantine, profiles and the table
follow from the ledger, now or in the next run.
"""

from __future__ import annotations

import json
import time
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Final

from rlm.jobs.artist_images import books
from rlm.jobs.artist_images.books import (
    DeliveredImage,
    ImageCounts,
    ImageLedger,
    Outcome,
    StoredFile,
    counted,
    current_pictures,
    delivered_image,
)
from rlm.jobs.artist_images.pictures import (
    SUFFIX,
    BrokenPictureError,
    Limits,
    check_size,
    picture,
    version_of,
)
from rlm.jobs.artist_images.profiles import Artist, Profiles, read_artists
from rlm.jobs.artist_images.quarantine import ImageQuarantine

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable, Mapping

    from rlm.aws.athena import Query
    from rlm.aws.storage import Storage

# Pillow works outside of Python's lock; each picture may take 500 MB for a moment.
_AT_ONCE: Final = 3
_TELL_EVERY: Final = 200


@dataclass(frozen=True)
class ProcessArtistImages:
    """What one run does, and where."""

    run_id: str
    business_date: dt.date
    """Deliveries up to this day are taken."""
    landing: str
    """URI without a slash at its end; so are the others."""
    lake: str
    artist_data: str
    silver: str
    """Database."""
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True)
class ImagesReport:
    """What the run did."""

    run_id: str
    business_date: str
    counts: ImageCounts
    images_waiting: int
    """In quarantine until their artist comes, from all runs."""
    quarantined_by_rule: dict[str, int]
    profiles: int
    profiles_written: int
    seconds: float

    def to_json(self) -> str:
        """The counts stand beside the rest, not below it."""
        fields = asdict(self)
        return json.dumps({**fields.pop("counts"), **fields}, indent=2)


def process_artist_images(
    run: ProcessArtistImages,
    query: Query,
    storage: Storage,
    published: Storage,
    report: Callable[[str], None] = print,
) -> ImagesReport:
    """Takes every picture of landing that the ledger does not know, then writes what follows.

    Broken pictures go to quarantine and stop nothing. The run report goes to
    `<lake>/runs/process_artist_images/<run_id>.json`.
    """
    started = time.monotonic()
    artists = read_artists(query, run.silver)
    artist_ids = {artist.artist_id for artist in artists}
    ledger = ImageLedger(storage, run.lake)
    quarantine = ImageQuarantine(storage, run.lake)
    if ledger.batches:
        # A killed run may have left its rows unwritten.
        quarantine.ensure(ledger.batches[-1])
    new, released = _due(ledger, storage, run, artist_ids)
    report(f"artist images: {len(new)} new, {len(released)} whose artist has come")
    taker = _Taker(run, storage, published, artist_ids, report)
    outcomes = taker.take([*new, *released], ledger.latest)
    counts = counted(outcomes, len(new), len(released))
    if outcomes:
        quarantine.ensure(ledger.complete(outcomes))
    written = _write_profiles(run, artists, ledger, storage, published)
    finished = ImagesReport(
        run_id=run.run_id,
        business_date=run.business_date.isoformat(),
        counts=counts,
        images_waiting=sum(o.waits for o in ledger.latest.values()),
        quarantined_by_rule=dict(sorted(Counter(o.rule for o in outcomes if o.rule).items())),
        profiles=written[0],
        profiles_written=written[1],
        seconds=round(time.monotonic() - started, 3),
    )
    report(
        f"artist images: {counts.images_stored} stored, {counts.images_unchanged} unchanged, "
        f"{counts.images_quarantined} quarantined; {written[1]} of {written[0]} profiles written"
    )
    uri = f"{run.lake}/runs/process_artist_images/{run.run_id}.json"
    storage.write(uri, finished.to_json().encode())
    report(f"run report: {uri}")
    return finished


def _due(
    ledger: ImageLedger, storage: Storage, run: ProcessArtistImages, artist_ids: set[str]
) -> tuple[list[DeliveredImage], list[DeliveredImage]]:
    """Pictures that were never looked at, and those that waited for an artist who has come."""
    found = (
        delivered_image(o.uri, o.etag, o.size) for o in storage.list(f"{run.landing}/artists/")
    )
    landed = [i for i in found if i is not None and i.delivery_date <= run.business_date]
    seen = ledger.latest
    new = [i for i in landed if (i.uri, i.etag) not in seen]
    released = [
        i
        for i in landed
        if i.artist_id in artist_ids and (o := seen.get((i.uri, i.etag))) and o.waits
    ]
    return sorted(new), sorted(released)


def _write_profiles(
    run: ProcessArtistImages,
    artists: list[Artist],
    ledger: ImageLedger,
    storage: Storage,
    published: Storage,
) -> tuple[int, int]:
    latest = ledger.latest
    profiles = Profiles(storage, published, run.lake, run.artist_data)
    good = [outcome for outcome in latest.values() if outcome.is_good]
    return profiles.write(artists, current_pictures(latest), good)


@dataclass(frozen=True)
class _Taker:
    """Turns delivered pictures into outcomes."""

    run: ProcessArtistImages
    storage: Storage
    published: Storage
    artist_ids: set[str]
    report: Callable[[str], None]

    def take(
        self, images: Iterable[DeliveredImage], seen: Mapping[tuple[str, str], Outcome]
    ) -> list[Outcome]:
        """One outcome a picture, in order of delivery.

        The pictures of one artist are taken one after the other, so that two equal ones are
        written once.
        """
        by_artist: dict[str | None, list[DeliveredImage]] = defaultdict(list)
        for image in sorted(images):
            by_artist[image.artist_id].append(image)
        had: dict[str | None, dict[str, Outcome]] = defaultdict(dict)
        for outcome in seen.values():
            if outcome.version and outcome.is_good:
                had[outcome.image.artist_id][outcome.version] = outcome
        outcomes: list[Outcome] = []
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            waiting = [
                pool.submit(self._of_one_artist, delivered, had[artist_id])
                for artist_id, delivered in by_artist.items()
            ]
            told = 0
            for one in waiting:
                outcomes += one.result()
                if len(outcomes) - told >= _TELL_EVERY:
                    told = len(outcomes)
                    self.report(f"artist images: {told} looked at")
        return sorted(outcomes, key=lambda o: o.image)

    def _of_one_artist(
        self, images: list[DeliveredImage], had: dict[str, Outcome]
    ) -> list[Outcome]:
        outcomes = []
        for image in images:
            try:
                outcome = self._of(image, had)
            except BrokenPictureError as fault:
                outcome = Outcome(image, books.QUARANTINED, fault.rule, str(fault))
            if outcome.version and outcome.is_good:
                had[outcome.version] = outcome
            outcomes.append(outcome)
        return outcomes

    def _of(self, image: DeliveredImage, had: Mapping[str, Outcome]) -> Outcome:
        if image.artist_id is None:
            raise BrokenPictureError(
                "file_name", "expected images/<artist_id>.jpg, .jpeg, .png or .webp"
            )
        if image.artist_id not in self.artist_ids:
            raise BrokenPictureError(
                books.UNKNOWN_ARTIST, f"no artist {image.artist_id!r} was delivered yet"
            )
        check_size(image.size, self.run.limits)
        with self.storage.open(image.uri) as stream:
            content = stream.read(self.run.limits.bytes + 1)
        found = picture(content, self.run.limits)
        there = had.get(version_of(found.sha256))
        if there is not None:
            return replace(there, image=image, outcome=books.UNCHANGED)
        files = []
        for rendition in found.renditions:
            key = f"artists/{image.artist_id}/images/{found.version}/{rendition.width}.{SUFFIX}"
            self.published.write(f"{self.run.artist_data}/{key}", rendition.content)
            files.append(StoredFile(key, rendition.width, rendition.height, len(rendition.content)))
        return Outcome(
            image=image,
            outcome=books.STORED,
            version=found.version,
            format=found.format,
            width=found.width,
            height=found.height,
            sha256=found.sha256,
            files=tuple(files),
        )
