"""Seasonal ARIMA: differenced by season where the season is strong; the order with the least AICc."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from app.errors import ModelFailed
from app.ml.base import FORECASTERS
from app.ml.series import Floats, Frequency, Series
from app.text import t

MOST_DAYS = 365
STRONG_SEASON = 0.64  # share of the detrended variance that the season explains
ORDERS: dict[Frequency, tuple[tuple[int, int, int], ...]] = {
    "M": ((0, 1, 1), (1, 1, 0), (1, 1, 1)),
    "D": ((1, 0, 1),),
}


class Arima:
    id = "arima"

    def suits(self, freq: Frequency, known: int) -> bool:
        return known >= 12

    def forecast(self, series: Series, horizon: int) -> Floats:
        """Positive series as logarithms; gaps are left to the Kalman filter."""
        kept = series.last(MOST_DAYS) if series.freq == "D" else series
        logs = kept.positive
        values = np.log(kept.values) if logs else kept.values
        filled = np.log(kept.filled) if logs else kept.filled
        if np.ptp(filled) == 0:
            return np.full(horizon, kept.filled[-1])
        season = _seasonal_order(filled, series.season)
        fits = [_fit(values, order, season) for order in ORDERS[series.freq]]
        best = min((fit for fit in fits if fit is not None), key=lambda fit: fit[0], default=None)
        if best is None:
            raise ModelFailed(t("models.arima_diverged"))
        found = np.asarray(best[1].forecast(horizon), dtype=float)
        return np.exp(found) if logs else found


def _seasonal_order(values: Floats, season: int) -> tuple[int, int, int, int]:
    if len(values) < 2 * season + 2:
        return (0, 0, 0, 0)
    return (0, 1, 1, season) if season_strength(values, season) > STRONG_SEASON else (0, 0, 0, 0)


def season_strength(values: Floats, season: int) -> float:
    """How much of what the trend leaves is explained by the season, from 0 to 1."""
    from statsmodels.tsa.seasonal import STL

    parts = STL(values, period=season, robust=True).fit()
    left = np.var(parts.resid + parts.seasonal)
    return max(0.0, 1 - float(np.var(parts.resid) / left)) if left > 0 else 0.0


def _fit(
    values: Floats, order: tuple[int, int, int], season: tuple[int, int, int, int]
) -> tuple[float, Any] | None:
    from statsmodels.tsa.statespace.sarimax import SARIMAX

    drifts = order[1] + season[1] == 1
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a poor fit loses by its AICc and by the back-test
        try:
            model = SARIMAX(values, order=order, seasonal_order=season, trend="c" if drifts else None)
            fit = model.fit(disp=False, maxiter=60)
        except (ValueError, np.linalg.LinAlgError):
            return None
    return (float(fit.aicc), fit) if np.isfinite(fit.aicc) else None


FORECASTERS.add(Arima())
