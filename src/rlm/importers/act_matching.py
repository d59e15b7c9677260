"""Whether two spellings name the same act."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_NOT_A_WORD = re.compile(r"[^\w]+")
_APOSTROPHES = re.compile(r"['\u00b4`\u2019.]")


def normalised(name: str) -> str:
    """What is left of a name without case, accents, punctuation and a leading `The`.

    Not empty for a name that is not: a name of nothing but punctuation stands for itself.
    """
    decomposed = unicodedata.normalize("NFKD", name)
    plain = "".join(c for c in decomposed if not unicodedata.combining(c)).casefold()
    # O.A.R. is OAR and Herman's is Hermans, while AC/DC is two words.
    plain = _APOSTROPHES.sub("", plain).replace("&", " and ").replace("+", " and ")
    words = _NOT_A_WORD.sub(" ", plain).replace("_", " ").split()
    # The The is called nothing else.
    if words and set(words) != {"the"}:
        if words[0] == "the":
            words = words[1:]
        elif words[-1] == "the":
            words = words[:-1]
    return " ".join(words) or name.casefold()


def index_by_name(named: Iterable[tuple[int, str, int]]) -> dict[str, int]:
    """Key of each normalised name, given (key, name, weight): the weightiest of equal names."""
    best: dict[str, tuple[int, int]] = {}
    for key, name, weight in named:
        spelled = normalised(name)
        if spelled not in best or (weight, -key) > (best[spelled][0], -best[spelled][1]):
            best[spelled] = (weight, key)
    return {spelled: key for spelled, (_, key) in best.items()}
