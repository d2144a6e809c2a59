"""Gradient boosting on histograms, calibrated on rows of groups that it had not seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.ml.base import SCORERS
from app.ml.series import Floats

FOLDS = 5
BINS = 24  # places at which an effect is measured
SAMPLE = 400  # rows over which an effect is averaged
SEED = 7


@dataclass(frozen=True)
class Effect:
    """How the log-odds of an average row move with one value. Shape: edges (k,), moves (k + 1,)."""

    edges: Floats
    moves: Floats
    unknown: float

    def of(self, values: Floats) -> Floats:
        found = self.moves[np.searchsorted(self.edges, values)]
        return np.where(np.isnan(values), self.unknown, found)


@dataclass(frozen=True)
class Boosted:
    """Trees, Platt's line over their log-odds, and the effect of each feature alone."""

    trees: Any
    slope: float
    shift: float
    effects: tuple[Effect, ...]
    out_of_fold: Floats

    def probability(self, rows: Floats) -> Floats:
        return _sigmoid(self.slope * self.trees.decision_function(rows) + self.shift)

    def contributions(self, rows: Floats) -> Floats:
        return np.column_stack([effect.of(rows[:, at]) for at, effect in enumerate(self.effects)])


class ChurnBoosting:
    id = "churn_boosting"

    def fit(self, rows: Floats, outcome: NDArray[np.bool_], groups: NDArray[np.int64]) -> Boosted:
        """Calibrated by Platt's line over out-of-fold log-odds: few positives bend an isotonic step too far."""
        from sklearn.model_selection import StratifiedGroupKFold

        cut = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=SEED)
        odds = np.zeros(len(rows))
        for learn, held in cut.split(rows, outcome, groups):
            odds[held] = _trees(rows[learn], outcome[learn]).decision_function(rows[held])
        slope, shift = _platt(odds, outcome)
        trees = _trees(rows, outcome)
        return Boosted(trees, slope, shift, _effects(trees, rows, slope), _sigmoid(slope * odds + shift))


def _trees(rows: Floats, outcome: NDArray[np.bool_]) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier

    leaf = max(10, min(40, len(rows) // 100))
    return HistGradientBoostingClassifier(
        max_iter=150,
        learning_rate=0.05,
        max_leaf_nodes=12,
        min_samples_leaf=leaf,
        l2_regularization=1.0,
        early_stopping=False,
        random_state=SEED,
    ).fit(rows, outcome)


def _platt(odds: Floats, outcome: NDArray[np.bool_]) -> tuple[float, float]:
    from sklearn.linear_model import LogisticRegression

    line = LogisticRegression(C=1e6).fit(odds[:, None], outcome)
    return float(line.coef_[0, 0]), float(line.intercept_[0])


def _effects(trees: Any, rows: Floats, slope: float) -> tuple[Effect, ...]:
    """Each feature set to each of its places on a sample of rows, all else as it is (partial dependence)."""
    sample = rows[np.random.default_rng(SEED).choice(len(rows), min(SAMPLE, len(rows)), replace=False)]
    usual = float(trees.decision_function(sample).mean())
    return tuple(_effect(trees, sample, rows[:, at], at, usual, slope) for at in range(rows.shape[1]))


def _effect(trees: Any, sample: Floats, column: Floats, at: int, usual: float, slope: float) -> Effect:
    known = column[~np.isnan(column)]
    places = np.unique(np.quantile(known, np.linspace(0, 1, BINS))) if len(known) else np.zeros(1)
    tried = np.repeat(sample[None], len(places) + 1, axis=0)
    tried[:-1, :, at] = places[:, None]
    tried[-1, :, at] = np.nan
    flat = (
        trees.decision_function(tried.reshape(-1, sample.shape[1])).reshape(len(places) + 1, -1).mean(axis=1)
    )
    moves = slope * (flat - usual)
    return Effect((places[1:] + places[:-1]) / 2, moves[:-1], float(moves[-1]))


def _sigmoid(odds: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-odds)))


SCORERS.add(ChurnBoosting())
