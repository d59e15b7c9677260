"""One training: fit on the past, judge on what came after, decide, and fit on everything."""

from __future__ import annotations

import json
import tarfile
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from rlm.recommend.channels import read_channels
from rlm.recommend.concerts import Concerts
from rlm.recommend.contract import TrainingSet
from rlm.recommend.gate import decide, mean_interval
from rlm.recommend.held_out import HeldOut
from rlm.recommend.metrics import novelty, popularity_ratio
from rlm.recommend.models import load_recommender, named_model
from rlm.recommend.monitoring.population import population
from rlm.recommend.popularity import Popularity
from rlm.recommend.report import report_page
from rlm.recommend.rising import rising_artists, rising_found
from rlm.recommend.saved import SavedModelError
from rlm.recommend.server.answering import CONCERTS, IDENTITY, SERVED, Answering
from rlm.recommend.server.messages import Body, Question, written

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from rlm.recommend.arrays import Ids
    from rlm.recommend.channels import TrainingData
    from rlm.recommend.contract import Progress, Recommender
    from rlm.recommend.held_out import Judgement

# The model that was judged, kept so that later candidates meet it as it was then: the served one
# has seen what it would be judged on.
JUDGED: Final = "judged"
LIVE_CHANNEL: Final = "live"
EVALUATION: Final = "evaluation.json"
GOLDEN: Final = "golden.json"
# For people; in the model's archive too, so that the two are never apart.
REPORT: Final = "evaluation.html"
_GOLDEN_FANS: Final = 5
_TOP: Final = 20


@dataclass(frozen=True)
class Hyperparameters:
    """SageMaker gives them as strings."""

    model: str = "tuned"
    holdout_weeks: int = 4
    seed: int = 0

    @classmethod
    def of(cls, given: Mapping[str, str]) -> Hyperparameters:
        """Raises ValueError for one that does not exist, or is no number where one is wanted."""
        if unknown := sorted(set(given) - {"model", "holdout_weeks", "seed"}):
            raise ValueError(f"no hyperparameter {unknown}; there are model, holdout_weeks, seed")
        weeks = int(given.get("holdout_weeks", cls.holdout_weeks))
        if weeks < 1:
            raise ValueError(f"holdout_weeks is {weeks}, expected at least 1")
        return cls(given.get("model", cls.model), weeks, int(given.get("seed", cls.seed)))


@dataclass(frozen=True)
class Folders:
    """Where a training finds and leaves its files."""

    channels: Path
    model: Path
    """Becomes model.tar.gz."""
    output: Path
    """Becomes output.tar.gz: what people and the pipeline read of the training."""
    scratch: Path


def train(
    folders: Folders, chosen: Hyperparameters, version: str, progress: Progress
) -> dict[str, Any]:
    """Returns the evaluation, which is also written to the output.

    Raises ChannelError, NoInteractionsError and TooLittleHeldOutError for data that no model can
    be made of, KeyError for a model that does not exist.
    """
    data = read_channels(folders.channels)
    held_out = HeldOut.of(data.activity, chosen.holdout_weeks, chosen.seed)
    progress(f"held out by {held_out.split}: {len(held_out.fans):,} fans, since {held_out.since}")
    past = TrainingSet(held_out.training, data.catalogue_before(held_out.since))
    candidate = named_model(chosen.model, past.interactions, progress).fit(past, progress)
    contestants: dict[str, Recommender] = {
        "candidate": candidate,
        "popularity": Popularity().fit(past, progress),
    }
    live, live_version = _live(folders, progress)
    if live is not None:
        contestants["live"] = live
    judged = {}
    for name, model in contestants.items():
        judged[name] = held_out.judge(model, _TOP)
        progress(f"{name}: nDCG@{_TOP} {judged[name].fans.ndcg.mean():.4f}")
    champion = "live" if live is not None else "popularity"
    verdict = decide(judged["candidate"], judged[champion], champion, held_out.segments)
    progress(f"{'approved' if verdict.is_approved else 'rejected'}: {verdict.reason}")
    everything = data.activity.until(data.activity.week.max() + np.timedelta64(7, "D"))
    served = type(candidate)(candidate.settings).fit(
        TrainingSet(everything, data.catalogue), progress
    )
    candidate.save(folders.model / JUDGED)
    served.save(folders.model / SERVED)
    Concerts.of(data.concerts, served.artists).save(folders.model / CONCERTS)
    identity = {
        "model_version": version,
        "kind": candidate.kind,
        "settings": asdict(candidate.settings),
    }
    (folders.model / IDENTITY).write_text(json.dumps(identity, indent=1), encoding="utf-8")
    folders.output.mkdir(parents=True, exist_ok=True)
    (folders.output / GOLDEN).write_bytes(_golden(folders.model))
    after = data.activity.week.max() + np.timedelta64(7, "D")
    rising = rising_artists(data.activity, after if held_out.since is None else held_out.since)
    evaluation = {
        **identity,
        "split": held_out.split,
        "held_out_since": str(held_out.since) if held_out.since is not None else None,
        "held_out_weeks": chosen.holdout_weeks if held_out.since is not None else 0,
        "fans": len(held_out.fans),
        "live_version": live_version,
        "verdict": {
            "is_approved": verdict.is_approved,
            "reason": verdict.reason,
            **asdict(verdict),
        },
        "models": {name: _told(held_out, found, rising) for name, found in judged.items()},
        "data": _counts(data),
        # Whom the model was judged on: monitor_model compares those who ask with them.
        "population": population(held_out.described(data.activity.fan_places)),
    }
    (folders.output / EVALUATION).write_text(json.dumps(evaluation, indent=1), encoding="utf-8")
    page = report_page(evaluation)
    for folder in (folders.output, folders.model):
        (folder / REPORT).write_bytes(page)
    return evaluation


