"""The events of a generated world: who plays where, when, and what a ticket costs."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from rlm.generate.cities import PRICE_LEVEL
from rlm.generate.demand import EventsOnSale, rush_days, sale_window_days
from rlm.generate.randomness import Stream, stream
from rlm.generate.world import clock_changes, utc_second

if TYPE_CHECKING:
    from rlm.generate.calendar_days import Calendar
    from rlm.generate.csv_bytes import Bools, Ints
    from rlm.generate.sizes import Size
    from rlm.generate.world import Artists, Venue

_RUSHED_SHARE: Final = 0.08
_CANCELLED_SHARE: Final = 0.02
_POSTPONED_SHARE: Final = 0.015
_ANNOUNCED_AHEAD_DAYS: Final = 100
_DOORS: Final = ((19, 0), (19, 30), (20, 0), (20, 30), (21, 0), (22, 0))
# Monday to Sunday: most shows are on weekends.
_SHOW_WEEKDAY: Final = np.array([0.5, 0.7, 0.9, 1.2, 2.0, 2.2, 1.0])
# January to December: tours in spring and autumn.
_SHOW_MONTH: Final = np.array([0.6, 0.8, 1.1, 1.2, 1.3, 1.3, 1.1, 0.9, 1.2, 1.3, 1.2, 0.8])
# Price tiers of houses from the smallest to the largest, as multiples of the base price.
TIERS: Final = (
    (("general", 1.0),),
    (("general", 1.0), ("vip", 2.6)),
    (("balcony", 0.8), ("floor", 1.2), ("vip", 2.8)),
    (("upper", 0.7), ("balcony", 1.0), ("floor", 1.4), ("vip", 3.2)),
)
_TOURS: Final = ("Homecoming", "Long Way", "World", "Afterglow", "Acoustic", "Farewell", "Summer")


@dataclass(frozen=True)
class Change:
    """An event called off or moved, as announced on `day`."""

    day: int
    status: str
    starts_at_local: dt.datetime


@dataclass(frozen=True)
class Show:
    event_id: str
    name: str
    headliner: int
    supports: tuple[int, ...]
    venue: int
    category: str
    starts_at_local: dt.datetime
    timezone: str
    currency: str
    tiers: tuple[tuple[str, int], ...]
    announced_day: int
    on_sale_day: int
    opens_at: int
    """Second of the on-sale day, UTC, at which the sale opens: 10:00 at the venue."""
    starts_at: int
    weight: float
    rushed: bool = False
    change: Change | None = None


def shows(
    size: Size, calendar: Calendar, artists: Artists, venues: tuple[Venue, ...], seed: int
) -> tuple[Show, ...]:
    """All events in order of `event_id`.

    The first event is at the last venue, which is delivered a day later than the event.
    """
    rng = stream(seed, Stream.EVENTS)
    count = size.events
    early = np.flatnonzero(artists.registered_day <= calendar.first)
    fame = np.maximum(artists.popularity[early], 1e-9) ** 0.7
    headliner = rng.choice(early, size=count, p=fame / fame.sum())
    known = np.array([v.registered_day <= calendar.first for v in venues])
    venue = rng.choice(np.flatnonzero(known), size=count)
    start_day = _start_days(rng, calendar, count)
    lead = rng.integers(25, 101, size=count)
    announced = start_day - lead - rng.integers(3, 21, size=count)
    unannounced = announced > calendar.last
    announced[unannounced] = rng.integers(
        calendar.start, calendar.last + 1, size=int(unannounced.sum())
    )
    _newcomers_play_last(calendar, artists, headliner, announced)
    _late_parent(calendar, venues, venue, announced, start_day)
    on_sale = np.minimum(np.maximum(start_day - lead, announced + 3), start_day - 2)
    announced = np.minimum(announced, on_sale - 1)

    taken: set[tuple[int, int]] = set()
    made = []
    for i in range(count):
        while (int(venue[i]), int(start_day[i])) in taken:
            start_day[i] += 1
        taken.add((int(venue[i]), int(start_day[i])))
        made.append(
            _show(rng, i, calendar, artists, venues, int(headliner[i]), int(venue[i]),
                  int(start_day[i]), int(on_sale[i]), int(announced[i]), early)
        )  # fmt: skip
    made = _on_clock_changes(made, calendar)
    made = _changed(rng, made, calendar)
    return tuple(_rushed(rng, made, calendar))


def on_sale(made: tuple[Show, ...], artists: Artists) -> EventsOnSale:
    """The events as the demand model sees them; the audience is the headliner's genre."""
    return EventsOnSale(
        event_id=tuple(s.event_id for s in made),
        currency=tuple(s.currency for s in made),
        tiers=tuple(s.tiers for s in made),
        audience=artists.genre[np.array([s.headliner for s in made])],
        weight=np.array([s.weight for s in made]),
        on_sale_day=np.array([s.on_sale_day for s in made]),
        on_sale_second=np.array([s.opens_at for s in made]),
        start=np.array([s.starts_at for s in made]),
        closed_day=np.array(
            [s.change.day if s.change and s.change.status == "cancelled" else -1 for s in made]
        ),
        rushed=np.array([s.rushed for s in made]),
    )


