"""The table answers the address; the conditions write it, as does the search (`assets/grid.js`)."""

from __future__ import annotations

from typing import Any

from dash import Input, Output, State, no_update

from app.accounts.permissions import ANALYSIS
from app.callbacks.base import Callbacks
from app.figures.table_view import COLUMNS, OPERATORS, Condition, typed
from app.layouts import campaign_table, drill, ids, table_ids
from app.layouts.markup import INERT
from app.layouts.pages import campaigns as page


def register(callbacks: Callbacks) -> None:
    """Two small callbacks; sorting, grouping, folding and drilling are links."""
    _showing(callbacks)
    _narrowing(callbacks)


def _showing(callbacks: Callbacks) -> None:
    @callbacks.on(
        Output(table_ids.TABLE_HEAD, "children"),
        Output(table_ids.TABLE_GROUPING, "children"),
        Output(table_ids.TABLE_FIND, INERT),
        Output(table_ids.TABLE_TOOLS, "children"),
        Output(table_ids.TABLE_BODY, "children"),
        Input(ids.LOCATION, "search"),
        State(ids.LOCATION, "pathname"),
        permission=ANALYSIS,
        prevent_initial_call=True,
    )
    def show(search: str | None, pathname: str | None) -> Any:
        if pathname != drill.PATH:
            return (no_update,) * 5
        shown = campaign_table.show(search or "", callbacks.services, callbacks.viewer())
        found = page.find_box(shown.asked.view)
        return page.head(shown), page.grouping(shown), found, page.tools(shown), page.content(shown)


def _narrowing(callbacks: Callbacks) -> None:
    @callbacks.on(
        Output(ids.LOCATION, "search", allow_duplicate=True),
        Input(table_ids.TABLE_ADD, "n_clicks"),
        State(table_ids.TABLE_COLUMN, "value"),
        State(table_ids.TABLE_OPERATOR, "value"),
        State(table_ids.TABLE_VALUE, "value"),
        State(ids.LOCATION, "search"),
        permission=ANALYSIS,
        prevent_initial_call=True,
    )
    def add(
        clicks: int | None, column: str | None, operator: str | None, value: float | None, search: str | None
    ) -> Any:
        if not clicks or value is None or operator not in OPERATORS or column not in COLUMNS:
            return no_update
        return narrowed(callbacks, typed(column, operator, value), search or "")


def narrowed(callbacks: Callbacks, condition: Condition, search: str) -> str:
    """The query string of the same table under one more condition."""
    asked = campaign_table.read(search, callbacks.services, callbacks.viewer())
    return campaign_table.search_of(asked, conditions=(*asked.view.conditions, condition))
