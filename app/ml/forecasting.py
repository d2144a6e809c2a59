"""One series to one forecast: back-test, choose, fit on everything, put intervals around."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import numpy as np

from app.errors import ModelFailed
from app.ml.backtest import NAIVE, Backtest, backtest, predict, spread_at
from app.ml.base import FORECASTERS, Progress, on_one_thread, silent
from app.ml.intervals import LEVELS
from app.ml.models import mean_of_best
from app.ml.series import Floats, Series
from app.text import t

BACKTEST_SHARE = 0.9  # of the work


@dataclass(frozen=True)
class Predicted:
    """One predicted bucket with its 80% and 95% interval."""

    date: date
    horizon: int
    value: float
    low_80: float
    high_80: float
    low_95: float
    high_95: float


@dataclass(frozen=True)
class Forecast:
    """What comes next. `made_on`: the newest bucket that was known."""

    made_on: date
    model: str
    points: tuple[Predicted, ...]
    backtest: Backtest


def forecast(series: Series, horizon: int, progress: Progress = silent) -> Forecast:
    """The next values by the model that did best before.

    Raises: DataUnavailable with fewer than six origins.
    """
    with on_one_thread("scipy.linalg"):
        tried = backtest(series, horizon, lambda share, text: progress(share * BACKTEST_SHARE, text))
        return _by_the_best(tried, series, horizon, progress)


def _by_the_best(tried: Backtest, series: Series, horizon: int, progress: Progress) -> Forecast:
    """By the winner; when it fails on the whole series, by the next."""
    for model in tried.ranking:
        try:
            values = _ahead(model, tried, series, horizon)
        except ModelFailed:
            continue
        progress(1.0, model)
        return Forecast(series.date(len(series) - 1), model, _points(series, values, tried), tried)
    raise ModelFailed(t("models.forecast_none"))


def _ahead(model: str, tried: Backtest, series: Series, horizon: int) -> Floats:
    if model != mean_of_best.ID:
        return predict(FORECASTERS.get(model), series, horizon)
    each = {member: predict(FORECASTERS.get(member), series, horizon) for member in tried.members}
    return mean_of_best.mean(each, tried.members)


def _points(series: Series, values: Floats, tried: Backtest) -> tuple[Predicted, ...]:
    found = spread_at(tried.folds, tried.chosen, len(series))
    if found is None:
        raise ModelFailed(t("models.backtest_short"))
    ends: list[Floats] = []
    for level in LEVELS:
        low, high = found.bounds(values, level)
        ends += [np.maximum(low, 0.0) if np.nanmin(series.values) >= 0 else low, high]
    return tuple(
        Predicted(series.date(len(series) + at), at + 1, float(values[at]), *(float(end[at]) for end in ends))
        for at in range(len(values))
    )


def report(found: Forecast, series: Series) -> dict[str, Any]:
    """The back-test as plain values: scores of the procedure and of every model, and what was said at each
    origin with what came."""
    tried = found.backtest
    worth = tried.procedure
    better = found.model != NAIVE and all(
        one is not None and one < 1 for one in (worth.versus_naive, worth.mase)
    )
    return {
        "winner": found.model,
        "made_on": found.made_on.isoformat(),
        "frequency": series.freq,
        "values": len(series),
        "gaps": series.gaps,
        "horizon": len(found.points),
        "origins": len(tried.folds),
        "better_than_naive": better,
        "members": list(tried.members) if found.model == mean_of_best.ID else [found.model],
        **asdict(worth),
        "models": {model: asdict(one) for model, one in tried.scores.items()},
        "failed": dict(tried.failed),
        "tried": [
            {
                "origin": series.date(fold.origin - 1).isoformat(),
                "model": model,
                "dates": [series.date(fold.origin + at).isoformat() for at in range(len(fold.actual))],
                "predicted": [float(value) for value in fold.predicted[model]],
                "actual": [None if np.isnan(value) else float(value) for value in fold.actual],
            }
            for fold, model in zip(tried.folds, tried.chosen, strict=True)
        ],
    }
