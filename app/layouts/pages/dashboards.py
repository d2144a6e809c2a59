"""Every dashboard is a page."""

from __future__ import annotations

from functools import partial

from dash import html
from dash.development.base_component import Component

from app.layouts.alert_banner import banner
from app.layouts.board import bar, board, context_of
from app.layouts.dashboards.base import DASHBOARDS, Dashboard
from app.layouts.filter_bar import bar_place
from app.layouts.pages.base import PAGES, Page, PageContext


def layout(dashboard: Dashboard, page: PageContext) -> Component:
    """Filter bar and cards of a dashboard."""
    context = context_of(page.services, page.viewer, dashboard.id, page.search)
    inside = bar(page.services, dashboard, context) if page.still else None
    told = banner(page.services, page.viewer) if dashboard.id == "executive" else None
    shown = board(page.services, dashboard, context, still=page.still)
    return html.Div([bar_place(dashboard.id, inside), told, shown])


for _dashboard in DASHBOARDS:
    PAGES.add(
        Page(
            id=_dashboard.id,
            title=_dashboard.title,
            group="dashboards",
            permission=_dashboard.permission,
            icon=_dashboard.icon,
            layout=partial(layout, _dashboard),
            filters=True,
            drawn=True,
            needs=(),
        )
    )
