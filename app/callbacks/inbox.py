"""The bell renews itself; everything in it can be marked as read; what one wants to be told is kept."""

from __future__ import annotations

from typing import Any

from dash import ALL, Input, Output, State, no_update

from app.accounts import preferences as kept
from app.accounts.permissions import ACCOUNT
from app.callbacks.base import Callbacks
from app.layouts import alert_ids as ids
from app.layouts.inbox import panel
from app.notify import inbox, preferences
from app.text import t


def register(callbacks: Callbacks) -> None:
    """Add the callbacks of the bell and of the wishes."""
    _bell(callbacks)
    _wishes(callbacks)


def _bell(callbacks: Callbacks) -> None:
    @callbacks.on(
        Output(ids.INBOX, "children"),
        Input(ids.INBOX_POLL, "n_intervals"),
        prevent_initial_call=True,
        permission=ACCOUNT,
    )
    def beat(_ticks: int | None) -> Any:
        return panel(callbacks.services, callbacks.viewer())

    @callbacks.on(
        Output(ids.INBOX, "children", allow_duplicate=True),
        Input(ids.INBOX_READ, "n_clicks"),
        prevent_initial_call=True,
        permission=ACCOUNT,
    )
    def read(clicks: int | None) -> Any:
        if not clicks:
            return no_update
        services, viewer = callbacks.services, callbacks.viewer()
        inbox.read_all(services.database, services.clock, viewer.user_id)
        return panel(services, viewer, is_open=True)


def _wishes(callbacks: Callbacks) -> None:
    @callbacks.on(
        Output(ids.WISHES_SAVED, "children"),
        Input(ids.wish(ALL), "value"),
        State(ids.wish(ALL), "id"),
        prevent_initial_call=True,
        permission=ACCOUNT,
    )
    def save(values: list[str | None], names: list[dict[str, str]]) -> str:
        chosen = {name["channel"]: str(value) for name, value in zip(names, values, strict=True)}
        wishes = preferences.checked(chosen)
        kept.keep(callbacks.services.database, callbacks.viewer().user_id, preferences.NAME, wishes)
        return t("alerts.wishes_saved")
