"""Figures over time: a level with its growth beneath, and the movements that made it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from app.data.metrics.base import METRICS, Metric, Unit
from app.data.query.frame import Row, column
from app.figures import deltas
from app.figures.theme import Figure
from app.text import t
from app.units import Units

GROWTH_SHARE = 0.2
GROWTH_ROOM = 0.08  # beyond the outermost rate, as a share of the span
GAP = 0.13
TICKS = 5
UPPER = [GROWTH_SHARE + GAP, 1]
# What the pointer meets is called by its whole name; a tick may leave the year out.
HOVER_TITLE: Figure = {"text": "<b>%{x}</b>"}
CORNER: Figure = {
    "showarrow": False,
    "xref": "paper",
    "x": 0,
    "xanchor": "left",
    "yref": "paper",
    "font": {"size": 11, "color": "--text-3"},
}


@dataclass(frozen=True)
class Before:
    """What a level was a year before each month shown: the months by name, and the values.

    `until` names the day to which the last month shown is known, where it is running.
    """

    names: Sequence[str]
    values: Sequence[float | None]
    until: str = ""


def level_with_growth(
    rows: Sequence[Row],
    level: str,
    rate: str,
    units: Units,
    *,
    open_end: bool,
    target: float | None = None,
    before: Before | None = None,
) -> Figure:
    """A line of `level` over the months, and bars of `rate` in a plot of their own beneath.

    `target` is what the level should be by now, drawn as a tick at the last month; `before` is what the level
    was a year earlier, drawn lighter and dashed, and told beside each value.
    """
    days, values = _column(rows, "date"), column(rows, level)
    rates, names = column(rows, rate), [units.month(day) for day in days]
    traces = _level_traces(names, values, level, units, open_end=open_end)
    earlier = list(before.values) if before else []
    if before is not None:
        told = _told(values, before, METRICS.get(level), units)
        traces = [*(_with_hover(trace, names, told) for trace in traces), _before_line(names, earlier)]
    if target is not None:
        traces.append(_target_tick(names[-1:], target, units))
    low, high, step = nice_range([value for value in (*values, *earlier, target) if value is not None])
    layout: Figure = {
        "xaxis": _month_axis(days, names, units) | {"anchor": "y2"},
        "yaxis": _upper_axis(low, high, step, units, "money"),
        "yaxis2": _growth_axis(rates),
        "margin": {"l": 48, "r": 72, "t": 12, "b": 24},
        "uirevision": f"{level}{names[0] if names else ''}",
    }
    layout["annotations"] = [
        *_end_label(names, values, units),
        *_before_label(names, earlier, values),
        *_growth_labels(names, rates, units),
        *_target_label(names, values, target, units),
        *axis_start(low, units),
    ]
    return {"data": [*traces, _growth_bars(names, rates, rate, units, open_end)], "layout": layout}


def _level_traces(
    names: Sequence[str], values: Sequence[float | None], level: str, units: Units, *, open_end: bool
) -> list[Figure]:
    """The line, dashed into a month that is still open, and a dot on its last point."""
    shown = [units.full(value, "money") for value in values]
    solid = len(values) - 1 if open_end and len(values) > 1 else len(values)
    line = {"type": "scatter", "meta": level, "x": names, "text": shown}
    line["hovertemplate"] = "<b>%{text}</b><extra></extra>"
    stroke = {"color": "--accent", "width": 2}
    past = [*values[:solid], *([None] * (len(values) - solid))]
    traces: list[Figure] = [{**line, "y": past, "mode": "lines", "line": stroke}]
    if solid < len(values):
        quiet = {"hoverinfo": "skip", "hovertemplate": None, "line": stroke | {"dash": "2px,3px"}}
        traces.append({**line, "x": names[-2:], "y": values[-2:], "mode": "lines", **quiet})
    marker = {"size": 7, "color": "--surface" if open_end else "--accent", "line": stroke}
    end = {"x": names[-1:], "y": values[-1:], "text": shown[-1:]}
    return [*traces, {**line, **end, "mode": "markers", "marker": marker}]


def _told(values: Sequence[float | None], before: Before, metric: Metric, units: Units) -> list[str]:
    """What hovering over each month says below its name: its value, that of the year before with its date,
    the change; of a running month also how far it has come."""
    keys = ["widgets.trend_hover"] * len(values)
    if before.until and keys:
        keys[-1] = "widgets.trend_hover_open"
    return [
        t(
            key,
            until=before.until,
            value=units.full(value, metric.unit),
            before=name,
            base=units.full(base, metric.unit),
            change=_change(value, base, metric, units),
        )
        for key, value, name, base in zip(keys, values, before.names, before.values, strict=True)
    ]


def _change(value: float | None, base: float | None, metric: Metric, units: Units) -> str:
    return deltas.sentence(deltas.judge(value, base, metric.unit, metric.direction), metric.unit, units)


def _with_hover(trace: Figure, names: Sequence[str], told: Sequence[str]) -> Figure:
    known = dict(zip(names, told, strict=True))
    return {**trace, "text": [known[name] for name in trace["x"]]}


def _before_line(names: Sequence[str], values: Sequence[float | None]) -> Figure:
    """The comparison: the same hue, lighter and dashed; the main line tells its values."""
    stroke = {"color": "--compare", "width": 1.25, "dash": "3px,3px"}
    return {
        "type": "scatter", "x": names, "y": values, "mode": "lines", "line": stroke, "hoverinfo": "skip",
    }  # fmt: skip


def _before_label(
    names: Sequence[str], earlier: Sequence[float | None], values: Sequence[float | None]
) -> list[Figure]:
    """The name of the dashed line at its end, clear of the value's own label."""
    if not earlier or earlier[-1] is None:
        return []
    below = values[-1] is None or earlier[-1] <= values[-1]
    place = {"yref": "y", "y": earlier[-1], "yanchor": "top" if below else "bottom"}
    look = {"text": t("widgets.trend_before"), "font": {"size": 11, "color": "--text-3"}}
    return [_at_end(names[-1]) | place | look]


