"""Pictures of sheets, taken by a headless browser; and where two pictures differ."""

from __future__ import annotations

import base64
import os
import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlencode

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rlm.quicksight.server.running import Running

WIDTH: Final = 1600
_HEIGHT: Final = 900
_TIMEOUT_MILLISECONDS: Final = 60_000
_BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome")
# A root user has no sandbox; the others keep the browser from asking the network for anything.
_ARGUMENTS: Final = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--force-color-profile=srgb", "--font-render-hinting=none", "--hide-scrollbars"),
)


class NoBrowserError(RuntimeError):
    """There is no browser that could take pictures."""


class PictureError(RuntimeError):
    """The page did not draw the sheet; the message is the page's."""


@dataclass(frozen=True)
class Picture:
    """One sheet as it is drawn."""

    sheet_id: str
    name: str
    png: bytes


@dataclass(frozen=True)
class Comparison:
    """Where two pictures differ."""

    changed: int
    """Pixels."""
    pixels: int
    """Of the larger picture."""
    marked: bytes
    """PNG: the picture after, pale, with what changed in red."""

    @property
    def is_same(self) -> bool:
        return self.changed == 0


class Camera:
    """One browser; pictures of the same sheet are the same bytes."""

    def __init__(self, browser: Any) -> None:
        self._browser = browser

    def sheets(
        self, page: Running, dashboard_id: str, sheets: Sequence[tuple[str, str]], user: str = "",
        width: int = WIDTH,
    ) -> Iterator[Picture]:  # fmt: skip
        """A picture of each sheet, by id and name."""
        query = urlencode({"shot": "1", **({"user": user} if user else {})})
        for sheet_id, name in sheets:
            path = f"{quote(dashboard_id, safe='')}/sheets/{quote(sheet_id, safe='')}"
            yield Picture(
                sheet_id, name, self._take(f"{page.url}/dashboards/{path}?{query}", width)
            )

    def compare(self, before: bytes, after: bytes) -> Comparison:
        """Pixel by pixel."""
        tab = self._browser.new_page()
        try:
            found = tab.evaluate(_COMPARE, [_text(before), _text(after)])
        finally:
            tab.close()
        marked = base64.b64decode(found["marked"].partition(",")[2])
        return Comparison(int(found["changed"]), int(found["pixels"]), marked)

    def _take(self, url: str, width: int) -> bytes:
        context = self._browser.new_context(
            viewport={"width": width, "height": _HEIGHT},
            device_scale_factor=1,
            locale="en-US",
            timezone_id="UTC",
            color_scheme="light",
            reduced_motion="reduce",
        )
        try:
            tab = context.new_page()
            tab.set_default_timeout(_TIMEOUT_MILLISECONDS)
            errors: list[str] = []
            tab.on("pageerror", lambda error: errors.append(str(error)))
            tab.goto(url)
            # No function: the page's own policy lets nobody evaluate text.
            tab.wait_for_selector("html[data-ready=true]", state="attached")
            trouble = tab.locator("#trouble:visible")
            trouble = trouble.text_content() if trouble.count() else ""
            if trouble or errors:
                raise PictureError(f"{url}: {trouble or errors[0]}")
            png: bytes = tab.screenshot(full_page=True, animations="disabled")
            return png
        finally:
            context.close()


@contextmanager
def camera() -> Iterator[Camera]:
    """A browser while the block runs; raises NoBrowserError where there is none."""
    from playwright.sync_api import sync_playwright

    program = os.environ.get("RLM_CHROMIUM") or next(filter(None, map(shutil.which, _BROWSERS)), "")
    if not program:
        raise NoBrowserError(
            f"none of {', '.join(_BROWSERS)} is installed: `apt-get install chromium`, or name one"
            " in RLM_CHROMIUM"
        )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(_ARGUMENTS))
        try:
            yield Camera(browser)
        finally:
            browser.close()


def _text(png: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"


_COMPARE: Final = """
async ([before, after]) => {
  const load = async (address) => {
    const image = new Image();
    image.src = address;
    await image.decode();
    return image;
  };
  const images = [await load(before), await load(after)];
  const width = Math.max(...images.map((one) => one.width));
  const height = Math.max(...images.map((one) => one.height));
  const canvas = () => {
    const one = document.createElement("canvas");
    one.width = width;
    one.height = height;
    return one;
  };
  const [was, is] = images.map((image) => {
    const context = canvas().getContext("2d", { willReadFrequently: true });
    context.drawImage(image, 0, 0);
    return context.getImageData(0, 0, width, height).data;
  });
  const target = canvas();
  const context = target.getContext("2d");
  const marked = context.createImageData(width, height);
  let changed = 0;
  for (let at = 0; at < was.length; at += 4) {
    const isSame = was[at] === is[at] && was[at + 1] === is[at + 1]
      && was[at + 2] === is[at + 2] && was[at + 3] === is[at + 3];
    if (isSame) {
      const light = is[at] * 0.3 + is[at + 1] * 0.59 + is[at + 2] * 0.11;
      const grey = 200 + Math.round((light * 55) / 255);
      marked.data.set([grey, grey, grey, 255], at);
    } else {
      changed += 1;
      marked.data.set([214, 32, 60, 255], at);
    }
  }
  context.putImageData(marked, 0, 0);
  return { changed, pixels: width * height, marked: target.toDataURL("image/png") };
}
"""
