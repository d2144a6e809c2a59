"""A click on any number, card or cell, opens its passport."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from dash import Input, Output, State, no_update
from dash.development.base_component import Component

from app.accounts.permissions import DASHBOARDS
from app.accounts.viewer import Viewer
from app.callbacks.base import Callbacks
from app.data.metrics.base import METRICS
from app.data.query.spec import MetricQuery
from app.errors import InputError, PadError
from app.figures import table_cells
from app.figures.margins import bounds_words
from app.figures.volume import few, with_cases
from app.layouts import aspects, board, deltas, drill, filters, ids, passport, question, table_ids
from app.layouts.aspects import Aspect
from app.layouts.filters import FilterState
from app.layouts.passport import PassportContext
from app.services import Services
from app.text import t
from app.units import MISSING, Units


@dataclass(frozen=True)
class Cell:
    """A number as the browser names it; nothing in it is trusted.

    `question` is the whole question of a number on a card, or of a plot whose point has the `days` of its
    bucket; without it the page's filters are meant, narrowed to `where` and `days`. `page` is
    the one that it stands on, to which its rows lead back.
    """

    metric: str
    where: Mapping[str, str]
    days: str = ""
    question: str = ""
    page: str = ""


def register(callbacks: Callbacks) -> None:
    """Open from cards, open from the grid, close."""

    @callbacks.on(
        Output(ids.PASSPORT, "children"),
        Input(ids.PASSPORT_ASKED, "data"),
        permission=DASHBOARDS,
        prevent_initial_call=True,
    )
    def from_card(asked: object) -> Any:
        """The browser sends the page's filters along: Dash is not told of each change of them."""
        if not asked:
            return no_update
        number = _mapping(asked)
        return opened(callbacks, lambda: _of_number(number), str(number.get("search") or ""))

    @callbacks.on(
        Output(ids.PASSPORT, "children", allow_duplicate=True),
        Input(table_ids.TABLE, "cellClicked"),
        State(table_ids.TABLE_CELLS, "data"),
        State(ids.LOCATION, "search"),
        permission=DASHBOARDS,
        prevent_initial_call=True,
    )
    def from_grid(clicked: object, cells: object, search: str | None) -> Any:
        place = _mapping(clicked or {})
        if place.get("colId", "label") == "label":
            return no_update
        return opened(callbacks, lambda: _of_cell(place, _mapping(cells or {})), str(search or ""))

    @callbacks.on(
        Output(ids.PASSPORT, "children", allow_duplicate=True),
        Input(table_ids.PASSPORT_CLOSE, "n_clicks"),
        permission=DASHBOARDS,
        prevent_initial_call=True,
    )
    def close(clicks: int | None) -> Any:
        return None if clicks else no_update


def opened(callbacks: Callbacks, cell: Any, search: str) -> Component:
    """The panel for a cell, or the panel that says why there is none."""
    try:
        return explain(callbacks, cell(), search)
    except PadError as error:
        return passport.failed(str(error))


def explain(callbacks: Callbacks, cell: Cell, search: str) -> Component:
    """Asks for the passport of a number with what it was asked with. Raises: InputError, AccessDenied."""
    services, viewer = callbacks.services, callbacks.viewer()
    settings, today = services.settings, services.clock.today(services.settings.time_zone)
    state = asked(cell, search, today)
    query = MetricQuery(
        (cell.metric,),
        state.period(today),
        filters=question.conditions(state),
        scope=viewer.scope,
        compare=state.compare,
        against=question.against(state.own),
    )
    aspect = beside(services, viewer, query, state)
    if aspect is not None:
        query, state = aspect.question, question.meant(aspect.question, state)
    found = services.query.passport(cell.metric, query)
    metric, units = METRICS.get(cell.metric), Units(settings.currency)
    answer = services.query.run(with_cases(replace(query, metrics=(metric.id, *metric.beside))))
    row = answer.rows[0] if answer.rows else {}
    possible = bounds_words(metric, row, units)
    found = replace(found, note=" ".join(text for text in (possible, found.note) if text))
    context = PassportContext(
        viewer,
        units,
        settings,
        services.clock.now(),
        {part.id: drill.rows_address(state, cell.metric, part.id, cell.page) for part in found.parts},
        deltas.of_answer(metric, answer, settings.low_volume),
        deltas.base_words(metric, answer, units, today),
        aspect,
        few(metric, row, settings.low_volume) if found.value is not None else None,
    )
    return passport.panel(found, context)