def _start_days(rng: np.random.Generator, calendar: Calendar, count: int) -> Ints:
    days = np.arange(calendar.first + 8, calendar.last + _ANNOUNCED_AHEAD_DAYS)
    month = (np.datetime64(0, "D") + days).astype("datetime64[M]").astype(np.int64) % 12
    chance = _SHOW_WEEKDAY[(days + 3) % 7] * _SHOW_MONTH[month]
    return rng.choice(days, size=count, p=chance / chance.sum())


def _newcomers_play_last(
    calendar: Calendar, artists: Artists, headliner: Ints, announced: Ints
) -> None:
    """An artist who is registered late headlines an event that is announced no earlier."""
    late = [i for i, a in enumerate(artists.each) if a.registered_day > calendar.start]
    candidates = np.flatnonzero(announced > calendar.start)
    for artist, event in zip(late, candidates.tolist(), strict=False):
        headliner[event] = artist
        announced[event] = max(int(announced[event]), artists.each[artist].registered_day)


def _late_parent(
    calendar: Calendar, venues: tuple[Venue, ...], venue: Ints, announced: Ints, start_day: Ints
) -> None:
    """The first event is in the first delivery, its venue in the second one."""
    if venues[-1].registered_day > calendar.start:
        venue[0] = len(venues) - 1
        announced[0] = calendar.start
        start_day[0] = max(int(start_day[0]), calendar.last + 30)


def _show(
    rng: np.random.Generator, i: int, calendar: Calendar, artists: Artists,
    venues: tuple[Venue, ...], headliner: int, venue: int, start_day: int, on_sale_day: int,
    announced: int, others: Ints,
) -> Show:  # fmt: skip
    hall = venues[venue]
    city = hall.city
    hour, minute = _DOORS[int(rng.integers(len(_DOORS)))]
    local = dt.datetime.combine(
        dt.date(1970, 1, 1) + dt.timedelta(start_day), dt.time(hour, minute)
    )
    opens = utc_second(
        dt.datetime.combine(dt.date(1970, 1, 1) + dt.timedelta(on_sale_day), dt.time(10)),
        city.timezone,
    )
    supports = rng.choice(others, size=int(rng.choice(4, p=[0.25, 0.4, 0.25, 0.1])), replace=False)
    supports = supports[supports != headliner]
    fame = float(artists.popularity[headliner])
    genre = artists.each[headliner].genres[0]
    name = artists.each[headliner].name
    shape = rng.random()
    if shape < 0.35:
        name = f"{name}: {_TOURS[int(rng.integers(len(_TOURS)))]} Tour"
    elif shape < 0.5 and len(supports):
        name = f"{name} + {artists.each[int(supports[0])].name}"
    category = "festival" if len(supports) == 3 else "concert"
    if genre == "electronic" and hall.scale < 1:
        category = "club night"
    base = (15 + 160 * fame**0.6) * float(rng.lognormal(0, 0.15))
    tiers = TIERS[min(int(rng.integers(1, 4) + (hall.scale > 3)), len(TIERS)) - 1]
    return Show(
        event_id=f"event-{i:06d}",
        name=name,
        headliner=headliner,
        supports=tuple(int(s) for s in supports),
        venue=venue,
        category=category,
        starts_at_local=local,
        timezone=city.timezone,
        currency=city.currency,
        tiers=tuple((tier, _price_cents(base * times, city.currency)) for tier, times in tiers),
        announced_day=announced,
        on_sale_day=on_sale_day,
        opens_at=min(max(opens - on_sale_day * 86_400, 0), 86_399),
        starts_at=utc_second(local, city.timezone),
        weight=fame**0.6 * hall.scale**0.5 * float(rng.lognormal(0, 0.4)),
    )


