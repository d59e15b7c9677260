"""Draws data-way.svg, the way of the data: `python docs/images/draw_data_way.py`."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Final

FILE: Final = Path(__file__).with_name("data-way.svg")
WIDTH, HEIGHT = 1240, 684
ROW: Final = 58

# Each box: left, top, width, height, kind, title, line below it.
BOXES: Final = {
    "airflow": (20, 16, 1200, 48, "watch", "Airflow (MWAA)",
                "DAGs schedule, wait, verify and report; assets start one another"),
    "sources": (20, 236, 150, 132, "outside", "Sources",
                "artists, venues, events,|ticket sales, listens,|popularity, pictures"),
    "landing": (210, 262, 130, 80, "store", "landing", "S3, a folder a|source and day"),
    "clean": (380, 262, 140, 80, "job", "clean_sources", "Glue, Spark:|contracts, merge"),
    "silver": (560, 262, 130, 80, "store", "silver", "Iceberg,|one table a source"),
    "quarantine": (380, 390, 140, 64, "store", "quarantine", "rule, file and line"),
    "images": (210, 390, 130, 64, "job", "artist images", "scaled, profiled"),
    "marts": (560, 390, 130, 80, "job", "build_marts", "Glue, Spark: write,|audit, publish"),
    "gold": (560, 512, 130, 80, "store", "gold", "Iceberg,|one table a mart"),
    "athena": (738, 96, 170, ROW, "job", "Athena", "SQL over the lake"),
    "refresh": (738, 184, 170, ROW, "job", "refresh_dashboards", "deploy, copy, count"),
    "load": (738, 272, 170, ROW, "job", "load_serving_tables", "what changed"),
    "train": (738, 376, 170, ROW, "job", "train_recommender", "judge, then roll out"),
    "monitor": (738, 464, 170, ROW, "job", "monitor_model", "what fans did after"),
    "reports": (738, 552, 170, ROW, "job", "publish_event_reports", "at milestones"),
    "quicksight": (940, 184, 126, ROW, "store", "QuickSight", "rows in SPICE"),
    "dynamodb": (940, 272, 126, ROW, "store", "DynamoDB", "serving tables"),
    "endpoint": (940, 376, 126, ROW, "job", "SageMaker", "live endpoint"),
    "pages": (940, 552, 126, ROW, "store", "event reports", "S3, HTML, JSON"),
    "analysts": (1100, 96, 120, ROW, "outside", "Analysts", "ask anything"),
    "bookers": (1100, 184, 120, ROW, "outside", "Bookers", "dashboards"),
    "api": (1100, 272, 120, 162, "job", "API",
            "API Gateway|and Lambda:|/recommend|/analyze|/fetch-trends"),
    "promoters": (1100, 552, 120, ROW, "outside", "Promoters", "read reports"),
    "cloudwatch": (20, 624, 1200, 44, "watch", "CloudWatch",
                   "logs, metrics and alarms of all of it; one page a cause, tickets for the rest"),
}  # fmt: skip

# From a side of one box to a side of another: r, l, t, b.
ARROWS: Final = (
    ("sources", "r", "landing", "l"),
    ("landing", "r", "clean", "l"),
    ("clean", "r", "silver", "l"),
    ("clean", "b", "quarantine", "t"),
    ("landing", "b", "images", "t"),
    ("silver", "b", "marts", "t"),
    ("marts", "b", "gold", "t"),
    ("athena", "r", "analysts", "l"),
    ("refresh", "r", "quicksight", "l"),
    ("quicksight", "r", "bookers", "l"),
    ("load", "r", "dynamodb", "l"),
    ("train", "r", "endpoint", "l"),
    ("reports", "r", "pages", "l"),
    ("pages", "r", "promoters", "l"),
)
# Straight pieces by hand: where a trunk branches, and what ends in the tall box of the API.
LINES: Final = (
    "M690 552 H715", "M715 125 V581",
    "M715 125 H734", "M715 213 H734", "M715 301 H734", "M715 405 H734", "M715 493 H734",
    "M715 581 H734", "M1066 301 H1096", "M1066 405 H1096", "M1003 434 V493 H912",
    "M823 464 V438",
)  # fmt: skip
STYLE: Final = """
  text { font: 13px system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif }
  .title { font-weight: 600; fill: #1c2733 } .below { font-size: 11.5px; fill: #55606d }
  .job rect { fill: #e4edfb; stroke: #3a6fc4 } .store rect { fill: #e3f3ef; stroke: #22977f }
  .outside rect { fill: #fff; stroke: #8b95a1; stroke-dasharray: 4 3 }
  .watch rect { fill: #f1f3f6; stroke: #b8c1cb }
  path { stroke: #6b7683; fill: none; stroke-width: 1.5 }
  marker path { fill: #6b7683; stroke: none }
  @media (prefers-color-scheme: dark) {
    .title { fill: #e8edf3 } .below { fill: #a9b4c0 }
    .job rect { fill: #1b2c47; stroke: #6f9be6 } .store rect { fill: #14322c; stroke: #4cc3a8 }
    .outside rect { fill: #161b22; stroke: #7d8792 } .watch rect { fill: #21262d; stroke: #57606a }
    path { stroke: #9aa5b1 } marker path { fill: #9aa5b1 }
  }
"""


def drawing() -> str:
    """The whole picture; it is readable on light and dark pages."""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"'
        ' aria-labelledby="title">',
        '<title id="title">From source files over silver and gold tables to dashboards, API, '
        "recommendations and reports</title>",
        f"<style>{STYLE}</style>",
        '<defs><marker id="end" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" '
        'markerHeight="7" orient="auto"><path d="M0 0 L8 4 L0 8 z"/></marker></defs>',
    ]
    for start, side, end, other in ARROWS:
        (x, y), (to_x, to_y) = _at(start, side), _at(end, other, gap=4)
        parts.append(f'<path d="M{x:g} {y:g} L{to_x:g} {to_y:g}" marker-end="url(#end)"/>')
    for line in LINES:
        ends = ' marker-end="url(#end)"' if line.split()[-1] in _ENDS else ""
        parts.append(f'<path d="{line}"{ends}/>')
    parts += [_box(*box) for box in BOXES.values()]
    return "\n".join([*parts, "</svg>"]) + "\n"


_ENDS: Final = frozenset(("H734", "H1096", "H912", "V438"))


def _at(name: str, side: str, gap: float = 0) -> tuple[float, float]:
    left, top, width, height = BOXES[name][:4]
    return {
        "l": (left - gap, top + height / 2),
        "r": (left + width + gap, top + height / 2),
        "t": (left + width / 2, top - gap),
        "b": (left + width / 2, top + height + gap),
    }[side]


def _box(
    left: int, top: int, width: int, height: int, kind: str, title: str, below: str
) -> str:  # fmt: skip
    lines = below.split("|")
    middle = left + width / 2
    first = top + height / 2 - 8 * len(lines) + 4
    texts = [f'<text class="title" x="{middle:g}" y="{first:g}">{escape(title)}</text>']
    texts += [
        f'<text class="below" x="{middle:g}" y="{first + 17 + 15 * nth:g}">{escape(line)}</text>'
        for nth, line in enumerate(lines)
    ]
    rect = f'<rect x="{left}" y="{top}" width="{width}" height="{height}" rx="6"/>'
    return f'<g class="{kind}" text-anchor="middle">{rect}{"".join(texts)}</g>'


if __name__ == "__main__":
    FILE.write_text(drawing(), encoding="utf-8")
