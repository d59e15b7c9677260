"""A comparison of dashboards as one HTML page that needs nothing beside it."""

from __future__ import annotations

import base64
from html import escape
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from rlm.dashboards.diff import DashboardDiff, SheetDiff

_STYLE: Final = """
:root { color-scheme: light dark; --line: #d8dee6; --soft: #f4f6f9; --text: #1b2430;
  --quiet: #596675; --add: #1d7f54; --cut: #c62f37; --page: #fff; }
@media (prefers-color-scheme: dark) { :root { --line: #36404d; --soft: #1c2430;
  --text: #eef2f7; --quiet: #a4b0bf; --add: #56c596; --cut: #ff8088; --page: #131922; } }
body { margin: 0 auto; max-width: 1800px; padding: 24px; color: var(--text);
  background: var(--page); font: 15px/1.5 system-ui, "Liberation Sans", sans-serif; }
h1 { font-size: 22px; } h2 { font-size: 19px; margin-top: 40px; } h3 { font-size: 16px; }
nav a { margin-right: 16px; } .quiet { color: var(--quiet); }
.badge { border: 1px solid var(--line); border-radius: 10px; padding: 1px 9px; font-size: 12px;
  margin-left: 8px; color: var(--quiet); }
.changed, .added { color: var(--add); } .removed { color: var(--cut); }
.sides { display: grid; gap: 16px; grid-template-columns: repeat(auto-fit, minmax(420px, 1fr)); }
figure { margin: 0; } figcaption { color: var(--quiet); font-size: 13px; margin-bottom: 4px; }
img { width: 100%; border: 1px solid var(--line); border-radius: 4px; display: block; }
.none { border: 1px dashed var(--line); border-radius: 4px; padding: 48px; text-align: center; }
pre { background: var(--soft); border-radius: 6px; padding: 12px; overflow-x: auto;
  font: 13px/1.5 ui-monospace, "Liberation Mono", monospace; }
pre b { font-weight: normal; color: var(--add); }
pre s { text-decoration: none; color: var(--cut); }
pre i { color: var(--quiet); }
"""


def diff_page(
    diffs: Sequence[DashboardDiff], sides: tuple[str, str], texts: Mapping[str, str]
) -> str:
    """`sides` say what is compared; `texts` are diffs of other files by their names."""
    return "".join(_page(diffs, sides, texts))


def _page(
    diffs: Sequence[DashboardDiff], sides: tuple[str, str], texts: Mapping[str, str]
) -> Iterator[str]:
    yield '<!doctype html><html lang="en"><head><meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width">'
    yield f"<title>Dashboards: {escape(sides[1])}</title><style>{_STYLE}</style></head><body>"
    yield f"<h1>Dashboards: {escape(sides[0])} and {escape(sides[1])}</h1><nav>"
    for one in diffs:
        yield f'<a href="#{escape(one.name)}">{escape(one.name)}</a>'
    if texts:
        yield '<a href="#files">Data sets, themes and other files</a>'
    yield "</nav>"
    if not diffs and not texts:
        yield "<p>Nothing differs.</p>"
    for one in diffs:
        yield from _dashboard(one, sides)
    if texts:
        yield '<section id="files"><h2>Data sets, themes and other files</h2>'
        for file, text in sorted(texts.items()):
            yield f"<h3>{escape(file)}</h3>{_text(text)}"
        yield "</section>"
    yield "</body></html>\n"


def _dashboard(one: DashboardDiff, sides: tuple[str, str]) -> Iterator[str]:
    yield f'<section id="{escape(one.name)}"><h2>{escape(one.name)}{_badge(one.verdict)}</h2>'
    seen = [sheet for sheet in one.sheets if sheet.verdict != "same"]
    same = [sheet.name for sheet in one.sheets if sheet.verdict == "same"]
    for sheet in seen:
        yield from _sheet(sheet, sides)
    if same:
        names = ", ".join(escape(name) for name in same)
        yield f'<p class="quiet">Look the same: {names}.</p>'
    if one.text:
        yield f"<h3>What reads differently</h3>{_text(one.text)}"
    yield "</section>"


def _sheet(sheet: SheetDiff, sides: tuple[str, str]) -> Iterator[str]:
    share = ""
    if sheet.comparison:
        percent = 100 * sheet.comparison.changed / sheet.comparison.pixels
        share = f'<span class="quiet"> {percent:.2f} % of its pixels</span>'
    yield f"<h3>{escape(sheet.name)}{_badge(sheet.verdict)}{share}</h3>"
    yield '<div class="sides">'
    for label, picture in zip(sides, (sheet.before, sheet.after), strict=True):
        yield _figure(label, sheet.name, picture.png if picture else None)
    if sheet.comparison:
        yield _figure("what changed, in red", sheet.name, sheet.comparison.marked)
    yield "</div>"


def _figure(label: str, name: str, png: bytes | None) -> str:
    told = f"<figcaption>{escape(label)}</figcaption>"
    if png is None:
        return f'<figure>{told}<div class="none quiet">no such sheet</div></figure>'
    address = f"data:image/png;base64,{base64.b64encode(png).decode()}"
    alt = escape(f"{name}, {label}", quote=True)
    return f'<figure>{told}<img alt="{alt}" src="{address}"></figure>'


def _badge(verdict: str) -> str:
    return f'<span class="badge {escape(verdict)}">{escape(verdict)}</span>'


def _text(diff: str) -> str:
    lines = []
    for line in diff.splitlines():
        tag = {"+": "b", "-": "s", "@": "i"}.get(line[:1])
        told = escape(line)
        lines.append(f"<{tag}>{told}</{tag}>" if tag else told)
    return "<pre>" + "\n".join(lines) + "</pre>"
