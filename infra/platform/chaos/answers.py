"""What the API answers to a sample of questions, as a part of a platform's picture."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from .api_load import Api

if TYPE_CHECKING:
    from bringup.platform import Platform

    from .compare import Picture

FANS = 12
# They say when and by whom.
VOLATILE = frozenset({"recommendation_id", "model_version", "request_id", "updated_at"})
_PREFIX = "answers."
_RECOMMEND = f"{_PREFIX}recommend"
# A circuit that is open closes meanwhile.
_TRIES = 10


def answers_of(platform: Platform) -> Picture:
    """By question, each with its status and its document."""
    api = Api.of(platform.client("apigateway"), platform.aws.url, platform.env)
    subjects = [f"event-{number:06d}" for number in range(0, 60, 6)]
    asked = {
        "recommend": [f"recommend?fan_id=fan-{number:07d}&limit=10" for number in range(FANS)],
        "analyze": [f"analyze?event_id={event}" for event in subjects]
        + [f"analyze?artist_id=artist-{number:06d}" for number in range(0, 12, 3)]
        + [f"analyze?venue_id=venue-{number:05d}" for number in range(0, 12, 3)],
        "fetch-trends": ["fetch-trends?limit=50", "fetch-trends?limit=50&window=28d"],
    }
    return {
        f"{_PREFIX}{name}": [row_of(path, *_answer(api, path)) for path in paths]
        for name, paths in asked.items()
    }


def require_answers(picture: Picture) -> list[str]:
    """What is wrong with a picture whose answers should be good: equal refusals prove nothing."""
    missing = []
    for part in sorted(part for part in picture if part.startswith(_PREFIX)):
        good = [document for status, document in map(_read, picture[part]) if status == 200]
        if not good:
            missing.append(f"{part}: no answer has status 200")
        elif part == _RECOMMEND and all(one.get("source") != "model" for one in good):
            missing.append(f"{part}: no answer is the model's")
    return missing


def row_of(path: str, status: int, document: dict[str, Any]) -> str:
    """An answer as it is compared."""
    kept = {name: value for name, value in document.items() if name not in VOLATILE}
    return f"{path} {status} {json.dumps(kept, sort_keys=True, ensure_ascii=False)}"


def _read(row: str) -> tuple[int, dict[str, Any]]:
    _, status, document = row.split(" ", 2)
    return int(status), json.loads(document)


def _answer(api: Api, path: str) -> tuple[int, dict[str, Any]]:
    """What is answered when nothing is in the way."""
    status, document = 0, dict[str, Any]()
    for _ in range(_TRIES):
        status, document = api.ask(path)
        is_fallback = path.startswith("recommend") and document.get("source") != "model"
        if 200 <= status < 500 and not is_fallback:
            break
        time.sleep(1.0)
    return status, document
