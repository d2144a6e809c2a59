"""`/sources`: how each platform is: state, freshness, runs, errors with the way out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dash import dcc, html
from dash.development.base_component import Component

from app.accounts.permissions import SOURCES_MANAGE, SOURCES_VIEW
from app.accounts.viewer import Viewer
from app.data import source_states
from app.data.query.ledger import Ledger
from app.data.source_states import SourceState
from app.errors import PadError
from app.layouts import dialogs, handed
from app.layouts import source_ids as ids
from app.layouts.attributes import attributes
from app.layouts.followed import Followed
from app.layouts.pages.base import PAGES, Page, PageContext
from app.layouts.pulse import Pulse
from app.layouts.source_card import LEDGER_DAYS, card
from app.layouts.source_files import files
from app.services import Services
from app.text import t
from app.units import Units

PULSE = Pulse(ids.POLL, every=2000)
FOLLOWED = Followed(ids.JOBS, PULSE)


def layout(context: PageContext) -> Component:
    """The sources; a pulse while one of them syncs."""
    states = source_states.all_states(context.services.database)
    parts = [
        html.Div(id=ids.MESSAGE, **attributes({"aria-live": "polite"})),
        html.Div(cards(context.services, context.viewer, states), id=ids.LIST),
        FOLLOWED.store(),
        PULSE.layout(busy(states)),
    ]
    if context.viewer.may(SOURCES_MANAGE):
        parts += [dialogs.holder(ids.DIALOG), dcc.Store(id=ids.TRIAL)]
    return html.Div(parts, className="table-page")


def busy(states: Sequence[SourceState]) -> bool:
    return any(state.waits or state.source.state == "syncing" for state in states)


def cards(services: Services, viewer: Viewer, states: Sequence[SourceState]) -> list[Component]:
    """One card a platform, one line an imported file, or how to connect the first; before them that no sync
    starts now."""
    if not states:
        return [_none(viewer)]
    now, units = services.clock.now(), Units(services.settings.currency)
    zone = services.settings.time_zone
    known = _known(services, viewer)
    imported = [state for state in states if state.source.kind == "file"]
    found: list[Component] = [*_bar(viewer), *handed.queue_down(services)]
    found += [card(state, known, viewer, now, units, zone) for state in states if state not in imported]
    return [*found, files(imported, known, viewer, now, units, zone)] if imported else found


def _none(viewer: Viewer) -> html.Div:
    """What to do where nothing is connected."""
    if not viewer.may(SOURCES_MANAGE):
        words = [html.B(t("sources.empty")), html.P(t("sources.empty_read"))]
        return html.Div(words, className="table-state")
    words = [html.B(t("sources.empty")), html.P(t("sources.empty_manage")), _connect("btn btn-primary")]
    return html.Div(words, className="table-state")


def _bar(viewer: Viewer) -> list[Component]:
    """The way to one more, for those who manage sources."""
    if not viewer.may(SOURCES_MANAGE):
        return []
    lead = html.Span(t("sources.lead"), className="muted")
    return [html.Div([lead, html.Span(className="toolbar-gap"), _connect("btn-look")], className="toolbar")]


def _connect(look: str) -> html.Button:
    return html.Button(t("sources.choose"), id=ids.CHOOSE, className=look, type="button")


def _known(services: Services, viewer: Viewer) -> Ledger:
    """What the warehouse says of the sources; rows and totals are for those who may see all of them."""
    today = services.clock.today(services.settings.time_zone)
    try:
        known = services.query.ledger(today - LEDGER_DAYS)
    except PadError:
        return Ledger({}, ())
    return known if viewer.scope.unrestricted else replace(known, restated=(), rows={})


PAGES.add(Page("sources", "sources.title", "data", SOURCES_VIEW, "database", layout))