def _upper_axis(low: float, high: float, step: float, units: Units, unit: Unit) -> Figure:
    ticks = ticks_between(low, high, step)
    return {
        "domain": UPPER,
        "range": [low, high],
        "tickvals": ticks,
        "ticktext": [units.axis(tick, unit) for tick in ticks],
    }


def movements(
    rows: Sequence[Row],
    parts: Mapping[str, tuple[str, str]],
    rate: str,
    units: Units,
    unit: Unit = "money",
    *,
    open_end: bool = False,
) -> Figure:
    """Stacked bars, gains above and losses below zero, and bars of `rate` in a plot of their own beneath;
    `parts` gives each metric its title and colour. A running month at the end is hatched and says so."""
    days, rates = _column(rows, "date"), column(rows, rate)
    names = [units.month(day) for day in days]
    columns = [column(rows, metric) for metric in parts]
    traces = [
        {
            "type": "bar",
            "name": title,
            "meta": metric,
            "x": names,
            "y": values,
            "marker": {"color": colour} | _hatched(len(names), open_end),
            "text": [units.full(value, unit) for value in values],
            "textposition": "none",
            "hovertemplate": f"{title} %{{text}}<extra></extra>",
        }
        for (metric, (title, colour)), values in zip(parts.items(), columns, strict=True)
    ]
    low, high, step = nice_range([0.0, *_stacked(columns)], from_zero=True)
    zero = {"zeroline": True, "zerolinecolor": "--axis", "zerolinewidth": 1}
    layout: Figure = {
        "barmode": "relative",
        "xaxis": _month_axis(days, names, units) | {"anchor": "y2"},
        "yaxis": _upper_axis(low, high, step, units, unit) | zero,
        "yaxis2": _growth_axis(rates),
        "annotations": [*_growth_labels(names, rates, units), *_running(names, columns, open_end)],
        "margin": {"l": 48, "r": 72, "t": 12, "b": 24},
    }
    return {"data": [*traces, _growth_bars(names, rates, rate, units, open_end)], "layout": layout}


def _hatched(count: int, open_end: bool) -> Figure:
    """The look of a bar whose month is still running: lines in its colour instead of a surface."""
    if not open_end or not count:
        return {}
    return {
        "pattern": {"shape": [""] * (count - 1) + ["/"], "fillmode": "replace", "size": 5, "solidity": 0.5}
    }


def _running(names: Sequence[str], columns: Sequence[Sequence[float | None]], open_end: bool) -> list[Figure]:
    """The words over the bar of a running month."""
    if not open_end or not names:
        return []
    top = max(_stacked([values[-1:] for values in columns]))
    place = {"xref": "x", "x": names[-1], "xanchor": "center", "yref": "y", "y": top, "yanchor": "bottom"}
    words = {"text": t("filters.in_progress"), "showarrow": False, "yshift": 2}
    return [place | words | {"font": {"size": 11, "color": "--text-3"}}]


def _stacked(columns: Sequence[Sequence[float | None]]) -> list[float]:
    """How far the bars of each row reach up and down."""
    ends = []
    for values in zip(*columns, strict=True):
        up = down = 0.0
        for value in values:
            if value is None:
                continue
            if value > 0:
                up += value
            else:
                down += value
        ends += [up, down]
    return ends


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


