"""Pages of docs/reference are of this code; that of the DAGs is judged where Airflow is."""

from __future__ import annotations

import re

import pytest

from reference import settings
from reference.__main__ import NAMES, maker
from reference.checkout import PAGES, ROOT, environments
from reference.markdown import duration, sentences, table
from rlm import names
from rlm.monitoring.alarms import Thresholds, kinds
from rlm.monitoring.metrics import METRICS

HERE = [name for name in NAMES if name != "dags"]


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    return {name: maker(name)() for name in HERE}


def headings(page: str) -> set[str]:
    return set(re.findall(r"^#+ (.+)$", page, re.MULTILINE))


@pytest.mark.parametrize("name", HERE)
def test_the_committed_page_is_not_stale(name: str, pages: dict[str, str]) -> None:
    committed = (PAGES / f"{name}.md").read_text("utf-8")
    assert committed == pages[name], f"docs/reference/{name}.md is stale: run make reference"


def test_every_page_is_made_by_somebody() -> None:
    assert {file.stem for file in PAGES.glob("*.md")} == set(NAMES)


def test_every_table_has_its_place(pages: dict[str, str]) -> None:
    booking = [file.stem for file in (ROOT / "include/sql/booking").glob("*.sql")]
    wanted = {f"silver.{source}" for source in names.SOURCES}
    wanted |= {f"gold.{file.stem}" for file in (ROOT / "include/sql/gold").glob("*.sql")}
    wanted |= {f"booking.{name}" for name in booking} | set(names.DYNAMODB_TABLES)
    assert booking
    assert len(wanted) > 15
    assert wanted <= headings(pages["tables"])


def test_every_gold_table_shows_its_checks(pages: dict[str, str]) -> None:
    checks = (ROOT / "include/sql/checks").glob("*.sql")
    wanted = {name for file in checks for name in re.findall(r"-- check: (\w+)", file.read_text())}
    assert len(wanted) > 20
    assert {name for name in wanted if f"| `{name}` |" not in pages["tables"]} == set()


def test_every_metric_and_every_kind_of_alarm_is_told(pages: dict[str, str]) -> None:
    assert [one.name for one in METRICS if f"| `{one.name}` |" not in pages["metrics"]] == []
    found = kinds("dev", Thresholds(400, 100))
    assert len(found) > 20
    assert [kind for kind in found if f"runbooks/alarms/{kind}.md" not in pages["alarms"]] == []


def test_every_setting_of_an_environment_is_told(pages: dict[str, str]) -> None:
    prod = environments()["prod"]
    assert [one for one in vars(prod) if one != "name" and f"| `{one}` |" not in
            pages["settings"]] == []  # fmt: skip


def test_a_variable_that_nobody_describes_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    known = dict(settings.VARIABLES)
    del known["RLM_SEED"]
    known["RLM_GONE"] = settings.Variable("was once")
    monkeypatch.setattr(settings, "VARIABLES", known)
    refusal = r"nothing is said of \['RLM_SEED'\]; nothing reads \['RLM_GONE'\]"
    with pytest.raises(ValueError, match=refusal):
        settings.settings_page()


def test_cells_do_not_break_their_table() -> None:
    assert (
        table(["a", "b"], [["x | y", "two\nlines"]]).splitlines()[-1] == "| x \\| y | two lines |"
    )
    assert table(["a"], []) == ""


def test_sentences_and_durations_read_well() -> None:
    assert sentences("One: two. Three\n(Ding et al. 2005). Four") == (
        "One: two.\nThree (Ding et al. 2005).\nFour"
    )
    assert [duration(one) for one in (45, 60, 7200, 86400, 172800)] == [
        "45 s", "1 min", "2 h", "1 day", "2 days"
    ]  # fmt: skip
