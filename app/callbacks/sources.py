"""The Sources page: sync now, backfill after a question, and the pulse while something syncs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from dash import Input, Output, State, no_update
from dash.development.base_component import Component

from app.accounts import audit
from app.accounts.permissions import SOURCES_MANAGE, SOURCES_VIEW
from app.accounts.viewer import Viewer
from app.callbacks.base import Button, Callbacks
from app.callbacks.closing import closes
from app.data import source_states
from app.data.models import Source
from app.errors import InputError, NotFound, PadError
from app.layouts import followed, handed, source_dialogs
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
        Output(ids.MESSAGE, "children", allow_duplicate=True),
        page.FOLLOWED.output,
        Input(ids.POLL, "n_intervals"),
        page.FOLLOWED.state,
        permission=SOURCES_VIEW,
        prevent_initial_call=True,
        running=page.PULSE.waits,
    )
    def beat(beats: int | None, jobs: list[str] | None) -> Any:
        told = _followed(callbacks, jobs or [])
        states = source_states.all_states(services.database)
        armed = page.PULSE.armed(beats, page.busy(states))
        return page.cards(services, callbacks.viewer(), states), armed, *told


def _followed(callbacks: Callbacks, jobs: Sequence[str]) -> tuple[Any, Any]:
    """What is said of the sync that was asked for last, and the jobs without those that wait no longer: from
    there on the card of a source tells how it is. Only a failure stays."""
    viewer = callbacks.viewer()
    runs = followed.seen(callbacks.services, viewer, jobs)
    begun = {run.id: run for run in runs if run.state != "queued"}
    if not begun:
        return no_update, no_update
    last = begun.get(jobs[-1])
    said: Any = None if last else no_update
    if last is not None and last.state == "failed":
        said = handed.problem(*followed.failure(viewer, last))
    return said, page.FOLLOWED.left(list(begun))


def cards(callbacks: Callbacks) -> list[Component]:
    """The sources as they are now."""
    states = source_states.all_states(callbacks.services.database)
    return page.cards(callbacks.services, callbacks.viewer(), states)


def _syncing(callbacks: Callbacks) -> None:
    services = callbacks.services

    @callbacks.on_press(
        Output(ids.MESSAGE, "children"),
        *page.FOLLOWED.outputs,
        Input(ids.any_button("sync"), "n_clicks"),
        page.PULSE.state,
        permission=SOURCES_MANAGE,
    )
    def sync(button: Button, beats: int | None) -> Any:
        source = str(button["source"])
        try:
            words = queue_sync(services, callbacks.viewer(), source)
        except PadError as error:
            return handed.problem(str(error)), *page.FOLLOWED.hushed()
        return handed.line(words), *page.FOLLOWED.begun(beats, requests.sync_id(source))


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
        *page.FOLLOWED.outputs,
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
            return (no_update,) * 5
        try:
            days = window(start, end, services.clock.today(zone), str(source))
            words = queue_sync(services, callbacks.viewer(), str(source), days)
        except PadError as error:
            return True, str(error), *(no_update,) * 3
        job = requests.sync_id(str(source), *days)
        return False, "", handed.line(words), *page.FOLLOWED.begun(beats, job)


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
