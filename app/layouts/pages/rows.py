"""`/rows`: every row behind one number, page by page from the server, with an export of all."""

from __future__ import annotations

from typing import Any

import dash_ag_grid as dag
from dash import html
from dash.development.base_component import Component

from app.accounts.permissions import ANALYSIS
from app.data.query.frame import RowFrame
from app.errors import PadError
from app.layouts import drill, question, row_page, table_ids
from app.layouts.attributes import attributes
from app.layouts.export_menu import export_menu
from app.layouts.icons import icon
from app.layouts.menus import link
from app.layouts.pages.base import PAGES, WITH_GRID, Page, PageContext
from app.layouts.row_page import AskedRows
from app.text import t
from app.units import Units

BLOCK = 200
HEIGHT = 40 + 36 * 17


def layout(context: PageContext) -> Component:
    """The head of the page and a grid that asks for blocks as the reader scrolls."""
    services = context.services
    try:
        asked = row_page.read(context.search, services, context.viewer)
        frame = services.query.rows(row_page.block(asked, 0, 1))
    except PadError as error:
        back = link(t("rows.back"), drill.PATH, "btn-look")
        return html.Div(html.Div([html.B(str(error)), back], className="table-state"), className="table-page")
    units = Units(services.settings.currency)
    return html.Div(
        [_crumb(asked), _head(asked, frame, units), _grid(frame), _foot(frame, units)], className="table-page"
    )


def _crumb(asked: AskedRows) -> html.Nav:
    back = link(
        t("rows.campaigns"),
        drill.PATH + asked.state.with_own(metric="", sort="", paid="").search(),
        "crumb-step",
    )
    here = html.B(t("rows.heading", metric=asked.metric.title))
    return html.Nav(
        [back, icon("right", 14), here],
        className="crumb",
        **attributes({"aria-label": t("campaigns.drill_path")}),
    )


def _head(asked: AskedRows, frame: RowFrame, units: Units) -> html.Div:
    said = [units.days(asked.query.period)]
    said += [f"{t(f'filters.dimension_{name}')}: {', '.join(values)}" for name, values in asked.state.where]
    said += [t("rows.paid")] if question.paid(asked.state.own) else []
    problems = [html.Div([icon("warning"), text], className="problem-line") for text in asked.state.problems]
    words = html.Span(html.Bdi(", ".join(said)), className="rows-said")
    menu = export_menu("rows", asked.state.search(), frame.total_rows)
    return html.Div([*problems, words, html.Span(className="toolbar-gap"), menu], className="toolbar")


def _grid(frame: RowFrame) -> Component:
    if not frame.total_rows:
        return html.Div(html.B(t("rows.empty")), className="table-state", role="status")
    numbers = {
        name for (name, _), value in zip(frame.columns, frame.rows[0], strict=True) if _is_number(value)
    }
    grid: Component = dag.AgGrid(
        id=table_ids.ROWS_GRID,
        className="grid-look",
        columnDefs=[_column(name, title, name in numbers) for name, title in frame.columns],
        rowModelType="infinite",
        defaultColDef={"sortable": True, "resizable": True, "suppressMovable": True, "minWidth": 96},
        dashGridOptions={
            "cacheBlockSize": BLOCK,
            "maxBlocksInCache": 20,
            "rowHeight": 36,
            "headerHeight": 40,
            "infiniteInitialRowCount": min(frame.total_rows, BLOCK),
            "suppressFieldDotNotation": True,
            "ensureDomOrder": True,
        },
        style={"height": min(HEIGHT, 42 + 36 * max(frame.total_rows, 3) + 16), "width": "100%"},
    )
    return grid


def _column(name: str, title: str, right: bool) -> dict[str, Any]:
    look = {"cellClass": "cell-plain-number", "headerClass": "head-right"} if right else {}
    return {"field": name, "headerName": title, "minWidth": max(96, 40 + 8 * len(title)), **look}


def _foot(frame: RowFrame, units: Units) -> html.Div:
    count = units.full(frame.total_rows, "count")
    return html.Div(t("rows.foot", rows=count, version=frame.data_version), className="table-foot")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


PAGES.add(
    Page(
        "rows",
        "rows.title",
        "analysis",
        ANALYSIS,
        "table",
        layout,
        hidden=True,
        own=row_page.OWN,
        needs=WITH_GRID,
    )
)
