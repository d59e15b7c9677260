"""The report of a run: a page for people and the same as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from .api_load import unexcused
from .compare import SHOWN, counts
from .page import page_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from .alarms import AlarmChange
    from .api_load import Asked
    from .book import Book, Entry
    from .compare import Difference, Picture
    from .plan import Plan
    from .supervisor import Restart

# Before a dead process is missed, and until whoever waited for it has connected anew.
_SLACK_SECONDS = 5.0
# What must be seen to be well again. A delivery is judged by the comparison; a call that nobody
# makes again had a caller that did without.
STRUCK = ("kill", "freeze", "disk")
# What the API's functions call, by the gateway's names: while a fault of these lasts, an answer may
# be a problem document.
READ_BY_API = frozenset(
    {
        *(f"dynamodb:{name}" for name in ("GetItem", "BatchGetItem", "Query", "Scan")),
        "sagemaker:InvokeEndpoint",
    }
)


@dataclass(frozen=True)
class Verdict:
    """All that a run found."""

    plan: Plan
    book: Book
    began_at: float
    ended_at: float
    undisturbed_seconds: float
    differences: Sequence[Difference]
    picture: Picture
    restarts: Sequence[Restart]
    reruns: Sequence[tuple[float, str, str]]
    hurried: Sequence[tuple[float, str, str]]
    asked: Sequence[Asked]
    alarms: Sequence[AlarmChange]
    why_no_disk: str = ""
    problem: str = ""
    """What ended the run before its end."""
    load_problem: str = ""
    """What ended the load on the API before the run's end."""
    failed_starts: Sequence[tuple[float, str, str]] = ()
    """When the supervisor could not start which process, and why; it tried again."""

    @property
    def is_good(self) -> bool:
        """Nothing lost, nothing double, every fault survived, the API asked and excused."""
        return (
            not self.problem
            and not self.differences
            and not self.load_problem
            and not self.bad_answers
            and self.has_good_answer
            and len(self.book.entries) >= len(self.plan.faults)
            and not self.unrecovered
        )

    @property
    def unrecovered(self) -> list[Entry]:
        """Whom nobody saw well again: dead, frozen or without disk they may be green for ever."""
        return [
            entry
            for entry in self.book.entries
            if entry.fault.kind in STRUCK and not entry.recovered_at
        ]

    @property
    def has_good_answer(self) -> bool:
        """Whether the API answered at all as it should: refusing everything needs no excuse."""
        return any(one.status == 200 for one in self.asked)

    @property
    def excuses(self) -> list[tuple[float, float]]:
        """Times in which the API may fail: what it is made of, or reads, was being disturbed."""
        found = []
        for entry in self.book.entries:
            fault = entry.fault
            is_read = fault.kind == "call" and fault.target in READ_BY_API
            is_below = fault.kind in ("kill", "freeze") and fault.target in (
                "local-aws",
                "endpoint-server",
                "lambda-worker",
            )
            if is_read or is_below or fault.kind == "disk":
                end = max(entry.recovered_at, entry.ended_at, entry.began_at)
                found.append((entry.began_at - _SLACK_SECONDS, end + _SLACK_SECONDS))
        return found

    @property
    def bad_answers(self) -> list[Asked]:
        """Requests that failed while nothing that they need was disturbed."""
        return unexcused(self.asked, self.excuses)

    def as_text(self) -> str:
        """In short, for a terminal."""
        met = self.book.entries
        recovered = [entry for entry in met if entry.recovered_at]
        failed = sum(one.status == 0 or one.status >= 500 for one in self.asked)
        lines = [
            f"{len(met)} faults, {len(recovered)} of them seen to recover;"
            f" {len(self.restarts)} restarts ({len(self.failed_starts)} starts failed),"
            f" {len(self.reruns)} DAG runs run again and {len(self.hurried)} tasks hurried by hand",
            f"API: {len(self.asked)} requests, {failed} without a good answer,"
            f" {len(self.bad_answers)} of them without an excuse",
            f"compared: {sum(counts(self.picture).values())} rows of {len(self.picture)} parts,"
            f" {len(self.differences)} parts differ",
            *([f"it did not come to its end: {self.problem}"] if self.problem else []),
            *([f"the API was not asked to the end: {self.load_problem}"] * bool(self.load_problem)),
            *(["no request to the API was answered with 200"] * (not self.has_good_answer)),
            *(str(difference) for difference in self.differences),
            *(f"not seen to recover: {one.fault.title}" for one in self.unrecovered),
            *(f"no excuse: {one}" for one in self.bad_answers[:SHOWN]),
            "nothing lost, nothing double" if self.is_good else "NOT GOOD",
        ]
        return "\n".join(lines)

    def as_json(self) -> dict[str, Any]:
        return {
            "is_good": self.is_good,
            "seed": self.plan.seed,
            "began_at": self.began_at,
            "ended_at": self.ended_at,
            "undisturbed_seconds": self.undisturbed_seconds,
            "faults": [
                {
                    **asdict(entry.fault),
                    "title": entry.fault.title,
                    "began_at": entry.began_at,
                    "ended_at": entry.ended_at,
                    "recovered_at": entry.recovered_at,
                    "recovery_seconds": entry.recovery_seconds,
                    "noticed": entry.noticed,
                    "recovered_by": entry.recovered_by,
                    "alarms": entry.alarms,
                }
                for entry in sorted(self.book.entries, key=lambda entry: entry.began_at)
            ],
            "replaced": [[fault.title, why] for fault, why in self.book.missed],
            "differences": [asdict(one) | {"title": one.title} for one in self.differences],
            "rows_compared": counts(self.picture),
            "restarts": [asdict(restart) for restart in self.restarts],
            "reruns": [list(rerun) for rerun in self.reruns],
            "hurried": [list(one) for one in self.hurried],
            "answers": [asdict(one) for one in self.asked],
            "has_good_answer": self.has_good_answer,
            "load_problem": self.load_problem,
            "unrecovered": [entry.fault.title for entry in self.unrecovered],
            "failed_starts": [list(start) for start in self.failed_starts],
            "bad_answers": [asdict(one) for one in self.bad_answers],
            "alarms": [asdict(change) for change in self.alarms],
            "why_no_disk": self.why_no_disk,
            "problem": self.problem,
        }


def write_report(verdict: Verdict, folder: Path) -> None:
    """`report.json` and `report.html` in the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "report.json").write_text(json.dumps(verdict.as_json(), indent=1) + "\n")
    (folder / "report.html").write_text(page_of(verdict.as_json()))
