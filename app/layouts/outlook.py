"""What a model says of a metric's next months, and how good it has been: read from facts and rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.accounts.viewer import Viewer
from app.data.query.predictions import ForecastPoint, ForecastQuery, newest
from app.ml import runs
from app.services import Services
from app.text import t
from app.units import MISSING, Units

NAIVE = "seasonal_naive"


@dataclass(frozen=True)
class Outlook:
    """The newest forecast of a metric with the scores of the training behind it; no points, no forecast.

    `note`: why the last training gave none.
    """

    points: Sequence[ForecastPoint] = ()
    scores: Mapping[str, Any] | None = None
    note: str = ""


def outlook(services: Services, viewer: Viewer, metric: str) -> Outlook:
    """Raises: AccessDenied within a scope: a forecast is of the whole company."""
    points = newest(services.query.forecasts(ForecastQuery(metric, "month", viewer.scope)))
    last = runs.last(services.database, "forecast", metric)
    good = runs.last(services.database, "forecast", metric, state="done")
    return Outlook(
        points if good else (), good.scores if good else None, last.note if last and last is not good else ""
    )


def accuracy(scores: Mapping[str, Any], units: Units) -> str:
    """The winner and its errors beside those of the seasonal naive, in one sentence."""
    naive = scores["models"].get(NAIVE, {})
    key = "forecasts.accuracy" if scores["better_than_naive"] else "forecasts.accuracy_poor"
    return t(
        key,
        model=t(f"forecasts.model_{scores['winner']}"),
        mase=plain(scores["mase"]),
        naive_mase=plain(naive.get("mase")),
        mape=share(scores["mape"], units),
        naive_mape=share(naive.get("mape"), units),
    )


def coverage(scores: Mapping[str, Any], units: Units) -> str:
    """How much of what came lay within the bands, in one sentence; nothing when nobody knows."""
    held = scores["coverage"]
    if not held:
        return ""
    parts = [t("forecasts.held", level=level, share=units.percent(part)) for level, part in held.items()]
    return t("forecasts.coverage_said", parts=", ".join(parts))


def share(value: float | None, units: Units) -> str:
    return MISSING if value is None else units.percent(value)


def plain(value: float | None) -> str:
    """A number without a unit, such as a MASE."""
    return MISSING if value is None else f"{value:.2f}".replace("-", "−")
