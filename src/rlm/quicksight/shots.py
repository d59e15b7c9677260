"""Pictures of sheets: the page in Debian's Chromium, still and complete, as PNG files."""

from __future__ import annotations

import contextlib
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import Error, sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
BROWSER_OF_MACOS = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
# Nothing that asks the network, and nothing that differs from one machine to the next.
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-lcd-text",
    "--font-render-hinting=none",
    "--force-color-profile=srgb",
    "--hide-scrollbars",
    # Every pixel is drawn in one go, by one thread: corners come out the same each time.
    "--disable-partial-raster",
    "--num-raster-threads=1",
    "--disable-checker-imaging",
    "--disable-threaded-animation",
    "--disable-threaded-scrolling",
    "--disable-new-content-rendering-timeout",
    "--run-all-compositor-stages-before-draw",
)
WIDTH = 1600
FIRST_HEIGHT = 900
# Chromium draws no taller picture in one piece.
TALLEST = 16_000
READY = 'html[data-ready="true"]'
TIMEOUT_SECONDS = 60.0


class ShotError(RuntimeError):
    """No picture could be taken; the text says what the page says, or what is not installed."""


@dataclass(frozen=True)
class Shot:
    """A picture that was taken."""

    png: bytes
    width: int
    height: int
    trouble: tuple[str, ...] = ()
    """What the browser's console said."""


def chromium() -> Path:
    """The browser's program. Raises ShotError where there is none."""
    for name in BROWSERS:
        found = shutil.which(name)
        if found:
            return Path(found)
    if BROWSER_OF_MACOS.exists():
        return BROWSER_OF_MACOS
    raise ShotError("no Chromium is installed; `make setup ENVS=browser` installs it on Debian")


@contextlib.contextmanager
def browser() -> Iterator[Browser]:
    """A browser for several pictures, closed after the block."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=str(chromium()), args=list(ARGUMENTS))
        try:
            yield started
        finally:
            started.close()


def shoot(url: str, path: Path, width: int = WIDTH, *, within: Browser | None = None) -> Shot:
    """Write the whole sheet at the address as a PNG, in a browser of its own; see `taken`."""
    with contextlib.nullcontext(within) if within else browser() as started:
        shot = taken(url, started, width)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(shot.png)
    return shot


def taken(url: str, within: Browser, width: int = WIDTH) -> Shot:
    """The whole sheet at the address; the same rows give the same bytes.

    Waits until every visual is drawn. Raises ShotError where the page shows an error or is not
    ready in time.
    """
    context = within.new_context(
        viewport={"width": width, "height": FIRST_HEIGHT},
        device_scale_factor=1,
        locale="en-US",
        timezone_id="UTC",
        color_scheme="light",
        reduced_motion="reduce",
    )
    try:
        return _taken(context.new_page(), url, width)
    except Error as problem:
        raise ShotError(f"{url}: {problem.message.splitlines()[0]}") from problem
    finally:
        context.close()


def still(url: str) -> str:
    """The address of the sheet without what only a reader needs."""
    address, mark, choices = url.partition("#")
    return f"{address}{'&' if '?' in address else '?'}shot=1{mark}{choices}"


def _taken(page: Page, url: str, width: int) -> Shot:
    trouble: list[str] = []
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.on("console", lambda said: trouble.append(said.text) if said.type == "error" else None)
    page.goto(still(url))
    page.wait_for_selector(READY, state="attached", timeout=TIMEOUT_SECONDS * 1000)
    said = page.locator("#trouble").inner_text()
    if said:
        raise ShotError(f"{url} shows an error: {said}")
    height = int(page.evaluate("() => document.documentElement.scrollHeight"))
    height = max(1, min(height, TALLEST))
    page.set_viewport_size({"width": width, "height": height})
    page.evaluate("() => document.activeElement && document.activeElement.blur()")
    page.wait_for_selector(READY, state="attached", timeout=TIMEOUT_SECONDS * 1000)
    png = page.screenshot(animations="disabled", caret="hide")
    return Shot(png, width, height, tuple(trouble))
