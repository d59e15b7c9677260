"""The page of a run: what the live model was worth to fans, to be understood at a glance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from rlm.recommend.pictures import (
    WIDTH,
    intervals,
    page_environment,
    picture,
    stylesheet,
    template,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from markupsafe import Markup

_COLOURS: Final = {"model": "var(--accent)", "popularity": "var(--soft)"}
_MEASURES: Final = {
    "hit_rate_1": "hit rate@1",
    "hit_rate_3": "hit rate@3",
    "hit_rate_10": "hit rate@10",
    "reciprocal_rank": "MRR@10",
    "ndcg_10": "nDCG@10",
}
_TITLES: Final = {
    "known_fans": "Fans whom the model knows",
    "known_artists": "Artists that a fan knows",
    "place": "Where fans go out",
}
_LONGEST_LABEL: Final = 16
# What became of an answer, in the order in which it may happen.
_FATES: Final = {
    "unattended": "asked in advance or to verify a rollout: nobody saw them",
    "unreadable": "could not be read",
    "without_fan": "to somebody without an account: what they did is not known",
    "not_sampled": "of fans outside the sample",
    "repeated": "not the first of the fan's on that day",
    "kept": "read",
    "by_place": "for a place: what popularity would have shown there is not known",
    "nothing_new": "with no artist that was new to the fan",
    "joined": "joined with what the fan did afterwards",
}


def monitoring_page(found: Mapping[str, Any]) -> bytes:
    """Draw what `run.monitor` found; the page says nothing that is not in it."""
    groups = dict(_groups(found))
    page = page_environment().from_string(template("monitoring.html"))
    return page.render(
        found=found,
        groups=groups,
        measures=_MEASURES,
        titles=_TITLES,
        colours=_COLOURS,
        number=lambda count: f"{count:,}",
        fates=_fates(found),
        style=stylesheet(),
        places_chart=_places_chart(found["places"]) if found["places"] else None,
        days_chart=_hit_rates(found["days"], "days", "Hit rate by day of the answer"),
        groups_chart=_hit_rates(
            {f"{_short(name)} ({one['answers']:,})": one for name, one in groups.items()},
            "groups",
            "Hit rate by fans and models",
        ),
        drift_charts=[(one, _drift_chart(one)) for one in found["drift"] or ()]
        if found["askers"]
        else [],
    ).encode()


def _groups(found: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    yield "everybody", found["all"]
    for segment, measured in found["segments"].items():
        yield f"{segment} fans", measured
    if len(found["model_versions"]) > 1:
        yield from found["model_versions"].items()


def _short(name: str) -> str:
    """Of a version its end, which tells it from others: axes have little room."""
    return name if len(name) <= _LONGEST_LABEL else f"…{name[-_LONGEST_LABEL:]}"


def _fates(found: Mapping[str, Any]) -> list[tuple[str, int]]:
    counts = {
        **found["captured"],
        **found["left_out"],
        "joined": found["joined_answers"],
    }
    return [(text, counts[fate]) for fate, text in _FATES.items() if counts.get(fate)]


def _hit_rates(measured: Mapping[str, Any], name: str, title: str) -> Markup:
    values = [
        {"model": of, "on": on, **one[of]["hit_rate_10"]}
        for on, one in measured.items()
        for of in _COLOURS
    ]
    return intervals(values, list(measured), name, title, _COLOURS)


def _places_chart(places: list[dict[str, Any]]) -> Markup:
    """Two columns a place of the list."""
    values = [
        {"place": one["place"], "list": name, "share": one[name]}
        for one in places
        for name in _COLOURS
    ]
    spec = {
        "width": 2 * WIDTH,
        "height": 190,
        "data": {"values": values},
        "mark": {"type": "bar", "cornerRadiusEnd": 2},
        "encoding": {
            "x": {
                "field": "place",
                "type": "ordinal",
                "axis": {"title": "place in the list", "labelAngle": 0, "grid": False},
            },
            "xOffset": {"field": "list", "sort": list(_COLOURS)},
            "y": {
                "field": "share",
                "type": "quantitative",
                "axis": {"title": None, "format": ".1%", "tickCount": 5},
            },
            "color": _colour("list", _COLOURS),
        },
    }
    described = "; ".join(
        f"place {one['place']}: model {one['model']:.2%}, popularity {one['popularity']:.2%}"
        for one in places
    )
    return picture(spec, "places", "Hit rate by place in the list", described)


def _drift_chart(one: Mapping[str, Any]) -> Markup:
    """Shares of the groups now, beside those of the model's training."""
    sides = {"asked": "var(--accent)", "trained": "var(--soft)"}
    groups = [g for g in one["trained"] if one["trained"][g] or one["asked"].get(g)]
    totals = {side: max(sum(one[side].values()), 1) for side in sides}
    values = [
        {"group": group, "side": side, "share": one[side].get(group, 0) / totals[side]}
        for group in groups
        for side in sides
    ]
    spec = {
        "width": WIDTH,
        "height": {"step": 11},
        "data": {"values": values},
        "mark": {"type": "bar", "cornerRadiusEnd": 2},
        "encoding": {
            "y": {
                "field": "group",
                "type": "nominal",
                "sort": groups,
                "axis": {"title": None, "grid": False, "labelLimit": 160},
            },
            "yOffset": {"field": "side", "sort": list(sides)},
            "x": {
                "field": "share",
                "type": "quantitative",
                "axis": {"title": None, "format": ".0%", "tickCount": 5},
            },
            "color": _colour("side", sides),
        },
    }
    described = "; ".join(
        f"{group}: {one['asked'].get(group, 0) / totals['asked']:.1%} of those who ask, "
        f"{one['trained'][group] / totals['trained']:.1%} before"
        for group in groups
    )
    title = _TITLES.get(one["feature"], one["feature"])
    return picture(spec, f"drift-{one['feature']}", title, described)


def _colour(field: str, colours: Mapping[str, str]) -> dict[str, Any]:
    return {
        "field": field,
        "type": "nominal",
        "legend": None,
        "scale": {"domain": list(colours), "range": list(colours.values())},
    }
