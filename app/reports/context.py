"""What the sections of a report may look at besides their frames; a plain value, made once an issue."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from app.data.metrics.base import METRICS, Metric
from app.data.query.frame import MetricFrame
from app.data.query.predictions import ForecastPoint
from app.data.query.spec import EVERYTHING, Filter, MetricQuery, Scope, Sort
from app.periods import Comparison, Grain, Period, base
from app.units import Units

Frames = Mapping[MetricQuery, MetricFrame]
Forecasts = Mapping[str, Sequence[ForecastPoint]]  # metric -> its newest daily predictions, in order


@dataclass(frozen=True)
class ReportContext:
    """The days, filters and scope of one issue, and how it writes numbers."""

    period: Period
    units: Units
    zone: str
    dimensions: Callable[[str], tuple[str, ...]]
    filters: tuple[Filter, ...] = ()
    scope: Scope = EVERYTHING
    lookback_days: int = 90
    low_volume: int = 30
    forecasts: Forecasts = field(default_factory=dict)

    @property
    def base_period(self) -> Period:
        found = base(self.period, "previous")
        assert found is not None
        return found

    def metric(self, metric_id: str) -> Metric:
        return METRICS.get(metric_id)

    def ask(
        self,
        *metrics: str,
        by: tuple[str, ...] = (),
        grain: Grain | None = None,
        period: Period | None = None,
        compare: Comparison = "previous",
        sort: str = "",
        limit: int | None = None,
    ) -> MetricQuery:
        """A question of this issue: its days and its owner's scope, and the filters its metrics can obey."""
        return MetricQuery(
            metrics=metrics,
            period=period or self.period,
            dimensions=by,
            grain=grain,
            filters=self._kept(metrics),
            scope=self.scope,
            compare=compare,
            sort=(Sort(sort),) if sort else (),
            limit=limit,
        )

    def unaffected(self, metrics: Iterable[str]) -> tuple[str, ...]:
        """The filtered dimensions that at least one of these metrics lacks."""
        kept = self._kept(tuple(metrics))
        return tuple(entry.dimension for entry in self.filters if entry not in kept)

    def _kept(self, metrics: tuple[str, ...]) -> tuple[Filter, ...]:
        known = frozenset.intersection(*(frozenset(self.dimensions(metric)) for metric in metrics))
        return tuple(entry for entry in self.filters if entry.dimension in known)
