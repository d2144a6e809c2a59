"""The menu of a card. There is one for the whole document: the card that opens it names what it can do, and
`assets/app.js` puts the menu into it, so that a card costs a button and a page no more than that."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from dash import html
from dash.development.base_component import Component

from app.accounts.permissions import ANALYSIS, EXPORT
from app.accounts.viewer import Viewer
from app.data.query.spec import MetricQuery
from app.layouts import drill, question
from app.layouts.attributes import NAV, attributes
from app.layouts.filters import FilterState
from app.layouts.icons import icon
from app.layouts.widgets.base import Frames, Widget, WidgetContext
from app.text import t

PLACE = "card-menu"  # where the menu stands in the document
# What an entry of the menu gets from a card, by the entry: the attributes that make it work there.
Entries = Mapping[str, Mapping[str, str]]


def button(title: str, entries: Entries) -> Component:
    """The button at the right end of a card's head."""
    label = attributes({"aria-label": t("widgets.menu", card=title)})
    able = attributes({"data-menu": json.dumps(entries, separators=(",", ":"))})
    symbol = html.Summary(icon("more"), className="ic", title=t("widgets.menu_title"), **label)
    return html.Details(symbol, className=f"pop {PLACE}", **able)


def menu() -> Component:
    """Every entry; a card shows those that it names."""
    switch = [
        icon("table"),
        html.Span(t("widgets.as_table"), className="when-chart"),
        html.Span(t("widgets.as_chart"), className="when-table"),
    ]
    copied = html.Span(t("widgets.menu_link"), **attributes({"data-copied": t("widgets.menu_copied")}))
    entries = [
        html.Button([icon("info"), t("widgets.menu_passport")], **_entry("passport")),
        html.Button(switch, **_entry("table")),
        html.A([icon("jobs"), t("widgets.menu_rows")], **_entry("rows"), **NAV),
        html.A([icon("export"), t("widgets.menu_csv")], **_entry("csv")),
        html.A([icon("book"), t("widgets.menu_glossary")], **_entry("glossary"), **NAV),
        html.Button([icon("share"), copied], **_entry("link")),
    ]
    return html.Div(entries, className="menu menu-right")


def _entry(name: str) -> dict[str, Any]:
    return {"className": "mi"} | attributes({"data-entry": name})


def of_widget(widget: Widget, context: WidgetContext, frames: Frames, *, table: bool = False) -> Entries:
    """What a card of a dashboard can do for its reader: nothing that its answers do not bear."""
    found: dict[str, Mapping[str, str]] = {"table": {"data-toggle": "table"}} if table else {}
    leading, answer = widget.leading(context), widget.answer(context)
    if leading is not None and leading in frames:
        found |= of_number(leading, context.state, context.viewer, context.dashboard)
    elif widget.metrics:
        found["glossary"] = {"href": "/glossary"}
    answered = {metric for query in frames for metric in query.metrics}
    if answer and set(answer.metrics) <= answered and context.viewer.may(EXPORT):
        name = file_name(context.dashboard, widget.id)
        found["csv"] = {"href": f"/export/{name}.csv{context.state.search()}", "download": ""}
    return {**found, **linked(widget.id)}


def of_number(asked: MetricQuery, state: FilterState, viewer: Viewer, page: str) -> Entries:
    """Where the number that stands for a card comes from, its rows, and what it means."""
    metric, meant = asked.metrics[0], question.meant(asked, state)
    found: dict[str, Mapping[str, str]] = {
        "passport": {"data-metric": metric, "data-asked": meant.search()},
        "glossary": {"href": f"/glossary#{metric}"},
    }
    if viewer.may(ANALYSIS):
        found["rows"] = {"href": drill.rows_address(meant, metric, origin=page)}
    return found


def linked(name: str) -> Entries:
    """The entry that copies the address of a card, which `place` names."""
    return {"link": {"data-link": name}}


def place(name: str) -> dict[str, Any]:
    """The attribute by which an address with `#name` finds a card."""
    return attributes({"data-name": name})


def file_name(dashboard: str, widget: str) -> str:
    """What the export of a card is called."""
    return f"{dashboard}-{widget}"
