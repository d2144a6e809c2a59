"""Seasonal naive: the value of the same month, or weekday, of the last season. The bar that others must clear."""

from __future__ import annotations

import numpy as np

from app.ml.base import FORECASTERS
from app.ml.series import Floats, Frequency, Series


class SeasonalNaive:
    id = "seasonal_naive"

    def suits(self, freq: Frequency, known: int) -> bool:
        return known >= 1

    def forecast(self, series: Series, horizon: int) -> Floats:
        """The last known value of each place in the season; the last value where a place has none."""
        values, season = series.values, series.season
        tail = np.array([self._newest(values, len(values) - season + at, season) for at in range(season)])
        return np.resize(tail, horizon)

    def _newest(self, values: Floats, at: int, season: int) -> float:
        while at >= 0:
            if not np.isnan(values[at]):
                return float(values[at])
            at -= season
        return float(values[~np.isnan(values)][-1])


FORECASTERS.add(SeasonalNaive())
