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
    place = [Output(ids.PAGE, "children"), Output(ids.TITLE, "children")]

    @callbacks.on(
        *place,
        Input(ids.LOCATION, "pathname"),
        Input(ids.LOCATION, "search"),
        permission=ACCOUNT,
        prevent_initial_call=True,
    )
    def go(path: str, search: str | None) -> tuple[Any, Any]:
        page = page_of(path)
        if page and page.filters and f"{ids.LOCATION}.pathname" not in ctx.triggered_prop_ids:
            return no_update, no_update
        return drawn(path, search)

    def drawn(path: str, search: str | None) -> tuple[Any, Any]:
        title, content = page_content(
            callbacks.services, callbacks.viewer(), path, (search or "").lstrip("?")
        )
        return content, title

    @callbacks.on(
        Output(ids.DATA_TIME, "children"),
        Input(ids.REFRESH, "n_clicks"),
        permission=ACCOUNT,
        prevent_initial_call=True,
    )
    def renew(_clicks: int | None) -> str:
        return data_time(callbacks.services, callbacks.viewer())

    # The browser sent no address with the layout (its privacy settings may forbid it): ask now.
    @callbacks.on(
        Output(ids.PAGE, "children", allow_duplicate=True),
        Output(ids.TITLE, "children", allow_duplicate=True),
        Input(ids.LATE_PAGE, "id"),
        State(ids.LOCATION, "pathname"),
        State(ids.LOCATION, "search"),
        permission=ACCOUNT,
        prevent_initial_call="initial_duplicate",
    )
    def arrive(_mark: str, path: str, search: str | None) -> tuple[Any, Any]:
        return drawn(path, search)
