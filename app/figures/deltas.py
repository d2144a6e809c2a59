"""A change and what it means, as plain values: cards, reports and alerts judge alike."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from app.data.metrics.base import Direction, Metric, Unit
from app.data.metrics.catalogue import measures
from app.data.query.frame import OTHER_WEEKDAY, MetricFrame, Row, cell, young
from app.figures.margins import change_margin
from app.figures.volume import few, few_to_compare
from app.text import t
from app.units import Units, missing

Verdict = Literal[
    "better", "worse", "neutral", "flat", "new", "young", "standing", "few", "weekday", "unknown"
]
UNCOMPARED: tuple[Verdict, ...] = ("young", "standing", "unknown")  # words alone, no number
UNJUDGED: tuple[Verdict, ...] = ("flat", *UNCOMPARED)  # which have no direction either
UNSURE: tuple[Verdict, ...] = ("few", "weekday")  # a size from which nothing is concluded
POINTED: tuple[Unit, ...] = ("ratio", "percent", "points")  # whose changes are differences
NOISE = 0.005  # a relative change below this is no clear change
NOISE_POINTS = 0.001  # of two percentages: a tenth of a point


@dataclass(frozen=True)
class Delta:
    """A change and what it means; `share` is the relative change, None where the base was zero."""

    verdict: Verdict
    change: float = 0.0
    share: float | None = None

    @property
    def clear(self) -> bool:
        """Whether it is a change that anything may be concluded from."""
        return self.verdict not in (*UNJUDGED, *UNSURE)

    @property
    def sign(self) -> int:
        return 0 if self.verdict in UNJUDGED else (self.change > 0) - (self.change < 0)


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


def of_answer(metric: Metric, frame: MetricFrame, least: int) -> Delta:
    """The change of a metric in an answer without dimensions.

    The answer must hold the metrics that tell how far off it may be (`Metric.beside`) and that count its
    cases (`volume.with_cases`), too.
    """
    return of_row(metric, frame.rows[0] if frame.rows else {}, least)


def of_row(metric: Metric, row: Row, least: int) -> Delta:
    """The same for one row of an answer; within its margin of error a change is no clear change, a cohort
    that is too young is compared with nothing, a newest value not with itself, and of fewer than `least`
    cases on either side nothing is concluded, nor of a day beside one of another weekday."""
    value, base = cell(row, metric.id), cell(row, f"{metric.id}__base")
    if young(row, metric.id) and not missing(value):
        return Delta("young")
    if (newest := row.get(f"{metric.id}__of")) and newest == row.get(f"{metric.id}__base_of"):
        return Delta("standing")
    found = judge(value, base, metric.unit, metric.direction, margin=change_margin(metric, row) or 0.0)
    new = found.verdict == "new"  # its base has no cases by nature
    unsure = few(metric, row, least) is not None if new else few_to_compare(metric, row, least)
    if not found.clear or not (unsure or other_weekday(metric, row)):
        return found
    return replace(found, verdict="few" if unsure else "weekday")


def other_weekday(metric: Metric, row: Row) -> bool:
    """Whether a row is of one day and its base of another weekday; what stands at the end of a day, or is of
    the newest month, does not follow the week."""
    return bool(row.get(OTHER_WEEKDAY)) and any(
        measure.kind not in ("stock", "latest") for measure in measures(metric.id)
    )


def base_words(metric: Metric, frame: MetricFrame, units: Units, today: date) -> str:
    """What a value is compared with: the base's days, or the month that its newest value is of."""
    newest = frame.period_end(metric.id, base=True)
    if newest is not None:
        return units.month(newest, year=newest.year != today.year)
    return units.near(frame.base_period, today) if frame.base_period else ""


def part(value: float | None, whole: float | None) -> float | None:
    """What share of a whole a value is; None where either is not known, or the whole is nothing."""
    return None if missing(value) or missing(whole) or not whole else (value or 0.0) / whole


def size(delta: Delta, unit: Unit) -> float:
    """A change as it is told: of percentages and points their difference, else the share of the base."""
    return delta.change if unit in POINTED or delta.share is None else delta.share


def size_text(size: float, unit: Unit, units: Units) -> str:
    """+3.1%; +0.1 pp; for points the difference itself."""
    return units.change(size, unit) if unit in POINTED else units.percent(size, sign=bool(size))


def change_text(delta: Delta, unit: Unit, units: Units) -> str:
    """The size of a change in words; from a base of zero the change itself."""
    if delta.share is None:
        return units.change(delta.change, unit)
    return size_text(size(delta, unit), unit, units)


def sentence(delta: Delta, unit: Unit, units: Units) -> str:
    """The change with its word, without the base."""
    if delta.verdict == "unknown":
        return t("widgets.no_base")
    if delta.verdict == "young":
        return t("widgets.young")
    if delta.verdict == "standing":
        return t("widgets.standing")
    return t("widgets.delta", change=change_text(delta, unit, units), word=t(f"widgets.word_{delta.verdict}"))
