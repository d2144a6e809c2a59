"""`/rows`: every row behind one number, page by page from the server, with an export of all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import dash_ag_grid as dag
from dash import html
from dash.development.base_component import Component

from app import members
from app.accounts.permissions import ANALYSIS
from app.data.metrics import catalogue, parts
from app.data.metrics.formula import formula
from app.data.query.frame import RowFrame
from app.errors import PadError
from app.figures.paid import PAID_ONLY
from app.figures.table_view import TableView
from app.layouts import drill, export_state, filter_bar, freshness, question, row_page, table_ids
from app.layouts.attributes import attributes
from app.layouts.export_menu import export_menu
from app.layouts.filters import FilterState
from app.layouts.grid import GAPS, text_width
from app.layouts.icons import icon
from app.layouts.menus import link
from app.layouts.pages.base import PAGES, WITH_GRID, Page, PageContext
from app.layouts.row_page import AskedRows
from app.layouts.states import left_out
from app.settings import Settings
from app.text import t
from app.units import MISSING, Units, place

BLOCK = 200
WIDEST = 360  # pixels of a column of words
LOOKED_AT = 50  # rows that tell which columns are numbers
FINEST = 2  # decimals that the page shows; an export has all
HEIGHT = 40 + 36 * 17


def layout(context: PageContext) -> Component:
    """The head of the page and a grid that asks for blocks as the reader scrolls."""
    services = context.services
    try:
        asked = row_page.read(context.search, services, context.viewer)
        frame = services.query.rows(row_page.block(asked, 0, LOOKED_AT))
    except PadError as error:
        back = link(t("rows.back"), drill.PATH, "btn-look")
        return html.Div(html.Div([html.B(str(error)), back], className="table-state"), className="table-page")
    units = Units(services.settings.currency)
    head = [
        _crumb(asked),
        _made_of(asked, services.settings),
        _head(asked, frame, units, services.settings.time_zone),
    ]
    foot = [_foot(frame, units), freshness.page_line(frame.freshness, services.clock.now())]
    parts = [*head, _grid(asked, frame, units), *foot, export_state.place()]
    return html.Div(parts, className="table-page")


def _crumb(asked: AskedRows) -> html.Nav:
    """The way back: the steps down the table, or the page that the number stood on."""
    state = asked.state
    here = html.B(t("rows.heading", metric=asked.metric.title))
    steps: list[Component] = []
    for step in (*_steps(state, dict(state.own).get("from", "")), here):
        steps += [icon("right", 14), step] if steps else [step]
    return html.Nav(steps, className="crumb", **attributes({"aria-label": t("campaigns.drill_path")}))


def _steps(state: FilterState, origin: str) -> list[Component]:
    trail = drill.trail(state)
    if not trail and origin in PAGES and f"/{origin}" != drill.PATH:
        bare = FilterState(state.range, state.days, state.compare, state.segment)
        return [_step(t(PAGES.get(origin).title), PAGES.get(origin).path + bare.search())]
    table = TableView(paid=True if question.paid(state.own) else None)
    first = _step(t("campaigns.all_channels"), drill.address(drill.top(state), table))
    steps: list[Component] = [first]
    for dimension, at in trail:
        below = table.regrouped((drill.next_level(at, dimension),))
        name = members.listed(dimension, at.members(dimension))
        steps.append(_step(name, drill.address(at, below)))
    return steps


def _step(name: str, href: str) -> html.A:
    return link(html.Bdi(name), href, "crumb-step")


def _made_of(asked: AskedRows, settings: Settings) -> Component | None:
    """A metric of several tables: its division in words, and which table's rows are shown."""
    every = parts.parts(asked.metric.id)
    if len(every) == 1:
        return None
    origin = dict(asked.state.own).get("from", "")
    chips = [
        link(
            part.title,
            drill.rows_address(asked.state, asked.metric.id, part.id, origin),
            "menu-chip" + (" on" if part.id == asked.query.part else ""),
        )
        for part in every
    ]
    said = t("rows.made_of", metric=asked.metric.title, formula=formula(asked.metric, settings))
    return html.Div([html.Span(said, className="muted"), *chips], className="rows-parts")


def _head(asked: AskedRows, frame: RowFrame, units: Units, zone: str) -> html.Div:
    said = html.Span(f"{units.days(asked.query.period)} · {place(zone)}", className="rows-said")
    menu = export_menu("rows", asked.state.search(), frame.total_rows)
    parts = [
        *map(left_out, asked.state.problems),
        said,
        *_chips(asked.state),
        html.Span(className="toolbar-gap"),
        menu,
    ]
    return html.Div(parts, className="toolbar")


