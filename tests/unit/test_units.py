"""Numbers and days as a person reads them."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.data.metrics.base import Unit
from app.periods import Period
from app.units import Units, age, duration

EN = Units("USD")


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (125_432.1, "money", "$125.4K"),
        (1_504_800, "money", "$1.505M"),
        (150_000, "money", "$150K"),
        (0.99, "money", "$0.99"),
        (0, "money", "$0"),
        (-3_120, "money", "−$3.12K"),
        (6_514.67, "money", "$6.51K"),
        (1_494.6, "money", "$1.49K"),
        (999_999, "money", "$1M"),
        (1_254, "count", "1,254"),
        (85_000, "count", "85K"),
        (0, "count", "0"),
        (0.032, "ratio", "3.2%"),
        (0.0053, "ratio", "0.53%"),
        (0, "ratio", "0%"),
        (-0.134, "ratio", "−13.4%"),
        (4.2, "multiple", "4.2x"),
        (42, "points", "42"),
        (192, "seconds", "3 m 12 s"),
        (None, "money", "–"),
        (float("nan"), "count", "–"),
        (float("inf"), "multiple", "–"),
    ],
)
def test_a_card_shows_at_most_four_digits_and_never_nonsense(
    value: float | None, unit: Unit, shown: str
) -> None:
    assert EN.short(value, unit) == shown


@given(st.floats(0.01, 9e13), st.sampled_from(("money", "count")))
def test_a_short_number_is_off_by_half_a_step_at_most(value: float, unit: Unit) -> None:
    digits, scale = re.fullmatch(r"\$?([\d,.]+)([KMBT]?)", EN.short(value, unit)).groups()
    shown = float(digits.replace(",", "")) * {"": 1, "K": 1e3, "M": 1e6, "B": 1e9, "T": 1e12}[scale]
    assert abs(shown - value) <= EN.step(value, unit) / 2 * (1 + 1e-6)


@pytest.mark.parametrize(
    ("value", "unit", "symbol", "shown"),
    [
        (18_900.2, "money", True, "$18,900.20"),
        (18_900.2, "money", False, "18,900.20"),
        (33_412, "count", True, "33,412"),
        (497.5, "count", True, "497.5"),
        (0.0178, "ratio", True, "1.8%"),
    ],
)
def test_a_table_shows_the_full_value(value: float, unit: Unit, symbol: bool, shown: str) -> None:
    assert EN.full(value, unit, symbol=symbol) == shown


def test_the_change_of_a_percentage_is_in_points() -> None:
    assert EN.change(0.001, "ratio") == "+0.10 pp"
    assert EN.change(0.0, "ratio") == EN.change(-0.00004, "ratio") == "0.00 pp"
    assert EN.change(0, "count") == "0"
    assert EN.change(-0.033, "ratio") == "−3.3 pp"
    assert EN.change(-38, "count") == "−38"


def test_money_a_day_says_both() -> None:
    assert EN.full(2454.77, "per_day") == "$2,454.77 a day"
    assert EN.full(-2454.77, "per_day", symbol=False) == "−2,454.77 a day"
    assert EN.short(125_432, "per_day") == "$125.4K a day"
    assert EN.change(55, "per_day") == "+$55.00 a day"
    assert Units("EUR").full(18_900.2, "per_day") == "€18,900.20 a day"


@pytest.mark.parametrize(
    ("currency", "shown"), [("EUR", "€125.4K"), ("CAD", "CA$125.4K"), ("CHF", "CHF\N{NO-BREAK SPACE}125.4K")]
)
def test_every_currency_stands_before_its_amount_by_symbol_or_code(currency: str, shown: str) -> None:
    assert Units(currency).short(125_432, "money") == shown


@pytest.mark.parametrize(
    ("start", "end", "shown"),
    [
        (date(2026, 3, 1), date(2026, 3, 12), "1–12 Mar 2026"),
        (date(2026, 2, 26), date(2026, 3, 12), "26 Feb – 12 Mar 2026"),
        (date(2025, 12, 26), date(2026, 1, 12), "26 Dec 2025 – 12 Jan 2026"),
        (date(2026, 2, 1), date(2026, 2, 28), "Feb 2026"),
        (date(2026, 1, 1), date(2026, 3, 31), "Q1 2026"),
        (date(2026, 3, 12), date(2026, 3, 12), "12 Mar 2026"),
    ],
)
def test_days_are_written_without_doubt(start: date, end: date, shown: str) -> None:
    assert EN.days(Period(start, end)) == shown


def test_a_day_of_this_year_can_leave_the_year_out() -> None:
    assert EN.day(date(2026, 6, 30), today=date(2026, 3, 12)) == "30 Jun"
    assert EN.day(date(2027, 6, 30), today=date(2026, 3, 12)) == "30 Jun 2027"


def test_ages_and_durations_use_the_largest_unit_that_says_enough() -> None:
    assert [age(timedelta(seconds=s)) for s in (12, 840, 18_000, 400_000)] == ["12 s", "14 min", "5 h", "4 d"]
    assert [duration(s) for s in (45, 192, 7_500)] == ["45 s", "3 m 12 s", "2 h 5 m"]
