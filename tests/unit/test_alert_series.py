"""The series of a rule for each member: what a member without a row did."""

from __future__ import annotations

from datetime import date

from app.alerts import series
from app.alerts.buckets import Reached
from app.alerts.models import AlertRule
from app.data.query.frame import MetricFrame

FIRST, LAST = date(2026, 10, 1), date(2026, 10, 31)


def history(metric: str, **rows: dict[int, tuple[float, float]]) -> series.History:
    """The series of a metric by region; `rows` are numerator and denominator on days of October."""
    condition = {"kind": "threshold", "side": "below", "limit": 1}
    rule = AlertRule(
        metric=metric, by="region", grain="day", filters=[], condition=condition,
        breaches_to_fire=1, clears_to_resolve=1,
    )  # fmt: skip
    asked = series.question(rule, LAST)
    found = [
        {
            "date": FIRST.replace(day=day),
            "region": region,
            metric: above / below,
            f"{metric}__n": above,
            f"{metric}__d": below if metric == "session_conversion_rate" else None,
        }
        for region, days in rows.items()
        for day, (above, below) in days.items()
    ]
    return series.history(rule, MetricFrame(asked, found, {}, "1", 1), Reached(LAST))


def test_a_region_without_a_lead_on_a_day_had_none_for_two_weeks_after_its_last_one() -> None:
    north = dict.fromkeys(range(1, 32), (5.0, 1.0))
    told = history("leads", North=north, South={3: (2.0, 1.0), 5: (1.0, 1.0)}).series["South"]
    values = {day.day: point.value for day, point in told.items()}
    assert values == {3: 2, 4: 0, 5: 1} | dict.fromkeys(range(6, 20), 0)
    assert [day.day for day, point in told.items() if point.idle] == [4, *range(6, 20)]
    assert list(told) == sorted(told)


def test_a_day_that_nobody_has_data_of_is_no_day_on_which_a_region_had_nothing() -> None:
    told = history("leads", North={1: (5.0, 1.0), 4: (5.0, 1.0)}, South={1: (2.0, 1.0)}).series["South"]
    assert {day.day: point.value for day, point in told.items()} == {1: 2, 4: 0}


def test_a_rate_of_no_case_is_no_rate_of_zero() -> None:
    rows = dict.fromkeys((1, 2, 3), (5.0, 10.0))
    told = history("session_conversion_rate", North=rows, South={1: (5.0, 10.0)}).series["South"]
    assert [day.day for day in told] == [1]


def test_visitors_of_a_span_that_was_not_read_are_not_known() -> None:
    rows = dict.fromkeys((1, 2, 3), (5.0, 1.0))
    told = history("visitors", North=rows, South={1: (5.0, 1.0)}).series["South"]
    assert [day.day for day in told] == [1]


def test_a_budget_of_a_day_without_a_row_is_not_known() -> None:
    """It may well stand: nobody has read it, or nothing ran under it."""
    rows = dict.fromkeys((1, 2, 3), (5.0, 1.0))
    told = history("daily_budget", North=rows, South={1: (5.0, 1.0)}).series["South"]
    assert [day.day for day in told] == [1]