def _live(folders: Folders, progress: Progress) -> tuple[Recommender | None, str | None]:
    """The live model as it was judged, from its own archive; none before the first rollout.

    Also none where this code cannot read it: a training is what mends that.
    """
    archives = sorted((folders.channels / LIVE_CHANNEL).glob("*.tar.gz"))
    if not archives:
        return None, None
    folder = folders.scratch / LIVE_CHANNEL
    with tarfile.open(archives[0]) as archive:
        archive.extractall(folder, filter="data")
    identity = json.loads((folder / IDENTITY).read_text(encoding="utf-8"))
    version = str(identity["model_version"])
    try:
        return load_recommender(folder / JUDGED), version
    except SavedModelError as error:
        progress(f"{version}, the live model, cannot be judged: {error}")
        return None, None


def _golden(model: Path) -> bytes:
    """Questions with the answers of the archive as it was written: the endpoint must give them."""
    answering = Answering.load(model)
    fans = answering.model.fans.texts()[:: max(1, len(answering.model.fans) // _GOLDEN_FANS)]
    questions = [Question(fan_id=fan) for fan in fans[:_GOLDEN_FANS]]
    questions.append(Question(liked_artist_ids=(answering.model.artists[0],), hides_known=True))
    body = Body((*questions, Question()))
    return (
        b'{"request":' + written(body) + b',"response":' + written(answering.answers(body)) + b"}"
    )


def _told(held_out: HeldOut, found: Judgement, rising: Ids) -> dict[str, Any]:
    fans_of = np.bincount(held_out.known.indices, minlength=len(held_out.artists)).astype(float)
    metrics = {
        "ndcg": found.fans.ndcg,
        "recall": found.fans.recall,
        "map": found.fans.average_precision,
        "hit_rate": found.fans.hit,
    }
    return {
        "metrics": {name: asdict(mean_interval(values)) for name, values in metrics.items()},
        "coverage": found.coverage,
        "novelty": novelty(found.lists, fans_of, len(held_out.fans)),
        "popularity_ratio": popularity_ratio(found.lists, fans_of, held_out.known),
        "rising": asdict(rising_found(found.lists, held_out.wanted, held_out.artists, rising)),
        "segments": {
            name: {
                "fans": int(chosen.sum()),
                "ndcg": asdict(mean_interval(found.fans.ndcg[chosen])),
            }
            for name, chosen in held_out.segments.items()
        },
    }


def _counts(data: TrainingData) -> dict[str, int]:
    return {
        "fans": len(data.activity.fans),
        "artists": len(data.catalogue.artists),
        "interactions": len(data.activity.fan),
        "concerts_on_sale": len(data.concerts),
    }
