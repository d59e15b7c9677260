"""Whether the live model should be trained anew: it leads by nothing, or others ask than before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from rlm.recommend.monitoring.measures import FANS_TO_TELL

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rlm.recommend.monitoring.drift import FeatureDrift

# Of both lists together: below it no interval tells a good model from a bad one.
HITS_TO_JUDGE: Final = 30


@dataclass(frozen=True)
class Finding:
    """One condition of the gate: could it be judged, and does it ask for a new model?"""

    name: str
    is_judged: bool
    is_crossed: bool
    text: str


@dataclass(frozen=True)
class Verdict:
    findings: tuple[Finding, ...]

    def finding(self, name: str) -> Finding:
        return next(finding for finding in self.findings if finding.name == name)

    @property
    def is_crossed(self) -> bool:
        return any(finding.is_crossed for finding in self.findings)

    @property
    def is_judged(self) -> bool:
        return any(finding.is_judged for finding in self.findings)

    @property
    def reason(self) -> str:
        """One line: what asks for a new model, or what was found."""
        crossed = [finding.text for finding in self.findings if finding.is_crossed]
        return "; ".join(crossed or [finding.text for finding in self.findings])


def lead(version: str | None, measured: Mapping[str, Any] | None) -> Finding:
    """Of the live model's answers alone: an older one's are no reason to replace it."""
    if version is None or measured is None:
        which = f"no answer of {version}" if version else "no answer at all"
        return Finding(
            "lead", False, False, f"too few answers to judge: {which} has a whole window"
        )
    fans, hits = measured["fans"], sum(measured["hits"].values())
    if fans < FANS_TO_TELL or hits < HITS_TO_JUDGE:
        return Finding(
            "lead", False, False,
            f"too few answers to judge: {version} answered {fans:,} fans, and both lists together "
            f"had {hits:,} hits; {FANS_TO_TELL} fans and {HITS_TO_JUDGE} hits are asked",
        )  # fmt: skip
    model, popular = (measured[name]["hit_rate_10"]["mean"] for name in ("model", "popularity"))
    lift = measured["lift"]["hit_rate_10"]
    is_crossed = lift["low"] <= 0
    return Finding(
        "lead", True, is_crossed,
        f"{version} hit {model:.2%} of the time, popularity {popular:.2%} for the same fans: "
        f"{lift['mean'] * 100:+.2f} points, with 95 % between {lift['low'] * 100:+.2f} and "
        f"{lift['high'] * 100:+.2f}{', which is no lead beyond noise' if is_crossed else ''}",
    )  # fmt: skip


def strangers(askers: int, drifts: Sequence[FeatureDrift] | None) -> Finding:
    """Of who asks; None where the training wrote nothing down to compare with."""
    if drifts is None:
        return Finding(
            "drift", False, False,
            "who asks was not compared: no training is known that wrote down whom it was judged on",
        )  # fmt: skip
    if askers < FANS_TO_TELL:
        return Finding(
            "drift", False, False,
            f"who asks was not compared: {askers:,} fans asked, {FANS_TO_TELL} are wanted",
        )  # fmt: skip
    told = [one for one in drifts if one.is_told]
    if not told:
        return Finding(
            "drift", False, False,
            f"who asks was not compared: {askers:,} fans asked, or too few were judged by training",
        )  # fmt: skip
    crossed = [one for one in told if one.is_crossed]
    if crossed:
        named = " and ".join(f"{one.feature} ({one.index:.2f})" for one in crossed)
        return Finding("drift", True, True, f"others ask than the model was judged on: {named}")
    most = told[0]
    return Finding(
        "drift", True, False, f"who asks has changed little: {most.feature} most ({most.index:.2f})"
    )
