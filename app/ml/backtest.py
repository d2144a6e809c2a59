"""Rolling-origin back-test: every model predicts from several past moments what has come since.

Nothing after an origin is used at that origin: neither values, nor which models were best, nor how wide the
intervals have to be. A single model's scores choose the winner, so they flatter it; what a forecast is worth
is said by `Backtest.procedure`, where each origin has the winner that was chosen by then. One thing is known
beforehand: a model that fails at any origin, or explodes, runs at none, for no forecast could count on it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from app.errors import DataUnavailable, ModelFailed
from app.ml.base import FORECASTERS, Forecaster, Progress, silent
from app.ml.intervals import LEVELS, Past, Spread, spread
from app.ml.models import mean_of_best
from app.ml.series import Floats, Frequency, Series
from app.text import t

NAIVE = "seasonal_naive"
LEAST_ORIGINS, MOST_ORIGINS = 6, 10
LEAST_TRAINING: dict[Frequency, int] = {"M": 24, "D": 28}
NEAR_ZERO = 0.05  # of the mean size: a value below it makes shares explode
WILD = 5.0  # a forecast that leaves the known range by more than this many ranges has exploded


@dataclass(frozen=True)
class Fold:
    """One origin: what was known (`origin` values), what each model said, and what came."""

    origin: int
    actual: Floats
    scale: float  # mean absolute error of the seasonal naive within the training part; 0 when it never errs
    predicted: Mapping[str, Floats]

    def past(self, model: str) -> Past:
        return Past(self.predicted[model], self.actual)

    def error(self, model: str, within: int | None = None) -> float:
        """Mean scaled absolute error over the first steps; not-a-number when none of them is known."""
        off = np.abs(self.actual - self.predicted[model])[:within]
        known = off[~np.isnan(off)]
        return float(known.mean() / (self.scale or 1.0)) if len(known) else np.nan


@dataclass(frozen=True)
class Scores:
    """How one model, or the procedure, did over all origins; None where the measure has no meaning.

    `mase`: error over that of the seasonal naive within the training part (one season back).
    `versus_naive`: error over that of the seasonal naive at the same origins.
    `coverage`: share of what came that lay within the interval, by level; intervals of earlier origins.
    `counted`: of how many values that is the share.
    """

    mape: float | None
    wape: float | None
    mase: float | None
    versus_naive: float | None
    r2: float | None
    coverage: Mapping[str, float] = field(default_factory=dict)
    counted: int = 0


@dataclass(frozen=True)
class Backtest:
    """All origins, the scores of every model that answered at each of them, and why others did not.

    `chosen`: the winner as of each origin; `procedure`: the scores of its forecasts.
    """

    folds: tuple[Fold, ...]
    scores: Mapping[str, Scores]
    failed: Mapping[str, str]
    chosen: tuple[str, ...]
    procedure: Scores

    @property
    def ranking(self) -> tuple[str, ...]:
        """Models, the best first; of equals the simpler, which is registered first."""
        return _ranked({model: mean_error(self.folds, model) for model in self.scores})

    @property
    def winner(self) -> str:
        return self.ranking[0]

    @property
    def members(self) -> tuple[str, ...]:
        """The models that the mean would average now."""
        return mean_of_best.members({m: mean_error(self.folds, m) for m in _single(self.scores)})


def backtest(series: Series, horizon: int, progress: Progress = silent) -> Backtest:
    """Every suitable model at up to ten origins.

    Raises: DataUnavailable with fewer than six origins.
    """
    starts = origins(series, horizon)
    racing: list[Forecaster] = [m for m in FORECASTERS if m.suits(series.freq, starts[0])]
    failed: dict[str, str] = {}
    folds = []
    for done, origin in enumerate(starts):
        folds.append(_fold(series, origin, horizon, racing, failed))
        progress((done + 1) / len(starts), str(origin))
    steady = [model.id for model in sorted(racing, key=_naive_first) if model.id not in failed]
    folds = [_only(fold, steady) for fold in folds]
    if len(steady) > 2:
        folds = [_with_mean(folds[:at], fold) for at, fold in enumerate(folds)]
    found = {model: scores(folds, [model] * len(folds)) for model in folds[0].predicted}
    chosen = tuple(_chosen(folds[:at], fold) for at, fold in enumerate(folds))
    return Backtest(tuple(folds), found, failed, chosen, scores(folds, chosen))


def origins(series: Series, horizon: int) -> list[int]:
    """Where the back-test stands, as numbers of known values; the later half first, evenly apart.

    Raises: DataUnavailable with fewer than six origins.
    """
    last, least = len(series) - horizon, LEAST_TRAINING[series.freq]
    first = max(least, min(len(series) // 2, last - LEAST_ORIGINS + 1))
    if last - first + 1 < LEAST_ORIGINS:
        needed = least + horizon + LEAST_ORIGINS - 1
        raise DataUnavailable(
            t(
                "models.series_short",
                count=len(series),
                needed=needed,
                horizon=horizon,
                origins=LEAST_ORIGINS,
            ),
            hint=t("models.series_short_hint"),
        )
    return sorted({int(at) for at in np.linspace(first, last, MOST_ORIGINS).round()})


def predict(model: Forecaster, series: Series, horizon: int) -> Floats:
    """A forecast that is a number everywhere and has not exploded. Raises: ModelFailed."""
    found = model.forecast(series, horizon)
    low, high = float(np.nanmin(series.values)), float(np.nanmax(series.values))
    room = WILD * (high - low or abs(high) or 1.0)
    if not np.isfinite(found).all() or found.min() < low - room or found.max() > high + room:
        raise ModelFailed(t("models.unbounded"))
    return np.maximum(found, 0.0) if low >= 0 else found


def mean_error(folds: Sequence[Fold], model: str) -> float:
    """Mean scaled error of a model over all origins."""
    return float(np.nanmean([fold.error(model) for fold in folds]))


def scores(folds: Sequence[Fold], chosen: Sequence[str]) -> Scores:
    """`chosen`: the model at each origin."""
    told = np.concatenate([fold.predicted[model] for fold, model in zip(folds, chosen, strict=True)])
    actual = np.concatenate([fold.actual for fold in folds])
    naive = np.abs(actual - np.concatenate([fold.predicted[NAIVE] for fold in folds]))
    known = ~np.isnan(actual)
    size, off, naive = np.abs(actual[known]), np.abs(actual - told)[known], naive[known]
    scaled = all(fold.scale > 0 for fold in folds)
    inside = _inside(folds, chosen)
    return Scores(
        mape=float(np.mean(off / size)) if _far_from_zero(size) else None,
        wape=float(off.sum() / size.sum()) if size.sum() > 0 else None,
        mase=float(np.nanmean([f.error(m) for f, m in zip(folds, chosen, strict=True)])) if scaled else None,
        versus_naive=float(off.sum() / naive.sum()) if naive.sum() > 0 else None,
        r2=_r2(folds, told),
        coverage={level: float(np.mean(hits)) for level, hits in inside.items() if hits},
        counted=max(map(len, inside.values())),
    )


def _far_from_zero(size: Floats) -> bool:
    """Whether shares of the values mean anything: one near zero would make the mean of all."""
    return bool(len(size) and size.min() >= NEAR_ZERO * size.mean() and size.min() > 0)


def spread_at(folds: Sequence[Fold], chosen: Sequence[str], known: int) -> Spread | None:
    """How far off the model chosen at each origin has been, as of `known` values, and each single model."""

    def past(models: Sequence[str]) -> list[Past]:
        pairs = zip(folds, models, strict=True)
        return [fold.past(model).known(known - fold.origin) for fold, model in pairs]

    single = [name for name in (folds[0].predicted if folds else ()) if name not in (NAIVE, mean_of_best.ID)]
    return spread(past(chosen), [past([name] * len(folds)) for name in single])


def _r2(folds: Sequence[Fold], told: Floats) -> float | None:
    """Out of sample: squared errors of all windows against the spread of each about its own mean."""
    errors = float(np.nansum((np.concatenate([fold.actual for fold in folds]) - told) ** 2))
    about = sum(float(np.nansum((fold.actual - np.nanmean(fold.actual)) ** 2)) for fold in folds)
    return 1 - errors / about if about > 0 else None


def _inside(folds: Sequence[Fold], chosen: Sequence[str]) -> dict[str, list[bool]]:
    """By level, whether each known value lay within the interval that earlier origins gave."""
    inside: dict[str, list[bool]] = {f"{level:.0%}": [] for level in LEVELS}
    for at, (fold, model) in enumerate(zip(folds, chosen, strict=True)):
        found = spread_at(folds[:at], chosen[:at], fold.origin)
        if found is None:
            continue
        for level in LEVELS:
            low, high = found.bounds(fold.predicted[model], level)
            known = ~np.isnan(fold.actual)
            inside[f"{level:.0%}"] += list(((fold.actual >= low) & (fold.actual <= high))[known])
    return inside


def _fold(
    series: Series, origin: int, horizon: int, racing: Sequence[Forecaster], failed: dict[str, str]
) -> Fold:
    known = series.until(origin)
    predicted = {}
    for model in racing:
        if model.id in failed:
            continue
        try:
            predicted[model.id] = predict(model, known, horizon)
        except ModelFailed as problem:
            failed[model.id] = str(problem)
    steps = np.abs(known.values[series.season :] - known.values[: -series.season])
    scale = 0.0 if np.isnan(steps).all() else float(np.nanmean(steps))
    return Fold(origin, series.values[origin : origin + horizon], scale, predicted)


def _with_mean(before: Sequence[Fold], fold: Fold) -> Fold:
    """The fold with the mean of the models that had been best by then."""
    known = _errors_by(before, fold)
    chosen = mean_of_best.members(known) if known else tuple(m for m in fold.predicted if m != NAIVE)
    mixed = {**fold.predicted, mean_of_best.ID: mean_of_best.mean(fold.predicted, chosen)}
    return Fold(fold.origin, fold.actual, fold.scale, mixed)


def _chosen(before: Sequence[Fold], fold: Fold) -> str:
    """The model that had been best by then; where nothing was known yet, the mean of all, if there is one."""
    if known := _errors_by(before, fold):
        return _ranked(known)[0]
    return mean_of_best.ID if mean_of_best.ID in fold.predicted else next(iter(fold.predicted))


def _errors_by(before: Sequence[Fold], fold: Fold) -> dict[str, float]:
    """The mean scaled error of each model as far as it was known at a fold's origin."""
    errors = {
        model: [one.error(model, fold.origin - one.origin) for one in before] for model in fold.predicted
    }
    return {m: float(np.nanmean(found)) for m, found in errors.items() if not np.isnan(found).all()}


def _ranked(errors: Mapping[str, float]) -> tuple[str, ...]:
    """Models, the best first; of equals the simpler, which is registered first."""
    return tuple(sorted(errors, key=lambda model: round(errors[model], 9)))


def _only(fold: Fold, models: Sequence[str]) -> Fold:
    kept = {model: fold.predicted[model] for model in models}
    return Fold(fold.origin, fold.actual, fold.scale, kept)


def _single(models: Mapping[str, Scores]) -> list[str]:
    return [model for model in models if model != mean_of_best.ID]


def _naive_first(model: Forecaster) -> bool:
    return model.id != NAIVE
