"""Address -> page: the first page comes with the layout, later ones are put in its place.

A page with a filter bar answers another query by itself; any other is drawn anew for it.
"""

from __future__ import annotations

from typing import Any

from dash import Input, Output, State, ctx, no_update

from app.accounts.permissions import ACCOUNT
from app.callbacks.base import Callbacks
from app.layouts import ids
from app.layouts.data_time import data_time
from app.layouts.shell import page_content, page_of


def register(callbacks: Callbacks) -> None:
    """Another address, an address that comes late, and the time of the data."""
    _going(callbacks)
    _arriving(callbacks)
    _renewing(callbacks)


def _going(callbacks: Callbacks) -> None:
    @callbacks.on(
        Output(ids.PAGE, "children"),
        Output(ids.TITLE, "children"),
        Input(ids.LOCATION, "pathname"),
        Input(ids.LOCATION, "search"),
        permission=ACCOUNT,
        prevent_initial_call=True,
    )
    def go(path: str | None, search: str | None) -> tuple[Any, Any]:
        page = page_of(path or "")
        if page and page.filters and f"{ids.LOCATION}.pathname" not in ctx.triggered_prop_ids:
            return no_update, no_update
        return _drawn(callbacks, path, search)


def _arriving(callbacks: Callbacks) -> None:
    """The browser sent no address with the layout (its privacy settings may forbid it): ask now."""

    @callbacks.on(
        Output(ids.PAGE, "children", allow_duplicate=True),
        Output(ids.TITLE, "children", allow_duplicate=True),
        Input(ids.LATE_PAGE, "id"),
        State(ids.LOCATION, "pathname"),
        State(ids.LOCATION, "search"),
        permission=ACCOUNT,
        prevent_initial_call="initial_duplicate",
    )
    def arrive(_mark: str | None, path: str | None, search: str | None) -> tuple[Any, Any]:
        return _drawn(callbacks, path, search)


def _renewing(callbacks: Callbacks) -> None:
    @callbacks.on(
        Output(ids.DATA_TIME, "children"),
        Input(ids.REFRESH, "n_clicks"),
        permission=ACCOUNT,
        prevent_initial_call=True,
    )
    def renew(_clicks: int | None) -> str:
        return data_time(callbacks.services, callbacks.viewer())


def _drawn(callbacks: Callbacks, path: str | None, search: str | None) -> tuple[Any, str]:
    title, content = page_content(
        callbacks.services, callbacks.viewer(), path or "", (search or "").lstrip("?")
    )
    return content, title
