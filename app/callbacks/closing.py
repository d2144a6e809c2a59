"""Buttons that close a dialog and change nothing: done in the browser, without asking the server."""

from __future__ import annotations

from dash import Input, Output

from app.callbacks.base import Callbacks
from app.layouts import people_ids as ids

_CLOSE = "function (clicks) { return clicks ? false : window.dash_clientside.no_update; }"


def closes(callbacks: Callbacks, *dialogs: str) -> None:
    """Let the way back of each dialog close it."""
    for dialog in dialogs:
        callbacks.dash.clientside_callback(  # type: ignore[no-untyped-call]
            _CLOSE,
            Output(dialog, "is_open", allow_duplicate=True),
            Input(ids.close(dialog), "n_clicks"),
            prevent_initial_call=True,
        )
