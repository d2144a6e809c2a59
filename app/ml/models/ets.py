"""Exponential smoothing (ETS): level, damped or straight trend, season; the form with the least AICc."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from app.errors import ModelFailed
from app.ml.base import FORECASTERS
from app.ml.series import Floats, Frequency, Series
from app.text import t

MOST_DAYS = 400  # older days say little about the next and cost much
FORMS: tuple[dict[str, Any], ...] = (
    {"trend": None},
    {"trend": "add"},
    {"trend": "add", "damped_trend": True},
    {"trend": None, "seasonal": "add"},
    {"trend": "add", "damped_trend": True, "seasonal": "add"},
    {"trend": "add", "seasonal": "add"},
)


class Ets:
    id = "ets"

    def suits(self, freq: Frequency, known: int) -> bool:
        return known >= 8

    def forecast(self, series: Series, horizon: int) -> Floats:
        """Positive series are smoothed as logarithms, so that seasons and errors are shares."""
        kept = series.last(MOST_DAYS) if series.freq == "D" else series
        logs = kept.positive
        values = np.log(kept.filled) if logs else kept.filled
        if np.ptp(values) == 0:
            return np.full(horizon, kept.filled[-1])
        seasonal = len(values) >= 2 * series.season + 5
        fits = [_fit(values, form, series.season) for form in FORMS if seasonal or "seasonal" not in form]
        best = min((fit for fit in fits if fit is not None), key=lambda fit: fit[0], default=None)
        if best is None:
            raise ModelFailed(t("models.ets_diverged"))
        found = np.asarray(best[1].forecast(horizon), dtype=float)
        return np.exp(found) if logs else found


def _fit(values: Floats, form: dict[str, Any], season: int) -> tuple[float, Any] | None:
    """AICc and the fit; nothing when the optimiser breaks."""
    from statsmodels.tsa.holtwinters import ExponentialSmoothing

    periods = season if "seasonal" in form else None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a poor fit loses by its AICc and by the back-test
        try:
            model = ExponentialSmoothing(
                values, seasonal_periods=periods, initialization_method="estimated", **form
            )
            fit = model.fit(optimized=True, use_brute=False)
        except (ValueError, np.linalg.LinAlgError):
            return None
    return (float(fit.aicc), fit) if np.isfinite(fit.aicc) else None


FORECASTERS.add(Ets())
