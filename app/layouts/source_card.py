"""The card of a source: how it is, what it holds, what it has said anew, and its runs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from dash import html
from dash.development.base_component import Component

from app.accounts.permissions import SOURCES_MANAGE
from app.accounts.viewer import Viewer
from app.data.models import Source, SyncRun
from app.data.query.ledger import Ledger, Restated
from app.data.source_states import SourceState
from app.layouts import source_ids as ids
from app.layouts.icons import icon
from app.layouts.markup import inert
from app.text import t
from app.units import MISSING, Units, age, duration

LEDGER_DAYS = timedelta(days=90)
CHANGES_SHOWN = 40
LOOKS = {"ready": "p", "failed": "n", "syncing": "a", "done": "p", "running": "a", "quarantined": "w"}


def card(
    state: SourceState, known: Ledger, viewer: Viewer, now: datetime, units: Units, zone: str
) -> html.Article:
    """One source; its buttons are for those who manage sources."""
    whole = viewer.scope.unrestricted
    return html.Article(
        [
            _head(state, viewer),
            problem(state.source, viewer),
            inert(
                [
                    _figures(state, known, viewer, now, units),
                    restated(changes(state, known), units) if whole else _withheld(),
                    history(state.runs, units, zone, whole=whole),
                ]
            ),
        ],
        className="source-card",
    )


def problem(source: Source, viewer: Viewer) -> html.Div | None:
    """Why a source failed, or what of it is not read; what was said may count rows of the whole company, so
    not everybody reads it."""
    if not source.error:
        return None
    kind = "error" if source.state == "failed" else "notice"
    said = html.Bdi(source.error) if viewer.scope.unrestricted else t(f"sources.{kind}_withheld")
    return html.Div(
        [icon("warning"), said], className="problem-line bad" if kind == "error" else "problem-line"
    )


def rows_of(source: Source, known: Ledger, viewer: Viewer, units: Units) -> str:
    """A source's rows are of the whole company: no number for whoever may see a part of it."""
    return units.full(known.rows.get(source.id, 0), "count") if viewer.scope.unrestricted else MISSING


def _withheld() -> html.P:
    return html.P(t("sources.restated_withheld"), className="muted small-words")


def changes(state: SourceState, known: Ledger) -> list[Restated]:
    """What a source has said anew."""
    return [entry for entry in known.restated if entry.source == state.source.id]


def badge(state: str) -> html.Span:
    return html.Span(t(f"sources.state_{state}"), className=f"badge-look {LOOKS.get(state, '')}")


def last_read(source: Source, now: datetime) -> str:
    """When a source was last read, in words."""
    if source.last_sync_at is None:
        return t("sources.never")
    return t("sources.ago", age=age(now - source.last_sync_at))


def _head(state: SourceState, viewer: Viewer) -> html.Div:
    source = state.source
    return html.Div(
        [
            html.H2(source.title),
            badge(source.state),
            badge("waiting") if state.waits and source.state != "syncing" else None,
            html.Code(source.id),
            html.Span(t(f"sources.kind_{source.kind}"), className="muted"),
            html.Span(className="toolbar-gap"),
            *_buttons(state, viewer),
        ],
        className="source-head",
    )


def _figures(state: SourceState, known: Ledger, viewer: Viewer, now: datetime, units: Units) -> html.Dl:
    source, fresh = state.source, known.freshness.get(state.source.id)
    until = fresh.data_until if fresh else None
    facts = [
        ("last_sync", last_read(source, now)),
        ("data_until", units.day(until) if until else MISSING),
        *_look_back(source),
        ("rows", rows_of(source, known, viewer, units)),
        ("requests", units.full(state.requests, "count")),
        ("seconds", duration(state.seconds) if state.seconds is not None else MISSING),
    ]
    why = {} if viewer.scope.unrestricted else {"rows": t("states.not_in_scope")}
    return html.Dl([_fact(name, text, why.get(name, "")) for name, text in facts], className="figures")


def _look_back(source: Source) -> list[tuple[str, str]]:
    """How many days each sync reads again, where that is set; what is usual only the connector knows."""
    if not source.look_back:
        return []
    unit = "day" if source.look_back == 1 else "days"
    return [("look_back", t(f"sources.look_back_{unit}", days=source.look_back))]


def _fact(name: str, text: str, reason: str) -> html.Div:
    why = html.Dd(reason or t(f"sources.{name}_why"), className="why")
    return html.Div([html.Dt(t(f"sources.{name}")), html.Dd(text), why])


def restated(changes: Sequence[Restated], units: Units) -> Component:
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
    source = state.source
    if not viewer.may(SOURCES_MANAGE):
        return []
    sync = html.Button(
        [icon("refresh"), t("sources.retry" if source.state == "failed" else "sources.sync")],
        id=ids.button("sync", source.id),
        className="btn-look",
        disabled=source.state == "syncing",
        type="button",
    )
    others = [
        html.Button(
            t(f"sources.{verb}"),
            id=ids.button(verb, source.id),
            className="btn-look",
            type="button",
            title=f"{t(f'sources.{verb}')}: {source.title}",
        )
        for verb in ids.VERBS
    ]
    return [sync, *others]


def history(runs: Sequence[SyncRun], units: Units, zone: str, *, whole: bool) -> Component:
    """The runs of a source, folded; not `whole`: without rows and what was said of them."""
    if not runs:
        return html.P(t("sources.no_runs"), className="muted")
    names = ("stream", "window", "started", "state", "rows", "rejected", "flagged", "requests", "seconds")
    left = ("stream", "window", "started", "state")
    head = html.Thead(
        html.Tr([html.Th(t(f"sources.{name}"), className="left" if name in left else "") for name in names])
    )
    table = html.Table(
        [head, html.Tbody([_run(run, units, zone, whole) for run in runs])], className="table-look"
    )
    return html.Details(
        [
            html.Summary([icon("right", 12), t("sources.runs")], className="btn-look quiet fold-head"),
            None if whole else html.P(t("sources.runs_withheld"), className="muted small-words"),
            html.Div(table, className="table-wrap"),
        ]
    )


def _run(run: SyncRun, units: Units, zone: str, whole: bool) -> html.Tr:
    window = MISSING
    if run.window_start and run.window_end:
        window = f"{units.day(run.window_start)} – {units.day(run.window_end)}"
    badge = html.Span(t(f"sources.run_{run.state}"), className=f"badge-look {LOOKS.get(run.state, '')}")
    state = [badge, html.Div(html.Bdi(run.error), className="error-text")] if run.error and whole else badge
    counts = [
        units.full(value, "count") if whole else MISSING for value in (run.rows, run.rejected, run.flagged)
    ]
    numbers = [*counts, units.full(run.requests, "count")]
    texts = [run.stream, window, units.instant(run.started_at, zone), state]
    seconds = f"{run.seconds:.1f}"
    return html.Tr(
        [*(html.Td(text, className="left") for text in texts), *(html.Td(n) for n in [*numbers, seconds])]
    )
