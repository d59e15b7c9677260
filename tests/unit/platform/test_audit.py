"""What is known against what the locks pin fails, and so does knowing nothing."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bringup import audit
from bringup.audit import KNOWN, Advisory, NoSourceError, Package, pinned

if TYPE_CHECKING:
    from collections.abc import Iterator

REPOSITORY = Path(__file__).parents[3]


class Osv:
    """Knows some advisories by ecosystem, name and version."""

    def __init__(self) -> None:
        self.known: dict[tuple[str, str, str], list[str]] = {}
        self.asked = 0
        osv = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                osv.asked += len(asked["queries"])
                body = json.dumps({"results": [osv.answer(one) for one in asked["queries"]]})
                self.send_response(200 if self.path == "/v1/querybatch" else 404)
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *_args: Any) -> None:
                """Nobody reads it."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def answer(self, query: dict[str, Any]) -> dict[str, Any]:
        package = query["package"]
        found = self.known.get((package["ecosystem"], package["name"], query["version"]), [])
        return {"vulns": [{"id": one} for one in found]} if found else {}


@pytest.fixture
def osv() -> Iterator[Osv]:
    made = Osv()
    made.known["PyPI", KNOWN.name, KNOWN.version] = ["PYSEC-2024-60"]
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "lambdas").mkdir()
    (tmp_path / "requirements.lock").write_text(
        "Jinja_2==3.1.2 \\\n    --hash=sha256:00\npsycopg[binary]==3.2.1 ; python_version > '3'\n"
    )
    (tmp_path / "lambdas/requirements.lock").write_text("jinja-2==3.1.2 \\\n    --hash=sha256:00\n")
    (tmp_path / "package-lock.json").write_text(
        json.dumps(
            {
                "packages": {
                    "": {"name": "ours"},
                    "node_modules/a/node_modules/@scope/b": {"version": "1.0.0"},
                }
            }
        )
    )
    (tmp_path / "pom.xml").write_text(
        '<project xmlns="http://maven.apache.org/POM/4.0.0"><properties><v>2.1</v></properties>'
        "<dependencies><dependency><groupId>org.x</groupId><artifactId>y</artifactId>"
        "<version>${v}</version></dependency></dependencies></project>"
    )
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv/other.lock").write_text("not-ours==1\n")
    monkeypatch.setattr(audit, "ROOT", tmp_path)
    return tmp_path


def test_every_lock_says_what_it_pins(repository: Path) -> None:
    assert pinned(repository) == {
        Package("Maven", "org.x:y", "2.1"): ("pom.xml",),
        Package("PyPI", "jinja-2", "3.1.2"): ("lambdas/requirements.lock", "requirements.lock"),
        Package("PyPI", "psycopg", "3.2.1"): ("requirements.lock",),
        Package("npm", "@scope/b", "1.0.0"): ("package-lock.json",),
    }


def test_the_locks_of_this_repository_are_read() -> None:
    packages = pinned(REPOSITORY)
    locks = {lock for named in packages.values() for lock in named}
    assert {one.ecosystem for one in packages} == {"Maven", "PyPI", "npm"}
    assert locks >= {
        "requirements.lock",
        "lambdas/requirements.lock",
        "infra/aws/package-lock.json",
    }
    assert any(one.name == "apache-airflow" for one in packages)


def test_an_advisory_is_told_with_the_locks_that_pin_what_it_is_about(
    repository: Path, osv: Osv, capsys: pytest.CaptureFixture[str]
) -> None:
    osv.known["PyPI", "jinja-2", "3.1.2"] = ["GHSA-1", "GHSA-2"]
    package = Package("PyPI", "jinja-2", "3.1.2")
    locks = ("lambdas/requirements.lock", "requirements.lock")
    assert audit.audit(pinned(repository), osv.url) == [
        Advisory("GHSA-1", package, locks),
        Advisory("GHSA-2", package, locks),
    ]
    assert osv.asked == 5
    assert audit.main({"RLM_ADVISORIES_URL": osv.url}) == 1
    assert "GHSA-1: jinja-2 3.1.2 in lambdas/requirements.lock, requirements.lock" in (
        capsys.readouterr().out
    )


def test_an_accepted_advisory_is_told_no_more(
    repository: Path, osv: Osv, monkeypatch: pytest.MonkeyPatch
) -> None:
    osv.known["PyPI", "jinja-2", "3.1.2"] = ["GHSA-1"]
    monkeypatch.setattr(audit, "ACCEPTED", {"GHSA-1": "nobody renders what others wrote"})
    assert audit.main({"RLM_ADVISORIES_URL": osv.url}) == 0


def test_a_source_that_knows_nothing_of_what_is_known_is_none(
    repository: Path, osv: Osv, capsys: pytest.CaptureFixture[str]
) -> None:
    osv.known.clear()
    with pytest.raises(NoSourceError, match="knows nothing of idna"):
        audit.audit(pinned(repository), osv.url)
    assert audit.main({"RLM_ADVISORIES_URL": osv.url}) == 1
    assert "audit not done: 4 releases" in capsys.readouterr().out


def test_nobody_to_ask_is_a_failure_unless_it_may_be_skipped(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    nowhere = {"RLM_ADVISORIES_URL": "http://127.0.0.1:1"}
    assert audit.main(nowhere) == 1
    assert audit.main({**nowhere, "AUDIT_MAY_SKIP": "1"}) == 0
    assert "audit SKIPPED: 4 releases, and nobody to ask" in capsys.readouterr().out
