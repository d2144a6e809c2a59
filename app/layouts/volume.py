"""Rates over too few cases to be judged."""

from __future__ import annotations

from app.data.query.frame import MetricFrame, Row, cell
from app.layouts.widgets.base import WidgetContext


def low_volume(frame: MetricFrame, metric_id: str, context: WidgetContext, row: int = 0) -> int | None:
    """The number of cases of a rate when it is too low to judge, else None."""
    metric = context.metric(metric_id)
    if not metric.low_volume or not frame.rows:
        return None
    cases = frame.parts(metric_id, row)[1]
    return int(cases) if cases is not None and cases < context.low_volume else None


def few(row: Row, context: WidgetContext) -> int | None:
    """The conversions behind a row's cost and return, when they are too few to judge it by."""
    cases = cell(row, "conversions")
    return round(cases) if cases is not None and cases < context.low_volume else None
