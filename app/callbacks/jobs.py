"""The jobs page while something lives, and trying a failed job again."""

from __future__ import annotations

from typing import Any

from dash import Input, Output, State, no_update
from dash.development.base_component import Component

from app.accounts.permissions import JOBS
from app.accounts.viewer import Viewer
from app.callbacks.base import Button, Callbacks
from app.callbacks.closing import closes
from app.data import job_runs
from app.data.models import JobRun
from app.errors import AccessDenied, PadError
from app.layouts import ids, table_ids
from app.layouts.pages import jobs as page
from app.services import Services
from app.text import t


def register(callbacks: Callbacks) -> None:
    """Add the callbacks of the page."""
    closes(callbacks, table_ids.JOB_DIALOG)
    _watching(callbacks)
    _retrying(callbacks)
    _confirming(callbacks)


def _watching(callbacks: Callbacks) -> None:
    @callbacks.on(
        Output(table_ids.JOBS_LIST, "children"),
        page.PULSE.output(),
        Input(table_ids.JOBS_POLL, "n_intervals"),
        State(ids.LOCATION, "search"),
        permission=JOBS,
        prevent_initial_call=True,
        running=page.PULSE.waits,
    )
    def beat(beats: int | None, search: str | None) -> Any:
        return shown(callbacks, search, beats)


def _retrying(callbacks: Callbacks) -> None:
    @callbacks.on_press(
        Output(table_ids.JOBS_LIST, "children", allow_duplicate=True),
        page.PULSE.output(allow_duplicate=True),
        Output(table_ids.JOB_DIALOG, "children"),
        Output(table_ids.JOB_DIALOG, "is_open"),
        Input(table_ids.JOB_RETRY_ANY, "n_clicks"),
        State(ids.LOCATION, "search"),
        page.PULSE.state,
        permission=JOBS,
    )
    def again(button: Button, search: str | None, beats: int | None) -> Any:
        services, viewer = callbacks.services, callbacks.viewer()
        try:
            run = failed(services, viewer, str(button["job"]))
            question = page.asked(services, run)
            message = "" if question else retry(services, viewer, run.id)
        except PadError as error:
            return *shown(callbacks, search, beats, str(error)), no_update, no_update
        if question:
            return no_update, no_update, question, True
        return *shown(callbacks, search, beats, message), no_update, no_update


def _confirming(callbacks: Callbacks) -> None:
    @callbacks.on(
        Output(table_ids.JOBS_LIST, "children", allow_duplicate=True),
        page.PULSE.output(allow_duplicate=True),
        Output(table_ids.JOB_DIALOG, "is_open", allow_duplicate=True),
        Output(table_ids.JOB_PROBLEM, "children"),
        Input(table_ids.JOB_CONFIRM, "n_clicks"),
        State(table_ids.JOB_TARGET, "data"),
        State(ids.LOCATION, "search"),
        page.PULSE.state,
        permission=JOBS,
        prevent_initial_call=True,
    )
    def confirm(clicks: int | None, target: str | None, search: str | None, beats: int | None) -> Any:
        if not clicks:
            return no_update, no_update, no_update, no_update
        try:
            message = retry(callbacks.services, callbacks.viewer(), str(target))
        except PadError as error:
            return no_update, no_update, True, str(error)
        return *shown(callbacks, search, beats, message), False, ""


def shown(
    callbacks: Callbacks, search: str | None, beats: int | None, message: str = ""
) -> tuple[list[Component], Any]:
    """The lists that the address asks for as they are now, and for how long they are asked for again."""
    asked = page.asked_for(search or "")
    lists, live = page.body(callbacks.services, callbacks.viewer(), asked, message)
    return lists, page.PULSE.armed(beats, live)


def failed(services: Services, viewer: Viewer, job_id: str) -> JobRun:
    """A failed job that the one who asks may try again. Raises: AccessDenied."""
    run = job_runs.get(services.database, job_id)
    if run is None or not page.may_retry(run, viewer):
        raise AccessDenied(t("jobs.cannot_retry"))
    return run


def retry(services: Services, viewer: Viewer, job_id: str) -> str:
    """Queues the work of a failed job again. Raises: AccessDenied, ConflictError."""
    run = failed(services, viewer, job_id)
    services.queue.retry(run.id)
    return t("jobs.waits", title=run.title)
