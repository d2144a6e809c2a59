"""Figures over time: a level with its growth beneath, and the movements that made it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date

from app.data.metrics.base import Unit
from app.data.query.frame import Row, cell
from app.figures.theme import Figure
from app.text import t
from app.units import Units

GROWTH_SHARE = 0.2
GAP = 0.13
TICKS = 5


def level_with_growth(
    rows: Sequence[Row], growth: Sequence[Row], level: str, rate: str, units: Units, *, open_end: bool
) -> Figure:
    """A line of `level` over the months, and bars of `rate` in a plot of their own beneath."""
    days, values = _column(rows, "date"), _numbers(rows, level)
    rates = _numbers(growth, rate)
    low, high, step = nice_range([value for value in values if value is not None])
    shown = [units.full(value, "money") for value in values]
    rates_shown = [units.percent(value, sign=True) if value is not None else "–" for value in rates]
    traces: list[Figure] = []
    solid = len(values) - 1 if open_end and len(values) > 1 else len(values)
    names = [units.month(day) for day in days]
    line = {"type": "scatter", "x": names, "text": shown, "hovertemplate": "<b>%{text}</b><extra></extra>"}
    traces.append(
        {
            **line,
            "y": [*values[:solid], *([None] * (len(values) - solid))],
            "mode": "lines",
            "line": {"color": "--accent", "width": 2},
        }
    )
    if solid < len(values):
        traces.append(
            {
                **line,
                "x": names[-2:],
                "y": values[-2:],
                "mode": "lines",
                "hoverinfo": "skip",
                "hovertemplate": None,
                "line": {"color": "--accent", "width": 2, "dash": "2px,3px"},
            }
        )
    traces.append(
        {
            **line,
            "x": names[-1:],
            "y": values[-1:],
            "text": shown[-1:],
            "mode": "markers",
            "marker": {
                "size": 7,
                "color": "--surface" if open_end else "--accent",
                "line": {"color": "--accent", "width": 2},
            },
        }
    )
    traces.append(
        {
            "type": "bar",
            "x": names,
            "y": rates,
            "yaxis": "y2",
            "text": rates_shown,
            "textposition": "none",
            "marker": {"color": "--compare"},
            "hovertemplate": "%{text}<extra></extra>",
        }
    )
    ticks = ticks_between(low, high, step)
    layout: Figure = {
        "xaxis": {
            "anchor": "y2",
            "type": "category",
            "tickvals": [names[i] for i in _tick_places(len(names))],
            "ticktext": _month_ticks(days, units),
            "tickangle": 0,
        },
        "yaxis": {
            "domain": [GROWTH_SHARE + GAP, 1],
            "range": [low, high],
            "tickvals": ticks,
            "ticktext": [units.axis(tick, "money") for tick in ticks],
        },
        "yaxis2": {
            "domain": [0, GROWTH_SHARE],
            "anchor": "x",
            "tickvals": [0],
            "ticktext": ["0%"],
            "gridcolor": "--axis",
            "rangemode": "tozero",
            "fixedrange": True,
            "showline": False,
            "ticks": "",
            "tickfont": {"size": 11, "color": "--text-3"},
            "zeroline": False,
        },
        "margin": {"l": 48, "r": 72, "t": 12, "b": 24},
        "uirevision": f"{level}{names[0] if names else ''}",
    }
    layout["annotations"] = _level_labels(values, rates, units, low)
    return {"data": traces, "layout": layout}


def movements(
    rows: Sequence[Row], parts: Mapping[str, tuple[str, str]], units: Units, unit: Unit = "money"
) -> Figure:
    """Stacked bars, gains above and losses below zero; `parts` gives each metric its title and colour."""
    names = [units.month(day) for day in _column(rows, "date")]
    traces = [
        {
            "type": "bar",
            "name": title,
            "x": names,
            "y": values,
            "marker": {"color": colour},
            "text": [units.full(value, unit) for value in values],
            "textposition": "none",
            "hovertemplate": f"{title} %{{text}}<extra></extra>",
        }
        for metric, (title, colour) in parts.items()
        for values in [_numbers(rows, metric)]
    ]
    ups = [sum(v for m in parts if (v := cell(row, m)) is not None and v > 0) for row in rows]
    downs = [sum(v for m in parts if (v := cell(row, m)) is not None and v < 0) for row in rows]
    low, high, step = nice_range([0.0, *ups, *downs], from_zero=True)
    ticks = ticks_between(low, high, step)
    layout: Figure = {
        "barmode": "relative",
        "xaxis": {
            "type": "category",
            "tickvals": [names[i] for i in _tick_places(len(names))],
            "ticktext": _month_ticks(_column(rows, "date"), units),
            "tickangle": 0,
        },
        "yaxis": {
            "range": [low, high],
            "tickvals": ticks,
            "ticktext": [units.axis(v, unit) for v in ticks],
            "zeroline": True,
            "zerolinecolor": "--axis",
            "zerolinewidth": 1,
        },
        "margin": {"l": 48, "r": 16, "t": 12, "b": 24},
    }
    return {"data": traces, "layout": layout}


def nice_range(values: Sequence[float], *, from_zero: bool = False) -> tuple[float, float, float]:
    """Least and greatest tick and the step, on round numbers, with three or four steps between."""
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    if from_zero:
        low, high = min(low, 0.0), max(high, 0.0)
    if high - low > 0.6 * abs(high) and low > 0:
        low = 0.0
    span = (high - low) or abs(high) or 1.0
    rough = span / 3
    power = 10 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= rough)
    return math.floor(low / step) * step, math.ceil(high / step) * step, step


def ticks_between(low: float, high: float, step: float) -> list[float]:
    return [low + index * step for index in range(round((high - low) / step) + 1)]


def _level_labels(
    values: Sequence[float | None], rates: Sequence[float | None], units: Units, low: float
) -> list[Figure]:
    """The newest value and rate at the right end, and the words where the axis does not start at zero."""
    found = []
    plain = {"showarrow": False, "xref": "paper", "x": 1, "xanchor": "left", "xshift": 8}
    if values and values[-1] is not None:
        found.append(
            {
                **plain,
                "yref": "y",
                "y": values[-1],
                "text": f"<b>{units.short(values[-1], 'money')}</b>",
                "font": {"color": "--text", "size": 12},
            }
        )
    if rates and rates[-1] is not None:
        found.append(
            {
                **plain,
                "yref": "y2",
                "y": max(rates[-1], 0),
                "yanchor": "middle",
                "text": units.percent(rates[-1], sign=True),
                "font": {"color": "--text", "size": 12},
            }
        )
    corner = {
        "showarrow": False,
        "xref": "paper",
        "x": 0,
        "xanchor": "left",
        "yref": "paper",
        "font": {"size": 11, "color": "--text-3"},
    }
    if low > 0:
        found.append(
            {
                **corner,
                "y": 1,
                "yanchor": "top",
                "xshift": 4,
                "yshift": -4,
                "text": t("widgets.axis_starts", value=units.axis(low, "money")),
            }
        )
    found.append(
        {**corner, "y": GROWTH_SHARE + GAP / 2 - 0.01, "yanchor": "middle", "text": t("widgets.growth_axis")}
    )
    return found


def _tick_places(count: int) -> list[int]:
    """Few ticks, evenly apart, the last month always among them."""
    step = max(1, round(count / TICKS))
    return sorted(range(count - 1, -1, -step))


def _month_ticks(days: Sequence[date], units: Units) -> list[str]:
    """Month names, the year only where it changes."""
    found, year = [], 0
    for index in _tick_places(len(days)):
        found.append(units.month(days[index], year=days[index].year != year))
        year = days[index].year
    return found


def _column(rows: Sequence[Row], name: str) -> list[date]:
    return [day for row in rows if isinstance(day := row.get(name), date)]


def _numbers(rows: Sequence[Row], metric: str) -> list[float | None]:
    return [cell(row, metric) for row in rows]
