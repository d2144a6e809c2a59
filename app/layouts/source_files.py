"""The sources that are imported as files, in one table: how each is, and its imports below it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from dash import html
from dash.development.base_component import Component

from app.accounts.viewer import Viewer
from app.data.models import Source
from app.data.query.ledger import Ledger
from app.data.source_states import SourceState
from app.layouts import source_card
from app.layouts.attributes import attributes
from app.layouts.markup import inert
from app.text import t
from app.units import MISSING, Units

COLUMNS = ("source", "state", "last_import", "data_until", "rows")


def files(
    states: Sequence[SourceState], known: Ledger, viewer: Viewer, now: datetime, units: Units, zone: str
) -> html.Section:
    """One line a source; nothing in it can be pressed, so it is HTML as a whole."""
    heads = [html.Th(t(f"sources.{name}"), className=f"c-{name}", scope="col") for name in COLUMNS]
    lines = [line for state in states for line in _lines(state, known, viewer, now, units, zone)]
    table = html.Table([html.Thead(html.Tr(heads)), html.Tbody(lines)], className="table-look file-table")
    return html.Section(
        [html.H2(t("sources.kind_file")), inert(html.Div(table, className="table-wrap"))],
        className="source-files",
    )


def _lines(
    state: SourceState, known: Ledger, viewer: Viewer, now: datetime, units: Units, zone: str
) -> list[html.Tr]:
    source, fresh = state.source, known.freshness.get(state.source.id)
    until = fresh.data_until if fresh else None
    texts: list[Any] = [
        [html.B(source.title), html.Code(source.id)],
        source_card.badge(source.state),
        source_card.last_read(source, now),
        units.day(until) if until else MISSING,
        _rows(source, known, viewer, units),
    ]
    cells = [
        html.Td(text, className=f"c-{name}", **attributes({"data-label": t(f"sources.{name}")}))
        for name, text in zip(COLUMNS, texts, strict=True)
    ]
    return [
        html.Tr(cells),
        html.Tr(html.Td(_below(state, known, viewer, units, zone), colSpan=len(COLUMNS)), className="below"),
    ]


def _rows(source: Source, known: Ledger, viewer: Viewer, units: Units) -> list[Any]:
    text = source_card.rows_of(source, known, viewer, units)
    if viewer.scope.unrestricted:
        return [text]
    return [text, html.Div(t("states.not_in_scope"), className="muted small-words")]


def _below(
    state: SourceState, known: Ledger, viewer: Viewer, units: Units, zone: str
) -> list[Component | None]:
    changes = source_card.changes(state, known)
    return [
        source_card.problem(state.source, viewer),
        source_card.restated(changes, units) if changes else None,
        source_card.history(state.runs, units, zone, whole=viewer.scope.unrestricted),
    ]
