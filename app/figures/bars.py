"""Figures of reports: bars that say their value, and lines of days with a band of what is expected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.data.metrics.base import Unit
from app.figures.theme import Figure
from app.figures.trends import nice_range, ticks_between
from app.units import Units


@dataclass(frozen=True)
class Band:
    """Around the last values of a line: what is expected, and how far it may be off."""

    names: tuple[str, ...]
    middle: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]


def bars(
    names: Sequence[str],
    values: Sequence[float | None],
    units: Units,
    unit: Unit,
    *,
    colours: Sequence[str] = (),
) -> Figure:
    """One bar a name with its value at its end; without colours of their own the last one is the loudest."""
    known = [value for value in values if value is not None]
    low, high, _ = nice_range([0.0, *known], from_zero=True)
    loudest = ["--compare"] * (len(names) - 1) + ["--accent"] * bool(names)
    trace: Figure = {
        "type": "bar",
        "x": list(names),
        "y": list(values),
        "text": [units.short(value, unit) for value in values],
        "textposition": "outside",
        "cliponaxis": False,
        "constraintext": "none",
        "marker": {"color": list(colours) or loudest},
        "hovertemplate": "%{text}<extra></extra>",
    }
    layout: Figure = {
        "xaxis": {"type": "category", "tickvals": list(names), "ticktext": list(names), "tickangle": 0},
        "yaxis": {
            "range": [low * 1.15, high * 1.08],
            "tickvals": [0],
            "ticktext": [""],
            "gridcolor": "--axis",
        },
        "margin": {"l": 8, "r": 8, "t": 16, "b": 28},
    }
    return {"data": [trace], "layout": layout}


def lines(
    names: Sequence[str],
    values: Sequence[float | None],
    units: Units,
    unit: Unit,
    *,
    before: Sequence[float | None] = (),
    band: Band | None = None,
) -> Figure:
    """A line over named days; dashed the days compared with, or what is expected next with its band."""
    traces: list[Figure] = []
    if band:
        traces += _band(band)
    if before:
        traces.append(_line(names[: len(before)], before, "--compare", 1.25, units, unit, dash="3px,3px"))
    traces.append(_line(names[: len(values)], values, "--accent", 2, units, unit))
    if band:
        start = [values[-1]] if values and values[-1] is not None else []
        shown = [*names[len(values) - len(start) : len(values)], *band.names]
        traces.append(_line(shown, [*start, *band.middle], "--accent", 2, units, unit, dash="5px,4px"))
    spread = [*values, *before, *(band.low if band else ()), *(band.high if band else ())]
    known = [value for value in spread if value is not None]
    shown = [*names, *(band.names if band else ())]
    return {"data": traces, "layout": _lines_layout(shown, known, units, unit)}


def _lines_layout(names: Sequence[str], known: Sequence[float], units: Units, unit: Unit) -> Figure:
    low, high, step = nice_range(known, from_zero=True)
    ticks = ticks_between(low, high, step)
    marks = list(names[:: max(1, round(len(names) / 7))])
    return {
        "xaxis": {
            "type": "category",
            "categoryorder": "array",
            "categoryarray": list(names),
            "tickvals": marks,
            "ticktext": marks,
            "tickangle": 0,
        },
        "yaxis": {
            "range": [low, high],
            "tickvals": ticks,
            "ticktext": [units.axis(tick, unit) for tick in ticks],
        },
        "margin": {"l": 48, "r": 36, "t": 12, "b": 28},
    }


def _line(
    names: Sequence[str],
    values: Sequence[float | None],
    colour: str,
    width: float,
    units: Units,
    unit: Unit,
    dash: str = "",
) -> Figure:
    line: Figure = {"color": colour, "width": width}
    if dash:
        line["dash"] = dash
    return {
        "type": "scatter",
        "mode": "lines",
        "x": list(names),
        "y": list(values),
        "text": [units.full(value, unit) for value in values],
        "line": line,
        "hovertemplate": "%{text}<extra></extra>",
    }


def _band(band: Band) -> list[Figure]:
    edge: Figure = {
        "type": "scatter",
        "mode": "lines",
        "x": list(band.names),
        "line": {"color": "rgba(0,0,0,0)", "width": 0},
        "hoverinfo": "skip",
    }
    return [
        {**edge, "y": list(band.low)},
        {**edge, "y": list(band.high), "fill": "tonexty", "fillcolor": "--band-80"},
    ]
