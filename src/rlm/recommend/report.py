"""The report of an evaluation: one page that needs nothing but itself, stored with the model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from rlm.recommend.pictures import intervals, page_environment, stylesheet, template

if TYPE_CHECKING:
    from collections.abc import Mapping

    from markupsafe import Markup

_COLOURS: Final = {"candidate": "var(--accent)", "live": "var(--warn)", "popularity": "var(--soft)"}
_METRICS: Final = {
    "ndcg": "nDCG@20",
    "recall": "Recall@20",
    "map": "MAP@20",
    "hit_rate": "Hit rate@20",
}


def report_page(evaluation: Mapping[str, Any]) -> bytes:
    """Draw what `training.train` returns; the page says nothing that is not in it."""
    models: Mapping[str, Any] = evaluation["models"]
    page = page_environment().from_string(template("evaluation.html"))
    return page.render(
        evaluation=evaluation,
        models=models,
        metrics=_METRICS,
        segments=list(next(iter(models.values()))["segments"]),
        style=stylesheet(),
        metrics_chart=_metrics_chart(models),
        segments_chart=_segments_chart(models),
        colours=_COLOURS,
    ).encode()


def _metrics_chart(models: Mapping[str, Any]) -> Markup:
    """Every measure of every model, with its 95 % interval."""
    values = [
        {"model": model, "on": title, **found["metrics"][metric]}
        for model, found in models.items()
        for metric, title in _METRICS.items()
    ]
    return intervals(
        values, list(_METRICS.values()), "metrics", "Measures of each model", _colours(models)
    )


def _segments_chart(models: Mapping[str, Any]) -> Markup:
    """nDCG by how much was known of the fan; segments without fans are left out."""
    values = [
        {"model": model, "on": f"{segment} ({found_segment['fans']:,})", **found_segment["ndcg"]}
        for model, found in models.items()
        for segment, found_segment in found["segments"].items()
        if found_segment["fans"]
    ]
    order = list(dict.fromkeys(value["on"] for value in values))
    return intervals(values, order, "segments", "nDCG@20 by segment of fans", _colours(models))


def _colours(models: Mapping[str, Any]) -> dict[str, str]:
    return {name: _COLOURS.get(name, "var(--ink)") for name in models}
