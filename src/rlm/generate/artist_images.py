"""Pictures that come with deliveries of artists, and what is true of them.

Most artists have none. Of those that have, one sends a new picture later, one sends the same one
again, and one sends a picture before it is registered. With faults wanted, there is one broken
picture of each kind besides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from rlm.generate.randomness import Stream, stream

if TYPE_CHECKING:
    from collections.abc import Callable

    from rlm.generate.calendar_days import Calendar
    from rlm.generate.delivery_files import DeliveryFolder
    from rlm.generate.world import Artist, Artists

# Sides of the pictures: what phones, photographers and old websites send.
_SIZES: Final = ((1250, 834), (640, 640), (600, 800), (640, 480), (300, 300))
# 64 million pixels in 9 kB: more than the job decodes, and no burden for this machine.
_BOMB_SIDE: Final = 8_000


class ImageDeliveries:
    """Writes the pictures of a world."""

    def __init__(
        self, artists: Artists, calendar: Calendar, folder: DeliveryFolder, seed: int
    ) -> None:
        self._artists = artists
        self._calendar = calendar
        self._folder = folder
        self._rng = stream(seed, Stream.IMAGES)
        self._stored = self._unchanged = self._waiting = 0
        self._broken: list[dict[str, str]] = []

    def write(self, share: float, most: int, *, with_broken: bool) -> dict[str, Any]:
        """Pictures of a `share` of the artists, at most of `most`; answers the truth of them."""
        each = self._artists.each
        count = min(round(len(each) * share), most)
        chosen = np.sort(self._rng.permutation(len(each))[:count])
        start, daily = self._calendar.start, self._calendar.daily
        there = [each[i] for i in chosen if each[i].registered_day <= start]
        for nth, artist in enumerate(there):
            self._good(artist, start, nth)
            self._stored += 1
        planted: dict[str, Any] = {"with_image": [a.artist_id for a in there]}
        if there and len(daily) > 1:
            planted |= self._later(there, daily[1])
        if with_broken:
            others = [a for i, a in enumerate(each) if i not in set(chosen.tolist())]
            self._plant_broken([a for a in others if a.registered_day <= start], start)
        return {
            **planted,
            "stored": self._stored,
            "unchanged": self._unchanged,
            "waited_for_artist": self._waiting,
            "quarantined": self._broken,
        }

    def _later(self, there: list[Artist], day: int) -> dict[str, Any]:
        self._good(there[0], day, 0, issue=1)
        self._stored += 1
        planted: dict[str, Any] = {"new_version": there[0].artist_id}
        if len(there) > 1:
            self._good(there[1], day, 1)
            self._unchanged += 1
            planted["same_again"] = there[1].artist_id
        late = [a for a in self._artists.each if a.registered_day > self._calendar.start]
        if late:
            self._good(late[0], self._calendar.start, 0)
            self._stored += 1
            self._waiting += 1
            planted["before_its_artist"] = late[0].artist_id
        return planted

    def _good(self, artist: Artist, day: int, nth: int, issue: int = 0) -> None:
        # Pillow only where pictures are wanted: rows need none of it.
        from rlm.generate import cover_art

        image = cover_art.cover(artist.artist_id, artist.name, *_SIZES[nth % len(_SIZES)], issue)
        ways: tuple[tuple[str, Callable[[], bytes]], ...] = (
            ("jpg", lambda: cover_art.jpeg(image)),
            ("jpg", lambda: cover_art.jpeg(image, turned=True)),
            ("png", lambda: cover_art.png(image)),
            ("webp", lambda: cover_art.webp(image)),
        )
        suffix, encode = ways[nth % len(ways)]
        self._put(day, f"{artist.artist_id}.{suffix}", encode())

    def _plant_broken(self, artists: list[Artist], day: int) -> None:
        """One of each kind, each of an artist that has no other picture."""
        from rlm.generate import cover_art

        image = cover_art.cover("artist-unknown", "Unknown", 640, 480)
        whole = cover_art.jpeg(image)
        faults: tuple[tuple[str, str, bytes], ...] = (
            ("empty_file", "jpg", b""),
            ("not_an_image", "JPG", b"The photographer will send it tomorrow.\n" * 40),
            ("type", "png", cover_art.animation(image, "GIF")),
            ("truncated", "jpeg", whole[: len(whole) * 2 // 3]),
            ("animated", "webp", cover_art.animation(image, "WEBP")),
            ("decompression_bomb", "png", cover_art.black(_BOMB_SIDE)),
            ("too_small", "webp", cover_art.webp(image.resize((64, 48)))),
        )
        for artist, (rule, suffix, content) in zip(artists, faults, strict=False):
            self._break(day, f"{artist.artist_id}.{suffix}", content, rule)
        self._break(day, "press photo (final).jpg", whole, "file_name")
        self._break(day, "artist-unknown.jpg", whole, "reference")

    def _break(self, day: int, name: str, content: bytes, rule: str) -> None:
        self._broken.append({"file": self._put(day, name, content), "rule": rule})

    def _put(self, day: int, name: str, content: bytes) -> str:
        key = self._folder.key("artists", day, f"images/{name}")
        path = self._folder.root / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        self._folder.finished(key)
        return key
