"""What a reader looks at, and the questions that it allows: cards and reports ask alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from app.data.metrics import catalogue
from app.data.query.spec import Filter, MetricQuery, Scope, Sort
from app.periods import Comparison, Grain, Period

Ask = Callable[..., MetricQuery]


@dataclass(frozen=True)
class Selection:
    """Days and their comparison, filters, and the reader's scope."""

    period: Period
    compare: Comparison
    filters: tuple[Filter, ...]
    scope: Scope

    def ask(
        self,
        *metrics: str,
        by: tuple[str, ...] = (),
        grain: Grain | None = None,
        period: Period | None = None,
        compare: Comparison | None = None,
        sort: str = "",
        limit: int | None = None,
    ) -> MetricQuery:
        """A question of this selection, with those of its filters that the metrics can obey."""
        return MetricQuery(
            metrics=metrics,
            period=period or self.period,
            dimensions=by,
            grain=grain,
            filters=self._split(metrics)[0],
            scope=self.scope,
            compare=self.compare if compare is None else compare,
            sort=(Sort(sort),) if sort else (),
            limit=limit,
        )

    def unaffected(self, metrics: Iterable[str]) -> tuple[str, ...]:
        """The dimensions of filters that cannot touch these metrics."""
        return self._split(metrics)[1]

    def _split(self, metrics: Iterable[str]) -> tuple[tuple[Filter, ...], tuple[str, ...]]:
        common = frozenset.intersection(*(frozenset(catalogue.dimensions(metric)) for metric in metrics))
        return split(self.filters, common)


def split(filters: Iterable[Filter], dimensions: Iterable[str]) -> tuple[tuple[Filter, ...], tuple[str, ...]]:
    """The filters that a metric with these dimensions can obey, and the dimensions of those it cannot."""
    known = frozenset(dimensions)
    asked = tuple(filters)
    kept = tuple(entry for entry in asked if entry.dimension in known)
    return kept, tuple(entry.dimension for entry in asked if entry.dimension not in known)
