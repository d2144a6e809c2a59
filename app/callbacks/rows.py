"""Blocks of rows as the reader scrolls and sorts."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any

from dash import Input, Output, State, no_update

from app import members
from app.accounts.permissions import ANALYSIS
from app.callbacks.base import Callbacks
from app.data.query.spec import Sort
from app.errors import InputError
from app.layouts import ids, row_page, table_ids
from app.text import t
from app.units import Units

MOST = 1000  # rows of one answer, whatever the browser asks


def register(callbacks: Callbacks) -> None:
    @callbacks.on(
        Output(table_ids.ROWS_GRID, "getRowsResponse"),
        Input(table_ids.ROWS_GRID, "getRowsRequest"),
        State(ids.LOCATION, "search"),
        permission=ANALYSIS,
        prevent_initial_call=True,
    )
    def answer(wanted: object, search: str | None) -> Any:
        return rows(callbacks, wanted, str(search or "")) if wanted else no_update


def rows(callbacks: Callbacks, wanted: object, search: str) -> dict[str, Any]:
    """One block in the order that the grid's header says. Raises: InputError."""
    asked = row_page.read(search, callbacks.services, callbacks.viewer())
    start, size, order = _block(wanted)
    query = row_page.block(asked, start, size)
    if order:
        query = replace(query, sort=order)
    frame = callbacks.services.query.rows(query)
    names = [name for name, _ in frame.columns]
    units = Units(callbacks.services.settings.currency)
    lines = [
        {name: _shown(name, value, units) for name, value in zip(names, row, strict=True)}
        for row in frame.rows
    ]
    return {"rowData": lines, "rowCount": frame.total_rows}


def _block(wanted: Any) -> tuple[int, int, tuple[Sort, ...]]:
    """First row, number of rows and order that a browser asks for; nothing in it is trusted."""
    try:
        start = max(0, int(wanted["startRow"]))
        size = min(MOST, max(1, int(wanted["endRow"]) - start))
        order = tuple(Sort(str(s["colId"]), s["sort"] == "desc") for s in wanted.get("sortModel") or ())
    except (AttributeError, KeyError, OverflowError, TypeError, ValueError):
        raise InputError(t("rows.block"), hint=t("rows.block_hint")) from None
    return start, size, order


def _shown(name: str, value: object, units: Units) -> object:
    """A day or a member of a dimension in words; the grid writes numbers itself, for it aligns them."""
    if isinstance(value, datetime):
        return f"{units.day(value)}, {value:%H:%M}"
    if isinstance(value, date):
        return units.day(value)
    return members.words(name, value) if isinstance(value, str) else value
