"""A planted credential of each kind is found, told by its place alone; what is none is let be."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from bringup.secret_scan import KINDS, Found, files_of, scan, secrets_in

if TYPE_CHECKING:
    from pathlib import Path

_RANDOM = "q7Zp2VxK9mLd4Rw8Tn3Jc6Hs1Yb5Gf0Ae2Uo7Xi4"
# Put together here, so that this file has none.
PLANTED = {
    "private key": "-----BEGIN RSA " + "PRIVATE KEY-----",
    "AWS access key": "AKIA" + "IOSFODNN7EXAMPLE".replace("7", "Q"),
    "AWS secret key": "aws_secret = " + _RANDOM,
    "token of GitHub": "ghp_" + _RANDOM[:36],
    "token of GitLab": "glpat-" + _RANDOM[:20],
    "token of Slack": "xoxb-" + _RANDOM[:24],
    "key of Stripe": "sk_live_" + _RANDOM[:24],
    "token of npm": "npm_" + _RANDOM[:36],
    "token of PyPI": "pypi-AgEI" + _RANDOM + _RANDOM,
    "key of Google": "AIza" + _RANDOM[:35],
    "key of a model's API": "sk-ant-" + _RANDOM,
    "JSON web token": f"eyJ{_RANDOM[:12]}.eyJ{_RANDOM[:12]}.{_RANDOM[:12]}",
    "password in an address": "postgres://booking:" + "hunter2@db.example:5432/x",
    "assigned credential": 'booking_password: "' + _RANDOM[:16] + '"',
}
HARMLESS = (
    'aws_secret_access_key="test"',
    '"AWS_SECRET_ACCESS_KEY": "local",',
    'PASSWORD = "kept-by-nobody"',
    "MasterUserPassword: {{resolve:secretsmanager:arn:SecretString:password::}}",
    'password = f"{user}:{generated}"',
    "https://user:${PASSWORD}@host/",
    "http://127.0.0.1:4566/_aws/execute-api",
    '"integrity": "sha512-' + _RANDOM + _RANDOM + '=="',
    "--hash=sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    '"next_token": "MTB8YWJjZGVmMTIzNDU2"',
    "-----BEGIN CERTIFICATE-----",
)


@pytest.mark.parametrize("kind", [kind.name for kind in KINDS])
def test_a_planted_credential_is_found_by_its_place(tmp_path: Path, kind: str) -> None:
    (tmp_path / "settings.yaml").write_text(f"# ours\n{PLANTED[kind]}\n")
    (found, *more) = scan(tmp_path, ["settings.yaml"])
    assert Found("settings.yaml", 2, kind) in (found, *more)
    assert PLANTED[kind] not in "".join(map(str, (found, *more)))


@pytest.mark.parametrize("line", HARMLESS)
def test_what_is_no_credential_is_let_be(line: str) -> None:
    assert list(secrets_in("x.py", line)) == []


def test_a_line_that_only_looks_like_one_says_so_and_why() -> None:
    line = PLANTED["assigned credential"]
    assert list(secrets_in("x.py", f"{line}  # no secret: made up by a test")) == []
    assert len(list(secrets_in("x.py", f"{line}  # no secret:"))) == 1


def test_files_that_the_next_commit_would_bring_are_looked_at(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    (tmp_path / ".gitignore").write_text("made/\n")
    for name in ("kept.py", "made/ignored.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
    assert files_of(tmp_path) == [".gitignore", "kept.py"]


def test_without_git_everything_but_what_is_made_here_is_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "nowhere"))
    for name in ("kept.py", ".venv/dev/made.py", "infra/node_modules/made.js"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    assert files_of(tmp_path) == ["kept.py"]
