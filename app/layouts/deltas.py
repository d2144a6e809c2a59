"""The line of a change: arrow for direction, colour for good or bad, sign, word, and its base."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from app.data.metrics.base import Unit
from app.figures.deltas import (
    NOISE,
    NOISE_POINTS,
    UNJUDGED,
    Delta,
    Verdict,
    base_words,
    change_text,
    judge,
    of_answer,
    of_row,
    sentence,
)
from app.layouts.icons import icon
from app.text import t
from app.units import Units

__all__ = [
    "NOISE",
    "NOISE_POINTS",
    "UNJUDGED",
    "Delta",
    "Verdict",
    "base_words",
    "change_text",
    "judge",
    "line",
    "of_answer",
    "of_row",
    "sentence",
]

TONES: dict[Verdict, str] = {"better": "pos", "worse": "neg"}
ARROWS = {1: "up-arrow", -1: "down-arrow", 0: "flat"}


def line(delta: Delta, unit: Unit, units: Units, base: str) -> Component:
    """The line under a value; `base` names what it is compared with."""
    if delta.verdict == "unknown" and base:
        return html.Div([icon(ARROWS[0], 12), t("widgets.no_base_days", base=base)], className="delta neu")
    parts: list[Component] = [
        icon(ARROWS[delta.sign], 12),
        html.Span(sentence(delta, unit, units)),
    ]
    if base:
        parts.append(html.Span(t("widgets.versus", base=base), className="base"))
    return html.Div(parts, className=f"delta {TONES.get(delta.verdict, 'neu')}")
