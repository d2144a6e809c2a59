"""How far a number can be off by chance, from the cases that it rests on."""

from __future__ import annotations

import math

from app.data.metrics.base import Metric
from app.data.metrics.catalogue import measures
from app.data.query.frame import Row, cell
from app.text import t
from app.units import Units

Z = 1.96


def score_margin(above: float | None, below: float | None, answers: float | None) -> float | None:
    """The 95% margin of error, in points, of a score that is one share of answers less another.

    Source: standard error of a difference of two shares of one sample.
    """
    if above is None or below is None or not answers:
        return None
    return 196.0 * math.sqrt(max(above + below - (above - below) ** 2, 0.0) / answers)


def score_margins(metric: Metric, row: Row) -> tuple[float | None, float | None]:
    """The margins of error of a survey's score and of its base; None for what is no such score."""
    if metric.shares is None:
        return None, None
    above, below = metric.shares
    now, then = (
        score_margin(cell(row, above + end), cell(row, below + end), cell(row, f"{metric.id}{answers}"))
        for end, answers in (("", "__d"), ("__base", "__base_d"))
    )
    return now, then


def bounds_words(metric: Metric, row: Row, units: Units) -> str:
    """The least and the most that an estimate leaves possible, in words; nothing for what is no estimate."""
    low, high = (cell(row, name) for name in metric.bounds or ("", ""))
    if low is None or high is None:
        return ""
    return t("widgets.bounds", low=units.short(low, metric.unit), high=units.short(high, metric.unit))


def change_margin(metric: Metric, row: Row) -> float | None:
    """How large a change may be and still be none: what a sample, an estimate or the number of cases leaves
    open; None where nothing does."""
    now, then = score_margins(metric, row)
    return math.hypot(now or 0.0, then or 0.0) or bounds_margin(metric, row) or likely_margin(metric, row)


def bounds_margin(metric: Metric, row: Row) -> float | None:
    """Up to which change the bounds of an estimate and those of its base overlap; None for what has none."""
    names = [f"{name}{end}" for end in ("", "__base") for name in (metric.id, *(metric.bounds or ()))]
    known = [number for name in names if (number := cell(row, name)) is not None]
    if metric.bounds is None or len(known) < len(names):
        return None
    value, low, high, base, base_low, base_high = known
    rises = value >= base
    return max((value - low) + (base_high - base) if rises else (high - value) + (base - base_low), 0.0)


def likely_margin(metric: Metric, row: Row) -> float | None:
    """Half of the 95% range of a change that rests on counted cases; None where cases are not counted, as in
    a stock, of which both counts hold the same ones, or in money.

    Source: two counts vary by the root of their sum, two shares by the root of the sum of p(1 - p) / n.
    """
    value, base = cell(row, metric.id), cell(row, f"{metric.id}__base")
    if value is None or base is None or any(measure.money for measure in measures(metric.id)):
        return None
    if metric.unit == "count":
        stock = any(measure.kind == "stock" for measure in measures(metric.id))
        return None if stock else Z * math.sqrt(max(value, 0.0) + max(base, 0.0))
    n, before = cell(row, f"{metric.id}__d"), cell(row, f"{metric.id}__base_d")
    if metric.unit != "ratio" or not n or not before or not (0 <= value <= 1 and 0 <= base <= 1):
        return None
    return Z * math.sqrt(value * (1 - value) / n + base * (1 - base) / before)
