"""What the page's server answers, and whom it refuses."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Sales

    from rlm.quicksight.server import Running


def ask(
    served: Running, path: str, body: Any = None, headers: dict[str, str] | None = None
) -> tuple[int, Any, dict[str, str]]:
    """Status, content (as JSON where it is some) and headers."""
    request = urllib.request.Request(  # noqa: S310 - our own server
        served.url + path,
        data=None if body is None else json.dumps(body).encode(),
        headers={"content-type": "application/json", **(headers or {})},
    )
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310 - our own
            status, content, told = answer.status, answer.read(), dict(answer.headers)
    except urllib.error.HTTPError as refused:
        status, content, told = refused.code, refused.read(), dict(refused.headers)
    text = content.decode()
    return status, json.loads(text) if text.startswith("{") else text, told


def sheet(served: Running, state: Any = None, known: Any = None, name: str = "overview") -> Any:
    status, answer, _ = ask(
        served, f"/api/dashboards/sales/sheets/{name}", {"state": state or {}, "known": known or {}}
    )
    assert status == 200, answer
    return answer


def test_pages_health_and_libraries(served: Running) -> None:
    assert ask(served, "/healthz")[1] == {"status": "ok"}
    for path in ("/", "/dashboards/sales", "/dashboards/sales/sheets/overview"):
        status, page, headers = ask(served, path)
        assert status == 200
        assert page.startswith("<!doctype html>")
        assert "default-src 'self'" in headers["content-security-policy"]
    assert ask(served, "/libraries/echarts.js")[0] == 200
    assert ask(served, "/libraries/../package.json")[0] == 404
    assert ask(served, "/page/js/dashboard.js")[0] == 200


def test_index_lists_dashboards_and_users(served: Running) -> None:
    _, answer, _ = ask(served, "/api/dashboards")
    assert (answer["user"], answer["users"]) == ("ann", ["ann", "bob"])
    assert answer["dashboards"][0] == {
        "id": "sales",
        "name": "Ticket sales",
        "description": "What sold where",
        "sheets": [{"id": "overview", "name": "Overview"}, {"id": "details", "name": "Details"}],
        "refreshedAt": "2026-03-15T12:00:00Z",
        "version": "version 3",
        "problem": "",
    }
    assert answer["dashboards"][1]["problem"] == "sheets/01.yaml: no visual v9"


def test_sheet_is_drawn_and_what_the_page_knows_is_not_sent_again(served: Running) -> None:
    first = sheet(served)
    assert set(first["visuals"]) == {
        "text", "image", "kpi", "bars", "lines", "table", "pivot",
    }  # fmt: skip
    assert first["counts"] == {"visuals": 5, "boxed": 0, "empty": 0, "missing": []}
    assert first["visuals"]["kpi"]["body"]["value"] == "250"
    again = sheet(served, known=first["hashes"])
    assert again["visuals"] == {}
    assert again["hashes"] == first["hashes"]


def test_choice_changes_only_what_it_touches(served: Running) -> None:
    first = sheet(served)
    state = {"parameters": {"Measure": ["Tickets"]}}
    second = sheet(served, state, first["hashes"])
    assert set(second["visuals"]) == {"text", "bars"}
    cells = second["visuals"]["bars"]["body"]["option"]["series"][0]["data"]
    assert [cell["value"] for cell in cells] == [39, 17]
    filtered = sheet(served, {"filters": {"region": {"values": ["South"]}}})
    assert filtered["visuals"]["kpi"]["body"]["value"] == "190"


def test_what_cannot_be_drawn_is_counted_by_name(served: Running) -> None:
    counts = sheet(served, name="details")["counts"]
    assert (counts["visuals"], counts["boxed"]) == (3, 1)
    assert counts["missing"] == ["visuals of kind PluginVisual"]


def test_board_is_opened_once_a_user_and_stamp(served: Running, source: Sales) -> None:
    for _time in range(2):
        sheet(served)
    assert source.opened == [("sales", "ann")]
    ask(served, "/api/dashboards/sales?user=bob")
    source.turns += 1
    sheet(served)
    assert source.opened == [("sales", "ann"), ("sales", "bob"), ("sales", "ann")]


def test_what_is_not_there_and_what_does_not_fit(served: Running) -> None:
    assert ask(served, "/api/dashboards/other")[:2] == (
        404,
        {"error": "there is no dashboard other"},
    )
    status, answer, _ = ask(served, "/api/dashboards/sales/sheets/none", {"state": {}})
    assert (status, answer["error"]) == (404, "Ticket sales has no sheet none")
    status, answer, _ = ask(
        served, "/api/dashboards/sales/sheets/overview", {"state": {"drills": 3}}
    )
    assert status == 400
    assert "a state is what State.to_json writes" in answer["error"]
    assert ask(served, "/api/dashboards/sales/sheets/overview", [])[0] == 400
    assert ask(served, "/api/dashboards/sales/files/logo")[2]["content-type"] == "image/svg+xml"
    assert ask(served, "/api/dashboards/sales/files/none")[0] == 404


def test_a_body_that_no_page_sends_is_refused(served: Running) -> None:
    body = {"state": {"x": "y" * 2_000_000}}
    status, answer, _ = ask(served, "/api/dashboards/sales/sheets/overview", body)
    assert (status, answer) == (413, {"error": "at most 1,048,576 bytes are taken"})


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "dashboards.example.com"},
        {"host": "127.0.0.1.example.com"},
        {"host": ""},
        {"origin": "https://example.com"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"},
    ],
)
def test_other_hosts_and_sites_are_refused(served: Running, headers: dict[str, str]) -> None:
    assert ask(served, "/api/dashboards", headers=headers)[0] in (400, 403)


def test_this_machine_is_answered_by_each_of_its_names(served: Running) -> None:
    for name in ("127.0.0.1", "localhost", "[::1]"):
        host = f"{name}:{served.port}"
        headers = {"host": host, "origin": f"http://{host}"}
        assert ask(served, "/api/dashboards", headers=headers)[0] == 200


def test_change_is_told_to_whoever_watches(served: Running, source: Sales) -> None:
    address = f"{served.url}/api/dashboards/sales/changes?stamp=ann%200"
    with urllib.request.urlopen(address, timeout=10) as events:  # noqa: S310 - our own
        source.turns += 1
        assert events.readline() == b"event: change\n"
        assert events.readline() == b'data: "ann 1"\n'