def _price_cents(dollars: float, currency: str) -> int:
    """Halves of a unit where a unit is worth something, whole units elsewhere."""
    level = PRICE_LEVEL[currency]
    return round(dollars * level) * 100 if level >= 4 else round(dollars * level * 2) * 50


def _moved(show: Show, local: dt.datetime) -> Show:
    return replace(show, starts_at_local=local, starts_at=utc_second(local, show.timezone))


def _on_clock_changes(made: list[Show], calendar: Calendar) -> list[Show]:
    """Some events on days when the clocks change, one of them in the hour that comes twice."""
    nights = [dt.time(20), dt.time(14, 30), dt.time(1, 30)]
    used: set[tuple[str, int]] = set()
    moved = list(made)
    for i, show in enumerate(made):
        # East of Europe the clocks change on the local day after the day in UTC.
        if not nights or i == 0 or not show.timezone.startswith(("America/", "Europe/")):
            continue
        for day, forward in clock_changes(
            show.timezone, show.on_sale_day + 10, calendar.last + _ANNOUNCED_AHEAD_DAYS
        ):
            night = nights[-1]
            if (show.timezone, day) in used or (night.hour < 3 and forward > 0):
                night = nights[0]
            if (show.timezone, day) in used:
                continue
            used.add((show.timezone, day))
            nights.remove(night)
            date = dt.date(1970, 1, 1) + dt.timedelta(day)
            moved[i] = _moved(show, dt.datetime.combine(date, night))
            break
    return moved


def _changed(rng: np.random.Generator, made: list[Show], calendar: Calendar) -> list[Show]:
    """Some events of the first delivery are cancelled or postponed, then or on a later day."""
    dice = rng.random(len(made))
    shift = rng.random(len(made))
    changed = list(made)
    for i, show in enumerate(made):
        if i == 0 or show.announced_day > calendar.start:
            continue
        start_day = show.starts_at // 86_400
        earliest = max(show.on_sale_day + 3, calendar.first)
        latest = min(start_day - 1, calendar.last)
        if latest <= earliest:
            continue
        day = earliest + int(shift[i] * (latest - earliest + 1))
        if dice[i] < _CANCELLED_SHARE:
            changed[i] = replace(show, change=Change(day, "cancelled", show.starts_at_local))
        elif dice[i] < _CANCELLED_SHARE + _POSTPONED_SHARE and start_day > calendar.last + 1:
            later = show.starts_at_local + dt.timedelta(days=35)
            changed[i] = replace(show, change=Change(day, "postponed", later))
    return changed


def _rushed(rng: np.random.Generator, made: list[Show], calendar: Calendar) -> list[Show]:
    """Some events sell out within days; all of those days lie within the calendar."""
    window = sale_window_days(
        np.array([s.on_sale_day for s in made]), np.array([s.starts_at for s in made])
    )
    days = rush_days(window)
    fits: Bools = np.array(
        [
            s.change is None
            and s.on_sale_day > calendar.first
            and s.on_sale_day + int(days[i]) <= calendar.last
            and int(window[i]) >= 16
            for i, s in enumerate(made)
        ]
    )
    candidates = np.flatnonzero(fits)
    wanted = min(len(candidates), max(3, round(len(made) * _RUSHED_SHARE)))
    rushed = set(rng.choice(candidates, size=wanted, replace=False).tolist())
    return [
        replace(s, rushed=True, weight=s.weight * 1.6) if i in rushed else s
        for i, s in enumerate(made)
    ]
