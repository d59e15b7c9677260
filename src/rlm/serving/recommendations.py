"""Recommendations for every fan, kept for when nobody answers: asked from the endpoint in batches.

An item is whole and of one model version, and says of which events to come the fan holds tickets.
Items of fans who are gone expire by themselves.
"""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass
from decimal import Decimal
from itertools import batched
from typing import TYPE_CHECKING, Any, Final

from rlm import names
from rlm.aws.athena import Athena
from rlm.aws.clients import open_clients
from rlm.aws.dynamodb_writer import ItemTable, Put
from rlm.sql_texts import in_databases, read_statement

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_FANS_A_REQUEST: Final = 200
# As many as the API shows at most, so that it can leave out what is not on.
_ARTISTS_A_FAN: Final = 100
_WRITE_THREADS: Final = 4
_KEPT_SECONDS: Final = 45 * 24 * 3600
_TOLD_EVERY: Final = 10_000


@dataclass(frozen=True)
class BatchResult:
    """What one run wrote."""

    model_version: str
    fans: int
    written: int
    seconds: float

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


class MixedVersionsError(RuntimeError):
    """The endpoint was updated while it was asked; a rerun starts anew."""


def recommend_for_all(
    session: Any, env: str, say: Callable[[str], None], now: Callable[[], float] = time.time
) -> BatchResult:
    """Ask the endpoint for each fan of the training set, and write the answers to DynamoDB.

    Raises `MixedVersionsError`. A rerun writes the same items again.
    """
    started = time.monotonic()
    clients = open_clients(session, _WRITE_THREADS)
    runtime = session.client("sagemaker-runtime")
    athena = Athena(
        names.athena_workgroup(env),
        f"s3://{names.bucket(env, 'lake')}/{names.ATHENA_RESULTS_PREFIX}/",
        session.client("athena"),
    )
    table = ItemTable(
        clients.dynamodb, names.dynamodb_table(env, "Recommendations"), threads=_WRITE_THREADS
    )
    fans = [
        str(row["fan_id"])
        for row in athena.rows(
            f"SELECT DISTINCT fan_id FROM {names.database(env, 'gold')}.fan_artist_affinity"  # noqa: S608
            " ORDER BY fan_id"
        )
    ]
    made_at = int(now())
    statement = in_databases(read_statement("recommendations", "held_events"), env)
    held = {
        str(row["fan_id"]): str(row["event_ids"]).split("|")
        for row in athena.rows(statement, [str(made_at)])
    }
    versions: set[str] = set()

    def ask(batch: tuple[str, ...]) -> dict[str, Any]:
        questions = [{"fan_id": fan, "count": _ARTISTS_A_FAN} for fan in batch]
        answer: dict[str, Any] = json.loads(
            runtime.invoke_endpoint(
                EndpointName=names.endpoint(env),
                # Captured like all questions, but nobody sees these answers now.
                InferenceId=names.UNATTENDED_INFERENCE,
                ContentType="application/json",
                Body=json.dumps({"questions": questions}),
            )["Body"].read()
        )
        versions.add(answer["model_version"])
        if len(versions) > 1:
            raise MixedVersionsError(f"{' and '.join(sorted(versions))} answered; run again")
        return answer

    def items() -> Iterator[Put]:
        told = 0
        for asked, batch in enumerate(batched(fans, _FANS_A_REQUEST)):
            answer = ask(batch)
            for fan, found in zip(batch, answer["answers"], strict=True):
                holds = held.get(fan, ())
                yield Put(recommendations_item(fan, found, answer["model_version"], holds, made_at))
            if (done := asked * _FANS_A_REQUEST + len(batch)) >= told + _TOLD_EVERY:
                told = done
                say(f"{done:,} of {len(fans):,} fans")

    counts = table.write(items())
    version = next(iter(versions), "none")
    seconds = round(time.monotonic() - started, 3)
    return BatchResult(version, len(fans), counts.written, seconds)


def recommendations_item(
    fan: str,
    answer: dict[str, Any],
    model_version: str,
    held_event_ids: Sequence[str],
    made_at: int,
) -> dict[str, Any]:
    """The item of one fan: lists in the order of the ranking, and what is no news to the fan."""
    ranked: list[dict[str, Any]] = answer["recommendations"]
    return {
        "fan_id": fan,
        "artist_ids": [one["artist_id"] for one in ranked],
        "scores": [Decimal(f"{one['score']:.6f}") for one in ranked],
        "are_known": [one["is_known"] for one in ranked],
        "held_event_ids": list(held_event_ids),
        "source": answer["source"],
        "model_version": model_version,
        "made_at": made_at,
        "expires_at": made_at + _KEPT_SECONDS,
    }
