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
    return {
        "data": [
            _limit(days, thresholds),
            _watched(days, values, unit, units),
            _dots(days, values, fired),
        ],
        "layout": _layout(days, [*values, *thresholds], unit, units),
    }


def _limit(days: Sequence[str], thresholds: Sequence[float | None]) -> Figure:
    line = {"color": "--negative", "width": 1, "dash": "4px,3px"}
    return _over(days, thresholds) | {"hoverinfo": "skip", "mode": "lines", "line": line}


def _watched(days: Sequence[str], values: Sequence[float | None], unit: Unit, units: Units) -> Figure:
    return _over(days, values) | {
        "mode": "lines",
        "line": {"color": "--accent", "width": 2},
        "text": [units.full(value, unit) if value is not None else "–" for value in values],
        "hovertemplate": "<b>%{text}</b><extra></extra>",
    }


def _dots(days: Sequence[str], values: Sequence[float | None], fired: Sequence[int]) -> Figure:
    shown = _over([days[place] for place in fired], [values[place] for place in fired])
    marker = {"size": 9, "color": "--negative"}
    return shown | {"hoverinfo": "skip", "mode": "markers", "marker": marker}


def _over(days: Sequence[str], values: Sequence[float | None]) -> Figure:
    return {"type": "scatter", "x": list(days), "y": list(values)}


def _layout(days: Sequence[str], spread: Sequence[float | None], unit: Unit, units: Units) -> Figure:
    low, high, step = nice_range([*(value for value in spread if value is not None), 0.0])
    ticks = ticks_between(low, high, step)
    step_days = max(1, len(days) // 5)
    named = [days[place] for place in range(step_days // 2, len(days), step_days)]
    return {
        "xaxis": {"type": "category", "tickvals": named, "ticktext": list(named), "tickangle": 0},
        "yaxis": {
            "range": [low, high],
            "tickvals": ticks,
            "ticktext": [units.axis(tick, unit) for tick in ticks],
        },
        "margin": {"l": 48, "r": 16, "t": 8, "b": 32},
    }
