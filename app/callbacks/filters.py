"""The filter bar follows the address; a chosen dimension lists its members."""

from __future__ import annotations

from typing import Any

from dash import ALL, Input, Output, State, ctx, no_update

from app.accounts.permissions import DASHBOARDS as MAY_VIEW
from app.callbacks.base import Callbacks
from app.data.query.spec import MetricQuery
from app.layouts import ids
from app.layouts.board import context_of
from app.layouts.dashboards.base import DASHBOARDS
from app.layouts.filter_bar import bar, filter_bar, member_links
from app.layouts.filters import DIMENSIONS
from app.layouts.shell import page_of
from app.layouts.widgets.base import WidgetContext
from app.text import t


def register(callbacks: Callbacks) -> None:
    @callbacks.on(
        Output(ids.FILTER_BAR, "children"),
        Input(ids.LOCATION, "search"),
        State(ids.LOCATION, "pathname"),
        permission=MAY_VIEW,
        prevent_initial_call=True,
    )
    def follow(search: str | None, path: str) -> Any:
        page = page_of(path)
        if page is None or not page.filters:
            return no_update
        context = context_of(callbacks.services, callbacks.viewer(), page.id, search)
        if page.id not in DASHBOARDS:
            return bar(page.path, context)
        return filter_bar(DASHBOARDS.get(page.id), context)

    @callbacks.on(
        Output(ids.FILTER_MEMBERS, "children"),
        Input({"type": ids.FILTER_DIMENSION, "name": ALL}, "n_clicks"),
        State(ids.LOCATION, "pathname"),
        State(ids.LOCATION, "search"),
        permission=MAY_VIEW,
        prevent_initial_call=True,
    )
    def list_members(clicks: list[int | None], path: str, search: str | None) -> Any:
        page, asked = page_of(path), ctx.triggered_id
        if not any(clicks) or page is None or asked is None or asked["name"] not in DIMENSIONS:
            return no_update
        context = context_of(callbacks.services, callbacks.viewer(), page.id, search)
        return members(callbacks, page.path, context, str(asked["name"]))


def members(callbacks: Callbacks, path: str, context: WidgetContext, dimension: str) -> Any:
    """Links to the views that pin a member of a dimension."""
    asked = MetricQuery((), context.period, scope=context.viewer.scope)
    found = callbacks.services.query.members(dimension, asked)
    return member_links(path, context.state, dimension, found) or t("filters.no_members")
