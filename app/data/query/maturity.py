"""Cohorts that are too young to be compared: what becomes of them has not come yet.

A metric that follows a cohort declares the days that it needs (`Metric.matures`). How old a cohort is counts
up to the newest day that its sources have told of, not up to now: a late source makes nobody older.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

from app.data.metrics import catalogue
from app.data.metrics.base import METRICS
from app.data.query.execute import State
from app.data.query.frame import Row, Scalar
from app.data.query.spec import MetricQuery
from app.periods import Grain, bucket_end


def settled(metrics: Iterable[str], reached: date) -> date:
    """The newest day whose cohorts all of these metrics can compare, when the data reaches to a day."""
    return reached - timedelta(days=max((METRICS.get(name).matures for name in metrics), default=0))


def settled_days(query: MetricQuery, state: State) -> Mapping[str, date]:
    """Metric -> the newest day whose cohorts it can compare; only metrics that follow cohorts.

    Where no source says how far it reaches, nothing is old enough.
    """
    following = [name for name in query.metrics if METRICS.get(name).matures]
    return {name: _settled(name, _reached(name, state)) for name in following}


def marked(query: MetricQuery, rows: Sequence[Row], days: Mapping[str, date]) -> Sequence[Row]:
    """The rows, each with `m__young` for every metric whose cohort in it is too young to be compared."""
    return [{**row, **_young(query, row, days)} for row in rows] if days else rows


def _young(query: MetricQuery, row: Row, days: Mapping[str, date]) -> dict[str, Scalar]:
    last = _last_day(row.get("date"), query.grain, query.period.end)
    return {f"{metric}__young": True for metric, until in days.items() if last > until}


def _last_day(start: Scalar, grain: Grain | None, end: date) -> date:
    """The last day of a row's cohort: of its bucket, or of the whole range."""
    return min(bucket_end(start, grain), end) if grain and isinstance(start, date) else end


def _settled(metric: str, reached: date | None) -> date:
    return settled((metric,), reached) if reached else date.min


def _reached(metric: str, state: State) -> date | None:
    """The newest day that every source of a metric has told of."""
    names = {name for fact in catalogue.facts(metric) for name in state.sources.get(fact.id, ())}
    told = [state.freshness[name].data_until for name in names if name in state.freshness]
    return min((day for day in told if day is not None), default=None)
