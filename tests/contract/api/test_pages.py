"""The pages of the local run in a real browser: the reference, and the page that tries the API."""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest

from .test_recommend import event

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Api

pytestmark = pytest.mark.slow

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser")


def page(api: Api, path: str, folder: Path, **query: Any) -> str:
    """What the page has become when its scripts are done."""
    if BROWSER is None:
        pytest.skip("there is no chromium on this machine")
    ran = subprocess.run(
        [
            BROWSER,
            *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"),
            *("--no-proxy-server", f"--user-data-dir={folder}", "--virtual-time-budget=15000"),
            *("--dump-dom", f"{api.gateway.endpoint_url}/docs/{path}?{urlencode(query)}"),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=90,
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    return ran.stdout


def test_the_reference_shows_every_operation(api: Api, tmp_path: Path) -> None:
    shown = page(api, "", tmp_path)
    assert 'data-state="ready"' in shown
    for path in ("/recommend", "/analyze", "/fetch-trends"):
        assert f"<code>GET {path}</code>" in shown
    assert 'id="schema-Problem"' in shown


def test_the_page_recommends_draws_and_ranks(api: Api, tmp_path: Path) -> None:
    names = {"page-liked": "Éléphant Page", "artist-1": "First Page"}
    api.put(
        "Artists",
        *(
            {
                "artist_id": artist,
                "name": name,
                "name_initial": "e",
                "name_folded": "elephant page" if name.startswith("É") else "first page",
                "genres": ["rock"],
            }
            for artist, name in names.items()
        ),
    )
    api.put("Events", event("page-event", "artist-1", city="Ulm", place="DE#Ulm"))
    shown = page(api, "try.html", tmp_path, artist="Élé", place="Ulm, DE", **{"from": "2026-01-01"})
    assert 'data-state="ready"' in shown
    assert "for Éléphant Page" in shown
    # A function keeps names for a minute: an earlier test may have asked when there was none.
    assert re.search("<strong>(First Page|artist-1)</strong>", shown, re.IGNORECASE)
    assert 'data-city="Ulm, DE"' in shown
    assert "As of 2026-06-07, 3 artists" in shown
