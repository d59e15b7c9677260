"""The report as a page that needs nothing but itself."""

from __future__ import annotations

from html import escape
from statistics import median
from typing import TYPE_CHECKING, Any

from .plan import SERVERS
from .timeline import timeline

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_STYLE = """
:root{--ground:#fff;--ink:#1b1f24;--soft:#667079;--line:#e3e6e9;--good:#2f7d4f;--bad:#c0392b;
--kill:#c0562b;--freeze:#5b7fc7;--disk:#8a5bb5;--delivery:#3b8f86;--call:#b9942b;--alarm:#c0392b}
@media (prefers-color-scheme:dark){:root{--ground:#15181c;--ink:#e6e8ea;--soft:#98a1a9;
--line:#2b3036;--good:#63b985;--bad:#e8705f;--kill:#e08a5f;--freeze:#8aa8e6;--disk:#b48ddb;
--delivery:#6dbdb4;--call:#d8b95a;--alarm:#e8705f}}
body{background:var(--ground);color:var(--ink);font:15px/1.5 system-ui,sans-serif;
max-width:1100px;margin:0 auto;padding:2.5rem 1.5rem 5rem}
h1{font-size:1.9rem;line-height:1.2;margin:0 0 .3rem;font-weight:650}
h2{font-size:1.15rem;margin:2.8rem 0 .6rem;font-weight:600}
p{max-width:46rem}.soft,.count,.at{color:var(--soft)}.good{color:var(--good)}.bad{color:var(--bad)}
dl{display:flex;flex-wrap:wrap;gap:1.2rem 2.6rem;margin:1.6rem 0}dt{color:var(--soft)}
dd{margin:0;font-size:1.5rem;font-weight:600;font-variant-numeric:tabular-nums}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th{position:sticky;top:0;background:var(--ground);text-align:left;font-weight:600}
th,td{padding:.3rem .8rem .3rem 0;border-bottom:1px solid var(--line);vertical-align:top}
.n{text-align:right;white-space:nowrap}td.n{width:4.5rem}pre{overflow:auto;font-size:13px}
.dot{display:inline-block;width:.6rem;height:.6rem;border-radius:50%;margin-right:.5rem}
.timeline{width:100%;height:auto;font-size:12px}.timeline text{fill:var(--ink)}
.timeline .count{text-anchor:end;fill:var(--soft)}.timeline .at{text-anchor:middle;fill:var(--soft)}
.lane{stroke:var(--line)}.tick{stroke:var(--line);stroke-dasharray:2 4}
rect.kill{fill:var(--kill)}rect.freeze{fill:var(--freeze)}rect.disk{fill:var(--disk)}
rect.delivery{fill:var(--delivery)}rect.call{fill:var(--call)}rect.alarm{fill:var(--alarm)}
rect.open{opacity:.45}line.good{stroke:var(--good);opacity:.35}line.fallback{stroke:var(--call)}
line.bad{stroke:var(--bad);stroke-width:1.5}
.table{overflow-x:auto}
"""


def page_of(report: Mapping[str, Any]) -> str:
    """HTML in light and dark, to be read in a browser or printed."""
    is_good = report["is_good"]
    title = "Nothing lost, nothing double" if is_good else "Not as it should be"
    sections = [
        f'<h1 class="{"good" if is_good else "bad"}">{title}</h1>',
        f"<p>{_summary(report)}</p>",
        _figures(report),
        "<h2>What happened</h2>",
        timeline(report, SERVERS),
        '<p class="soft">Each bar is a fault, from its beginning until all was well again; pale'
        " where that was not seen. Each line is an answer of the API: the tall ones are none,"
        " the middle ones came without the model.</p>",
        _problems(report),
        "<h2>Faults</h2>",
        _fault_table(report["faults"]),
        "<h2>What a person had to do</h2>",
        _by_hand(report),
        "<h2>Alarms</h2>",
        _alarm_table(report),
        "<h2>What was compared</h2>",
        _table(
            ("part", "rows"),
            [(escape(part), f"{rows:,}") for part, rows in report["rows_compared"].items()],
            numbers={1},
        ),
        _replaced(report),
    ]
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>Chaos: {escape(title.lower())}</title><style>{_STYLE}</style>"
        f"<body>{''.join(sections)}</body></html>\n"
    )


def _summary(report: Mapping[str, Any]) -> str:
    minutes = (report["ended_at"] - report["began_at"]) / 60
    differ = len(report["differences"])
    rows = sum(report["rows_compared"].values())
    ending = (
        f"and ended with the same {rows:,} rows, items, definitions and answers."
        if not differ
        else f"and differs in {differ} of {len(report['rows_compared'])} parts."
    )
    return (
        f"A platform that met {len(report['faults'])} faults in {minutes:.0f} minutes of work, seed"
        f" {report['seed']}, was held against one that nobody disturbed, {ending}"
    )


def _figures(report: Mapping[str, Any]) -> str:
    seconds = sorted(
        fault["recovery_seconds"]
        for fault in report["faults"]
        if fault["recovery_seconds"] is not None
    )
    answers = report["answers"]
    good = sum(0 < one["status"] < 500 for one in answers)
    figures = {
        "faults": f"{len(report['faults'])}",
        "seen to recover": f"{len(seconds)}",
        "half recovered within": f"{median(seconds):.1f} s" if seconds else "-",
        "longest": f"{seconds[-1]:.0f} s" if seconds else "-",
        "API answered": f"{100 * good / len(answers):.2f} %" if answers else "-",
        "processes restarted": f"{len(report['restarts'])}",
        "runs repeated by hand": f"{len(report['reruns'])}",
    }
    pairs = "".join(f"<div><dt>{name}</dt><dd>{told}</dd></div>" for name, told in figures.items())
    return f"<dl>{pairs}</dl>"


