"""Names that look like names: unicode, quotes, commas, apostrophes and all.

Names are made up; likeness to a real act is chance.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import numpy as np

_ADJECTIVES: Final = (
    "Silver", "Hollow", "Midnight", "Paper", "Electric", "Quiet", "Crimson", "Wild", "Golden",
    "Broken", "Velvet", "Northern", "Lonesome", "Neon", "Salt", "Burning", "Little", "Distant",
    "Slow", "Glass", "Iron", "Summer", "Winter", "Drunken", "Holy", "Blue", "Pale", "Lucky",
)  # fmt: skip
_NOUNS: Final = (
    "Foxes", "Rivers", "Lanterns", "Engines", "Harbour", "Wolves", "Choir", "Satellites",
    "Orchard", "Mirrors", "Saints", "Machines", "Parade", "Ghosts", "Pilots", "Sparrows",
    "Theory", "Kings", "Radio", "Garden", "Tigers", "Society", "Monuments", "Lovers", "Avenue",
    "Cartel", "Orchestra", "Brigade", "Thieves", "Weather",
)  # fmt: skip
_FIRST_NAMES: Final = (
    "Mara", "Björn", "Zoë", "Íñigo", "Chloé", "Jürgen", "Siobhán", "Łukasz", "Renée", "Tomás",
    "Ayşe", "Søren", "Amara", "Dmitri", "Noor", "Kenji", "Lucía", "Oluwaseun", "Freya", "Mateus",
    "Eleni", "Priya", "Aoife", "Hana", "Marcus", "Odette", "Jean-Luc", "D'Angela", "Ngozi", "Ida",
)  # fmt: skip
_LAST_NAMES: Final = (
    "Okafor", "Lindqvist", "Ó Briain", "Müller", "Castañeda", "Nakamura", "Van der Berg",
    "Sørensen", "O'Hara", "Kowalczyk", "Petrović", "Haddad", "Silva", "Achterberg", "Yaşar",
    "Papadopoulou", "Fontaine", "Mbeki", "Larsson", "Whitlock", "Çelik", "Dvořák", "Reyes",
    "Thorne", "Iyer", "McAllister", "Þórsdóttir", "Winter", "Bellamy", "Costa",
)  # fmt: skip
_OTHER_SCRIPTS: Final = (
    "Ночной экспресс", "静かな海", "Σιωπηλό Κύμα", "밤의 정원", "שקט לבן",
    "Μαύρη Θάλασσα", "Тихий город",
)  # fmt: skip
_VENUE_KINDS: Final = (
    ("{} Hall", 1.0), ("The {}", 0.5), ("{} Ballroom", 0.9), ("Club {}", 0.3), ("{} Theatre", 1.3),
    ("{} Arena", 6.0), ("{} Music Hall", 1.2), ("{} Social", 0.3), ("Teatro {}", 1.1),
    ("{}'s", 0.2), ("{} Stadium", 15.0), ("{} Warehouse", 0.8), ('The "{}" Room', 0.25),
)  # fmt: skip
_VENUE_WORDS: Final = (
    "Majestic", "Roxy", "Harbour", "Union", "Apollo", "Orpheum", "Granary", "Lighthouse", "Palace",
    "Foundry", "Meridian", "Bluebird", "Central", "Kings", "Riverside", "Observatory", "Station",
    "Élysée", "Königshof", "Mercado", "Lantern", "Empire", "Factory", "Garden", "Paramount",
    "Old Mill", "Tivoli", "Ruby", "Zenith", "Corn Exchange",
)  # fmt: skip


def _pick(rng: np.random.Generator, words: tuple[str, ...]) -> str:
    return words[int(rng.integers(len(words)))]


def _act(rng: np.random.Generator) -> str:
    """One made-up act."""
    shape = rng.random()
    if shape < 0.22:
        return f"The {_pick(rng, _ADJECTIVES)} {_pick(rng, _NOUNS)}"
    if shape < 0.40:
        return f"{_pick(rng, _ADJECTIVES)} {_pick(rng, _NOUNS)}"
    if shape < 0.70:
        return f"{_pick(rng, _FIRST_NAMES)} {_pick(rng, _LAST_NAMES)}"
    if shape < 0.80:
        return f"{_pick(rng, _FIRST_NAMES)} & the {_pick(rng, _NOUNS)}"
    if shape < 0.86:
        names = [_pick(rng, _LAST_NAMES) for _ in range(3)]
        return f"{names[0]}, {names[1]} & {names[2]}"
    if shape < 0.91:
        nickname = _pick(rng, _ADJECTIVES)
        return f'{_pick(rng, _FIRST_NAMES)} "{nickname}" {_pick(rng, _LAST_NAMES)}'
    if shape < 0.97:
        return f"{_pick(rng, _NOUNS)} of {_pick(rng, _NOUNS)}"
    return _pick(rng, _OTHER_SCRIPTS)


def unique(name: str, taken: set[str], again: list[str]) -> str:
    """The name, or the name with the first of `again` that makes it new; adds it to `taken`."""
    candidate = name
    round_ = 0
    while candidate in taken:
        suffix = again[round_ % len(again)] + (
            f" {round_ // len(again) + 1}" if round_ >= len(again) else ""
        )
        candidate = f"{name} {suffix}"
        round_ += 1
    taken.add(candidate)
    return candidate


def act_names(rng: np.random.Generator, count: int) -> list[str]:
    """`count` different names of acts."""
    taken: set[str] = set()
    endings = ["II", "Quartet", "Collective", "Trio", "(UK)", "Band", "Ensemble", "Soundsystem"]
    return [unique(_act(rng), taken, endings) for _ in range(count)]


def venue_names(rng: np.random.Generator, cities: list[str]) -> list[tuple[str, float]]:
    """A name, unique in its city, and how big a house of that kind is, for each given city."""
    taken: dict[str, set[str]] = {}
    named: list[tuple[str, float]] = []
    for city in cities:
        pattern, scale = _VENUE_KINDS[int(rng.integers(len(_VENUE_KINDS)))]
        name = pattern.format(_pick(rng, _VENUE_WORDS))
        named.append((unique(name, taken.setdefault(city, set()), ["East", "West", "No."]), scale))
    return named
