"""A change on a card: arrow for direction, colour for good or bad, sign, word, and its base; and what a value
was before. Both lead to the passports that write them out."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from app.data.metrics.base import Metric
from app.data.query.spec import MetricQuery
from app.figures.deltas import (
    NOISE,
    NOISE_POINTS,
    UNCOMPARED,
    Delta,
    Verdict,
    base_words,
    change_text,
    judge,
    of_answer,
    of_row,
    sentence,
)
from app.layouts import cards, question
from app.layouts.aspects import BEFORE
from app.layouts.icons import icon
from app.layouts.widgets.base import WidgetContext
from app.text import t
from app.units import Units

__all__ = [
    "NOISE",
    "NOISE_POINTS",
    "UNCOMPARED",
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


def line(delta: Delta, metric: Metric, units: Units, base: str, asked: str, *, of: str = "") -> Component:
    """The line under a value; `base` names what it is compared with, `asked` is the address of the passport
    that writes the change out, `of` the member whose value it is."""
    if delta.verdict == "unknown" and base:
        return html.Div([icon(ARROWS[0], 12), t("widgets.no_base_days", base=base)], className="delta neu")
    if delta.verdict == "standing" and base:
        return html.Div([icon(ARROWS[0], 12), t("widgets.standing_since", base=base)], className="delta neu")
    words = sentence(delta, metric.unit, units)
    sized = delta.verdict not in UNCOMPARED
    told = changed(words, delta, metric, units, asked, of=of) if sized else html.Span(words)
    parts: list[Component] = [icon(ARROWS[delta.sign], 12), told]
    if base:
        parts.append(html.Span(t("widgets.versus", base=base), className="base"))
    return html.Div(parts, className=f"delta {TONES.get(delta.verdict, 'neu')}")


def changed(words: str, delta: Delta, metric: Metric, units: Units, asked: str, *, of: str = "") -> Component:
    """A change as a number that opens its passport, its difference in full in its tooltip."""
    return cards.number(
        words,
        metric.id,
        asked,
        exact=units.change(delta.change, metric.unit, full=True),
        label=t("widgets.change_label", name=f"{metric.title} {of}".strip(), change=_signed(words, delta)),
    )


def _signed(words: str, delta: Delta) -> str:
    """A change for those who hear it: what the arrow shows is said."""
    return f"−{words}" if delta.sign < 0 and words[0].isdigit() else words


def before(
    metric: Metric, base: float | None, query: MetricQuery, context: WidgetContext, *, text: str
) -> Component:
    """What a value was in the period that it is compared with: a number with a passport of its own."""
    return cards.number(
        text,
        metric.id,
        question.address(query, context.state, aspect=BEFORE),
        exact=context.units.full(base, metric.unit),
        label=t("widgets.before_label", name=metric.title),
    )
