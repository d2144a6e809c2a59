"""Rates over too few cases to be judged: cards, tables and reports grey the same ones."""

from __future__ import annotations

from dataclasses import replace

from app.data.metrics.base import METRICS, Metric
from app.data.query.frame import Row, cell
from app.data.query.spec import MetricQuery


def few(metric: Metric, row: Row, limit: int) -> int | None:
    """The cases behind a value when they are fewer than the limit, else None.

    They are the denominator of a rate, or what the metric names as its cases, where the row holds it.
    """
    name = metric.cases or (f"{metric.id}__d" if metric.low_volume else "")
    cases = cell(row, name) if name else None
    return round(cases) if cases is not None and cases < limit else None


def with_cases(query: MetricQuery) -> MetricQuery:
    """The question with the metrics that count the cases of its own, so that few cases can be told."""
    counted = (METRICS.get(name).cases for name in query.metrics)
    return replace(query, metrics=tuple(dict.fromkeys((*query.metrics, *(name for name in counted if name)))))
