"""Spark lines: a drawing as a mask, so that it needs no script and takes its colour from the theme."""

from __future__ import annotations

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from app.layouts.attributes import attributes
from app.layouts.icons import svg_address
from app.periods import Grain, Period

WIDTH, HEIGHT, PAD = 96.0, 32.0, 4.0

Points = Sequence[float | None]


def spark(values: Points, base: Points = (), *, open_end: bool = False, label: str = "") -> Component | None:
    """A line of `values` over a lighter, dashed line of `base`; a gap stays a gap. None below two points."""
    known = [value for value in (*values, *base) if value is not None]
    if sum(value is not None for value in values) < 2:
        return None
    low, high = min(known), max(known)
    layers = []
    if sum(value is not None for value in base) >= 2:
        layers.append(_layer("spark-base", _lines(_places(base, low, high), "1.25", "3 3")))
    places = _places(values, low, high)
    layers.append(_layer("spark-line", _drawing(places, open_end)))
    return html.Span(layers, className="spark", role="img", **attributes({"aria-label": label}))


def fitting_grain(period: Period) -> Grain:
    """Days, weeks or months, so that a line of a period has points enough and not too many."""
    return "day" if period.days <= 45 else "week" if period.days <= 200 else "month"


def _layer(name: str, body: str) -> Component:
    address = svg_address(body, WIDTH, HEIGHT)
    return html.I(className=name, style={"maskImage": address, "WebkitMaskImage": address})


def _drawing(places: list[tuple[float, float] | None], open_end: bool) -> str:
    body = _lines(places[:-1] if open_end else places, "1.75", "")
    if open_end:
        body += _lines([None, *places[-2:]], "1.75", "2 3")
    last = next(place for place in reversed(places) if place)
    return f"{body}<circle cx='{last[0]:.1f}' cy='{last[1]:.1f}' r='2.5'/>"


def _lines(places: Sequence[tuple[float, float] | None], width: str, dashes: str) -> str:
    path, pen_up = "", True
    for place in places:
        if place is not None:
            path += f"{'M' if pen_up else 'L'}{place[0]:.1f} {place[1]:.1f}"
        pen_up = place is None
    dash = f" stroke-dasharray='{dashes}'" if dashes else ""
    look = f"fill='none' stroke='black' stroke-width='{width}' stroke-linejoin='round' stroke-linecap='round'"
    return f"<path d='{path}' {look}{dash}/>"


def _places(values: Points, low: float, high: float) -> list[tuple[float, float] | None]:
    step = (WIDTH - 2 * PAD) / max(len(values) - 1, 1)
    height = HEIGHT - 2 * PAD
    span = high - low
    return [
        None
        if value is None
        else (PAD + index * step, PAD + height * (1 - (value - low) / span if span else 0.5))
        for index, value in enumerate(values)
    ]
