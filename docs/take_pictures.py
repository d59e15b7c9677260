"""Pictures of a platform that runs, for the README: `make pictures`.

Takes Airflow's DAGs, a sheet of each dashboard and the API's page, each as a person sees it, into
docs/images.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

ROOT: Final = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "infra/platform")]

from bringup.ports import AIRFLOW, AWS, DASHBOARDS  # noqa: E402
from rlm.quicksight.shots import browser  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Browser, Page

IMAGES: Final = ROOT / "docs/images"
WIDTH: Final = 1440
# A sheet is taller than a page of a README should be: its upper part says what it is.
HEIGHT: Final = 900
WAIT_MILLISECONDS: Final = 60_000


def main() -> int:
    ports = {one: one.number(os.environ) for one in (AIRFLOW, AWS, DASHBOARDS)}
    airflow = f"http://127.0.0.1:{ports[AIRFLOW]}"
    boards = f"http://127.0.0.1:{ports[DASHBOARDS]}/dashboards"
    api = f"http://127.0.0.1:{ports[AWS]}/docs/try.html"
    with browser() as started:
        _take(started, "airflow-dags", f"{airflow}/dags", _airflow_is_there)
        for name in ("ticket-sales", "event-performance", "artist-popularity"):
            _take(started, name, f"{boards}/rlm-dev-{name}?shot=1", _sheet_is_there)
        _take(started, "api", api, _answer_is_there)
    return 0


def _take(started: Browser, name: str, url: str, wait: Callable[[Page], None]) -> None:
    context = started.new_context(
        viewport={"width": WIDTH, "height": HEIGHT},
        device_scale_factor=1,
        locale="en-GB",
        timezone_id="UTC",
        color_scheme="light",
        reduced_motion="reduce",
    )
    try:
        page = context.new_page()
        page.set_default_timeout(WAIT_MILLISECONDS)
        page.goto(url)
        wait(page)
        file = IMAGES / f"{name}.png"
        page.screenshot(path=file, animations="disabled", caret="hide")
        sys.stdout.write(f"{file.relative_to(ROOT)}: {file.stat().st_size / 1000:,.0f} kB\n")
    finally:
        context.close()


def _airflow_is_there(page: Page) -> None:
    page.get_by_text("train_recommender").first.wait_for()
    # All DAGs at one look.
    page.get_by_label("Show table view").click()
    page.wait_for_load_state("networkidle")


def _sheet_is_there(page: Page) -> None:
    page.wait_for_selector('html[data-ready="true"]', state="attached")


def _answer_is_there(page: Page) -> None:
    # Where it cannot ask it says `failed`, and there is no picture of that.
    page.wait_for_selector('body[data-state="ready"]', state="attached")


if __name__ == "__main__":
    sys.exit(main())
