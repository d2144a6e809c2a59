"""`/sources`: how each platform is: state, freshness, runs, errors with the way out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from dash import dcc, html
from dash.development.base_component import Component

from app.accounts.permissions import SOURCES_MANAGE, SOURCES_VIEW
from app.accounts.viewer import Viewer
from app.data import source_states
from app.data.models import SyncRun
from app.data.query.ledger import Ledger, Restated
from app.data.source_states import SourceState
from app.errors import PadError
from app.layouts import table_ids
from app.layouts.attributes import attributes
from app.layouts.backfill import dialog
from app.layouts.icons import icon
from app.layouts.pages.base import PAGES, Page, PageContext
from app.services import Services
from app.text import t
from app.units import MISSING, Units, age, duration

POLL_MS = 2000
LEDGER_DAYS = timedelta(days=90)
CHANGES_SHOWN = 40
LOOKS = {"ready": "p", "failed": "n", "syncing": "a", "done": "p", "running": "a", "quarantined": "w"}


def layout(context: PageContext) -> Component:
    """A card a source; a pulse while one of them syncs."""
    states = source_states.all_states(context.services.database)
    pulse = dcc.Interval(id=table_ids.SOURCES_POLL, interval=POLL_MS, disabled=not busy(states))
    parts = [
        html.Div(id=table_ids.SOURCES_MESSAGE, **attributes({"aria-live": "polite"})),
        html.Div(cards(context.services, context.viewer, states), id=table_ids.SOURCES_LIST),
        pulse,
    ]
    if context.viewer.may(SOURCES_MANAGE):
        parts.append(dialog(context.services.clock.today(context.services.settings.time_zone)))
    return html.Div(parts, className="table-page")


def busy(states: Sequence[SourceState]) -> bool:
    return any(state.source.state == "syncing" for state in states)


def cards(services: Services, viewer: Viewer, states: Sequence[SourceState]) -> list[Component]:
    """One card a source, or how to connect the first."""
    if not states:
        return [
            html.Div([html.B(t("sources.empty")), html.P(t("sources.empty_hint"))], className="table-state")
        ]
    now, units = services.clock.now(), Units(services.settings.currency)
    zone = services.settings.time_zone
    known = _known(services, viewer)
    return [_card(state, known, viewer, now, units, zone) for state in states]


def _known(services: Services, viewer: Viewer) -> Ledger:
    """What the warehouse says of the sources; totals are for those who may see all of them."""
    today = services.clock.today(services.settings.time_zone)
    try:
        known = services.query.ledger(today - LEDGER_DAYS)
    except PadError:
        return Ledger({}, ())
    return known if viewer.scope.unrestricted else replace(known, restated=())


def _card(
    state: SourceState, known: Ledger, viewer: Viewer, now: datetime, units: Units, zone: str
) -> html.Article:
    source, newest = state.source, state.newest
    badge = html.Span(
        t(f"sources.state_{source.state}"), className=f"badge-look {LOOKS.get(source.state, '')}"
    )
    head = html.Div(
        [
            html.H2(source.title),
            badge,
            html.Code(source.id),
            html.Span(t(f"sources.kind_{source.kind}"), className="muted"),
            html.Span(className="toolbar-gap"),
            *_buttons(state, viewer),
        ],
        className="source-head",
    )
    synced = (
        t("sources.ago", age=age(now - source.last_sync_at)) if source.last_sync_at else t("sources.never")
    )
    fresh = known.freshness.get(source.id)
    until = fresh.data_until if fresh else None
    facts = [
        ("last_import" if source.kind == "file" else "last_sync", synced),
        ("data_until", units.day(until) if until else MISSING),
        ("rows", units.full(known.rows.get(source.id, 0), "count")),
        ("requests", units.full(state.requests, "count")),
        ("seconds", duration(newest.seconds) if newest else MISSING),
    ]
    figures = html.Dl(
        [
            html.Div(
                [
                    html.Dt(t(f"sources.{name}")),
                    html.Dd(text),
                    html.Dd(t(f"sources.{name}_why"), className="why"),
                ]
            )
            for name, text in facts
        ],
        className="figures",
    )
    changes = [entry for entry in known.restated if entry.source == source.id]
    problem = (
        html.Div([icon("warning"), html.Bdi(source.error)], className="problem-line bad")
        if source.error
        else None
    )
    return html.Article(
        [head, problem, figures, _restated(changes, units), _history(state.runs, units, zone)],
        className="source-card",
    )


def _restated(changes: Sequence[Restated], units: Units) -> Component:
    """What the source first said of a day, and what it says now."""
    if not changes:
        return html.P(t("sources.restated_none", days=LEDGER_DAYS.days), className="muted small-words")
    days = len({entry.day for entry in changes})
    names = ("day", "what", "before", "after", "change")
    head = html.Thead(
        html.Tr(
            [html.Th(t(f"sources.{name}"), className="left" if name in names[:2] else "") for name in names]
        )
    )
    table = html.Table(
        [head, html.Tbody([_change(entry, units) for entry in changes[:CHANGES_SHOWN]])],
        className="table-look",
    )
    more = len(changes) - CHANGES_SHOWN
    return html.Details(
        [
            html.Summary(
                [icon("right", 12), t("sources.restated", count=len(changes), days=days)],
                className="btn-look quiet fold-head",
            ),
            html.P(t("sources.restated_why", days=LEDGER_DAYS.days), className="muted small-words"),
            html.Div(table, className="table-wrap"),
            html.P(t("sources.restated_more", count=more), className="muted small-words")
            if more > 0
            else None,
        ]
    )


def _change(entry: Restated, units: Units) -> html.Tr:
    what = f"{entry.measure.replace('_', ' ').capitalize()} ({entry.fact.replace('_', ' ')})"
    moved = None if entry.before is None or entry.after is None else entry.after - entry.before
    return html.Tr(
        [
            html.Td(units.day(entry.day), className="left"),
            html.Td(what, className="left"),
            html.Td(units.full(entry.before, entry.unit)),
            html.Td(units.full(entry.after, entry.unit)),
            html.Td(MISSING if moved is None else units.change(moved, entry.unit)),
        ]
    )


def _buttons(state: SourceState, viewer: Viewer) -> list[Component]:
    if not viewer.may(SOURCES_MANAGE) or state.source.kind == "file":
        return []
    word = "sources.retry" if state.source.state == "failed" else "sources.sync"
    waits = state.source.state == "syncing"
    return [
        html.Button(
            [icon("refresh"), t(word)],
            id=table_ids.source_sync(state.source.id),
            className="btn-look",
            disabled=waits,
            type="button",
        ),
        html.Button(
            t("sources.backfill"),
            id=table_ids.source_backfill(state.source.id),
            className="btn-look",
            type="button",
        ),
    ]


def _history(runs: Sequence[SyncRun], units: Units, zone: str) -> Component:
    if not runs:
        return html.P(t("sources.no_runs"), className="muted")
    names = ("stream", "window", "started", "state", "rows", "rejected", "flagged", "requests", "seconds")
    left = ("stream", "window", "started", "state")
    head = html.Thead(
        html.Tr([html.Th(t(f"sources.{name}"), className="left" if name in left else "") for name in names])
    )
    table = html.Table([head, html.Tbody([_run(run, units, zone) for run in runs])], className="table-look")
    return html.Details(
        [
            html.Summary([icon("right", 12), t("sources.runs")], className="btn-look quiet fold-head"),
            html.Div(table, className="table-wrap"),
        ]
    )


def _run(run: SyncRun, units: Units, zone: str) -> html.Tr:
    window = MISSING
    if run.window_start and run.window_end:
        window = f"{units.day(run.window_start)} – {units.day(run.window_end)}"
    badge = html.Span(t(f"sources.run_{run.state}"), className=f"badge-look {LOOKS.get(run.state, '')}")
    state = [badge, html.Div(html.Bdi(run.error), className="error-text")] if run.error else badge
    numbers = [units.full(value, "count") for value in (run.rows, run.rejected, run.flagged, run.requests)]
    texts = [run.stream, window, units.instant(run.started_at, zone), state]
    seconds = f"{run.seconds:.1f}"
    return html.Tr(
        [*(html.Td(text, className="left") for text in texts), *(html.Td(n) for n in [*numbers, seconds])]
    )


PAGES.add(Page("sources", "sources.title", "data", SOURCES_VIEW, "database", layout))
