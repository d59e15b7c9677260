"""The dashboard of CloudWatch, drawn from the catalog: a graph a kind of alarm, with its threshold.

Pure: `${AWS::Region}` and the like stand where only a deployment knows more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from rlm import names
from rlm.monitoring import metrics

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rlm.monitoring.alarm import Alarm, PageAlarm

_REGION: Final = "${AWS::Region}"
_ARN: Final = "arn:${AWS::Partition}:cloudwatch:${AWS::Region}:${AWS::AccountId}:alarm:"
_ACROSS: Final = 3
_WIDTH: Final = 8
_HEIGHT: Final = 6
# Of one widget of alarms' states.
_MOST_ALARMS: Final = 100

SECTIONS: Final = {
    "api": "The API",
    "recommender": "The recommender's endpoint",
    "model": "The live model",
    "pipeline": "The pipeline",
    "tables": "The serving tables",
}


def dashboard_body(env: str, alarms: Sequence[Alarm], pages: Sequence[PageAlarm]) -> dict[str, Any]:
    """What PutDashboard takes: states of all alarms on top, then a section a group."""
    rows = _Rows()
    rows.add_row(2, [(24, _text(_heading(env)))])
    rows.add_row(3, [(24, _states("What wakes people", [page.name for page in pages]))])
    rows.add_row(6, [(24, _states("All alarms", [alarm.name for alarm in alarms]))])
    for group, title in SECTIONS.items():
        rows.add_row(1, [(24, _text(f"## {title}"))])
        kinds = dict.fromkeys(alarm.kind for alarm in alarms if alarm.group == group)
        graphs = [_graph_of([one for one in alarms if one.kind == kind]) for kind in kinds]
        rows.add_graphs([*graphs, *_more(env, group)])
    return {"widgets": rows.widgets}


class _Rows:
    """Widgets from the top to the bottom; the dashboard is 24 wide."""

    def __init__(self) -> None:
        self.widgets: list[dict[str, Any]] = []
        self._top = 0

    def add_row(self, height: int, widgets: Iterable[tuple[int, dict[str, Any]]]) -> None:
        left = 0
        for width, widget in widgets:
            place = {"x": left, "y": self._top, "width": width, "height": height}
            self.widgets.append({**place, **widget})
            left += width
        self._top += height

    def add_graphs(self, graphs: Sequence[dict[str, Any]]) -> None:
        for start in range(0, len(graphs), _ACROSS):
            row = graphs[start : start + _ACROSS]
            self.add_row(_HEIGHT, [(_WIDTH, graph) for graph in row])


def _heading(env: str) -> str:
    return (
        f"# {names.monitoring_dashboard(env)}\n"
        "A page of help for each alarm is named at the end of its description."
    )


def _text(markdown: str) -> dict[str, Any]:
    return {"type": "text", "properties": {"markdown": markdown}}


def _states(title: str, alarm_names: Sequence[str]) -> dict[str, Any]:
    arns = [f"{_ARN}{name}" for name in alarm_names[:_MOST_ALARMS]]
    return {"type": "alarm", "properties": {"title": title, "alarms": arns}}


def _graph_of(alarms: Sequence[Alarm]) -> dict[str, Any]:
    """Alarms of one kind differ by what they look at, not by how."""
    first = alarms[0]
    drawn = [line for number, alarm in enumerate(alarms) for line in _lines(alarm, number)]
    return _graph(
        first.kind,
        drawn,
        first.readings[0].statistic,
        first.period_seconds,
        threshold=first.threshold,
    )


def _lines(alarm: Alarm, number: int) -> list[list[Any]]:
    """One line of the graph: a metric, or the sum of several that are not drawn themselves."""
    lines: list[list[Any]] = []
    ids = [f"m{number}_{place}" for place in range(len(alarm.readings))]
    is_sum = len(ids) > 1
    for name, read in zip(ids, alarm.readings, strict=True):
        by = [part for pair in read.by for part in pair]
        options: dict[str, Any] = {"id": name, "label": alarm.name}
        if is_sum:
            options["visible"] = False
        lines.append([read.metric.namespace, read.metric.name, *by, options])
    if is_sum:
        expression = {"expression": f"SUM([{', '.join(ids)}])", "label": alarm.name}
        lines.append([{**expression, "id": f"sum{number}"}])
    return lines


def _more(env: str, group: str) -> list[dict[str, Any]]:
    """What no alarm is about, and who looks into one wants to see."""
    if group == "api":
        stage = ["ApiName", names.rest_api(env), "Stage", names.API_STAGE]
        requests = metrics.API_REQUESTS
        return [_graph("requests", [[requests.namespace, requests.name, *stage]], "Sum", 60)]
    if group == "recommender":
        by = ["environment", env, "service", "RecommendArtist"]
        lines = [[one.namespace, one.name, *by] for one in metrics.ANSWERS_BY.values()]
        return [_graph("who made the recommendations", lines, "Sum", 60)]
    if group == "model":
        rates = (metrics.HIT_RATE, metrics.POPULARITY_HIT_RATE)
        lines = [[one.namespace, one.name, "environment", env] for one in rates]
        return [_graph("hit rates", lines, "Average", 86_400)]
    if group == "pipeline":
        return [
            _by_source(env, "rows delivered", metrics.ROWS_IN),
            _by_source(env, "rows loaded", metrics.ROWS_LOADED),
            _by_source(env, "rows in quarantine", metrics.ROWS_QUARANTINED),
        ]
    return []


def _by_source(env: str, title: str, metric: metrics.Metric) -> dict[str, Any]:
    lines = [
        [metric.namespace, metric.name, "environment", env, "source", source]
        for source in names.SOURCES
    ]
    return _graph(title, lines, "Sum", 86_400)


def _graph(
    title: str,
    lines: Sequence[Sequence[Any]],
    statistic: str,
    period_seconds: int,
    threshold: float | None = None,
) -> dict[str, Any]:
    properties: dict[str, Any] = {
        "title": title,
        "view": "timeSeries",
        "region": _REGION,
        "stat": statistic,
        "period": period_seconds,
        "metrics": [list(line) for line in lines],
    }
    if threshold is not None:
        mark = {"label": "alarm", "value": threshold}
        properties["annotations"] = {"horizontal": [mark]}
    return {"type": "metric", "properties": properties}
