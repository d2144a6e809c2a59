"""Prediction intervals from the errors that the very same procedure made before.

An error is a share (the logarithm of actual over predicted) where all numbers are positive and no error is
beyond half as much again, else a difference: what comes after a change of level is so much more, not so many
times as much. Its size is taken to grow as a power of the horizon, measured on the errors themselves; errors
of one origin move together, so that a few origins are a small sample and get Student's wider quantiles.

One origin before a change of level makes both size and growth explode, so no band is wider than the largest
error that was ever made as far ahead or nearer, widened for the small sample alone. The largest of ten errors
is about what one in ten exceeds: it bounds an 80% band, and tells little of one in twenty. So a wider band
is not left at nearly the width of the 80% one: it is at least as much wider as a normal spread makes it.

The errors are those of the procedure, its choice among models included: what calibrates may have had no part
in the fit, as in split conformal prediction (Lei et al., Distribution-Free Predictive Inference for
Regression, JASA 113, 2018), and the winner was chosen for its small errors at these very origins. Few choices
may still have been lucky ones: what comes is not believed to be closer than to a typical candidate, whose
error is the median over all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.ml.series import Floats

LEVELS = (0.80, 0.95)  # the first is what the errors of few origins can tell
LEAST_ORIGINS = 3
MOST_SHARE = float(np.log(1.5))  # an error beyond it is a change of level


@dataclass(frozen=True)
class Past:
    """One origin's predictions and what came; not-a-number where nothing came. Shape: (horizon,)."""

    predicted: Floats
    actual: Floats

    def known(self, count: int) -> Past:
        """What was known `count` steps after the origin."""
        hidden = np.where(np.arange(len(self.actual)) < count, self.actual, np.nan)
        return Past(self.predicted, hidden)


@dataclass(frozen=True)
class Size:
    """How far off one model was: `mean`, the root mean square one step ahead, and `largest`, up to each step.

    Shape: largest (horizon,); infinite where nothing is known.
    """

    mean: float
    largest: Floats

    def width(self, growth: float, quantile: float, normal: float) -> Floats:
        """Half a band by a quantile of a sample this small, where `normal` is that of endless ones."""
        ahead = np.arange(1, len(self.largest) + 1)
        width: Floats = np.minimum(quantile * self.mean * ahead**growth, quantile / normal * self.largest)
        return width


@dataclass(frozen=True)
class Spread:
    """How far off predictions are: the size of the procedure's own errors and of each candidate's, with their
    growth."""

    own: Size
    candidates: tuple[Size, ...]
    growth: float
    freedom: int
    shares: bool

    def bounds(self, predicted: Floats, level: float) -> tuple[Floats, Floats]:
        """Low and high ends of the interval that holds `level` of what comes. Shape: as `predicted`."""
        width = self._width(level)
        if level > LEVELS[0]:
            width = np.maximum(width, self._width(LEVELS[0]) * _normal(level) / _normal(LEVELS[0]))
        if self.shares:
            return predicted * np.exp(-width), predicted * np.exp(width)
        return predicted - width, predicted + width

    def _width(self, level: float) -> Floats:
        """Half a band as the errors alone make it. Shape: (horizon,)."""
        from scipy.stats import t as student

        normal = _normal(level)
        width = self.own.width(self.growth, float(student.ppf((1 + level) / 2, self.freedom)), normal)
        if not self.candidates:
            return width
        typical = np.median([one.width(self.growth, normal, normal) for one in self.candidates], axis=0)
        believed: Floats = np.maximum(width, typical)
        return believed


def _normal(level: float) -> float:
    """Half the width of the interval that holds `level` of a standard normal."""
    from scipy.stats import norm

    return float(norm.ppf((1 + level) / 2))


def spread(past: Sequence[Past], candidates: Sequence[Sequence[Past]] = ()) -> Spread | None:
    """Measured on some origins, of what was chosen at each and of the models it was chosen from; None when
    too few of them are known."""
    able = _able(past)
    if len(able) < LEAST_ORIGINS:
        return None
    shares = all(_positive(one) for one in able) and _largest(able, shares=True) <= MOST_SHARE
    errors = np.array([_errors(one, shares=shares) for one in able])
    growth = _growth(errors, np.broadcast_to(np.arange(1, errors.shape[1] + 1), errors.shape))
    others = [known for one in candidates if (known := _able(one))]
    tried = tuple(
        _size(one, growth, shares=shares) for one in others if not shares or all(map(_positive, one))
    )
    return Spread(_size(able, growth, shares=shares), tried, growth, len(able) - 1, shares)


def _able(past: Sequence[Past]) -> list[Past]:
    return [one for one in past if not np.isnan(one.actual).all()]


def _size(past: Sequence[Past], growth: float, *, shares: bool) -> Size:
    errors = np.abs([_errors(one, shares=shares) for one in past])
    ahead = np.arange(1, errors.shape[1] + 1)
    largest = np.fmax.accumulate(np.fmax.reduce(errors, axis=0))
    mean = float(np.sqrt(np.nanmean((errors / ahead**growth) ** 2)))
    return Size(mean, np.where(np.isnan(largest), np.inf, largest))


def _largest(past: Sequence[Past], *, shares: bool) -> float:
    return float(np.nanmax(np.abs([_errors(one, shares=shares) for one in past])))


def _positive(one: Past) -> bool:
    known = ~np.isnan(one.actual)
    return bool((one.actual[known] > 0).all() and (one.predicted > 0).all())


def _errors(one: Past, *, shares: bool) -> Floats:
    return np.log(one.actual / one.predicted) if shares else one.actual - one.predicted


def _growth(errors: Floats, ahead: Floats) -> float:
    """The power of the horizon with which squared errors grow, between flat and straight."""
    known = ~np.isnan(errors) & (errors != 0)
    if known.sum() < 4 or len(np.unique(ahead[known])) < 2:
        return 0.5
    slope = np.polyfit(np.log(ahead[known]), np.log(np.abs(errors[known])), 1)[0]
    return float(np.clip(slope, 0.0, 1.0))
