"""Action items: add one, tick one off."""

from __future__ import annotations

from datetime import date
from typing import Any

from dash import Input, Output, State, ctx, no_update

from app.accounts.permissions import ACTIONS
from app.callbacks.base import Callbacks
from app.data import actions
from app.errors import InputError
from app.layouts import ids
from app.layouts.board import context_of
from app.layouts.dashboards.base import DASHBOARDS
from app.layouts.shell import page_of
from app.layouts.widgets.actions import ActionItems, item_list
from app.text import t


def register(callbacks: Callbacks) -> None:
    @callbacks.on(
        Output(ids.ACTION_LIST, "children"),
        Output(ids.ACTION_PROBLEM, "children"),
        Output(ids.ACTION_TITLE, "value"),
        Input(ids.ACTION_SAVE, "n_clicks"),
        State(ids.ACTION_TITLE, "value"),
        State(ids.ACTION_OWNER, "value"),
        State(ids.ACTION_DUE, "value"),
        State(ids.LOCATION, "pathname"),
        permission=ACTIONS,
        prevent_initial_call=True,
    )
    def add(clicks: int | None, title: str | None, owner: int | None, due: str | None, path: str) -> Any:
        if not clicks:
            return no_update, no_update, no_update
        try:
            add_item(callbacks, title, owner, due)
        except InputError as problem:
            return no_update, str(problem), no_update
        return lines(callbacks, path), "", ""

    @callbacks.on(
        Output(ids.ACTION_LIST, "children", allow_duplicate=True),
        Input(ids.ACTION_DONE_ANY, "n_clicks"),
        State(ids.LOCATION, "pathname"),
        permission=ACTIONS,
        prevent_initial_call=True,
    )
    def tick(clicks: list[int | None], path: str) -> Any:
        asked = ctx.triggered_id
        if asked is None or not any(clicks) or not ctx.triggered[0]["value"]:
            return no_update
        item = next(
            (entry for entry in actions.listed(callbacks.services.database) if entry.id == asked["item"]),
            None,
        )
        done = item is None or item.state != actions.DONE
        actions.complete(callbacks.services.database, callbacks.services.clock, int(asked["item"]), done)
        return lines(callbacks, path)


def add_item(callbacks: Callbacks, title: str | None, owner: int | None, due: str | None) -> None:
    """Adds an item as the asker wrote it. Raises: InputError."""
    try:
        day = date.fromisoformat(due) if due else None
    except ValueError:
        raise InputError(t("actions.due_problem", value=due)) from None
    services, by = callbacks.services, callbacks.viewer().email
    actions.add(services.database, services.clock, title or "", owner_id=owner, due=day, by=by)


def lines(callbacks: Callbacks, path: str) -> Any:
    """The list as it stands now, as long as the card of the page shows it."""
    page = page_of(path)
    if page is None or page.id not in DASHBOARDS:
        return no_update
    widgets = DASHBOARDS.get(page.id).widgets()
    most = next((widget.most for widget in widgets if isinstance(widget, ActionItems)), 0)
    context = context_of(callbacks.services, callbacks.viewer(), page.id, "")
    return item_list(context.actions(), context, most)
