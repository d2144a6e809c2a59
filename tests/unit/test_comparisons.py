"""Which days are set beside which, and what a row says of the days that it is beside."""

from __future__ import annotations

from datetime import date

import pytest

from app.data.query.codec import frame as encoded
from app.data.query.compare import base_days, beside
from app.data.query.frame import BASE_DAY, OTHER_WEEKDAY, MetricFrame
from app.data.query.spec import MetricQuery
from app.periods import Grain, Period, met, other_weekday

NOVEMBER = Period(date(2026, 10, 28), date(2026, 11, 26))  # 30 days
OCTOBER = Period(date(2026, 9, 28), date(2026, 10, 27))


def day(of: date) -> Period:
    return Period(of, of)


def query(period: Period = NOVEMBER, grain: Grain | None = "day", **more: object) -> MetricQuery:
    return MetricQuery(("spend",), period, grain=grain, compare="previous", **more)  # type: ignore[arg-type]


def test_a_day_of_a_range_meets_the_day_at_the_same_place_of_its_base() -> None:
    pairs = dict(met(NOVEMBER, OCTOBER, "day"))
    assert len(pairs) == 30 and pairs[day(date(2026, 11, 24))] == day(date(2026, 10, 25))
    assert base_days(query(), "day")[date(2026, 11, 24)] == day(date(2026, 10, 25))
    assert base_days(MetricQuery(("spend",), NOVEMBER), "day") == {}, "nothing is compared"


def test_the_last_day_of_a_longer_month_meets_none() -> None:
    days = base_days(query(Period(date(2026, 5, 1), date(2026, 5, 31))), "day")
    assert days[date(2026, 5, 30)] == day(date(2026, 4, 30)) and date(2026, 5, 31) not in days


@pytest.mark.parametrize(
    ("one", "other", "unlike"),
    [
        (day(date(2026, 11, 24)), day(date(2026, 10, 25)), True),  # Tuesday beside Sunday
        (day(date(2026, 11, 24)), day(date(2026, 11, 17)), False),  # both Tuesdays
        (NOVEMBER, OCTOBER, False),  # from Wednesday on, and from Monday on: but 30 days
    ],
)
def test_only_a_single_day_is_of_a_weekday(one: Period, other: Period, unlike: bool) -> None:
    assert other_weekday(one, other) is unlike


def test_a_row_names_its_base_day_and_says_where_that_is_another_weekday() -> None:
    """30 days are four weeks and two days: each day is beside one of another weekday; of 28 days none is."""
    now, then = {"date": date(2026, 11, 24), "spend": 1582.45}, {"date": date(2026, 10, 25), "spend": 1305.65}
    (row,) = beside(query(), [now], OCTOBER, [then])
    assert (row["spend__base"], row[BASE_DAY], row[OTHER_WEEKDAY]) == (1305.65, date(2026, 10, 25), True)
    weeks = query(Period(date(2026, 10, 30), date(2026, 11, 26)))
    (row,) = beside(weeks, [now], Period(date(2026, 10, 2), date(2026, 10, 29)), [])
    assert row[BASE_DAY] == date(2026, 10, 27) and OTHER_WEEKDAY not in row


@pytest.mark.parametrize(("grain", "starts"), [("week", date(2026, 11, 2)), ("month", date(2026, 11, 1))])
def test_weeks_and_months_are_of_no_weekday(grain: Grain, starts: date) -> None:
    """1 November is a Sunday, 1 October a Thursday."""
    period = Period(starts, date(2026, 11, 29 if grain == "week" else 30))
    then = query(period, grain).base_period
    assert then is not None
    (row,) = beside(query(period, grain), [{"date": starts, "spend": 5.0}], then, [])
    assert row[BASE_DAY] == (date(2026, 10, 5) if grain == "week" else date(2026, 10, 1))
    assert OTHER_WEEKDAY not in row


def test_a_range_of_one_day_says_it_too() -> None:
    one, before = day(date(2026, 11, 24)), day(date(2026, 11, 23))
    (row,) = beside(query(one, None), [{"spend": 5.0}], before, [{"spend": 4.0}])
    assert row[OTHER_WEEKDAY] is True and BASE_DAY not in row


def test_a_question_about_a_row_is_compared_with_the_days_that_it_names() -> None:
    one, named = day(date(2026, 11, 24)), day(date(2026, 10, 25))
    assert query(one).base_period == day(date(2026, 11, 23))
    assert query(one, against=named).base_period == named
    assert MetricQuery(("spend",), one, against=named).base_period is None


def test_what_a_row_says_of_days_is_no_column_of_files_and_rest() -> None:
    rows = beside(query(), [{"date": date(2026, 11, 24), "spend": 5.0}], OCTOBER, [])
    answer = MetricFrame(query(), rows, {"spend": "money"}, "1", 1)
    assert list(encoded(answer, "USD")["rows"][0]) == ["date", "spend", "spend__base"]
