"""Asking for a training from the pages of models."""

from __future__ import annotations

from typing import Any

from dash import Input, Output, no_update

from app.accounts.permissions import JOBS
from app.callbacks.base import Callbacks
from app.errors import PadError
from app.layouts import forecast_ids
from app.text import t


def register(callbacks: Callbacks) -> None:
    @callbacks.on(
        Output(forecast_ids.TRAIN_SAID, "children"),
        Input(forecast_ids.TRAIN, "n_clicks"),
        permission=JOBS,
        prevent_initial_call=True,
    )
    def forecast(clicks: int | None) -> Any:
        return _said(lambda: ask_forecast(callbacks)) if clicks else no_update

    @callbacks.on(
        Output(forecast_ids.SCORE_SAID, "children"),
        Input(forecast_ids.SCORE, "n_clicks"),
        permission=JOBS,
        prevent_initial_call=True,
    )
    def churn(clicks: int | None) -> Any:
        return _said(lambda: ask_churn(callbacks)) if clicks else no_update


def ask_forecast(callbacks: Callbacks) -> str:
    """A second request while one waits or runs is the same job."""
    title = t("forecasts.train_job", metric="MRR")
    who = callbacks.viewer().email
    return callbacks.services.queue.enqueue(
        "train_forecast", title, who, job_id="train-forecast-mrr", metric="mrr"
    )


def ask_churn(callbacks: Callbacks) -> str:
    who = callbacks.viewer().email
    return callbacks.services.queue.enqueue(
        "train_churn", t("customers.train_job"), who, job_id="train-churn"
    )


def _said(ask: Any) -> str:
    try:
        ask()
    except PadError as error:
        return str(error)
    return t("forecasts.queued")
