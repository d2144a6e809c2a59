"""Prediction intervals from the errors that the very same procedure made before.

An error is a share (the logarithm of actual over predicted) where all numbers are positive and no error is
beyond half as much again, else a difference: what comes after a change of level is so much more, not so many
times as much. Its size is taken to grow as a power of the horizon, measured on the errors themselves; errors
of one origin move together, so that a few origins are a small sample and get Student's wider quantiles.

One origin before a change of level makes both size and growth explode, so no band is wider than the largest
error that was ever made as far ahead or nearer, widened for the small sample alone.

The errors have to be those of the whole procedure, its choice among models included, as in split conformal
prediction (Vovk, Gammerman and Shafer, Algorithmic Learning in a Random World, 2005, chapter 4; Lei et al.,
JASA 113, 2018), where what calibrates has had no part in the fit: the winner was chosen for its small errors
at these very origins, so its own would flatter it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.ml.series import Floats

LEVELS = (0.80, 0.95)
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
class Spread:
    """How far off predictions were: `mean`, the root mean square one step ahead, its growth with the horizon,
    and `largest`, up to each step.

    Shape: largest (horizon,); infinite where nothing is known.
    """

    mean: float
    largest: Floats
    growth: float
    freedom: int
    shares: bool

    def bounds(self, predicted: Floats, level: float) -> tuple[Floats, Floats]:
        """Low and high ends of the interval that holds `level` of what comes. Shape: as `predicted`."""
        from scipy.stats import norm
        from scipy.stats import t as student

        quantile, normal = (float(of.ppf((1 + level) / 2)) for of in (student(self.freedom), norm))
        ahead = np.arange(1, len(self.largest) + 1)
        width = np.minimum(quantile * self.mean * ahead**self.growth, quantile / normal * self.largest)
        if self.shares:
            return predicted * np.exp(-width), predicted * np.exp(width)
        return predicted - width, predicted + width


def spread(past: Sequence[Past]) -> Spread | None:
    """Measured on some origins; None when too few of them are known."""
    able = [one for one in past if not np.isnan(one.actual).all()]
    if len(able) < LEAST_ORIGINS:
        return None
    shares = all(map(_positive, able)) and _largest(able) <= MOST_SHARE
    errors = np.array([_errors(one, shares=shares) for one in able])
    ahead = np.arange(1, errors.shape[1] + 1)
    growth = _growth(errors, np.broadcast_to(ahead, errors.shape))
    largest = np.fmax.accumulate(np.fmax.reduce(np.abs(errors), axis=0))
    mean = float(np.sqrt(np.nanmean((errors / ahead**growth) ** 2)))
    return Spread(mean, np.where(np.isnan(largest), np.inf, largest), growth, len(able) - 1, shares)


def _largest(past: Sequence[Past]) -> float:
    """The largest error as a share."""
    return float(np.nanmax(np.abs([_errors(one, shares=True) for one in past])))


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
