"""Asking for a training from the pages of models, and how far it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dash import Input, Output, State, no_update

from app.accounts.permissions import ANALYSIS, JOBS
from app.callbacks.base import Callbacks
from app.errors import PadError
from app.layouts import followed, forecast_ids, handed, ids
from app.layouts.training_state import FORECASTS, SCORES, TrainingState
from app.text import t
from app.training import trainings

Ask = Callable[[Callbacks], list[str]]


def register(callbacks: Callbacks) -> None:
    for shown, button, ask in (
        (FORECASTS, forecast_ids.TRAIN, ask_forecast),
        (SCORES, forecast_ids.SCORE, ask_churn),
    ):
        _asking(callbacks, shown, button, ask)
        _watching(callbacks, shown)


def _asking(callbacks: Callbacks, shown: TrainingState, button: str, ask: Ask) -> None:
    @callbacks.on(
        Output(shown.said, "children"),
        *shown.followed.outputs,
        Input(button, "n_clicks"),
        shown.followed.pulse.state,
        permission=JOBS,
        prevent_initial_call=True,
    )
    def press(clicks: int | None, beats: int | None) -> Any:
        if not clicks:
            return (no_update,) * 3
        try:
            jobs = ask(callbacks)
        except PadError as error:
            return str(error), *shown.followed.hushed()
        words = str(handed.told(callbacks.services, t("forecasts.queued")))
        return words, *shown.followed.begun(beats, *jobs)


def _watching(callbacks: Callbacks, shown: TrainingState) -> None:
    services, watched = callbacks.services, shown.followed

    @callbacks.on(
        Output(shown.said, "children", allow_duplicate=True),
        *watched.outputs,
        Input(watched.pulse.id, "n_intervals"),
        watched.state,
        State(ids.LOCATION, "search"),
        permission=ANALYSIS,
        prevent_initial_call=True,
        running=watched.pulse.waits,
    )
    def beat(beats: int | None, jobs: list[str] | None, search: str | None) -> Any:
        viewer, named = callbacks.viewer(), jobs or []
        runs = followed.seen(services, viewer, named)
        if not runs:
            return (no_update,) * 3
        told = followed.spoken(named, runs)
        said = shown.words(services, viewer, told, search or "") if told else no_update
        return said, *watched.asked(beats, named, followed.live(runs))


def ask_forecast(callbacks: Callbacks) -> list[str]:
    """The months and the coming week; a second request while one waits or runs is the same job."""
    return [_ask(callbacks, kind) for kind in ("train_forecast", "train_week")]


def ask_churn(callbacks: Callbacks) -> list[str]:
    return [_ask(callbacks, "train_churn")]


def _ask(callbacks: Callbacks, kind: str) -> str:
    return trainings.ask_as(callbacks.services, kind, callbacks.viewer())