def _problems(report: Mapping[str, Any]) -> str:
    parts = []
    if report["problem"]:
        parts.append("<h2 class='bad'>It did not come to its end</h2>")
        parts.append(f"<pre>{escape(report['problem'])}</pre>")
    # Where no picture was taken everything would be lost.
    for difference in report["differences"] if report["rows_compared"] else []:
        lines = [f"- {row}" for row in difference["lost"][:20]]
        lines += [f"+ {row}" for row in difference["extra"][:20]]
        parts.append(
            f"<h2 class='bad'>{escape(difference['title'])}</h2>"
            f"<pre>{escape(chr(10).join(lines))}</pre>"
        )
    if report["load_problem"]:
        parts.append("<h2 class='bad'>The API was not asked to the end</h2>")
        parts.append(f"<pre>{escape(report['load_problem'])}</pre>")
    if not report["has_good_answer"]:
        parts.append("<h2 class='bad'>No request to the API was answered with 200</h2>")
    if report["unrecovered"]:
        parts.append("<h2 class='bad'>Not seen to recover</h2>")
        parts.append(f"<pre>{escape(chr(10).join(report['unrecovered']))}</pre>")
    if report["bad_answers"]:
        rows = [
            (escape(one["path"]), str(one["status"]), f"{one['seconds']:.1f} s")
            for one in report["bad_answers"]
        ]
        parts.append("<h2 class='bad'>Answers that failed while nothing was disturbed</h2>")
        parts.append(_table(("request", "status", "after"), rows))
    if report["why_no_disk"]:
        parts.append(
            f"<p class='bad'>No disk was full: {escape(report['why_no_disk'])}. Run as root on"
            " Linux to have that tried too.</p>"
        )
    return "".join(parts)


def _fault_table(faults: Sequence[Mapping[str, Any]]) -> str:
    start = min((fault["began_at"] for fault in faults), default=0.0)
    rows = []
    for fault in faults:
        seconds = fault["recovery_seconds"]
        rows.append(
            (
                _at(fault["began_at"] - start),
                f'<span class="dot" style="background:var(--{fault["kind"]})"></span>'
                + escape(fault["title"]),
                escape("; ".join(fault["noticed"])) or "-",
                escape(", ".join(fault["alarms"])) or "-",
                f"{seconds:.1f} s" if seconds is not None else "not seen",
            )
        )
    return _table(("at", "fault", "noticed", "alarm", "well after"), rows, numbers={0, 4})


def _by_hand(report: Mapping[str, Any]) -> str:
    text = (
        "<p>Dead processes were started again by a supervisor that looks every second, as a"
        " container's restart policy would."
    )
    if failed := report["failed_starts"]:
        which = ", ".join(sorted({name for _, name, _ in failed}))
        text += (
            f" {len(failed)} of these starts failed and were tried again ({escape(which)}),"
            f" the last because of: {escape(failed[-1][2])}."
        )
    text += " Tasks were tried again by Airflow"
    if hurried := report["hurried"]:
        text += f", {len(hurried)} times at once, since their pauses had grown long"
    text += "."
    if not report["reruns"]:
        return f"{text} No run had to be repeated by hand.</p>"
    rows = [(escape(dag_id), escape(run_id)) for _, dag_id, run_id in report["reruns"]]
    more = " These runs had failed for good, and their failed tasks were cleared by hand.</p>"
    return text + more + _table(("DAG", "run"), rows)


def _alarm_table(report: Mapping[str, Any]) -> str:
    on = [change for change in report["alarms"] if change["state"] == "ALARM"]
    if not on:
        return "<p>No alarm went off.</p>"
    start = min((fault["began_at"] for fault in report["faults"]), default=0.0)
    rows = [
        (_at(change["at"] - start), escape(change["name"]), escape(change["reason"]))
        for change in on
    ]
    return _table(("at", "alarm", "why"), rows, numbers={0})


def _replaced(report: Mapping[str, Any]) -> str:
    if not report["replaced"]:
        return ""
    rows = [(escape(title), escape(why)) for title, why in report["replaced"]]
    return (
        "<h2>Faults that could not be brought about</h2><p>Another took the place of each.</p>"
        + _table(("fault", "why"), rows)
    )


def _at(seconds: float) -> str:
    sign = "-" if seconds < 0 else ""
    return f"{sign}{int(abs(seconds)) // 60}:{int(abs(seconds)) % 60:02d}"


def _table(
    header: Iterable[str], rows: Iterable[Sequence[str]], numbers: set[int] | None = None
) -> str:
    """Cells are HTML already; `numbers` are the columns that stand at the right."""
    right = numbers or set()

    def cells(tag: str, row: Iterable[str]) -> str:
        return "".join(
            f'<{tag} class="n">{cell}</{tag}>' if place in right else f"<{tag}>{cell}</{tag}>"
            for place, cell in enumerate(row)
        )

    body = "".join(f"<tr>{cells('td', row)}</tr>" for row in rows)
    head = f"<thead><tr>{cells('th', header)}</tr></thead>"
    return f'<div class="table"><table>{head}<tbody>{body}</tbody></table></div>'