def _growth_bars(
    names: Sequence[str], rates: Sequence[float | None], rate: str, units: Units, open_end: bool
) -> Figure:
    return {
        "type": "bar",
        "meta": rate,
        "x": names,
        "y": rates,
        "yaxis": "y2",
        "text": [units.percent(value, sign=True) if value is not None else "–" for value in rates],
        "textposition": "none",
        "marker": {"color": "--compare"} | _hatched(len(names), open_end),
        "hovertemplate": f"{t('widgets.growth')} %{{text}}<extra></extra>",
    }


def _growth_axis(rates: Sequence[float | None]) -> Figure:
    """The axis of the lower plot: zero and every rate lie within it, however small a fall is."""
    known = [rate for rate in rates if rate is not None]
    low, high = min([0.0, *known]), max([0.0, *known])
    room = (high - low or 1.0) * GROWTH_ROOM
    return {
        "domain": [0, GROWTH_SHARE],
        "anchor": "x",
        "tickvals": [0],
        "ticktext": ["0%"],
        "gridcolor": "--axis",
        "range": [low - room if low < 0 else 0.0, high + room],
        "fixedrange": True,
        "showline": False,
        "ticks": "",
        "tickfont": {"size": 11, "color": "--text-3"},
        "zeroline": False,
    }


def _month_axis(days: Sequence[date], names: Sequence[str], units: Units) -> Figure:
    places = _tick_places(len(names))
    return {
        "type": "category",
        "tickvals": [names[at] for at in places],
        "ticktext": month_ticks([days[at] for at in places], units),
        "tickangle": 0,
        "unifiedhovertitle": HOVER_TITLE,
    }


def _at_end(name: str) -> Figure:
    """A label beside the last point; a narrow screen leaves out what is named `end`."""
    return {"name": "end", "showarrow": False, "xref": "x", "x": name, "xanchor": "left", "xshift": 12}


def _end_label(names: Sequence[str], values: Sequence[float | None], units: Units) -> list[Figure]:
    if not values or values[-1] is None:
        return []
    text = f"<b>{units.short(values[-1], 'money')}</b>"
    place = {"yref": "y", "y": values[-1], "text": text, "font": {"color": "--text", "size": 12}}
    return [_at_end(names[-1]) | place]


def _target_tick(name: Sequence[str], target: float, units: Units) -> Figure:
    return {
        "type": "scatter",
        "x": name,
        "y": [target],
        "text": [units.full(target, "money")],
        "mode": "markers",
        "marker": {"symbol": "line-ew", "size": 18, "line": {"color": "--text", "width": 2}},
        "hovertemplate": f"{t('widgets.target_due')} %{{text}}<extra></extra>",
    }


def _target_label(
    names: Sequence[str], values: Sequence[float | None], target: float | None, units: Units
) -> list[Figure]:
    """At the end beside the tick, clear of the line, above or below the value's own label."""
    if target is None or not names:
        return []
    above = not values or values[-1] is None or target >= values[-1]
    place = {"yref": "y", "y": target, "yanchor": "bottom" if above else "top", "yshift": 6 if above else -4}
    text = t("widgets.target_due_value", value=units.short(target, "money"))
    look = {"text": text, "align": "left", "font": {"size": 11, "color": "--text-3"}}
    return [_at_end(names[-1]) | place | look]


def _growth_labels(names: Sequence[str], rates: Sequence[float | None], units: Units) -> list[Figure]:
    """The newest rate at the right end, and what the lower plot is."""
    found: list[Figure] = [
        CORNER | {"y": GROWTH_SHARE + GAP / 2 - 0.01, "yanchor": "middle", "text": t("widgets.growth_axis")}
    ]
    if rates and rates[-1] is not None:
        text = units.percent(rates[-1], sign=True)
        beside = "middle" if rates[-1] > 0 else "bottom"  # below zero stand the names of the months
        place = {"yref": "y2", "y": max(rates[-1], 0), "yanchor": beside, "text": text}
        found.append(_at_end(names[-1]) | place | {"xshift": 22, "font": {"color": "--text", "size": 12}})
    return found


def axis_start(low: float, units: Units, unit: Unit = "money") -> list[Figure]:
    """The words where the axis does not start at zero."""
    if low <= 0:
        return []
    text = t("widgets.axis_starts", value=units.axis(low, unit))
    return [CORNER | {"y": 1, "yanchor": "top", "xshift": 4, "yshift": -4, "text": text}]


def _tick_places(count: int) -> list[int]:
    """Few ticks, evenly apart, the last month always among them."""
    step = max(1, round(count / TICKS))
    return sorted(range(count - 1, -1, -step))


def month_ticks(days: Sequence[date], units: Units) -> list[str]:
    """Month names, the year only where it changes."""
    found, year = [], 0
    for day in days:
        found.append(units.month(day, year=day.year != year))
        year = day.year
    return found


def _column(rows: Sequence[Row], name: str) -> list[date]:
    return [day for row in rows if isinstance(day := row.get(name), date)]