def _chips(state: FilterState) -> list[Component]:
    """What narrows the rows, each with the way to the rows without it; the last leads to all of them."""
    path, bare = drill.ROWS_PATH, replace(state, segment="all", where=(), clicked=frozenset())
    found = filter_bar.chips(path, state)
    if state.segment != "all":
        without = path + replace(state, segment="all").search()
        found.insert(0, filter_bar.chip(t("filters.segment"), t(f"filters.segment_{state.segment}"), without))
    if question.paid(state.own):
        without = path + state.with_own(**{PAID_ONLY: ""}).search()
        found.append(filter_bar.chip(t("rows.traffic"), t("rows.paid"), without))
    if not found:
        return []
    reset = path + bare.with_own(**{PAID_ONLY: ""}).search()
    return [html.Div(found, className="chips"), link(t("filters.reset"), reset, "btn-look quiet")]


def _grid(asked: AskedRows, frame: RowFrame, units: Units) -> Component:
    if not frame.total_rows:
        return html.Div(html.B(_empty(asked, units)), className="table-state", role="status")
    grid: Component = dag.AgGrid(
        id=table_ids.ROWS_GRID,
        className="grid-look",
        columnDefs=_columns(asked, frame, units.currency),
        rowModelType="infinite",
        defaultColDef={"sortable": True, "resizable": True, "suppressMovable": True},
        rowClassRules={"level-total": "params.node && params.node.rowPinned"},
        dashGridOptions={
            "cacheBlockSize": BLOCK,
            "maxBlocksInCache": 20,
            "rowHeight": 36,
            "headerHeight": 40,
            "infiniteInitialRowCount": min(frame.total_rows, BLOCK),
            "pinnedBottomRowData": [{frame.columns[0][0]: t("rows.total"), **frame.totals}],
            "suppressFieldDotNotation": True,
            "ensureDomOrder": True,
        },
        style={"height": min(HEIGHT, 42 + 36 * (max(frame.total_rows, 3) + 1) + 16), "width": "100%"},
    )
    return grid


def _empty(asked: AskedRows, units: Units) -> str:
    period, title = asked.query.period, asked.metric.title
    # A title within a sentence: an abbreviation keeps its capitals.
    metric = title if title[1:2].isupper() else title[:1].lower() + title[1:]
    key = "rows.empty" if period.start == period.end else "rows.empty_range"
    return t(key, metric=metric, start=units.day(period.start), end=units.day(period.end))


def _columns(asked: AskedRows, frame: RowFrame, currency: str) -> list[dict[str, Any]]:
    """Numbers stand right; amounts are written out."""
    held = list(zip(*frame.rows, strict=True))
    money = {parts.name(measure) for measure in catalogue.measures(asked.metric.id) if measure.money}
    found = []
    for (name, title), values in zip(frame.columns, held, strict=True):
        numbers = [value for value in values if _is_number(value)]
        amounts = name in frame.totals or any(isinstance(value, float) for value in numbers)
        head = f"{title}, {currency}" if name in money and name in frame.totals else title
        written = _written(_decimals(numbers)) if amounts else {}
        words = [members.words(name, value) for value in values if isinstance(value, str)]
        found.append(_column(name, head, words, right=bool(numbers) or amounts) | written)
    return found


def _decimals(numbers: Sequence[float]) -> int:
    """As many as the finest of them needs, at most two, for all alike: the points stand below each other."""
    return max((len(f"{value:.{FINEST}f}".rstrip("0").partition(".")[2]) for value in numbers), default=0)


def _written(decimals: int) -> dict[str, Any]:
    """Nothing is known where there is no value."""
    amount = f"params.value == null ? '{MISSING}' : d3.format(',.{decimals}f')(params.value)"
    return {"valueFormatter": {"function": amount}}


def _column(name: str, title: str, words: Sequence[str], *, right: bool) -> dict[str, Any]:
    """As wide as its title and its longest words, up to a limit."""
    look = {"cellClass": "cell-plain-number", "headerClass": "head-right"} if right else {}
    widest = max(map(text_width, words), default=0.0)
    width = max(112, 40 + 7 * len(title), min(WIDEST, round(GAPS + widest)))
    return {"field": name, "headerName": title, "width": width, "minWidth": width, **look}


def _foot(frame: RowFrame, units: Units) -> html.Div:
    count = units.full(frame.total_rows, "count")
    key = "rows.foot_one" if frame.total_rows == 1 else "rows.foot"
    return html.Div(t(key, rows=count, version=frame.data_version), className="table-foot")


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
