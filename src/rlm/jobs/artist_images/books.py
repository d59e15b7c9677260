"""What was delivered as a picture, and what became of each."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final

from rlm.domain.delivery import ReconciliationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rlm.aws.storage import Storage

STORED: Final = "stored"
UNCHANGED: Final = "unchanged"
QUARANTINED: Final = "quarantined"
# A picture of an artist that no delivery has named yet: the one fault that heals by itself.
UNKNOWN_ARTIST: Final = "reference"

_PLACE = re.compile(r"/artists/delivery_date=(?P<day>\d{4}-\d{2}-\d{2})/images/(?P<name>[^/]+)$")
_NAME = re.compile(
    r"(?P<artist_id>[A-Za-z0-9_.:-]{1,64})\.(?:jpg|jpeg|png|webp)", flags=re.IGNORECASE
)


@dataclass(frozen=True, order=True)
class DeliveredImage:
    """An object under `artists/delivery_date=.../images/`; in order of delivery."""

    delivery_date: dt.date
    uri: str
    etag: str
    size: int
    artist_id: str | None
    """None where the file's name is not `<artist_id>.<jpg|jpeg|png|webp>`."""


@dataclass(frozen=True)
class StoredFile:
    """One size of a picture in the bucket of artist data."""

    key: str
    width: int
    height: int
    bytes: int


@dataclass(frozen=True)
class Outcome:
    """What became of one delivered picture."""

    image: DeliveredImage
    outcome: str
    rule: str | None = None
    reason: str | None = None
    version: str | None = None
    format: str | None = None
    width: int | None = None
    height: int | None = None
    sha256: str | None = None
    files: tuple[StoredFile, ...] = ()

    @property
    def waits(self) -> bool:
        return self.rule == UNKNOWN_ARTIST

    @property
    def is_good(self) -> bool:
        return self.outcome != QUARANTINED


@dataclass(frozen=True)
class ImageCounts:
    """The books of one run."""

    images_in: int = 0
    images_released: int = 0
    """Pictures that waited for their artist, who has come."""
    images_stored: int = 0
    images_unchanged: int = 0
    """The artist has that very picture already."""
    images_quarantined: int = 0

    def check(self) -> None:
        """Raises `ReconciliationError` unless in + released = stored + unchanged + quarantined."""
        came = self.images_in + self.images_released
        went = self.images_stored + self.images_unchanged + self.images_quarantined
        if came != went:
            raise ReconciliationError(
                f"artist images: {self.images_in} in + {self.images_released} released, but "
                f"{self.images_stored} stored + {self.images_unchanged} unchanged + "
                f"{self.images_quarantined} quarantined = {went}; the ledger was not written"
            )


def delivered_image(uri: str, etag: str, size: int) -> DeliveredImage | None:
    """The picture that an object of the landing zone is; None where it is none."""
    place = _PLACE.search(uri)
    if place is None:
        return None
    try:
        day = dt.date.fromisoformat(place["day"])
    except ValueError:
        return None
    name = _NAME.fullmatch(place["name"])
    return DeliveredImage(day, uri, etag, size, name["artist_id"] if name else None)


def counted(outcomes: Iterable[Outcome], images_in: int, images_released: int) -> ImageCounts:
    """The books, checked."""
    kinds = [outcome.outcome for outcome in outcomes]
    counts = ImageCounts(
        images_in=images_in,
        images_released=images_released,
        images_stored=kinds.count(STORED),
        images_unchanged=kinds.count(UNCHANGED),
        images_quarantined=kinds.count(QUARANTINED),
    )
    counts.check()
    return counts


@dataclass(frozen=True)
class ImageBatch:
    """The pictures of one run; the moment it is in the ledger, they are done."""

    batch_id: str
    outcomes: tuple[Outcome, ...]


@dataclass(frozen=True)
class ImageLedger:
    """Every picture that was looked at: `<lake>/ledger/artist_images/<nth>-<batch_id>.json`.

    All that the job leaves behind besides (quarantine, profiles, the table) follows from it.
    """

    storage: Storage
    lake: str

    @cached_property
    def batches(self) -> tuple[ImageBatch, ...]:
        """Oldest first."""
        return tuple(self._read(entry.uri) for entry in self.storage.list(self._folder))

    @property
    def latest(self) -> dict[tuple[str, str], Outcome]:
        """What became of each (uri, etag) when it was last looked at."""
        return {
            (outcome.image.uri, outcome.image.etag): outcome
            for batch in self.batches
            for outcome in batch.outcomes
        }

    def complete(self, outcomes: Iterable[Outcome]) -> ImageBatch:
        """Enters a batch, named by the pictures in it and the batch before it."""
        entered = tuple(outcomes)
        digest = hashlib.sha256((self.batches[-1].batch_id if self.batches else "").encode())
        for outcome in entered:
            digest.update(f"\n{outcome.image.uri} {outcome.image.etag}".encode())
        batch = ImageBatch(digest.hexdigest()[:16], entered)
        uri = f"{self._folder}{len(self.batches) + 1:06d}-{batch.batch_id}.json"
        content = json.dumps(asdict(batch), default=str, separators=(",", ":"))
        self.storage.write(uri, content.encode() + b"\n")
        del self.__dict__["batches"]
        return batch

    @property
    def _folder(self) -> str:
        return f"{self.lake}/ledger/artist_images/"

    def _read(self, uri: str) -> ImageBatch:
        with self.storage.open(uri) as stream:
            found = json.loads(stream.read())
        return ImageBatch(found["batch_id"], tuple(_outcome(o) for o in found["outcomes"]))


def current_pictures(latest: Mapping[tuple[str, str], Outcome]) -> dict[str, Outcome]:
    """The picture of each artist: the good one that was delivered last.

    A delivery that arrives after a later one becomes a version, and not the current one.
    """
    found: dict[str, Outcome] = {}
    for outcome in sorted(latest.values(), key=lambda o: o.image):
        if outcome.is_good and outcome.image.artist_id:
            found[outcome.image.artist_id] = outcome
    return found


def _outcome(found: dict[str, object]) -> Outcome:
    outcome = Outcome(**found)  # type: ignore[arg-type]
    image: dict[str, str] = found["image"]  # type: ignore[assignment]
    day = dt.date.fromisoformat(image["delivery_date"])
    files: list[dict[str, object]] = found["files"]  # type: ignore[assignment]
    return replace(
        outcome,
        image=DeliveredImage(**{**image, "delivery_date": day}),  # type: ignore[arg-type]
        files=tuple(StoredFile(**file) for file in files),  # type: ignore[arg-type]
    )
