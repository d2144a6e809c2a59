"""A regular series: one value a month or day, missing ones as not-a-number, and the calendar it stands on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from app.errors import InputError
from app.periods import shift_months
from app.text import t

Floats = NDArray[np.float64]
Frequency = Literal["M", "D"]
SEASONS: dict[Frequency, int] = {"M": 12, "D": 7}
MOST_MISSING = 0.2  # of a series' days or months; beyond it nobody can tell a season from a hole


@dataclass(frozen=True)
class Series:
    """Values from `start` on, one a month or day.

    Shape: (n,). A missing value is not-a-number and is never scored.
    """

    start: date
    freq: Frequency
    values: Floats

    @property
    def season(self) -> int:
        return SEASONS[self.freq]

    @property
    def gaps(self) -> int:
        return int(np.isnan(self.values).sum())

    def __len__(self) -> int:
        return len(self.values)

    def date(self, index: int) -> date:
        """The day or month at an index, also beyond the end."""
        return step(self.start, self.freq, index)

    def until(self, stop: int) -> Series:
        """What was known after `stop` values."""
        return replace(self, values=self.values[:stop])

    def last(self, count: int) -> Series:
        """The newest values only."""
        skipped = max(len(self) - count, 0)
        return Series(self.date(skipped), self.freq, self.values[skipped:])

    @property
    def filled(self) -> Floats:
        """Values with gaps drawn straight between their neighbours: to fit on, never to score."""
        known = np.flatnonzero(~np.isnan(self.values))
        if len(known) == len(self.values):
            return self.values
        return np.interp(np.arange(len(self.values)), known, self.values[known])

    @property
    def positive(self) -> bool:
        """Whether every known value is above zero, so that errors can be taken as shares."""
        return bool(np.nanmin(self.values) > 0)


def step(day: date, freq: Frequency, count: int) -> date:
    """The day some months or days later; a month's last day stays a last day."""
    if freq == "D":
        return day + timedelta(days=count)
    if (day + timedelta(days=1)).day == 1:
        return shift_months(day.replace(day=1), count + 1) - timedelta(days=1)
    return shift_months(day, count)


def series(days: Sequence[date], values: Sequence[float | None], freq: Frequency) -> Series:
    """A regular series from dated values in any order; months and days without a value become gaps.

    Raises: InputError for doubled dates, no values, or too many gaps.
    """
    if freq not in SEASONS:
        raise InputError(t("models.frequency_unknown", freq=freq), hint=t("models.frequency_unknown_hint"))
    if not any(value is not None for value in values):
        raise InputError(t("models.series_empty"), hint=t("models.series_empty_hint"))
    placed = _placed(days, values, freq)
    first, last = min(placed), max(placed)
    found = np.full(last - first + 1, np.nan)
    for place, value in placed.items():
        found[place - first] = np.nan if value is None else value
    start = next(day for day in days if _place(day, freq) == first)
    _check_gaps(Series(start, freq, found))
    return Series(start, freq, found)


def _placed(days: Sequence[date], values: Sequence[float | None], freq: Frequency) -> dict[int, float | None]:
    placed: dict[int, float | None] = {}
    for day, value in zip(days, values, strict=True):
        place = _place(day, freq)
        if place in placed:
            raise InputError(t(f"models.same_span_{freq}", day=day), hint=t("models.same_span_hint"))
        placed[place] = value
    known = [place for place, value in placed.items() if value is not None]
    return {place: value for place, value in placed.items() if min(known) <= place <= max(known)}


def _place(day: date, freq: Frequency) -> int:
    return day.toordinal() if freq == "D" else day.year * 12 + day.month - 1


def _check_gaps(found: Series) -> None:
    if found.gaps > MOST_MISSING * len(found):
        holes = [found.date(int(index)).isoformat() for index in np.flatnonzero(np.isnan(found.values))[:3]]
        raise InputError(
            t("models.gaps", gaps=found.gaps, count=len(found), holes=", ".join(holes)),
            hint=t("models.gaps_hint"),
        )
