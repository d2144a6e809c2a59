"""Theta: half a straight trend, half simple smoothing, on the series without its season."""

from __future__ import annotations

import warnings

import numpy as np

from app.errors import ModelFailed
from app.ml.base import FORECASTERS
from app.ml.series import Floats, Frequency, Series
from app.text import t


class Theta:
    id = "theta"

    def suits(self, freq: Frequency, known: int) -> bool:
        return known >= 8

    def forecast(self, series: Series, horizon: int) -> Floats:
        from statsmodels.tsa.forecasting.theta import ThetaModel

        values = series.filled
        if np.ptp(values) == 0:
            return np.full(horizon, values[-1])
        seasonal = len(values) >= 2 * series.season
        method = "multiplicative" if series.positive else "additive"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                model = ThetaModel(values, period=series.season, deseasonalize=seasonal, method=method)
                return np.asarray(model.fit().forecast(horizon), dtype=float)
            except (ValueError, np.linalg.LinAlgError) as problem:
                raise ModelFailed(t("models.theta_none", problem=problem)) from None


FORECASTERS.add(Theta())
