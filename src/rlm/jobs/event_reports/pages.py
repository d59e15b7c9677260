"""The pages: HTML that needs nothing but itself, drawn from a document or from the index."""

from __future__ import annotations

from functools import cache
from importlib import resources
from itertools import groupby
from typing import TYPE_CHECKING, Final

from jinja2 import DictLoader, Environment, StrictUndefined, select_autoescape
from markupsafe import Markup

from rlm.jobs.event_reports import charts, wording
from rlm.jobs.event_reports.milestones import TITLES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rlm.jobs.event_reports.document import Document
    from rlm.jobs.event_reports.milestones import Published

# Why there is no comparison, in words that stand for themselves.
MISSING: Final = {
    "no_capacity": "the capacity is not known",
    "too_few_comparable_events": "too few comparable events",
    "comparable_events_sold_nothing": "comparable events had sold nothing yet",
    "not_on_sale": "not on sale yet",
    "cancelled": "the event is cancelled",
    "over": "the event is over",
}


def report_page(found: Document) -> bytes:
    """The report's page."""
    sell_through = found["figures"]["sell_through"] or 0.0
    build_up, per_day = charts.build_up(found), charts.per_day(found)
    page = (
        _environment()
        .get_template("report.html")
        .render(
            **found,
            titles=TITLES,
            missing=MISSING,
            gauge=round(min(max(sell_through * 100, 0.0), 100.0), 1),
            build_up=Markup(build_up) if build_up else None,  # noqa: S704 - Vega's own escaping
            per_day=Markup(per_day) if per_day else None,  # noqa: S704
            is_weekly=bool(per_day and "per week" in per_day),
            style=_style(),
        )
    )
    return page.encode()


def index_page(rows: Iterable[Published]) -> bytes:
    """All reports by month, the latest first, with a search that needs no server."""
    ordered = sorted(rows, key=lambda row: (row.name, row.event_id))
    ordered.sort(key=lambda row: row.starts_on, reverse=True)
    months = [(key, list(part)) for key, part in groupby(ordered, lambda row: row.starts_on[:7])]
    page = (
        _environment()
        .get_template("index.html")
        .render(months=months, count=len(ordered), titles=TITLES, style=_style())
    )
    return page.encode()


@cache
def _environment() -> Environment:
    folder = resources.files("rlm.jobs.event_reports") / "templates"
    texts = {
        file.name: file.read_text(encoding="utf-8")
        for file in folder.iterdir()
        if file.name.endswith(".html")
    }
    # Names come from outside: everything is escaped, and a name that is missing is an error.
    made = Environment(
        loader=DictLoader(texts), autoescape=select_autoescape(["html"]), undefined=StrictUndefined
    )
    made.filters |= {
        "day": wording.day,
        "short_day": wording.short_day,
        "weekday": wording.weekday,
        "month": wording.month,
        "money": wording.money,
        "number": wording.number,
        "percent": wording.percent,
        "label": wording.label,
    }
    return made


@cache
def _style() -> Markup:
    folder = resources.files("rlm.jobs.event_reports") / "templates"
    return Markup((folder / "style.css").read_text(encoding="utf-8"))  # noqa: S704 - our own file
