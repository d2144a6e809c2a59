"""Jobs of models: a training each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from app.services import Job, Services
from app.training import predictions

if TYPE_CHECKING:
    from app.ml.series import Frequency


def train_forecast(
    services: Services, job: Job, metric: str = "mrr", freq: Frequency = "M"
) -> Mapping[str, Any]:
    """Predict a metric for twelve months, or seven days."""
    return predictions.forecast_metric(services, job.progress, metric, freq)


def train_week(
    services: Services, job: Job, metrics: Sequence[str], report_id: str = "", then: Sequence[str] = ()
) -> Mapping[str, Any]:
    """Predict the next seven days of some metrics; a report and other trainings may follow."""
    return predictions.forecast_week(services, job.progress, metrics, report_id, then)


def train_churn(services: Services, job: Job) -> Mapping[str, Any]:
    """Score who will leave within 90 days."""
    return predictions.score_churn(services, job.progress)


KINDS = {"train_forecast": train_forecast, "train_week": train_week, "train_churn": train_churn}
