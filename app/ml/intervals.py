"""Prediction intervals from the errors that the very same procedure made before.

An error is a share (the logarithm of actual over predicted) where all numbers are positive, else a
difference. Its size is taken to grow as a power of the horizon, measured on the errors themselves; errors of
one origin move together, so that a few origins are a small sample and get Student's wider quantiles.

The winner was chosen for its small errors, so they flatter it: what comes is not believed to be closer than
to a typical candidate, whose error is the median over all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.ml.series import Floats

LEVELS = (0.80, 0.95)
LEAST_ORIGINS = 3


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
    """How far off predictions are: `size` one step ahead (root mean square), with its `growth`.

    `typical`: the size of the median candidate; 0 when there is none.
    """

    size: float
    growth: float
    freedom: int
    shares: bool
    typical: float = 0.0

    def bounds(self, predicted: Floats, level: float) -> tuple[Floats, Floats]:
        """Low and high ends of the interval that holds `level` of what comes. Shape: as `predicted`."""
        from scipy.stats import norm
        from scipy.stats import t as student

        ahead, share = np.arange(1, len(predicted) + 1), (1 + level) / 2
        size = max(student.ppf(share, self.freedom) * self.size, norm.ppf(share) * self.typical)
        width = size * ahead**self.growth
        if self.shares:
            return predicted * np.exp(-width), predicted * np.exp(width)
        return predicted - width, predicted + width


def spread(past: Sequence[Past], candidates: Sequence[Sequence[Past]] = ()) -> Spread | None:
    """Measured on some origins, of the winner and of the models it was chosen from; None when too few of
    them are known."""
    able = _able(past)
    if len(able) < LEAST_ORIGINS:
        return None
    shares = all(_positive(one) for one in able)
    errors = np.array([_errors(one, shares=shares) for one in able])
    ahead = np.broadcast_to(np.arange(1, errors.shape[1] + 1), errors.shape)
    growth = _growth(errors, ahead)
    sizes = [_size(_able(one), growth, shares=shares) for one in candidates]
    typical = [size for size in sizes if size is not None]
    own = float(np.sqrt(np.nanmean((errors / ahead**growth) ** 2)))
    return Spread(own, growth, len(able) - 1, shares, float(np.median(typical)) if typical else 0.0)


def _able(past: Sequence[Past]) -> list[Past]:
    return [one for one in past if not np.isnan(one.actual).all()]


def _size(past: Sequence[Past], growth: float, *, shares: bool) -> float | None:
    """Root mean square of a candidate's errors one step ahead; None where they cannot be shares."""
    if not past or (shares and not all(_positive(one) for one in past)):
        return None
    errors = np.array([_errors(one, shares=shares) for one in past])
    return float(np.sqrt(np.nanmean((errors / np.arange(1, errors.shape[1] + 1) ** growth) ** 2)))


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
