"""What a model says of a metric's next months, and how good it has been: read from facts and rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from app.accounts.viewer import Viewer
from app.data.query.predictions import ForecastPoint, ForecastQuery
from app.ml import runs
from app.ml.runs import ModelRun
from app.periods import Grain
from app.services import Services
from app.text import t
from app.units import MISSING, Units

NAIVE = "seasonal_naive"
LEVELS = {"80%": 0.80, "95%": 0.95}  # what each band is meant to hold


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
    points = services.query.forecasts(ForecastQuery(metric, "month", viewer.scope))
    last, (good, newest) = runs.last(services.database, "forecast", metric), judged(services, metric, points)
    return Outlook(newest, good.scores if good else None, last.note if last else "")


def judged(
    services: Services, subject: str, points: Sequence[ForecastPoint]
) -> tuple[ModelRun | None, tuple[ForecastPoint, ...]]:
    """The newest points with the training that made them, or, while that is not kept yet, the last that was:
    never the scores of one training beside the points of another."""
    made_on = max((point.made_on for point in points), default=None)
    asked = (services.database, "forecast", subject, "done")
    run = runs.last(*asked, made_on) or runs.last(*asked)
    known = run.scores.get("made_on") if run else None
    return run, tuple(point for point in points if point.made_on.isoformat() == known)


def accuracy(scores: Mapping[str, Any], units: Units) -> str:
    """The errors on the past beside those of the seasonal naive; first, whether they are larger."""
    naive, part = scores["models"].get(NAIVE, {}), partial(share, units=units)
    told: dict[str, Callable[[float | None], str]] = {"mase": plain, "mape": part, "wape": part, "r2": plain}
    pairs = [
        f"{t(f'forecasts.{name}')} {say(scores[name])} ({say(naive.get(name))})" for name, say in told.items()
    ]
    said = t("forecasts.accuracy", measures=", ".join(pairs))
    return said if scores["better_than_naive"] else f"{poor(scores, 'month')}. {said}"


def poor(scores: Mapping[str, Any], grain: Grain) -> str:
    """In what a forecast is no better than the seasonal naive."""
    if scores["winner"] == NAIVE:
        return t("forecasts.naive_best")
    if scores["mase"] is not None and scores["mase"] >= 1:
        return t(f"forecasts.no_better_{grain}", mase=plain(scores["mase"]))
    return t("forecasts.no_better")


def bands(scores: Mapping[str, Any]) -> str:
    """How many past values each band held and how many it was meant to, in one sentence; what it is meant to
    where a training did not count."""
    count = scores.get("counted", 0)
    if not count:
        return t("forecasts.bands_meant")
    held = [
        t("forecasts.held", level=level, held=round(part * count), meant=round(LEVELS[level] * count))
        for level, part in scores["coverage"].items()
    ]
    return t("forecasts.bands_held", count=count, held=", ".join(held))


def share(value: float | None, units: Units) -> str:
    return MISSING if value is None else units.percent(value)


def plain(value: float | None) -> str:
    """A number without a unit, such as a MASE."""
    return MISSING if value is None else f"{value:.2f}".replace("-", "−")
