"""Remembers theme and rail; the browser has switched already."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dash import ClientsideFunction, Input, Output, no_update

from app.accounts.permissions import ACCOUNT
from app.callbacks.base import Callbacks
from app.layouts import ids
from app.layouts.preferences import THEMES

RAILS = ("open", "collapsed")


def register(callbacks: Callbacks) -> None:
    for function, place, button in (
        ("switchTheme", ids.THEME_SAVED, ids.THEME),
        ("switchRail", ids.RAIL_SAVED, ids.COLLAPSE),
    ):
        clientside(callbacks)(
            ClientsideFunction("pad", function),
            Output(place, "data"),
            Input(button, "n_clicks"),
            prevent_initial_call=True,
        )

    @callbacks.on(
        Output(ids.ANNOUNCER, "title"),
        Input(ids.THEME_SAVED, "data"),
        Input(ids.RAIL_SAVED, "data"),
        permission=ACCOUNT,
        prevent_initial_call=True,
    )
    def remember(theme: str | None, rail: str | None) -> Any:
        for name, value, known in (("theme", theme, THEMES), ("rail", rail, RAILS)):
            if value and value in known:
                keep(callbacks, name, value)
        return no_update


def clientside(callbacks: Callbacks) -> Callable[..., None]:
    """Registers a callback that runs in the browser alone, so it needs no permission."""
    add: Callable[..., None] = callbacks.dash.clientside_callback
    return add


def keep(callbacks: Callbacks, name: str, value: str) -> None:
    from app.accounts.preferences import keep as keep_preference

    keep_preference(callbacks.services.database, callbacks.viewer().user_id, name, value)
