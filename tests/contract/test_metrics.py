"""Every metric answers by every dimension that it declares."""

from __future__ import annotations

import pytest

from app.data.metrics import catalogue
from app.data.metrics.base import METRICS
from app.data.query.runner import Runner
from app.data.query.spec import MetricQuery, RowQuery
from app.periods import Period
from tests import warehouse

catalogue.load()
PERIOD = Period(warehouse.FIRST, warehouse.LAST)


@pytest.fixture(scope="module")
def runner() -> Runner:
    return warehouse.runner(warehouse.company())


@pytest.mark.parametrize("metric", METRICS.ids())
def test_a_metric_answers_by_every_dimension_that_it_declares(runner: Runner, metric: str) -> None:
    for dimension in catalogue.dimensions(metric):
        frame = runner.run(MetricQuery((metric,), PERIOD, (dimension,)))
        key = "date" if dimension == "date" else dimension
        assert all(row[key] not in (None, "") for row in frame.rows), dimension
        assert len({row[key] for row in frame.rows}) == len(frame.rows), dimension


@pytest.mark.parametrize("metric", METRICS.ids())
def test_a_metric_has_a_value_over_the_whole_quarter_unless_it_is_a_claim(
    runner: Runner, metric: str
) -> None:
    value = runner.run(MetricQuery((metric,), PERIOD)).value(metric)
    assert (value is None) == ("claimed" in metric)


@pytest.mark.parametrize("metric", METRICS.ids())
def test_the_rows_behind_a_metric_are_as_many_as_its_passport_says(runner: Runner, metric: str) -> None:
    passport = runner.passport(metric, MetricQuery((metric,), PERIOD))
    for part in passport.parts:
        frame = runner.rows(RowQuery(metric, PERIOD, part=part.id))
        assert len(frame.rows) == frame.total_rows == part.rows > 0
        assert len({name for name, _ in frame.columns}) == len(frame.columns)
