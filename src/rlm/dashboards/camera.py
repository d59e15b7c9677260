"""Pictures of sheets, taken by a headless browser; and where two pictures differ."""

from __future__ import annotations

import base64
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from rlm.quicksight.shots import WIDTH, browser, taken

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from playwright.sync_api import Browser

    from rlm.quicksight.server.running import Running


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

    def __init__(self, browser: Browser) -> None:
        self._browser = browser

    def sheets(
        self, page: Running, dashboard_id: str, sheets: Sequence[tuple[str, str]], user: str = "",
        width: int = WIDTH,
    ) -> Iterator[Picture]:  # fmt: skip
        """A picture of each sheet, by id and name. Raises ShotError."""
        query = f"?{urlencode({'user': user})}" if user else ""
        for sheet_id, name in sheets:
            shot = taken(page.sheet(dashboard_id, sheet_id) + query, self._browser, width)
            yield Picture(sheet_id, name, shot.png)

    def compare(self, before: bytes, after: bytes) -> Comparison:
        """Pixel by pixel."""
        tab = self._browser.new_page()
        try:
            found = tab.evaluate(_COMPARE, [_text(before), _text(after)])
        finally:
            tab.close()
        marked = base64.b64decode(found["marked"].partition(",")[2])
        return Comparison(int(found["changed"]), int(found["pixels"]), marked)


@contextmanager
def camera() -> Iterator[Camera]:
    """A browser while the block runs. Raises ShotError where there is none."""
    with browser() as started:
        yield Camera(started)


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
