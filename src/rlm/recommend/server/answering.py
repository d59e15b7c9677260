"""From questions to answers: a model, the concerts that were known when it was made, its name."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

import numpy as np

from rlm.recommend.concerts import Concerts, Near
from rlm.recommend.contract import Request
from rlm.recommend.models import load_recommender
from rlm.recommend.saved import SavedModelError
from rlm.recommend.server.messages import (
    MOST_EVENTS,
    Answered,
    Answers,
    Body,
    NearBy,
    Question,
    Recommended,
    WhyArtist,
)

if TYPE_CHECKING:
    from pathlib import Path

    from rlm.recommend.arrays import Ints
    from rlm.recommend.base import HistoryRecommender
    from rlm.recommend.concerts import Appearances
    from rlm.recommend.contract import Answer

# Folders and files of a model's archive.
SERVED: Final = "served"
CONCERTS: Final = "concerts"
IDENTITY: Final = "identity.json"


@dataclass(frozen=True)
class Answering:
    """What the endpoint does, without HTTP. Read-only: workers share it."""

    model: HistoryRecommender
    concerts: Concerts
    model_version: str

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Map a model's archive into memory. Raises SavedModelError for one that is not whole."""
        try:
            identity = json.loads((folder / IDENTITY).read_text(encoding="utf-8"))
            version = str(identity["model_version"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise SavedModelError(f"{folder / IDENTITY} cannot be read: {error!r}") from None
        model = load_recommender(folder / SERVED)
        return cls(model, Concerts.load(folder / CONCERTS), version)

    def answers(self, body: Body) -> Answers:
        """One answer a question, in their order."""
        found = [self._find(question) for question in body.questions]
        requests = [
            Request(
                fan_id=question.fan_id,
                liked_artist_ids=question.liked_artist_ids,
                count=question.count,
                hides_known=question.hides_known,
                discovery=question.discovery,
                place=question.near.place if question.near else None,
                genres=question.genres,
                candidates=self._candidates(question, appearances),
            )
            for question, appearances in zip(body.questions, found, strict=True)
        ]
        answers = self.model.recommend(requests)
        return Answers(
            self.model_version,
            tuple(
                self._answered(*line)
                for line in zip(body.questions, requests, found, answers, strict=True)
            ),
        )

    def warm_up(self) -> None:
        """Touch what the first real question would have to wait for."""
        liked = (self.model.artists[0],)
        self.answers(Body((Question(), Question(liked_artist_ids=liked, near=NearBy()))))

    def _find(self, question: Question) -> Appearances | None:
        if question.near is None:
            return None
        near = question.near
        return self.concerts.find(
            Near(
                place=near.place,
                latitude=near.latitude,
                longitude=near.longitude,
                radius_km=near.radius_km,
                first_day=near.first_day,
                last_day=near.last_day,
            )
        )

    def _candidates(self, question: Question, appearances: Appearances | None) -> Ints | None:
        wanted = None if appearances is None else appearances.artists
        if question.candidate_ids is not None:
            named = self.model.artist_indexes(question.candidate_ids)
            wanted = named if wanted is None else np.intersect1d(wanted, named)
        return wanted

    def _answered(
        self, question: Question, request: Request, near: Appearances | None, answer: Answer
    ) -> Answered:
        ids = [one.artist_id for one in answer.recommendations]
        explained = self.model.explain(request, ids) if question.explains else ()
        why = {one.artist_id: one for one in explained}
        recommended = []
        for one in answer.recommendations:
            events: tuple[str, ...] = ()
            if near is not None:
                index = int(self.model.artist_indexes([one.artist_id])[0])
                events = tuple(near.events_of(index, MOST_EVENTS))
            told = why.get(one.artist_id)
            recommended.append(
                Recommended(
                    one.artist_id,
                    one.score,
                    one.is_known,
                    one.evidence,
                    events,
                    tuple(WhyArtist(r.artist_id, r.share) for r in told.reasons) if told else (),
                    told.stands_in_for if told else (),
                )
            )
        return Answered(answer.source, tuple(recommended), answer.unknown_artist_ids)
