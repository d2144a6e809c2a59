"""Every scorer: probabilities, reasons of the same shape, and nothing learnt from who somebody is."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score
from threadpoolctl import threadpool_limits

from app.ml.base import SCORERS
from app.ml.series import Floats

PEOPLE, TIMES = 120, 4
RANDOM = np.random.default_rng(3)
GROUPS = np.repeat(np.arange(PEOPLE), TIMES)
USE, WHO = RANDOM.normal(size=PEOPLE * TIMES), np.repeat(RANDOM.normal(size=PEOPLE), TIMES)
LEFT_BY_USE = RANDOM.random(PEOPLE * TIMES) < 1 / (1 + np.exp(1 + 2 * USE))
LEFT_BY_CHANCE = np.repeat(RANDOM.random(PEOPLE) < 0.4, TIMES)  # the same whenever one looks
ROWS = np.column_stack([USE, WHO, np.where(RANDOM.random(len(USE)) < 0.3, np.nan, USE)])


@cache
def by_use(name: str) -> Any:
    """What a scorer learns from people who leave when they use little."""
    return learnt(name, ROWS, LEFT_BY_USE)


def learnt(name: str, rows: Floats, outcome: NDArray[np.bool_]) -> Any:
    """On one thread, as a training does: several wait for each other on a busy machine."""
    with threadpool_limits(limits=1):
        return SCORERS.get(name).fit(rows, outcome, GROUPS)


@pytest.mark.parametrize("name", SCORERS.ids())
def test_low_use_is_told_to_leave_and_is_the_reason(name: str) -> None:
    fitted = by_use(name)
    told = fitted.probability(ROWS)
    assert told.shape == (len(ROWS),) and ((told > 0) & (told < 1)).all()
    assert told[USE < -1].mean() > 0.6 > 0.3 > told[USE > 1].mean()
    reasons = fitted.contributions(ROWS)
    assert reasons.shape == ROWS.shape and not np.isnan(reasons).any()
    assert reasons[USE < -1, 0].mean() > 0 > reasons[USE > 1, 0].mean()
    assert np.abs(reasons[:, 0]).mean() > np.abs(reasons[:, 1]).mean()


@pytest.mark.parametrize("name", SCORERS.ids())
def test_the_mean_of_what_is_told_is_the_share_that_left(name: str) -> None:
    fitted = by_use(name)
    assert fitted.out_of_fold.mean() == pytest.approx(LEFT_BY_USE.mean(), abs=0.03)


@pytest.mark.parametrize("name", SCORERS.ids())
def test_who_somebody_is_teaches_nothing_out_of_fold(name: str) -> None:
    """A feature that is the same for all rows of a person tells who left, unless the split is fair."""
    told = learnt(name, ROWS[:, 1:2], LEFT_BY_CHANCE).out_of_fold
    assert 0.35 < roc_auc_score(LEFT_BY_CHANCE, told) < 0.65
