"""What each member of a dimension added to the change of a metric: exact, so that the parts sum to the whole.

A sum is the sum of its members, so each adds its own change. A rate R = N / D is that of its members weighed
by their shares w of D: a member adds the change of its own rate at its mean share (the rate effect), and the
change of its share at the distance of its mean rate from the mean R (the mix effect); means are midpoints of
the two periods. Both together are Δ(Nᵢ / D) - mean R · Δwᵢ, which is defined without a rate of the member and
sums to ΔR, because the shares sum to 1 in both periods.

Source: the symmetric (Marshall-Edgeworth) shift-share split.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from app.data.metrics.base import Metric
from app.data.query.frame import MetricFrame, Row, cell

# Why a member of a rate moved it: its own rate rose or fell; it got a larger or smaller share of the
# denominator; it is there in one of the periods only; it has a numerator and no denominator, now or before.
Cause = Literal["rose", "fell", "more", "less", "new", "gone", "without", "without_before"]


@dataclass(frozen=True)
class Contribution:
    """What one member added to a change, in the metric's own unit; of a rate also why."""

    member: str
    change: float
    cause: Cause | None = None


@dataclass(frozen=True)
class Terms:
    """Numerator and denominator of a rate, now and in the base; what is not there counts nothing."""

    above: float
    below: float
    base_above: float
    base_below: float

    @property
    def rates(self) -> tuple[float, ...]:
        """The rate now and in the base, as far as there is one."""
        pairs = ((self.above, self.below), (self.base_above, self.base_below))
        return tuple(above / below for above, below in pairs if below)

    def shares(self, whole: Terms) -> tuple[float, float]:
        """The share of the denominator of a whole, now and in the base."""
        return self.below / whole.below, self.base_below / whole.base_below


@dataclass(frozen=True)
class Effects:
    """The two parts of what a member added to the change of a rate."""

    rate: float
    mix: float

    @property
    def change(self) -> float:
        return self.rate + self.mix


def terms(row: Row, metric: str) -> Terms:
    return Terms(*(cell(row, f"{metric}__{name}") or 0.0 for name in ("n", "d", "base_n", "base_d")))


def effects(part: Terms, whole: Terms, scale: float = 1.0) -> Effects:
    """How a part moved the rate of its whole, which has a denominator in both periods.

    Where a part has no denominator, its rate is taken as that of the other period: coming or going is all
    mix. What it then has of the numerator all the same (spend without clicks) is a rate effect.
    """
    now, then = part.shares(whole)
    added = part.above / whole.below - part.base_above / whole.base_below
    of_whole = _mean(whole.rates)
    own = _mean(part.rates) if part.rates else of_whole
    moved = now - then
    return Effects(scale * (added - own * moved), scale * moved * (own - of_whole))


def contributions(frame: MetricFrame, whole: Row, metric: Metric, dimension: str) -> tuple[Contribution, ...]:
    """What each member of an answer by one dimension added to the change of the whole, the largest first."""
    parts = [_contribution(row, whole, metric, str(row.get(dimension))) for row in frame.rows]
    return tuple(sorted(parts, key=lambda part: -abs(part.change)))


def closes(parts: Iterable[Contribution], change: float) -> bool:
    """Whether the parts add up to the change; a split that does not explain all of it explains nothing."""
    added = [part.change for part in parts]
    scale = max((abs(one) for one in added), default=0.0)
    return math.isclose(sum(added), change, rel_tol=1e-6, abs_tol=1e-6 * max(1.0, scale))


def _contribution(row: Row, whole: Row, metric: Metric, member: str) -> Contribution:
    if metric.denominator is None:
        value, base = (cell(row, f"{metric.id}{end}") or 0.0 for end in ("", "__base"))
        return Contribution(member, value - base)
    part, total = terms(row, metric.id), terms(whole, metric.id)
    if not total.below or not total.base_below:
        return Contribution(member, 0.0)
    found = effects(part, total, metric.scale)
    return Contribution(member, found.change, cause(part, total, found))


def cause(part: Terms, whole: Terms, found: Effects) -> Cause:
    """Which of the effects dominates, in one word."""
    if not part.below:
        return "without" if part.above else "without_before" if not part.base_below else "gone"
    if not part.base_below:
        return "without_before" if part.base_above else "new"
    if abs(found.mix) > abs(found.rate):
        now, then = part.shares(whole)
        return "more" if now > then else "less"
    return "rose" if found.rate > 0 else "fell"


def _mean(rates: Sequence[float]) -> float:
    return sum(rates) / len(rates)
