"""A forecast as a fan: what came, then the prediction within its 80% and 95% bands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from app.data.metrics.base import Metric, Unit
from app.data.query.predictions import ForecastPoint
from app.figures.theme import Figure
from app.figures.trends import HOVER_TITLE, axis_start, month_ticks, nice_range, ticks_between
from app.periods import Grain
from app.text import t
from app.units import Units

Known = Sequence[tuple[date, float | None]]
TICKS = 6
BANDS = ((95, "--band-95"), (80, "--band-80"))


def fan(known: Known, points: Sequence[ForecastPoint], units: Units, metric: Metric, grain: Grain) -> Figure:
    """Actual solid, forecast dashed, bands around it, a line where the forecast starts."""
    name, unit = namer(units, grain), metric.unit
    names = [*(name(day) for day, _ in known), *(name(point.date) for point in points)]
    ends = [*(value for _, value in known), *(p.low_95 for p in points), *(p.high_95 for p in points)]
    low, high, step = nice_range([value for value in ends if value is not None])
    ticks = ticks_between(low, high, step)
    days = [*(day for day, _ in known), *(point.date for point in points)]
    places = list(range(len(days) - 1, -1, -max(1, round(len(days) / TICKS))))[::-1]
    layout: Figure = {
        "xaxis": {
            "type": "category",
            "categoryorder": "array",
            "categoryarray": names,
            "tickvals": [names[at] for at in places],
            "ticktext": _ticks([days[at] for at in places], units, grain),
            "tickangle": 0,
            "unifiedhovertitle": HOVER_TITLE,
        },
        "yaxis": {
            "range": [low, high],
            "tickvals": ticks,
            "ticktext": [units.axis(tick, unit) for tick in ticks],
        },
        "margin": {"l": 56, "r": 84, "t": 20, "b": 24},
        "annotations": [*_labels(len(known), points, units, unit), *axis_start(low, units, unit)],
        "shapes": [_start(len(known))] if known and points else [],
        "uirevision": names[0] if names else "",
    }
    return {
        "data": [*_bands(known, points, name), *_lines(known, points, units, metric, name)],
        "layout": layout,
    }


def namer(units: Units, grain: Grain) -> Callable[[date], str]:
    """What a bucket is called on the time axis."""
    return (lambda day: units.month(day)) if grain == "month" else (lambda day: units.day(day))


def _ticks(days: Sequence[date], units: Units, grain: Grain) -> list[str]:
    return month_ticks(days, units) if grain == "month" else [units.day(day, today=days[-1]) for day in days]


def _bands(known: Known, points: Sequence[ForecastPoint], name: Callable[[date], str]) -> list[Figure]:
    """Each band from the last known value on: its low edge, then its high edge filled down to it."""
    start = [known[-1]] if known and known[-1][1] is not None else []
    x = [*(name(day) for day, _ in start), *(name(point.date) for point in points)]
    traces = []
    for level, colour in BANDS:
        for edge in ("low", "high"):
            values = [*(value for _, value in start), *(getattr(p, f"{edge}_{level}") for p in points)]
            filled = {"fill": "tonexty", "fillcolor": colour} if edge == "high" else {}
            traces.append(
                {
                    "type": "scatter",
                    "mode": "lines",
                    "x": x,
                    "y": values,
                    "line": {"width": 0.5, "color": colour},
                    "hoverinfo": "skip",
                    **filled,
                }
            )
    return traces


def _lines(
    known: Known, points: Sequence[ForecastPoint], units: Units, metric: Metric, name: Callable[[date], str]
) -> list[Figure]:
    unit = metric.unit
    line = {"type": "scatter", "mode": "lines", "hovertemplate": "%{text}<extra></extra>"}
    start = [known[-1]] if known else []
    told = [
        t("forecasts.hover", value=units.full(p.predicted, unit), low=units.short(p.low_95, unit),
          high=units.short(p.high_95, unit))
        for p in points
    ]  # fmt: skip
    return [
        {
            **line,
            "meta": metric.id,
            "x": [name(day) for day, _ in known],
            "y": [value for _, value in known],
            "text": [f"<b>{units.full(value, unit)}</b>" for _, value in known],
            "line": {"color": "--accent", "width": 2},
        },
        {
            **line,
            "x": [*(name(day) for day, _ in start), *(name(point.date) for point in points)],
            "y": [*(value for _, value in start), *(point.predicted for point in points)],
            "text": [*(units.full(value, unit) for _, value in start), *told],
            "line": {"color": "--accent", "width": 2, "dash": "5px,4px"},
        },
    ]


def _start(known: int) -> Figure:
    """The line between what came and what is predicted."""
    at = known - 0.5
    line = {"color": "--border-strong", "width": 1}
    return {"type": "line", "xref": "x", "yref": "paper", "x0": at, "x1": at, "y0": 0, "y1": 1, "line": line}


def _labels(known: int, points: Sequence[ForecastPoint], units: Units, unit: Unit) -> list[Figure]:
    if not points:
        return []
    last, small = points[-1], {"size": 11, "color": "--text-3"}
    right = {
        "name": "end",
        "showarrow": False,
        "xref": "paper",
        "x": 1,
        "xanchor": "left",
        "xshift": 8,
        "yref": "y",
    }
    top = {"showarrow": False, "xref": "x", "x": known - 0.5, "yref": "paper", "y": 1, "yanchor": "bottom"}
    found = [
        {**right, "y": last.predicted, "text": f"<b>{units.short(last.predicted, unit)}</b>",
         "font": {"color": "--text", "size": 12}},
        {**right, "y": last.low_95, "text": units.short(last.low_95, unit), "font": small},
        {**right, "y": last.high_95, "text": units.short(last.high_95, unit), "font": small},
    ]  # fmt: skip
    if known:
        found += [
            {**top, "xanchor": "right", "xshift": -6, "text": t("forecasts.actual"), "font": small},
            {**top, "xanchor": "left", "xshift": 6, "text": t("forecasts.forecast"), "font": small},
        ]
    return found
