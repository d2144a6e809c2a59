"""Prophet: a bent trend and seasons by curves; strong on daily series with weekly and yearly seasons."""

from __future__ import annotations

import logging

import numpy as np

from app.errors import ModelFailed
from app.ml.base import FORECASTERS
from app.ml.series import Floats, Frequency, Series
from app.text import t

# On a series that has no noise the fit would go on for ten thousand steps, ten seconds for nothing.
MOST_STEPS = 1000
TWO_YEARS: dict[Frequency, int] = {"M": 25, "D": 731}  # values that lie two years apart from first to last


class ProphetModel:
    id = "prophet"

    def suits(self, freq: Frequency, known: int) -> bool:
        return known >= 20

    def forecast(self, series: Series, horizon: int) -> Floats:
        """Gaps are left out: Prophet needs no regular grid."""
        import pandas
        from prophet import Prophet

        logging.getLogger("cmdstanpy").disabled = True
        known = np.flatnonzero(~np.isnan(series.values))
        frame = pandas.DataFrame(
            {"ds": pandas.to_datetime([series.date(int(at)) for at in known]), "y": series.values[known]}
        )
        model = Prophet(
            yearly_seasonality=len(series) >= TWO_YEARS[series.freq],
            weekly_seasonality=series.freq == "D",
            daily_seasonality=False,
            seasonality_mode="multiplicative" if series.positive else "additive",
            n_changepoints=min(25, int(0.8 * len(known)) - 1),
            uncertainty_samples=0,
        )
        try:
            model.fit(frame, seed=1, iter=MOST_STEPS)
        except (RuntimeError, ValueError) as problem:
            raise ModelFailed(t("models.prophet_none", problem=problem)) from None
        ahead = [series.date(len(series) + at) for at in range(horizon)]
        told = model.predict(pandas.DataFrame({"ds": pandas.to_datetime(ahead)}))
        return np.asarray(told["yhat"], dtype=float)


FORECASTERS.add(ProphetModel())
