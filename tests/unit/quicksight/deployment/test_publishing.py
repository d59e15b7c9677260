"""Promote and roll back: what readers see, and what is remembered for the next time."""

from __future__ import annotations

import dataclasses

import pytest

from rlm.quicksight.deployment.publishing import (
    PublishingError,
    history,
    promotion,
    rollback,
    rolled_back,
)
from rlm.quicksight.deployment.resources import (
    PUBLISHED_TAG,
    ROLLED_BACK_TAG,
    Deployed,
    Kind,
    Version,
)


def dashboard(published: int | None, versions: int = 4, bad: tuple[int, ...] = ()) -> Deployed:
    return Deployed(
        Kind.DASHBOARD,
        "rlm-dev-x",
        "arn",
        "x",
        versions=[
            Version(n, "CREATION_FAILED" if n in bad else "CREATION_SUCCESSFUL")
            for n in range(1, versions + 1)
        ],
        published=published,
    )


def done(before: Deployed, publication: object, steps: int = 3) -> Deployed:
    """The dashboard after the first so many steps of a publication: tags, version, tags."""
    tags = dict(before.tags)
    published = before.published
    if steps >= 1:
        tags |= publication.tags_before  # type: ignore[attr-defined]
    if steps >= 2:
        published = publication.version  # type: ignore[attr-defined]
    if steps >= 3:
        tags |= publication.tags_after  # type: ignore[attr-defined]
    return dataclasses.replace(before, tags=tags, published=published)


def promoted(before: Deployed, version: int) -> Deployed:
    return done(before, promotion(before, version))


def test_promotion_takes_the_newest_good_version() -> None:
    publication = promotion(dashboard(1, bad=(4,)))
    assert publication
    assert publication.version == 3
    assert publication.tags_after == {PUBLISHED_TAG: "1 3", ROLLED_BACK_TAG: "-"}


def test_what_is_published_already_needs_nothing() -> None:
    assert promotion(dashboard(4)) is None


@pytest.mark.parametrize(
    ("version", "message"),
    [
        (9, "version 9 of rlm-dev-x is not there; these can be published: 1, 2, 3"),
        (4, "version 4 of rlm-dev-x is CREATION_FAILED; these can be published: 1, 2, 3"),
    ],
)
def test_a_version_that_cannot_be_published_is_refused(version: int, message: str) -> None:
    with pytest.raises(PublishingError, match=message):
        promotion(dashboard(1, bad=(4,)), version)


def test_rollback_goes_the_way_back_that_publishing_went() -> None:
    state = promoted(promoted(dashboard(1), 3), 2)
    assert history(state) == [1, 3, 2]
    state = done(state, rollback(state))
    assert (state.published, history(state), rolled_back(state.tags)) == (3, [1, 3], [2])
    state = done(state, rollback(state))
    assert (state.published, history(state), rolled_back(state.tags)) == (1, [1], [2, 3])
    with pytest.raises(PublishingError, match="published nothing before version 1"):
        rollback(state)
    state = promoted(state, 2)
    assert (history(state), rolled_back(state.tags)) == ([1, 2], [3])


def test_without_a_history_the_version_before_is_taken() -> None:
    publication = rollback(dashboard(4, bad=(3,)))
    assert publication.version == 2


@pytest.mark.parametrize("steps", [0, 1, 2])
def test_a_rollback_that_was_killed_is_finished_and_not_repeated(steps: int) -> None:
    before = promoted(promoted(dashboard(1), 2), 3)
    straight = done(before, rollback(before))
    cut = done(before, rollback(before), steps)
    # After the version was set there is nothing left of it: a second rollback is a second one.
    state = cut if steps == 2 else done(cut, rollback(cut))
    assert (
        (state.published, history(state))
        == (straight.published, history(straight))
        == (
            2,
            [1, 2],
        )
    )


@pytest.mark.parametrize("steps", [0, 1, 2])
def test_a_promotion_that_was_killed_is_remembered_all_the_same(steps: int) -> None:
    before = promoted(dashboard(1), 2)
    cut = done(before, promotion(before, 4), steps)
    publication = promotion(cut, 4)
    state = done(cut, publication) if publication else cut
    assert (state.published, history(state)) == (4, [1, 2, 4])


def test_what_was_published_on_the_service_is_part_of_the_history() -> None:
    state = dataclasses.replace(promoted(dashboard(1), 2), published=3)
    assert history(state) == [1, 2, 3]
    assert rollback(state).version == 2
