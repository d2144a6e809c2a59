"""A forecast with what came before it and since: read once, shown by the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import comb
from typing import Any

from app.accounts.viewer import Viewer
from app.data.metrics.base import METRICS, Metric
from app.data.query.frame import Freshness, MetricFrame
from app.data.query.predictions import ForecastPoint, ForecastQuery
from app.data.query.spec import MetricQuery
from app.layouts.outlook import judged
from app.ml import runs
from app.ml.runs import ModelRun
from app.periods import Grain, Period, bucket_end, bucket_start, shift_months
from app.services import Services

MONTHS, DAYS = 36, 56
PROMISED = 0.8  # of what came in the 80% band
LEAST_DUE = 5  # predictions below which no band is called too narrow
BY_CHANCE = 0.05  # how likely a band that is right may hold so few, before it is called too narrow


@dataclass(frozen=True)
class Due:
    """An earlier prediction and what came."""

    point: ForecastPoint
    actual: float

    @property
    def off(self) -> float | None:
        """Share by which the prediction was too high."""
        return self.point.predicted / self.actual - 1 if self.actual else None

    @property
    def within(self) -> str:
        """The narrowest band that holds what came: 80%, 95%, or none."""
        if self.point.low_80 <= self.actual <= self.point.high_80:
            return "80%"
        return "95%" if self.point.low_95 <= self.actual <= self.point.high_95 else ""


@dataclass(frozen=True)
class Record:
    """How earlier predictions did: how many came within each band, and out of how many forecasts they are.

    What one forecast said of its days misses or holds together, so few forecasts are few tries.
    """

    within_80: int
    within_95: int
    count: int
    forecasts: int

    @property
    def expected(self) -> int:
        """How many the 80% band promised to hold."""
        return round(PROMISED * self.count)

    @property
    def fewer(self) -> bool:
        """Whether the 80% band held fewer than it promised, which a right one does now and then."""
        return self.within_80 < self.expected

    @property
    def short(self) -> bool:
        """Whether it held fewer than chance explains. The predictions of one forecast count as one try."""
        held = self.within_80 * self.forecasts // max(self.count, 1)
        return self.count >= LEAST_DUE and _at_most(held, self.forecasts) < BY_CHANCE


def _at_most(held: int, tries: int) -> float:
    """How likely a band that is right holds no more than so many of some tries (binomial)."""
    missed = 1 - PROMISED
    return sum(comb(tries, at) * PROMISED**at * missed ** (tries - at) for at in range(held + 1))


def record(due: Sequence[Due]) -> Record:
    """The record of some predictions that came due."""
    held = [one.within for one in due]
    forecasts = {one.point.made_on for one in due}
    return Record(held.count("80%"), len(held) - held.count(""), len(due), len(forecasts))


@dataclass(frozen=True)
class Shown:
    """One series: its training, its newest forecast, its past, and its earlier predictions that came due."""

    run: ModelRun
    metric: Metric
    grain: Grain
    known: Sequence[tuple[date, float | None]]
    points: Sequence[ForecastPoint]
    due: Sequence[Due]
    sources: Sequence[Freshness] = ()

    @property
    def scores(self) -> Mapping[str, Any]:
        return self.run.scores


def trained(services: Services) -> Sequence[ModelRun]:
    """The last training of each series, monthly ones first."""
    return sorted(
        runs.newest(services.database, "forecast"), key=lambda run: runs.series_of(run.subject)[1] == "day"
    )


def show(services: Services, viewer: Viewer, run: ModelRun) -> Shown:
    """The newest forecast of a series beside the training that made it; `run` itself when that found none.

    Raises: InputError, AccessDenied.
    """
    name, grain = runs.series_of(run.subject)
    metric = METRICS.get(name)
    points = services.query.forecasts(ForecastQuery(metric.id, grain, viewer.scope))
    frame = services.query.run(_history(services, viewer, metric.id, grain))
    known = _known(services, frame, metric.id, grain, points)
    found, newest = judged(services, run.subject, points)
    told = found if found and run.state == "done" else run
    return Shown(told, metric, grain, known, newest, came_due(points, known), frame.freshness)


def came_due(points: Sequence[ForecastPoint], known: Sequence[tuple[date, float | None]]) -> tuple[Due, ...]:
    """Predictions of buckets that are over, the newest first."""
    values = {day: value for day, value in known if value is not None}
    found = [Due(point, values[point.date]) for point in points if point.date in values]
    return tuple(sorted(found, key=lambda due: (due.point.date, due.point.made_on), reverse=True))


def _history(services: Services, viewer: Viewer, metric: str, grain: Grain) -> MetricQuery:
    """The buckets before the running one."""
    end = _last(services, grain)
    start = (
        shift_months(bucket_start(end, "month"), 1 - MONTHS)
        if grain == "month"
        else end - timedelta(days=DAYS)
    )
    return MetricQuery((metric,), Period(start, end), grain=grain, scope=viewer.scope)


def _last(services: Services, grain: Grain) -> date:
    """The day before the running bucket."""
    return bucket_start(services.clock.today(services.settings.time_zone), grain) - timedelta(days=1)


def _known(
    services: Services, frame: MetricFrame, metric: str, grain: Grain, points: Sequence[ForecastPoint]
) -> Sequence[tuple[date, float | None]]:
    """Complete buckets: months that every source knows to their end; days also up to the last that the newest
    forecast knew."""
    end = _last(services, grain)
    until = min((one.data_until for one in frame.freshness if one.data_until), default=end)
    made_on = max((point.made_on for point in points), default=until)
    return [
        (day, None if row[metric] is None else float(str(row[metric])))
        for row in frame.rows
        if isinstance(day := row["date"], date)
        and (bucket_end(day, grain) <= until or (grain == "day" and day <= made_on))
    ]
