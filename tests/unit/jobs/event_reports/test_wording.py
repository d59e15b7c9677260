"""Numbers as people read them."""

from __future__ import annotations

import pytest

from rlm.jobs.event_reports.wording import label, money, percent


@pytest.mark.parametrize(
    ("cents", "currency", "expected"),
    [
        (123_456_789, "EUR", "€1,234,568"),
        (99_999, "EUR", "€999.99"),
        (-250_00, "GBP", "\u2212£250.00"),
        (120_050, "SEK", "SEK 1,200"),
        (500_000, "JPY", "¥5,000"),
        (0, "USD", "$0.00"),
        (None, "USD", "\u2013"),
        (5, None, "\u2013"),
    ],
)
def test_money(cents: int | None, currency: str | None, expected: str) -> None:
    assert money(cents, currency).replace("\xa0", " ") == expected


def test_exact_money_keeps_its_cents() -> None:
    assert money(1_234_567, "USD", exact=True) == "$12,345.67"


@pytest.mark.parametrize(
    ("share", "expected"),
    [
        (None, "\u2013"),
        (0, "0 %"),
        (0.0001, "< 0.1 %"),
        (0.5, "50 %"),
        (0.8755, "87.5 %"),
        (0.9999, "99.9 %"),
        (1, "100 %"),
        (1.04, "104 %"),
        (-0.02, "\u22122 %"),
    ],
)
def test_nothing_is_rounded_to_full_or_to_nothing(share: float | None, expected: str) -> None:
    assert percent(share).replace("\xa0", " ") == expected


def test_labels() -> None:
    assert [label(n) for n in ("box_office", "VIP", "")] == ["Box office", "VIP", ""]
