"""TICKIT's events with Last.fm's artists and listening counts as source files.

Real: artists, tags, listening counts, venues, events. Made up: on-sale dates, price tiers, capacity
and every ticket sale; those rows say so (`is_simulated`), and so does the import's truth file.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from rlm.generate import listening, registers, sales
from rlm.generate.calendar_days import day_number
from rlm.generate.csv_bytes import iso_day
from rlm.importers.accounts import Accounts
from rlm.importers.act_matching import index_by_name, normalised
from rlm.importers.lastfm import Lastfm, read_lastfm
from rlm.importers.simulated_sales import RealEvent, Simulation, listening_fans, simulate
from rlm.importers.tickit import Tickit, read_tickit

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    from rlm.generate.delivery_files import DeliveryFolder
    from rlm.generate.generation import Progress

_CONCERTS: Final = "Concerts"


@dataclass(frozen=True)
class Act:
    """Who plays an event: an artist of Last.fm, or one that only TICKIT knows."""

    artist_id: str
    name: str
    genre: str
    lastfm_number: int | None


def import_tickit_lastfm(
    data_dir: Path, folder: DeliveryFolder, ticket_sales: int, seed: int, progress: Progress
) -> dict[str, Any]:
    """Writes one delivery of all six sources; returns the import's truth file.

    Raises `MissingInputError` where an input file is not there.
    """
    accounts = Accounts()
    lastfm = read_lastfm(data_dir, accounts)
    tickit = read_tickit(data_dir, accounts)
    acts = _acts(tickit, lastfm)
    _account_for_matches(acts, accounts)
    last_event = max(event.starts_at_local for event in tickit.events).date()
    delivered = day_number(last_event) + 2
    fans = sorted({user for user, _, _ in lastfm.plays})
    simulation = _simulation(tickit, lastfm, acts, fans, ticket_sales, seed)

    writers = [
        ("artists", registers.ARTISTS_HEADER, _artist_lines(lastfm, acts), ".csv"),
        ("venues", registers.VENUES_HEADER, _venue_lines(tickit, delivered), ".csv"),
        ("events", None, _event_lines(tickit, acts, simulation, delivered), ".jsonl"),
        ("listens", listening.LISTENS_HEADER, _listen_lines(lastfm), ".csv.gz"),
        (
            "artist_popularity", listening.POPULARITY_HEADER, _popularity_lines(lastfm), ".csv",
        ),
    ]  # fmt: skip
    for source, header, lines, extension in writers:
        progress.start(source)
        with folder.open(source, delivered, f"{source}-import{extension}", header) as file:
            for line in lines:
                file.good(line)
        folder.finished(file.key)
        progress.add(file.rows)
        progress.done()
    progress.start("ticket_sales")
    with folder.open("ticket_sales", delivered, "ticket_sales-simulated.csv", sales.HEADER) as file:
        for _, block in simulation.stream.days():
            file.block(block)
            progress.add(block.rows)
    folder.finished(file.key)
    progress.done()
    accounts.check()
    truth = {
        "set": "tickit-lastfm",
        "deliveries": {"first": iso_day(delivered), "last": iso_day(delivered)},
        "sources": {name: c.as_dict() for name, c in folder.truth.sources.items()},
        "simulated": {
            "ticket_sales": "every row",
            "events": ["capacity", "currency", "price_tiers", "on_sale_on", "status"],
        },
        "not_imported": {"lastfm-hetrec/user_friends.dat": "no source holds friendships"},
        "listens_as_of": lastfm.as_of.isoformat(),
        **accounts.as_dict(),
    }
    folder.write_truth("import.json", truth)
    return truth


def _acts(tickit: Tickit, lastfm: Lastfm) -> dict[tuple[str, str], Act]:
    """The act of each (name, group) of an event.

    Only concerts are matched: the musical Chicago is not the band Chicago.
    """
    known = index_by_name((a.number, a.name, a.plays) for a in lastfm.artists.values())
    acts: dict[tuple[str, str], Act] = {}
    own: dict[tuple[str, str], Act] = {}
    for event in tickit.events:
        if (event.name, event.group) in acts:
            continue
        spelled = normalised(event.name)
        number = known.get(spelled) if event.group == _CONCERTS else None
        if number is not None:
            artist = lastfm.artists[number]
            act = Act(artist.artist_id, artist.name, "", number)
        else:
            # Two spellings of one act are one act.
            fresh = Act(f"tickit-act-{len(own) + 1:04d}", event.name, event.category, None)
            act = own.setdefault((spelled, event.group), fresh)
        acts[event.name, event.group] = act
    return acts


def _account_for_matches(acts: dict[tuple[str, str], Act], accounts: Accounts) -> None:
    concerts = {name: act for (name, group), act in acts.items() if group == _CONCERTS}
    accounts.notes["acts"] = {
        "concert_names": len(concerts),
        "matched": sum(a.lastfm_number is not None for a in concerts.values()),
        "matched_by_other_spelling": {
            name: act.name
            for name, act in concerts.items()
            if act.lastfm_number is not None and act.name != name
        },
        "unmatched": sorted(n for n, a in concerts.items() if a.lastfm_number is None),
        "show_names": len(acts) - len(concerts),
        "artists_of_their_own": len({a.artist_id for a in acts.values() if not a.lastfm_number}),
    }


def _simulation(
    tickit: Tickit, lastfm: Lastfm, acts: dict[tuple[str, str], Act], fans: list[int],
    ticket_sales: int, seed: int,
) -> Simulation:  # fmt: skip
    position = {user: i for i, user in enumerate(fans)}
    playing = {a.lastfm_number for a in acts.values() if a.lastfm_number is not None}
    listeners: dict[int, list[int]] = {}
    for user, artist, _ in lastfm.plays:
        if artist in playing:
            listeners.setdefault(artist, []).append(position[user])
    numbers = list(listeners)
    index = {number: i for i, number in enumerate(numbers)}
    real = []
    for event in tickit.events:
        number = acts[event.name, event.group].lastfm_number
        heard = listeners.get(number, []) if number is not None else []
        real.append(
            RealEvent(
                event.event_id, event.venue.place.currency, event.venue.place.timezone,
                event.starts_at_local, index[number] if number is not None and heard else None,
                len(heard), event.venue.seats,
            )
        )  # fmt: skip
    audience = listening_fans([_fan_id(u) for u in fans], [listeners[n] for n in numbers])
    return simulate(real, audience, ticket_sales, seed)


def _fan_id(user: int) -> str:
    return f"lastfm-user-{user}"


def _midnight(date: dt.date) -> str:
    return f"{date.isoformat()}T00:00:00Z"


def _artist_lines(lastfm: Lastfm, acts: dict[tuple[str, str], Act]) -> list[bytes]:
    updated = _midnight(lastfm.as_of)
    lines = [
        registers.csv_line(
            [a.artist_id, a.name, "|".join(a.genres()), "|".join(a.top_tags()), None, None, updated]
        )
        for a in lastfm.artists.values()
    ]
    own = {a.artist_id: a for a in acts.values() if a.lastfm_number is None}
    lines += [
        registers.csv_line([a.artist_id, a.name, a.genre.lower(), None, None, None, updated])
        for a in own.values()
    ]
    return lines


def _venue_lines(tickit: Tickit, delivered: int) -> list[bytes]:
    updated = f"{iso_day(delivered)}T00:00:00Z"
    return [
        registers.csv_line(
            [v.venue_id, v.name, v.city, v.state, v.place.country, None, None, v.place.timezone,
             v.seats, updated]
        )
        for v in tickit.venues
    ]  # fmt: skip


def _event_lines(
    tickit: Tickit, acts: dict[tuple[str, str], Act], simulation: Simulation, delivered: int
) -> list[bytes]:
    simulated = simulation.events
    return [
        registers.json_line(
            {
                "event_id": event.event_id,
                "name": event.name,
                "headliner_id": acts[event.name, event.group].artist_id,
                "support_ids": [],
                "venue_id": event.venue.venue_id,
                "category": event.category,
                "starts_at_local": event.starts_at_local.isoformat(),
                "timezone": event.venue.place.timezone,
                "status": "scheduled",
                "capacity": int(simulation.capacity[i]),
                "currency": simulated.currency[i],
                "price_tiers": [
                    {"tier": tier, "price": f"{cents // 100}.{cents % 100:02d}"}
                    for tier, cents in simulated.tiers[i]
                ],
                "on_sale_on": iso_day(int(simulated.on_sale_day[i])),
                "updated_at": f"{iso_day(delivered)}T00:00:00Z",
            }
        )
        for i, event in enumerate(tickit.events)
    ]


def _listen_lines(lastfm: Lastfm) -> list[bytes]:
    as_of, updated = lastfm.as_of.isoformat(), _midnight(lastfm.as_of)
    return [
        f"{_fan_id(user)},{lastfm.artists[artist].artist_id},{as_of},{plays},{updated}".encode()
        for user, artist, plays in lastfm.plays
    ]


def _popularity_lines(lastfm: Lastfm) -> list[bytes]:
    """Streams are the plays, followers the listeners, of all users of the set."""
    as_of, updated = lastfm.as_of.isoformat(), _midnight(lastfm.as_of)
    return [
        f"{a.artist_id},{as_of},{a.plays},{a.listeners},{updated}".encode()
        for a in lastfm.artists.values()
    ]