def beside(services: Services, viewer: Viewer, query: MetricQuery, state: FilterState) -> Aspect | None:
    """What is asked of a value instead of itself. Raises: InputError, AccessDenied."""
    name = dict(state.own).get(question.ASPECT, "")
    if not name:
        return None
    METRICS.get(query.metrics[0])
    context = replace(board.context_of(services, viewer, "", ""), state=replace(state, own=()))
    return aspects.aspect(name, query, context, services.query.run, question.whole(query, state.own))


def asked(cell: Cell, search: str, today: date) -> FilterState:
    """What a number was asked with: its own question, or the page's filters. Raises: InputError."""
    if cell.question:
        return within(question.read(cell.question, today), cell.days)
    page = filters.parse(search, today, own=_own(search))
    return pinned(page.with_own(**{question.AGAINST: ""}), cell)


def pinned(state: FilterState, cell: Cell) -> FilterState:
    """The page's filters, narrowed to the cell. Raises: InputError."""
    for dimension, member in cell.where.items():
        if dimension in question.OWN:
            state = state.with_own(**{dimension: str(member)})
            continue
        if dimension not in filters.DIMENSIONS:
            raise InputError(t("filters.unknown_name", value=dimension, known=", ".join(filters.DIMENSIONS)))
        state = state.narrowed(dimension, (str(member),))
    if dict(state.own).get(question.AGAINST) == question.NO_DAYS:
        state = replace(state.with_own(**{question.AGAINST: ""}), compare="none")
    return within(state, cell.days)


def within(state: FilterState, days: str) -> FilterState:
    """The filters over the days of one bucket, if there are any. Raises: InputError."""
    if not days:
        return state
    try:
        start, end = (date.fromisoformat(day) for day in days.split(".."))
    except ValueError:
        raise InputError(t("passport.cannot")) from None
    return replace(state, range="custom", days=(start, end))


def _mapping(given: object) -> Mapping[str, Any]:
    """What a browser says of a number. Raises: InputError for anything else."""
    if not isinstance(given, Mapping):
        raise InputError(t("passport.cannot"))
    return given


def _of_number(asked: Mapping[str, Any]) -> Cell:
    """The cell that a number names by the attributes of `cards.number` or `cards.passport_of`."""
    try:
        where = json.loads(str(asked.get("where") or "{}"))
        days, whole = str(asked.get("days") or ""), str(asked.get("question") or "")
        return Cell(str(asked["metric"]), dict(where), days, whole, str(asked.get("page") or ""))
    except (KeyError, ValueError, TypeError):
        raise InputError(t("passport.cannot")) from None


def _of_cell(place: Mapping[str, Any], cells: Mapping[str, Any]) -> Cell:
    """The cell of the grid; where a column of changes says no change, its value is explained."""
    row, named = str(place.get("rowId")), str(place.get("colId"))
    column = named.removesuffix(table_cells.CHANGE)
    line = _mapping(cells.get(row, {}))
    _mapping(line.get("where", {}))
    where = table_cells.where(line, column)
    if named != column and place.get("value") != MISSING:
        where[question.ASPECT] = aspects.CHANGE
    return Cell(column, where, str(line.get("days", "")))


def _own(search: str) -> list[str]:
    """Every parameter that is no filter belongs to the page that is open."""
    names = {part.split("=")[0] for part in search.lstrip("?").split("&") if part}
    return sorted(names - {"range", "compare", "segment", "clicked", *filters.DIMENSIONS})
