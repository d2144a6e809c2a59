"""What a person sees when a callback fails in a way that nobody foresaw."""

from __future__ import annotations

from dash import no_update, set_props

from app.errors import PadError
from app.incidents import report
from app.layouts import ids
from app.layouts.states import toast
from app.text import t


def on_error(error: Exception) -> object:
    """Tells the reader: the sentence of a foreseen error, else a reference that is also in the log."""
    if isinstance(error, PadError):
        message = str(error)
    else:
        message = t("states.unexpected", reference=report(error, part="callback"))
    set_props(ids.ANNOUNCER, {"children": toast(message)})
    return no_update
