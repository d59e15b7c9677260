"""Which version a dashboard's readers see, and which they saw before: kept in its tags.

Tags are written in an order that a kill anywhere leaves a state from which the same command, run
again, comes to the same end.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from rlm.quicksight.deployment.resources import PUBLISHED_TAG, ROLLED_BACK_TAG

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rlm.quicksight.deployment.resources import Deployed

# A tag's value holds 256 characters; nobody goes back further.
_REMEMBERED: Final = 30
# A tag's value may not be empty.
_NONE: Final = "-"


class PublishingError(ValueError):
    """There is no such version to publish; the message says which there are."""


@dataclass(frozen=True)
class Publication:
    """A version to publish, and the tags to write before and after."""

    version: int
    tags_before: Mapping[str, str]
    tags_after: Mapping[str, str]


def promotion(deployed: Deployed, version: int | None = None) -> Publication | None:
    """Publish a version, the newest good one unless told; None where it is published already."""
    good = [one.number for one in deployed.versions if one.is_good]
    if not good:
        raise PublishingError(f"{deployed.id} has no version that could be published")
    chosen = good[-1] if version is None else version
    if chosen not in good:
        found = deployed.version(chosen)
        why = f"is {found.status}" if found else "is not there"
        there = ", ".join(str(number) for number in good)
        raise PublishingError(
            f"version {chosen} of {deployed.id} {why}; these can be published: {there}"
        )
    before = history(deployed)
    again = [number for number in rolled_back(deployed.tags) if number != chosen]
    after = {PUBLISHED_TAG: _text([*before, chosen]), ROLLED_BACK_TAG: _text(again)}
    if deployed.published == chosen:
        return None
    return Publication(chosen, {}, after)


def rollback(deployed: Deployed) -> Publication:
    """Publish what was published before; what is published now stays back until promoted."""
    published = deployed.published
    if published is None:
        raise PublishingError(f"{deployed.id} has no published version to go back from")
    known = _numbers(deployed.tags.get(PUBLISHED_TAG))
    if published in rolled_back(deployed.tags) and known and known[-1] != published:
        # A rollback that was killed after it had written its tags.
        return Publication(known[-1], {}, {})
    before = history(deployed)[:-1]
    good = {one.number for one in deployed.versions if one.is_good}
    left = [number for number in before if number in good and number != published]
    if not left:
        # Published on the service, where nobody keeps a history.
        left = sorted(number for number in good if number < published)
    if not left:
        raise PublishingError(
            f"{deployed.id} has published nothing before version {published};"
            f" `rlm dashboards promote --version N` publishes any version"
        )
    held = [*(n for n in rolled_back(deployed.tags) if n not in (left[-1], published)), published]
    tags = {PUBLISHED_TAG: _text(left), ROLLED_BACK_TAG: _text(held)}
    return Publication(left[-1], tags, {})


def history(deployed: Deployed) -> list[int]:
    """What was published, in that order; the last is what is published now."""
    known = _numbers(deployed.tags.get(PUBLISHED_TAG))
    published = deployed.published
    if published is not None and (not known or known[-1] != published):
        known = [*(number for number in known if number != published), published]
    return known


def rolled_back(tags: Mapping[str, str]) -> list[int]:
    """Versions that readers shall not see again until somebody promotes them by hand."""
    return _numbers(tags.get(ROLLED_BACK_TAG))


def _numbers(text: str | None) -> list[int]:
    return [int(word) for word in (text or "").split() if word.isdecimal()]


def _text(numbers: Iterable[int]) -> str:
    kept: list[int] = []
    for number in numbers:
        if number in kept:
            kept.remove(number)
        kept.append(number)
    return " ".join(str(number) for number in kept[-_REMEMBERED:]) or _NONE
