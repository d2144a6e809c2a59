"""Asking for a training from the pages of models."""

from __future__ import annotations

from typing import Any

from dash import Input, Output, no_update

from app.accounts.permissions import JOBS
from app.callbacks.base import Callbacks
from app.errors import PadError
from app.layouts import forecast_ids, handed
from app.services import Services
from app.text import t
from app.training import trainings


def register(callbacks: Callbacks) -> None:
    services = callbacks.services

    @callbacks.on(
        Output(forecast_ids.TRAIN_SAID, "children"),
        Input(forecast_ids.TRAIN, "n_clicks"),
        permission=JOBS,
        prevent_initial_call=True,
    )
    def forecast(clicks: int | None) -> Any:
        return _said(services, lambda: ask_forecast(callbacks)) if clicks else no_update

    @callbacks.on(
        Output(forecast_ids.SCORE_SAID, "children"),
        Input(forecast_ids.SCORE, "n_clicks"),
        permission=JOBS,
        prevent_initial_call=True,
    )
    def churn(clicks: int | None) -> Any:
        return _said(services, lambda: ask_churn(callbacks)) if clicks else no_update


def ask_forecast(callbacks: Callbacks) -> None:
    """The months and the coming week; a second request while one waits or runs is the same job."""
    for kind in ("train_forecast", "train_week"):
        trainings.ask_as(callbacks.services, kind, callbacks.viewer())


def ask_churn(callbacks: Callbacks) -> None:
    trainings.ask_as(callbacks.services, "train_churn", callbacks.viewer())


def _said(services: Services, ask: Any) -> str:
    try:
        ask()
    except PadError as error:
        return str(error)
    return str(handed.told(services, t("forecasts.queued")))
