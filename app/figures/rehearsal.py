"""A watched value over its days, the threshold beside it, and a dot for each firing."""

from __future__ import annotations

from collections.abc import Sequence

from app.data.metrics.base import Unit
from app.figures.theme import Figure
from app.figures.trends import nice_range, ticks_between
from app.units import Units


def rehearsed(
    days: Sequence[str],
    values: Sequence[float | None],
    thresholds: Sequence[float | None],
    fired: Sequence[int],
    unit: Unit,
    units: Units,
) -> Figure:
    """`fired` are the places of the days on which the rule fired."""
    known = [value for value in (*values, *thresholds) if value is not None]
    low, high, step = nice_range([*known, 0.0])
    ticks = ticks_between(low, high, step)
    shown = [units.full(value, unit) if value is not None else "–" for value in values]
    base: Figure = {"type": "scatter", "x": list(days)}
    quiet = {"hoverinfo": "skip"}
    line = {**base, "y": list(values), "mode": "lines", "line": {"color": "--accent", "width": 2}}
    limit = {**base, **quiet, "y": list(thresholds), "mode": "lines"}
    dots = {
        **base,
        **quiet,
        "x": [days[place] for place in fired],
        "y": [values[place] for place in fired],
        "mode": "markers",
        "marker": {"size": 9, "color": "--negative"},
    }
    step_days = max(1, len(days) // 5)
    places = range(step_days // 2, len(days), step_days)
    return {
        "data": [
            {**limit, "line": {"color": "--negative", "width": 1, "dash": "4px,3px"}},
            {**line, "text": shown, "hovertemplate": "<b>%{text}</b><extra></extra>"},
            dots,
        ],
        "layout": {
            "xaxis": {
                "type": "category",
                "tickvals": [days[place] for place in places],
                "ticktext": [days[place] for place in places],
                "tickangle": 0,
            },
            "yaxis": {
                "range": [low, high],
                "tickvals": ticks,
                "ticktext": [units.axis(tick, unit) for tick in ticks],
            },
            "margin": {"l": 48, "r": 16, "t": 8, "b": 32},
        },
    }
