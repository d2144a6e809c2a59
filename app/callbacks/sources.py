"""The Sources page: sync now, backfill after a question, and the pulse while something syncs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from dash import Input, Output, State, html, no_update
from dash.development.base_component import Component

from app.accounts import audit
from app.accounts.permissions import SOURCES_MANAGE, SOURCES_VIEW
from app.accounts.viewer import Viewer
from app.callbacks.base import Button, Callbacks
from app.callbacks.closing import closes
from app.data import source_states
from app.data.models import Source
from app.errors import InputError, NotFound, PadError
from app.layouts import handed, source_dialogs
from app.layouts import source_ids as ids
from app.layouts.pages import sources as page
from app.queue import requests
from app.services import Services
from app.text import t


def register(callbacks: Callbacks) -> None:
    """Add the callbacks of the page; those of credentials stand in `credentials.py`."""
    closes(callbacks, ids.DIALOG)
    _watching(callbacks)
    _syncing(callbacks)
    _backfilling(callbacks)


def _watching(callbacks: Callbacks) -> None:
    services = callbacks.services

    @callbacks.on(
        Output(ids.LIST, "children"),
        page.PULSE.output(),
        Input(ids.POLL, "n_intervals"),
        permission=SOURCES_VIEW,
        prevent_initial_call=True,
        running=page.PULSE.waits,
    )
    def beat(beats: int | None) -> Any:
        states = source_states.all_states(services.database)
        armed = page.PULSE.armed(beats, page.busy(states))
        return page.cards(services, callbacks.viewer(), states), armed


def cards(callbacks: Callbacks) -> list[Component]:
    """The sources as they are now."""
    states = source_states.all_states(callbacks.services.database)
    return page.cards(callbacks.services, callbacks.viewer(), states)


def _syncing(callbacks: Callbacks) -> None:
    services = callbacks.services

    @callbacks.on_press(
        Output(ids.MESSAGE, "children"),
        page.PULSE.output(allow_duplicate=True),
        Input(ids.any_button("sync"), "n_clicks"),
        page.PULSE.state,
        permission=SOURCES_MANAGE,
    )
    def sync(button: Button, beats: int | None) -> Any:
        words = said(lambda: queue_sync(services, callbacks.viewer(), str(button["source"])))
        return words, page.PULSE.armed(beats)


def _backfilling(callbacks: Callbacks) -> None:
    services = callbacks.services
    zone = services.settings.time_zone

    @callbacks.on_press(
        Output(ids.DIALOG, "children"),
        Output(ids.DIALOG, "is_open"),
        Input(ids.any_button("backfill"), "n_clicks"),
        permission=SOURCES_MANAGE,
    )
    def ask(button: Button) -> Any:
        source = found(services, str(button["source"]))
        return source_dialogs.backfill(source, services.clock.today(zone)), True

    @callbacks.on(
        Output(ids.DIALOG, "is_open", allow_duplicate=True),
        Output(ids.PROBLEM, "children"),
        Output(ids.MESSAGE, "children", allow_duplicate=True),
        page.PULSE.output(allow_duplicate=True),
        Input(ids.BACKFILL_GO, "n_clicks"),
        State(ids.TARGET, "data"),
        State(ids.BACKFILL_START, "value"),
        State(ids.BACKFILL_END, "value"),
        page.PULSE.state,
        permission=SOURCES_MANAGE,
        prevent_initial_call=True,
    )
    def backfill(
        clicks: int | None, source: str | None, start: str | None, end: str | None, beats: int | None
    ) -> Any:
        if not clicks:
            return no_update, no_update, no_update, no_update
        try:
            days = window(start, end, services.clock.today(zone), str(source))
            words = queue_sync(services, callbacks.viewer(), str(source), days)
        except PadError as error:
            return True, str(error), no_update, no_update
        return False, "", handed.line(words), page.PULSE.armed(beats)


def queue_sync(
    services: Services, viewer: Viewer, source_id: str, days: tuple[date, date] | None = None
) -> str:
    """Hands a sync to the workers and notes it; says so in a sentence. Raises: NotFound."""
    viewer.require(SOURCES_MANAGE)
    source = found(services, source_id)
    if source.kind == "file":
        raise InputError(t("sources.file_sync", title=source.title, source=source.id))
    bounds = {"from_day": days[0].isoformat(), "to_day": days[1].isoformat()} if days else {}
    requests.sync(services.queue, source, viewer.email, days=bounds)
    audit.record(
        services.database,
        services.clock,
        viewer.email,
        audit.SOURCE_SYNC,
        source.id,
        "..".join(bounds.values()),
    )
    return handed.told(services, t("sources.queued", title=source.title))


def window(start: str | None, end: str | None, today: date, source_id: str) -> tuple[date, date]:
    """The days of a backfill. Raises: InputError."""
    from app.data.pipeline.sources import kind_of

    try:
        first, last = date.fromisoformat(start or ""), date.fromisoformat(end or "")
    except ValueError:
        raise InputError(t("sources.backfill_empty")) from None
    return requests.window(first, last, today, kind_of(source_id))


def found(services: Services, source_id: str) -> Source:
    """Raises: NotFound."""
    source = source_states.get(services.database, source_id)
    if source is None:
        raise NotFound(t("sources.unknown", source=source_id[:60]))
    return source


def said(act: Callable[[], str]) -> html.Div:
    """Does something and says how it went."""
    try:
        return handed.line(act())
    except PadError as error:
        return handed.problem(str(error))
