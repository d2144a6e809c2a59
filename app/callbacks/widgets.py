"""The one way in which a card is drawn anew: filters or refresh changed, it was late, or is tried again."""

from __future__ import annotations

from typing import Any

from dash import Input, Output, State, ctx, no_update

from app.accounts.permissions import DASHBOARDS as MAY_VIEW
from app.callbacks.base import Callbacks
from app.layouts import ids
from app.layouts.board import context_of, one
from app.layouts.dashboards.base import DASHBOARDS
from app.layouts.shell import page_of


def register(callbacks: Callbacks) -> None:
    card = ids.matching("card")
    here = (State(ids.LOCATION, "pathname"), State(ids.LOCATION, "search"))
    again = Output(card, "children", allow_duplicate=True)

    @callbacks.on(
        Output(card, "children"),
        Input(ids.LOCATION, "search"),
        Input(ids.REFRESH, "n_clicks"),
        State(ids.LOCATION, "pathname"),
        permission=MAY_VIEW,
        prevent_initial_call=True,
    )
    def view_changed(search: str | None, _refresh: int | None, path: str) -> Any:
        return draw(callbacks, ctx.outputs_list, path, search)

    @callbacks.on(
        again,
        Input(ids.matching("pending"), "id"),
        *here,
        permission=MAY_VIEW,
        prevent_initial_call="initial_duplicate",
    )
    def late(_mark: Any, path: str, search: str | None) -> Any:
        return draw(callbacks, ctx.outputs_list, path, search)

    @callbacks.on(
        again, Input(ids.matching("retry"), "n_clicks"), *here, permission=MAY_VIEW, prevent_initial_call=True
    )
    def tried_again(clicks: int | None, path: str, search: str | None) -> Any:
        return draw(callbacks, ctx.outputs_list, path, search) if clicks else no_update


def draw(callbacks: Callbacks, place: Any, path: str, search: str | None) -> Any:
    """The card at an output of the browser's asking; nothing when the page has moved on meanwhile."""
    place = place[0] if isinstance(place, list) else place
    name, widget_id = place["id"]["dashboard"], place["id"]["widget"]
    page = page_of(path or "")
    if page is None or page.id != name:
        return no_update
    viewer, dashboard = callbacks.viewer(), DASHBOARDS.get(name)
    viewer.require(dashboard.permission)
    widget = dashboard.widget(widget_id)
    if widget is None:
        return no_update
    return one(callbacks.services, widget, context_of(callbacks.services, viewer, name, search))
