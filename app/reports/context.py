"""What the sections of a report may look at besides their frames; a plain value, made once an issue."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from app.data.metrics.base import METRICS, Metric
from app.data.query.frame import MetricFrame
from app.data.query.predictions import ForecastPoint
from app.data.query.selection import Ask, Selection
from app.data.query.spec import EVERYTHING, Filter, MetricQuery, Scope
from app.periods import Period, base
from app.units import Units

Frames = Mapping[MetricQuery, MetricFrame]
Forecasts = Mapping[str, Sequence[ForecastPoint]]  # metric -> its newest daily predictions, in order


@dataclass(frozen=True)
class ReportContext:
    """The days, filters and scope of one issue, and how it writes numbers."""

    period: Period
    units: Units
    zone: str
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

    @property
    def selection(self) -> Selection:
        """The days beside those before them, and the filters, within the owner's scope."""
        return Selection(self.period, "previous", self.filters, self.scope)

    @property
    def ask(self) -> Ask:
        """A question of this issue."""
        return self.selection.ask

    def unaffected(self, metrics: Iterable[str]) -> tuple[str, ...]:
        """The filtered dimensions that at least one of these metrics lacks."""
        return self.selection.unaffected(metrics)
