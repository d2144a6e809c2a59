"""How earlier predictions did against what came, and what that is worth."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from app.data.query.predictions import ForecastPoint
from app.layouts.forecast_view import Record, came_due, record
from app.layouts.pages.forecasts import _judged
from tests.integration.test_report_pages import text_of

SUNDAY = date(2026, 11, 1)


def point(made_on: date, horizon: int) -> ForecastPoint:
    """Predicted 100, 80% from 95 to 105, 95% from 90 to 110."""
    day = made_on + timedelta(days=horizon)
    return ForecastPoint(day, horizon, 100.0, 95.0, 105.0, 90.0, 110.0, made_on, "ets")


def due(*actual: float, also: tuple[ForecastPoint, ...] = ()) -> Any:
    known = [(SUNDAY + timedelta(days=n), value) for n, value in enumerate(actual, start=1)]
    return came_due([*(point(SUNDAY, n) for n in range(1, 8)), *also], known)


def test_each_prediction_is_within_the_narrowest_band_that_holds_what_came() -> None:
    assert [one.within for one in reversed(due(95.0, 105.5, 110.0, 111.0))] == ["80%", "95%", "95%", ""]


def test_days_of_one_forecast_are_one_try() -> None:
    later = point(SUNDAY + timedelta(days=2), 1)  # says the third day anew
    found = record(due(100.0, 100.0, 108.0, 112.0, also=(later,)))
    assert found == Record(within_80=2, within_95=4, count=5, forecasts=2)
    assert "2 tries, not of 5" in text_of(_judged(found))
    assert "evidence of one try" in text_of(_judged(record(due(100.0, 100.0, 100.0, 100.0))))


def test_a_band_that_held_fewer_than_it_promised_is_said_to_be_too_narrow() -> None:
    four_of_ten, seven_of_ten = Record(4, 6, 10, 2), Record(7, 9, 10, 2)
    assert (four_of_ten.expected, four_of_ten.short, seven_of_ten.short) == (8, True, False)
    assert "held 4 where it promised about 8" in text_of(_judged(four_of_ten))
    assert "too narrow" not in text_of(_judged(seven_of_ten))
    assert "held 7 of 10; about 8 should have been" in text_of(_judged(seven_of_ten))


def test_a_miss_that_chance_explains_is_counted_and_called_nothing_more() -> None:
    """A right band misses one prediction with 20%, both tries of two with 4%, nine of twenty with 1%."""
    once, a_week, twice = Record(0, 1, 1, 1), Record(0, 0, 7, 1), Record(0, 0, 2, 2)
    assert [found.short for found in (once, a_week, twice)] == [False, False, False]
    said = text_of(_judged(once))
    assert "held 0 of 1; about 1 should have been" in said
    assert "too narrow" not in said and "changed its level" not in said
    assert Record(0, 0, 14, 2).short and Record(11, 20, 20, 20).short and not Record(13, 20, 20, 20).short
    assert "changed its level or its pace" in text_of(_judged(Record(11, 20, 20, 20)))
    kept = text_of(_judged(Record(8, 9, 10, 2)))
    assert "should have been" not in kept and "too narrow" not in kept
