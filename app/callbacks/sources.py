"""The sources page: sync now, backfill, and the pulse while something syncs."""

from __future__ import annotations

from datetime import date
from typing import Any

from dash import Input, Output, State, ctx, html, no_update

from app.accounts import audit
from app.accounts.permissions import SOURCES_MANAGE, SOURCES_VIEW
from app.accounts.viewer import Viewer
from app.callbacks.base import Callbacks
from app.data import source_states
from app.data.models import Source
from app.errors import InputError, NotFound, PadError
from app.layouts import table_ids
from app.layouts.icons import icon
from app.layouts.pages import sources as page
from app.services import Services
from app.text import t

SYNC = "sync"  # the kind of job


def register(callbacks: Callbacks) -> None:
    services = callbacks.services

    @callbacks.on(
        Output(table_ids.SOURCES_LIST, "children"),
        Output(table_ids.SOURCES_POLL, "disabled"),
        Input(table_ids.SOURCES_POLL, "n_intervals"),
        permission=SOURCES_VIEW,
        prevent_initial_call=True,
    )
    def beat(_ticks: int) -> Any:
        states = source_states.all_states(services.database)
        return page.cards(services, callbacks.viewer(), states), not page.busy(states)

    @callbacks.on(
        Output(table_ids.SOURCES_MESSAGE, "children"),
        Output(table_ids.SOURCES_POLL, "disabled", allow_duplicate=True),
        Input(table_ids.SOURCE_SYNC_ANY, "n_clicks"),
        permission=SOURCES_MANAGE,
        prevent_initial_call=True,
    )
    def sync(clicks: list[int | None]) -> Any:
        if not any(clicks) or not ctx.triggered_id:
            return no_update, no_update
        return _said(lambda: queue_sync(services, callbacks.viewer(), str(ctx.triggered_id["source"]))), False

    @callbacks.on(
        Output(table_ids.BACKFILL, "is_open"),
        Output(table_ids.BACKFILL_SOURCE, "data"),
        Output(table_ids.BACKFILL_TITLE, "children"),
        Output(table_ids.BACKFILL_PROBLEM, "children"),
        Input(table_ids.SOURCE_BACKFILL_ANY, "n_clicks"),
        Input(table_ids.BACKFILL_CANCEL, "n_clicks"),
        permission=SOURCES_MANAGE,
        prevent_initial_call=True,
    )
    def ask(clicks: list[int | None], _cancel: int | None) -> Any:
        if ctx.triggered_id == table_ids.BACKFILL_CANCEL or not any(clicks):
            return False, no_update, no_update, None
        source = found(services, str(ctx.triggered_id["source"]))
        return True, source.id, t("sources.backfill_title", title=source.title), None

    @callbacks.on(
        Output(table_ids.BACKFILL, "is_open", allow_duplicate=True),
        Output(table_ids.BACKFILL_PROBLEM, "children", allow_duplicate=True),
        Output(table_ids.SOURCES_MESSAGE, "children", allow_duplicate=True),
        Output(table_ids.SOURCES_POLL, "disabled", allow_duplicate=True),
        Input(table_ids.BACKFILL_GO, "n_clicks"),
        State(table_ids.BACKFILL_SOURCE, "data"),
        State(table_ids.BACKFILL_START, "value"),
        State(table_ids.BACKFILL_END, "value"),
        permission=SOURCES_MANAGE,
        prevent_initial_call=True,
    )
    def backfill(clicks: int | None, source: str, start: str | None, end: str | None) -> Any:
        if not clicks:
            return no_update, no_update, no_update, no_update
        try:
            days = window(start, end, services.clock.today(services.settings.time_zone))
            said = queue_sync(services, callbacks.viewer(), source, days)
        except PadError as error:
            return True, _line("warning", str(error)), no_update, no_update
        return False, None, _line("check", said), False


def queue_sync(
    services: Services, viewer: Viewer, source_id: str, days: tuple[date, date] | None = None
) -> str:
    """Hands a sync to the workers and notes it; says so in a sentence. Raises: NotFound, QueueUnavailable."""
    viewer.require(SOURCES_MANAGE)
    source = found(services, source_id)
    if source.kind == "file":
        raise InputError(t("sources.file_sync", title=source.title, source=source.id))
    bounds = {"from_day": days[0].isoformat(), "to_day": days[1].isoformat()} if days else {}
    title = (
        t("sources.job_backfill", title=source.title, **bounds)
        if days
        else t("sources.job_sync", title=source.title)
    )
    job_id = "-".join((SYNC, source.id, *bounds.values()))
    services.queue.enqueue(SYNC, title, viewer.email, job_id=job_id, source_id=source.id, **bounds)
    audit.record(
        services.database, services.clock, viewer.email, "source.sync", source.id, "..".join(bounds.values())
    )
    return t("sources.queued", title=source.title)


def window(start: str | None, end: str | None, today: date) -> tuple[date, date]:
    """The days of a backfill. Raises: InputError."""
    try:
        first, last = date.fromisoformat(start or ""), date.fromisoformat(end or "")
    except ValueError:
        raise InputError(t("sources.backfill_empty")) from None
    if last < first:
        raise InputError(t("sources.backfill_inverted"))
    if last > today:
        raise InputError(t("sources.backfill_future"))
    return first, last


def found(services: Services, source_id: str) -> Source:
    """Raises: NotFound."""
    source = source_states.get(services.database, source_id)
    if source is None:
        raise NotFound(t("sources.unknown", source=source_id[:60]))
    return source


def _said(act: Any) -> html.Div:
    try:
        return _line("check", act())
    except PadError as error:
        return _line("warning", str(error))


def _line(symbol: str, text: str) -> html.Div:
    return html.Div(
        [icon(symbol), text], className="said-line" if symbol == "check" else "problem-line", role="status"
    )
