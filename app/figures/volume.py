"""What rests on too few cases to be judged: cards, tables and reports grey the same rates."""

from __future__ import annotations

from dataclasses import replace

from app.data.metrics.base import METRICS, Metric
from app.data.query.frame import Row, cell
from app.data.query.spec import MetricQuery


def few(metric: Metric, row: Row, limit: int) -> int | None:
    """The cases behind a rate when they are fewer than the limit, else None; a sum of few cases is no less
    sure."""
    return _fewer(metric, row, limit) if metric.denominator is not None else None


def few_to_compare(metric: Metric, row: Row, limit: int) -> bool:
    """Whether a value or its base, be it a rate or a sum, rests on fewer cases than the limit."""
    return any(_fewer(metric, row, limit, base=base) is not None for base in (False, True))


def _fewer(metric: Metric, row: Row, limit: int, *, base: bool = False) -> int | None:
    """They are the denominator of a rate, or what the metric names as its cases, where the row holds it."""
    cases = cell(row, _counted(metric, base=base))
    return round(cases) if cases is not None and cases < limit else None


def _counted(metric: Metric, *, base: bool) -> str:
    if metric.cases:
        return f"{metric.cases}__base" if base else metric.cases
    below = "__base_d" if base else "__d"
    return f"{metric.id}{below}" if metric.low_volume else ""


def with_cases(query: MetricQuery) -> MetricQuery:
    """The question with the metrics that count the cases of its own, so that few cases can be told."""
    counted = (METRICS.get(name).cases for name in query.metrics)
    return replace(query, metrics=tuple(dict.fromkeys((*query.metrics, *(name for name in counted if name)))))
