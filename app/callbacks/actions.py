"""Action items: add one, change one, tick one off, delete one."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from typing import Any

from dash import ClientsideFunction, Input, Output, State, ctx, no_update

from app.accounts.changes import Trail
from app.accounts.permissions import ACTIONS
from app.callbacks.base import Button, Callbacks
from app.callbacks.preferences import clientside
from app.callbacks.sent import number
from app.data import actions
from app.errors import InputError, NotFound, PadError
from app.layouts import ids
from app.layouts.board import context_of
from app.layouts.dashboards.base import DASHBOARDS
from app.layouts.shell import page_of
from app.layouts.widgets.actions import ActionItems, item_list
from app.text import t


def register(callbacks: Callbacks) -> None:
    """Add the callbacks of the card."""
    _adding(callbacks)
    _ticking(callbacks)
    _changing(callbacks)
    _removing(callbacks)


def _adding(callbacks: Callbacks) -> None:
    @callbacks.on(
        Output(ids.ACTION_LIST, "children"),
        Output(ids.ACTION_PROBLEM, "children"),
        Output(ids.ACTION_TITLE, "value"),
        Output(ids.ACTION_DUE, "value"),
        Output(ids.ACTION_ADDED, "data"),
        Input(ids.ACTION_SAVE, "n_clicks"),
        State(ids.ACTION_TITLE, "value"),
        State(ids.ACTION_OWNER, "value"),
        State(ids.ACTION_DUE, "value"),
        State(ids.LOCATION, "pathname"),
        permission=ACTIONS,
        prevent_initial_call=True,
    )
    def add(
        clicks: int | None, title: str | None, owner: int | None, due: str | None, path: str | None
    ) -> Any:
        if not clicks:
            return (no_update,) * 5
        try:
            added = add_item(callbacks, title, owner, due)
        except InputError as problem:
            return no_update, str(problem), no_update, no_update, no_update
        return lines(callbacks, path), "", "", "", added

    clientside(callbacks)(
        ClientsideFunction("pad", "showAdded"), Input(ids.ACTION_ADDED, "data"), prevent_initial_call=True
    )


def _ticking(callbacks: Callbacks) -> None:
    @callbacks.on_press(
        Output(ids.ACTION_LIST, "children", allow_duplicate=True),
        Input(ids.ACTION_DONE_ANY, "n_clicks"),
        State(ids.LOCATION, "pathname"),
        permission=ACTIONS,
    )
    def tick(button: Button, path: str | None) -> Any:
        done = button["becomes"] == actions.DONE
        with suppress(NotFound):  # somebody else was faster
            actions.complete(callbacks.services.database, _item(button["item"]), _trail(callbacks), done)
        return lines(callbacks, path)


def _changing(callbacks: Callbacks) -> None:
    @callbacks.on(
        Output(ids.ACTION_LIST, "children", allow_duplicate=True),
        Output(ids.action_fields("problem"), "children"),
        Input(ids.action_fields("save"), "n_clicks"),
        State(ids.action_fields("save"), "id"),
        State(ids.action_fields("state"), "value"),
        State(ids.action_fields("owner"), "value"),
        State(ids.action_fields("due"), "value"),
        State(ids.LOCATION, "pathname"),
        permission=ACTIONS,
        prevent_initial_call=True,
    )
    def change(
        clicks: list[int | None],
        items: list[dict[str, str | int]],
        states: list[str | None],
        owners: list[int | None],
        dues: list[str | None],
        path: str | None,
    ) -> Any:
        asked = ctx.triggered_id
        lines_of_problems = ctx.outputs_list[1]
        quiet = [no_update] * len(lines_of_problems)
        if asked is None or not any(clicks):
            return no_update, quiet
        chosen = {one["item"]: given for one, *given in zip(items, states, owners, dues, strict=True)}
        try:
            change_item(callbacks, _item(asked["item"]), *chosen.get(asked["item"], ("", None, None)))
        except PadError as problem:
            said = [str(problem) if line["id"]["item"] == asked["item"] else "" for line in lines_of_problems]
            return no_update, said
        return lines(callbacks, path), quiet


def _removing(callbacks: Callbacks) -> None:
    @callbacks.on_press(
        Output(ids.ACTION_LIST, "children", allow_duplicate=True),
        Input(ids.action_fields("remove"), "n_clicks"),
        State(ids.LOCATION, "pathname"),
        permission=ACTIONS,
    )
    def remove(button: Button, path: str | None) -> Any:
        with suppress(NotFound):  # somebody else was faster
            actions.remove(callbacks.services.database, _item(button["item"]), _trail(callbacks))
        return lines(callbacks, path)


def _trail(callbacks: Callbacks) -> Trail:
    return Trail(callbacks.services.clock, callbacks.viewer().email)


def _item(value: object) -> int:
    """The item in what the browser sent. Raises: NotFound."""
    return number(value, t("actions.gone"))


def change_item(
    callbacks: Callbacks, item: int, state: str | None, owner: int | None, due: str | None
) -> None:
    """Changes an item as the asker chose. Raises: InputError, NotFound."""
    database, trail = callbacks.services.database, _trail(callbacks)
    actions.change(database, item, trail, state=state or "", owner_id=owner, due=day(due))


def day(text: str | None) -> date | None:
    """A day as the calendar field writes it. Raises: InputError."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise InputError(t("actions.due_problem", value=text)) from None


def add_item(callbacks: Callbacks, title: str | None, owner: int | None, due: str | None) -> int:
    """Adds an item as the asker wrote it. Raises: InputError."""
    trail = _trail(callbacks)
    return actions.add(callbacks.services.database, title or "", trail, owner_id=owner, due=day(due))


def lines(callbacks: Callbacks, path: str | None) -> Any:
    """The list as it stands now, as long as the card of the page shows it."""
    page = page_of(path or "")
    if page is None or page.id not in DASHBOARDS:
        return no_update
    widgets = DASHBOARDS.get(page.id).widgets()
    most = next((widget.most for widget in widgets if isinstance(widget, ActionItems)), 0)
    context = context_of(callbacks.services, callbacks.viewer(), page.id, "")
    return item_list(context.actions(), context, most)
