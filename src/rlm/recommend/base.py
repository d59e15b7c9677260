"""What all models share: a model maps the artists of a fan to scores, and this does the rest.

Scores depend on a fan's artists alone, so a new fan is answered as a known one is, from what they
like, and nothing is retrained for that. A model implements six small methods; fans, new artists,
ranking, explanations and files are here.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, ClassVar, Final, NamedTuple, Self

import numpy as np
from scipy import sparse

from rlm.recommend.arrays import Csr, Floats, Ids, Ints, best, csr, row_of
from rlm.recommend.contract import (
    Answer,
    Evidence,
    Explanation,
    Progress,
    Reason,
    Recommendation,
    Recommender,
    Request,
    SimilarArtist,
    Source,
    TrainingSet,
    UnknownArtistError,
    silent,
)
from rlm.recommend.popular import PopularArtists
from rlm.recommend.ranking import ranking_scores, without_gaps
from rlm.recommend.saved import (
    Arrays,
    SavedModelError,
    matrix_arrays,
    matrix_of,
    read_arrays,
    read_description,
    write_model,
)
from rlm.recommend.stand_ins import stand_ins

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from _typeshed import DataclassInstance

# Scores held at once while many fans are answered.
_BLOCK_SCORES: Final = 30_000_000


class NoInteractionsError(ValueError):
    """There is nothing to learn from."""


class ColumnWeights(NamedTuple):
    """An artist as a mean of columns; no column for a new one that resembles nobody."""

    columns: Ints
    weights: Floats


class HistoryRecommender(Recommender):
    """A recommender whose scores are a function of what the fan likes.

    Columns are the artists that at least one fan likes, in the order of their ids; the others of
    the catalogue are new, and known artists stand in for them.
    """

    settings_type: ClassVar[type[DataclassInstance]]

    artists: Ids
    fans: Ids
    histories: Csr
    """Fans x columns: the weights of what each fan likes."""

    def __init__(self, settings: Any = None) -> None:
        self.settings = self.settings_type() if settings is None else settings

    @classmethod
    def settings_of(cls, saved: dict[str, Any]) -> Any:
        """Settings as they were before they became JSON."""
        return cls.settings_type(**saved)

    # What a model has to say.

    @abstractmethod
    def learn(self, histories: Csr, progress: Progress) -> None:
        """Fit the model's own arrays to fans x columns."""

    @abstractmethod
    def scores(self, histories: Csr) -> Floats:
        """Rows x columns, for any histories; the greater the likelier."""

    def scores_of(self, history: Csr, columns: Ints) -> Floats:
        """The scores of one history for some columns only; equal to those of `scores`."""
        found: Floats = self.scores(history)[0, columns]
        return found

    @abstractmethod
    def contributions(self, history: Csr, columns: Ints) -> Floats:
        """What each stored artist of the history adds to each column's score: stored x columns."""

    @abstractmethod
    def similarities(self, column: int) -> Floats:
        """How similar each column is to this one, at most 1."""

    @abstractmethod
    def arrays(self) -> Arrays:
        """The model's own arrays."""

    @abstractmethod
    def restore(self, arrays: Arrays) -> None:
        """Take them back."""

    # The contract.

    def fit(self, training: TrainingSet, progress: Progress = silent) -> Self:
        """Learn from scratch. Raises NoInteractionsError where no fan likes anything."""
        interactions, catalogue = training.interactions, training.catalogue
        if not len(interactions):
            raise NoInteractionsError("no fan likes any artist; expected at least one interaction")
        artists = catalogue.artists
        if (artists.find_bytes(interactions.artists.names) < 0).any():
            raise ValueError("interactions with artists that the catalogue does not hold")
        every = interactions.aligned(artists)
        self.artists, self.fans = artists, interactions.fans
        self._columns = np.flatnonzero(np.bincount(every.indices, minlength=len(artists)))
        self.histories = every[:, self._columns].tocsr()
        self._popular = PopularArtists.of(interactions, every, catalogue)
        self._stand_ins = stand_ins(catalogue, self._columns)
        self._complete()
        progress(
            f"{self.kind}: {len(self.fans):,} fans, {len(self._columns):,} artists and "
            f"{len(artists) - len(self._columns):,} new ones, {self.histories.nnz:,} interactions"
        )
        self.learn(self.histories, progress)
        return self

    def recommend(self, requests: Sequence[Request]) -> list[Answer]:
        histories, unknown = self._histories_of(requests)
        answers: list[Answer | None] = [None] * len(requests)
        wanting_all: list[int] = []
        for row, request in enumerate(requests):
            history = histories if len(requests) == 1 else row_of(histories, row)
            if history.nnz and request.candidates is None:
                wanting_all.append(row)
                continue
            everywhere = slice(None) if request.candidates is None else request.candidates
            if history.nnz:
                found = self._scores_at(history, np.asarray(everywhere))
            else:
                found = self._popular.scores(request.place, request.genres)[everywhere]
            answers[row] = self._answer(request, history, found, unknown[row])
        step = max(1, _BLOCK_SCORES // max(len(self.artists), 1))
        for start in range(0, len(wanting_all), step):
            rows = wanting_all[start : start + step]
            block = self._all_scores(histories[rows])
            for row, found in zip(rows, block, strict=True):
                answers[row] = self._answer(
                    requests[row], row_of(histories, row), found, unknown[row]
                )
        return [answer for answer in answers if answer is not None]

    def similar_artists(self, artist_id: str, count: int = 10) -> list[SimilarArtist]:
        index = self._index(artist_id)
        found = np.full(len(self.artists), -np.inf, dtype=np.float32)
        own = self._as_columns(index)
        if len(own.columns):
            found[self._columns] = sum(
                float(weight) * self.similarities(int(column))
                for column, weight in zip(own.columns, own.weights, strict=True)
            )
        found[index] = -np.inf
        return [SimilarArtist(self.artists[i], float(found[i])) for i in best(found, count)]

    def explain(
        self, request: Request, artist_ids: Sequence[str], count: int = 3
    ) -> list[Explanation]:
        indexes = self.artists.find(artist_ids)
        for missing in np.flatnonzero(indexes < 0).tolist():
            self._index(artist_ids[missing])
        weights = [self._as_columns(index) for index in indexes.tolist()]
        history = self._histories_of([request])[0]
        if history.nnz and len(indexes):
            needed = np.unique(np.concatenate([one.columns for one in weights]))
            carried = self.contributions(history, needed)
            scores = self._scores_at(history, indexes)
        else:
            scores = self._popular.scores(request.place, request.genres)[indexes]
        told = []
        for artist_id, index, own, score in zip(
            artist_ids, indexes.tolist(), weights, scores.tolist(), strict=True
        ):
            is_new = self._column_of[index] < 0
            names = self._names(own.columns[:count]) if is_new else ()
            if not history.nnz or not len(own.columns):
                if history.nnz:
                    score = float(self._popular.scores(request.place, request.genres)[index])
                told.append(Explanation(artist_id, score, "popularity", (), names))
                continue
            by_liked = carried[:, np.searchsorted(needed, own.columns)] @ own.weights
            total = float(by_liked[by_liked > 0].sum()) or 1.0
            most = [at for at in best(by_liked, count).tolist() if by_liked[at] > 0]
            liked = self._names(history.indices[most].astype(np.int64))
            reasons = tuple(
                Reason(name, float(by_liked[at]) / total)
                for name, at in zip(liked, most, strict=True)
            )
            evidence: Evidence = "profile" if is_new else "fans"
            told.append(Explanation(artist_id, score, evidence, reasons, names))
        return told

    def artist_indexes(self, artist_ids: Sequence[str]) -> Ints:
        found = self.artists.find(artist_ids)
        return np.unique(found[found >= 0])

    def save(self, folder: Path) -> None:
        own = {f"own.{name}": values for name, values in self.arrays().items()}
        shared = {
            "artists": self.artists.names,
            "fans": self.fans.names,
            "columns": self._columns,
            **matrix_arrays("histories", self.histories),
            **matrix_arrays("stand_ins", self._stand_ins),
            **self._popular.arrays(),
        }
        write_model(folder, self.kind, asdict(self.settings), shared | own)

    @classmethod
    def load(cls, folder: Path) -> Self:
        described = read_description(folder)
        if described["kind"] != cls.kind:
            raise SavedModelError(f"{folder} holds a {described['kind']} model, not {cls.kind}")
        arrays = read_arrays(folder, described)
        model = cls(cls.settings_of(described["settings"]))
        model.artists, model.fans = Ids(arrays["artists"]), Ids(arrays["fans"])
        model._columns = arrays["columns"]
        model.histories = matrix_of("histories", arrays)
        model._stand_ins = matrix_of("stand_ins", arrays)
        model._popular = PopularArtists.of_arrays(arrays)
        model._complete()
        model.restore({n.removeprefix("own."): a for n, a in arrays.items() if n[:4] == "own."})
        return model

    # For evaluations: fans by their place in `fans`.

    def best_new(self, rows: Ints, count: int) -> Ints:
        """Indexes of the best artists that each fan does not know: rows x count, -1 for none."""
        found = np.full((len(rows), count), -1, dtype=np.int64)
        step = max(1, _BLOCK_SCORES // max(len(self.artists), 1))
        for start in range(0, len(rows), step):
            block = self.histories[rows[start : start + step]]
            scores = self._all_scores(block)
            row, column = block.nonzero()
            scores[row, self._columns[column]] = -np.inf
            for at, line in enumerate(scores):
                if not block.indptr[at + 1] - block.indptr[at]:
                    line = self._popular.scores()
                top = best(without_gaps(line)[0], count)
                found[start + at, : len(top)] = top
        return found

    def known_artists(self, row: int) -> Ints:
        """Indexes of what the fan at this place knows."""
        return np.asarray(self._columns[self.histories[[row]].indices])

    # How it is done.

    def _complete(self) -> None:
        """What follows from the rest, and is not saved."""
        self._column_of = np.full(len(self.artists), -1, dtype=np.int64)
        self._column_of[self._columns] = np.arange(len(self._columns))
        self._new = np.flatnonzero(self._column_of < 0)
        self._is_lonely = np.diff(self._stand_ins.indptr) == 0

    def _histories_of(self, requests: Sequence[Request]) -> tuple[Csr, list[tuple[str, ...]]]:
        """A row for each request, what it likes added, and the liked ids that are unknown."""
        count = len(self._columns)
        known = self.fans.find([request.fan_id or "" for request in requests])
        rows: list[Csr] = []
        unknown: list[tuple[str, ...]] = []
        for fan, request in zip(known.tolist(), requests, strict=True):
            row = (
                row_of(self.histories, fan)
                if fan >= 0
                else sparse.csr_array((1, count), dtype="f4")
            )
            liked = tuple(dict.fromkeys(request.liked_artist_ids))
            at = self.artists.find(liked)
            if (at >= 0).any():
                # What somebody says they like counts as much as their usual evidence does.
                weight = float(row.data.mean()) if row.nnz else 1.0
                for index in at[at >= 0].tolist():
                    own = self._as_columns(index)
                    place = (np.zeros(len(own.columns), dtype=np.int64), own.columns)
                    row = row + csr((weight * own.weights, place), (1, count))
            rows.append(row if row.dtype == np.float32 else row.astype(np.float32))
            unknown.append(tuple(a for a, i in zip(liked, at.tolist(), strict=True) if i < 0))
        if not rows:
            return sparse.csr_array((0, count), dtype="f4"), unknown
        stacked = sparse.vstack(rows, format="csr") if len(rows) > 1 else rows[0]
        # Sorting writes to numbers that the model's own may share.
        return stacked if stacked.has_sorted_indices else stacked.sorted_indices(), unknown

    def _as_columns(self, index: int) -> ColumnWeights:
        """An artist as weights of columns: itself, or those that stand in for it."""
        column = int(self._column_of[index])
        if column >= 0:
            return ColumnWeights(np.array([column]), np.ones(1, dtype=np.float32))
        row = slice(*self._stand_ins.indptr[index : index + 2].tolist())
        columns = self._stand_ins.indices[row].astype(np.int64)
        return ColumnWeights(columns, self._stand_ins.data[row])

    def _names(self, columns: Ints) -> tuple[str, ...]:
        return tuple(self.artists[int(self._columns[column])] for column in columns)

    def _all_scores(self, histories: Csr) -> Floats:
        """Rows x artists; NaN for new artists that resemble nobody."""
        scores = self.scores(histories)
        if not len(self._new):
            return scores
        every = np.empty((scores.shape[0], len(self.artists)), dtype=np.float32)
        every[:, self._columns] = scores
        every[:, self._new] = (self._stand_ins[self._new] @ scores.T).T
        every[:, self._new[self._is_lonely[self._new]]] = np.nan
        return every

    def _scores_at(self, history: Csr, wanted: Ints) -> Floats:
        """The same of one history for some artists only: exact, and the others cost nothing."""
        columns = self._column_of[wanted]
        new = np.flatnonzero(columns < 0)
        if not len(new):
            return self.scores_of(history, columns)
        weights = self._stand_ins[wanted[new]]
        needed, place = np.unique(
            np.concatenate([columns[columns >= 0], weights.indices]), return_inverse=True
        )
        scored = self.scores_of(history, needed)
        found = np.empty(len(wanted), dtype=np.float32)
        split = len(wanted) - len(new)
        found[columns >= 0] = scored[place[:split]]
        carried = weights.data * scored[place[split:]]
        sums = np.add.reduceat(np.append(carried, 0), weights.indptr[:-1]) if len(new) else carried
        found[new] = np.where(np.diff(weights.indptr) == 0, np.nan, sums)
        return found

    def _answer(
        self, request: Request, history: Csr, scores: Floats, unknown: tuple[str, ...]
    ) -> Answer:
        """Rank what was scored: all artists, or the request's candidates."""
        wanted = request.candidates
        is_lonely = self._is_lonely if wanted is None else self._is_lonely[wanted]
        columns = self._column_of if wanted is None else self._column_of[wanted]
        scores, _ = without_gaps(scores)
        familiarity = self._familiarity(request)
        fans_of = self._popular.fans_of if wanted is None else self._popular.fans_of[wanted]
        ranked = ranking_scores(
            scores,
            familiarity,
            fans_of,
            hides_known=request.hides_known,
            discovery=request.discovery,
        )
        source: Source = "history" if history.nnz else "popularity"
        made = []
        for at in best(ranked, request.count).tolist():
            index = at if wanted is None else int(wanted[at])
            evidence: Evidence = "fans" if columns[at] >= 0 else "profile"
            if source == "popularity" or (columns[at] < 0 and is_lonely[at]):
                evidence = "popularity"
            made.append(
                Recommendation(
                    self.artists[index], float(ranked[at]), bool(familiarity[at] > 0), evidence
                )
            )
        return Answer(tuple(made), source, unknown)

    def _familiarity(self, request: Request) -> Floats:
        """How well the fan knows each artist at hand: 0 not at all, 1 the best liked."""
        wanted = request.candidates
        count = len(self.artists) if wanted is None else len(wanted)
        found = np.zeros(count, dtype=np.float32)
        fan = int(self.fans.find([request.fan_id or ""])[0])
        own = row_of(self.histories, fan) if fan >= 0 else None
        liked = self.artists.find(request.liked_artist_ids)
        liked = liked[liked >= 0]
        known = liked if own is None else np.concatenate([self._columns[own.indices], liked])
        weights = np.ones(len(known), dtype=np.float32)
        if own is not None and own.nnz:
            weights[: own.nnz] = own.data / own.data.max()
        if wanted is None:
            found[known] = weights
        elif count:
            at = np.minimum(np.searchsorted(wanted, known), count - 1)
            is_here = wanted[at] == known
            found[at[is_here]] = weights[is_here]
        return found

    def _index(self, artist_id: str) -> int:
        index = int(self.artists.find([artist_id])[0])
        if index < 0:
            raise UnknownArtistError(f"the model knows no artist {artist_id!r}")
        return index
