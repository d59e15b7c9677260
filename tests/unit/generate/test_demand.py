"""Every sale that was asked for happens, while the event is on sale."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlm.generate.demand import EventsOnSale, plan_sales


def _events(opening: list[int], length: list[int], closed_after: list[int]) -> EventsOnSale:
    count = len(opening)
    opens = np.array(opening)
    start_day = opens + np.array(length)
    closed = np.array(closed_after)
    return EventsOnSale(
        event_id=tuple(f"event-{i}" for i in range(count)),
        currency=("EUR",) * count,
        tiers=((("general", 1_000),),) * count,
        audience=np.zeros(count, np.int64),
        weight=np.ones(count),
        on_sale_day=opens,
        on_sale_second=np.full(count, 36_000),
        start=start_day * 86_400 + 72_000,
        closed_day=np.where(closed < 0, -1, opens + closed),
        rushed=np.arange(count) % 3 == 0,
    )


@given(
    st.lists(
        st.tuples(st.integers(1_000, 1_060), st.integers(2, 90), st.integers(-1, 30)),
        min_size=1,
        max_size=20,
    ),
    st.integers(1, 5_000),
    st.integers(0, 99),
)
def test_plan_holds_exactly_the_sales_within_every_window(
    windows: list[tuple[int, int, int]], sales: int, seed: int
) -> None:
    # At least one event is never called off.
    windows = [*windows, (1_010, 20, -1)]
    events = _events(*(list(column) for column in zip(*windows, strict=True)))
    plan = plan_sales(events, sales, 1_000, 1_100, seed)
    days = [(day, plan.on(day)) for day in range(995, 1_105)]
    assert sum(len(event) for _, event in days) == sales
    for day, event in days:
        assert list(event) == sorted(event)
        for i in set(event.tolist()):
            assert events.on_sale_day[i] <= day <= events.start[i] // 86_400
            assert events.closed_day[i] < 0 or day < events.closed_day[i]
    assert np.all((plan.fraction_sold >= 0) & (plan.fraction_sold <= 1 + 1e-9))


def test_nothing_on_sale_is_an_error() -> None:
    with pytest.raises(ValueError, match="no event is on sale"):
        plan_sales(_events([2_000], [10], [-1]), 5, 1_000, 1_100, 1)
