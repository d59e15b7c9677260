"""Looks for credentials in the repository: a part of `make check`, or by itself.

Two ways to know one: by the form that its maker gave it, and by what it is assigned to, where the
value is as good as random. A line that only looks like one says `no secret: <why>`.
"""

from __future__ import annotations

import math
import os
import re
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ROOT: Final = Path(__file__).resolve().parents[3]
_EXCUSED: Final = re.compile(r"no secret: \w+")
# Words that people make up have some 3 bits a character, and rarely a digit; keys have 4 and more.
_RANDOM_BITS: Final = 3.3
_MADE_HERE: Final = {".git", ".local", ".venv", "build", "node_modules", "__pycache__"}


@dataclass(frozen=True)
class Kind:
    """A kind of credential; `value` is the group that has to look random, where there is one."""

    name: str
    pattern: re.Pattern[str]
    value: str | None = None


def _kind(name: str, pattern: str, value: str | None = None) -> Kind:
    return Kind(name, re.compile(pattern), value)


KINDS: Final = (
    _kind("private key", r"-----BEGIN (?:[A-Z]+ ){0,2}PRIVATE KEY(?: BLOCK)?-----"),
    _kind("AWS access key", r"\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}\b"),
    _kind(
        "AWS secret key",
        r"(?i:aws|secret).{0,40}[\"'=:\s](?P<value>[A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])",
        "value",
    ),
    _kind("token of GitHub", r"\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_\w{60})"),
    _kind("token of GitLab", r"\bglpat-[\w-]{20}"),
    _kind(
        "token of Slack", r"\bxox[abeoprs]-[\w-]{10}|hooks\.slack\.com/services/T\w+/B\w+/\w{20}"
    ),
    _kind("key of Stripe", r"\b[rs]k_live_[A-Za-z0-9]{20}"),
    _kind("token of npm", r"\bnpm_[A-Za-z0-9]{36}\b"),
    _kind("token of PyPI", r"\bpypi-AgEI[\w-]{50}"),
    _kind("key of Google", r"\bAIza[\w-]{35}"),
    _kind("key of a model's API", r"\bsk-(?:ant-|proj-)?(?P<value>[\w-]{32,})", "value"),
    _kind("JSON web token", r"\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}"),
    _kind(
        "password in an address", r"\b[a-z][a-z0-9+.-]{1,20}://[^\s/:@\"'{}<>$]+:[^\s/@\"'{}<>$]+@"
    ),
    _kind(
        "assigned credential",
        r"(?i:passw(?:or)?d|secret|(?<!next_)token|credential|api_?key|access_?key|private_?key)"
        r"[\w.\]\"']{0,30}\s{0,3}(?:=|:|=>)\s{0,3}[\"'](?P<value>[^\s\"'{}<>$]{12,200})[\"']",
        "value",
    ),
)


@dataclass(frozen=True)
class Found:
    """Where something is that must not be; never what it is."""

    path: str
    line: int
    kind: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.kind}"


def secrets_in(path: str, text: str) -> Iterator[Found]:
    """Each credential in a text, by the order of kinds."""
    for kind in KINDS:
        for match in kind.pattern.finditer(text):
            if kind.value is not None and not looks_random(match[kind.value]):
                continue
            begin = text.rfind("\n", 0, match.start()) + 1
            end = text.find("\n", match.end())
            if not _EXCUSED.search(text[begin : end if end >= 0 else len(text)]):
                yield Found(path, text.count("\n", 0, match.start()) + 1, kind.name)


def looks_random(value: str) -> bool:
    """Whether nobody would make up such a value by hand."""
    has_both = re.search(r"\d", value) and re.search(r"[A-Za-z]", value)
    return bool(has_both) and _bits(value) >= _RANDOM_BITS


def scan(root: Path, paths: Iterable[str]) -> list[Found]:
    """What is found in these files; what is no text has none that a person would read."""
    found: list[Found] = []
    for path in paths:
        try:
            text = (root / path).read_text(encoding="utf-8")
        except (UnicodeDecodeError, OSError):
            continue
        found += secrets_in(path, text)
    return found


def files_of(root: Path) -> list[str]:
    """What is in the repository and what is not ignored, so would be with the next commit."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],  # noqa: S607 - wherever git is
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode == 0:
        return sorted(set(listed.stdout.split("\0")) - {""})
    # An unpacked release has no index: everything but what is made here.
    found = []
    for folder, below, files in os.walk(root):
        below[:] = sorted(set(below) - _MADE_HERE)
        found += [str((Path(folder) / file).relative_to(root)) for file in files]
    return sorted(found)


def _bits(value: str) -> float:
    """Shannon's entropy of its characters, in bits a character."""
    counts = Counter(value).values()
    return -sum(n / len(value) * math.log2(n / len(value)) for n in counts)


def main() -> int:
    files = files_of(ROOT)
    found = scan(ROOT, files)
    lines = [str(one) for one in found]
    if found:
        lines.append(
            f"{len(found)} in {len(files)} files: take it out, and have it replaced where it came "
            "from, since what was in a commit is known (docs/threat-model.md)."
        )
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    return 1 if found or not files else 0


if __name__ == "__main__":
    sys.exit(main())
