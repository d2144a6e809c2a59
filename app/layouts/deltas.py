"""A change in words: arrow for direction, colour for good or bad, sign, word, and the base it is against."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from dash import html
from dash.development.base_component import Component

from app.data.metrics.base import Direction, Unit
from app.layouts.icons import icon
from app.text import t
from app.units import Units, missing

Verdict = Literal["better", "worse", "neutral", "flat", "new", "unknown"]
NOISE = 0.005  # a relative change below this is no clear change
NOISE_POINTS = 0.001  # of two percentages: a tenth of a point
TONES: dict[Verdict, str] = {"better": "pos", "worse": "neg"}
ARROWS = {1: "up-arrow", -1: "down-arrow", 0: "flat"}


@dataclass(frozen=True)
class Delta:
    """A change and what it means; `share` is the relative change, None where the base was zero."""

    verdict: Verdict
    change: float = 0.0
    share: float | None = None

    @property
    def sign(self) -> int:
        return 0 if self.verdict in ("flat", "unknown") else (self.change > 0) - (self.change < 0)


def judge(
    value: float | None, base: float | None, unit: Unit, direction: Direction, *, margin: float = 0.0
) -> Delta:
    """Compares a value with its base; noise is half a percent, or of a percentage a tenth of a point, or
    whatever stays within the `margin` of error of the change."""
    if missing(value) or missing(base):
        return Delta("unknown")
    assert value is not None and base is not None
    change = value - base
    if margin and abs(change) <= margin:
        return Delta("flat", change, change / abs(base) if base else 0.0)
    if base == 0:
        return Delta("new", change) if change else Delta("flat", 0.0, 0.0)
    share = change / abs(base)
    scale = 1.0 if unit == "ratio" else 100.0
    quiet = abs(change) < NOISE_POINTS * scale if unit in ("ratio", "percent") else abs(share) < NOISE
    if quiet:
        return Delta("flat", change, share)
    if direction == "neutral":
        return Delta("neutral", change, share)
    return Delta("better" if (change > 0) == (direction == "up") else "worse", change, share)


def change_text(delta: Delta, unit: Unit, units: Units) -> str:
    """+3.1%; +0.1 pp; for points the difference itself."""
    if unit in ("ratio", "percent", "points") or delta.share is None:
        return units.change(delta.change, unit)
    return units.percent(delta.share, sign=True)


def sentence(delta: Delta, unit: Unit, units: Units) -> str:
    """The change with its word, without the base."""
    if delta.verdict == "unknown":
        return t("widgets.no_base")
    return t("widgets.delta", change=change_text(delta, unit, units), word=t(f"widgets.word_{delta.verdict}"))


def line(delta: Delta, unit: Unit, units: Units, base: str) -> Component:
    """The line under a value; `base` names what it is compared with."""
    parts: list[Component] = [
        icon(ARROWS[delta.sign], 12),
        html.Span(sentence(delta, unit, units)),
    ]
    if base:
        parts.append(html.Span(t("widgets.versus", base=base), className="base"))
    return html.Div(parts, className=f"delta {TONES.get(delta.verdict, 'neu')}")
