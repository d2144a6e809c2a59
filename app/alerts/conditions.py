"""Conditions: when a value is a breach. Each kind is one frozen value with its numbers; pure arithmetic."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from app.errors import InputError, unknown
from app.text import t

LEAST_HISTORY = 7  # buckets without which an average says nothing


@dataclass(frozen=True)
class Point:
    """One bucket of a series. `volume` is the denominator of a rate, else the value itself; `reference` is
    the value of the metric that the condition compares with; `idle` is a member that has no row in a bucket
    that others have: it did nothing."""

    bucket: date
    value: float | None
    numerator: float | None = None
    denominator: float | None = None
    reference: float | None = None
    idle: bool = False

    @property
    def volume(self) -> float | None:
        return self.value if self.denominator is None else self.denominator


@dataclass(frozen=True)
class Verdict:
    """What a condition says of one bucket; `breached` is None when nothing can be said."""

    breached: bool | None
    value: float | None = None
    threshold: float | None = None


NOTHING = Verdict(None)


class Condition(Protocol):
    """A kind of condition with its numbers."""

    @property
    def history(self) -> int:
        """Buckets before the judged one that are needed."""

    @property
    def reference(self) -> str:
        """Another metric that is asked beside the watched one, or nothing."""

    @property
    def margin(self) -> float:
        """The share of the threshold beyond which an alarm is over."""

    @property
    def below(self) -> bool:
        """Whether a value below the threshold is the breach, and not one above it."""

    def judge(self, before: Sequence[Point], now: Point, firing: bool) -> Verdict:
        """The verdict on `now`; `before` are the buckets before it, oldest first."""


@dataclass(frozen=True)
class BelowAverage:
    """The value is below `factor` times the average of the `days` buckets before it.

    The average of a rate is sum over sum. Once it fires, it clears only `margin` above the threshold.
    """

    factor: float
    days: int
    margin: float = 0.0
    reference: str = ""
    below: bool = True

    @property
    def history(self) -> int:
        return self.days

    def judge(self, before: Sequence[Point], now: Point, firing: bool) -> Verdict:
        average = mean(before[-self.days :])
        if now.value is None or average is None:
            return Verdict(None, now.value)
        return _judged(self, now.value, self.factor * average, firing)


@dataclass(frozen=True)
class AboveShareOf:
    """The value is above `share` times another metric of the same bucket, such as a budget."""

    metric: str
    share: float
    margin: float = 0.0
    history: int = 0
    below: bool = False

    @property
    def reference(self) -> str:
        return self.metric

    def judge(self, before: Sequence[Point], now: Point, firing: bool) -> Verdict:
        if now.value is None or not now.reference:
            return Verdict(None, now.value)
        return _judged(self, now.value, self.share * now.reference, firing)


@dataclass(frozen=True)
class Threshold:
    """The value is below or above a fixed number."""

    side: str
    limit: float
    margin: float = 0.0
    history: int = 0
    reference: str = ""

    @property
    def below(self) -> bool:
        return self.side == "below"

    def judge(self, before: Sequence[Point], now: Point, firing: bool) -> Verdict:
        if now.value is None:
            return NOTHING
        return _judged(self, now.value, self.limit, firing)


@dataclass(frozen=True)
class Change:
    """The value has changed by more than `share` against `buckets` before; a negative share is a fall."""

    share: float
    buckets: int = 7
    margin: float = 0.0
    reference: str = ""

    @property
    def history(self) -> int:
        return self.buckets

    @property
    def below(self) -> bool:
        return self.share < 0

    def judge(self, before: Sequence[Point], now: Point, firing: bool) -> Verdict:
        then = before[-self.buckets].value if len(before) >= self.buckets else None
        if now.value is None or not then:
            return Verdict(None, now.value)
        return _judged(self, now.value, then * (1 + self.share), firing)


def mean(points: Sequence[Point]) -> float | None:
    """The average of a series: sum over sum for a rate; None for less than a week of known buckets."""
    known = [point for point in points if point.value is not None]
    if len(known) < LEAST_HISTORY:
        return None
    below = [point.denominator for point in known]
    if all(part is not None for part in below):
        total = sum(part or 0.0 for part in below)
        return sum(point.numerator or 0.0 for point in known) / total if total else None
    return sum(point.value or 0.0 for point in known) / len(known)


def clears_at(one: Condition, threshold: float) -> float:
    """The value at which an alarm is over: the threshold and its margin beyond it."""
    return threshold * (1 + (one.margin if one.below else -one.margin))


def _judged(one: Condition, value: float, threshold: float, firing: bool) -> Verdict:
    """Whether a value breaks the threshold, or is not yet past the margin of one that it broke before."""
    limit = clears_at(one, threshold) if firing else threshold
    return Verdict(value < limit if one.below else value > limit, value, threshold)


def _number(
    fields: Mapping[str, Any], name: str, low: float, high: float, default: float | None = None
) -> float:
    value = fields.get(name, default)
    good = isinstance(value, int | float) and not isinstance(value, bool)
    if value is None or not good or not low <= value <= high:
        raise InputError(
            t("alerts.number_wrong", name=t(f"alerts.field_{name}"), low=f"{low:g}", high=f"{high:g}")
        )
    return float(value)


def _below_average(fields: Mapping[str, Any]) -> Condition:
    return BelowAverage(
        _number(fields, "factor", 0.01, 1),
        int(_number(fields, "days", LEAST_HISTORY, 400, 28)),
        _number(fields, "margin", 0, 1, 0),
    )


def _above_share_of(fields: Mapping[str, Any]) -> Condition:
    metric, share = str(fields.get("metric") or ""), _number(fields, "share", 0.01, 100)
    if not metric:
        raise InputError(t("alerts.other_missing"))
    return AboveShareOf(metric, share, _number(fields, "margin", 0, 1, 0))


def _threshold(fields: Mapping[str, Any]) -> Condition:
    side = str(fields.get("side", ""))
    if side not in ("below", "above"):
        raise unknown("side", side, ("below", "above"))
    return Threshold(side, _number(fields, "limit", -1e15, 1e15), _number(fields, "margin", 0, 1, 0))


def _change(fields: Mapping[str, Any]) -> Condition:
    return Change(
        _number(fields, "share", -1, 100),
        int(_number(fields, "buckets", 1, 400, 7)),
        _number(fields, "margin", 0, 1, 0),
    )


KINDS: dict[str, Callable[[Mapping[str, Any]], Condition]] = {
    "below_average": _below_average,
    "above_share_of": _above_share_of,
    "threshold": _threshold,
    "change": _change,
}


def condition(fields: Mapping[str, Any]) -> Condition:
    """The condition of a rule's row.

    Raises: InputError for an unknown kind or a number out of its range.
    """
    kind = str(fields.get("kind", ""))
    if kind not in KINDS:
        raise unknown("condition", kind, KINDS)
    return KINDS[kind](fields)
