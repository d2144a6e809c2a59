"""The jobs page while something lives, and trying a failed job again."""

from __future__ import annotations

from typing import Any

from dash import Input, Output, ctx, no_update

from app.accounts.permissions import JOBS
from app.accounts.viewer import Viewer
from app.callbacks.base import Callbacks
from app.data import job_runs
from app.errors import AccessDenied, PadError
from app.layouts import table_ids
from app.layouts.pages import jobs as page
from app.services import Services
from app.text import t


def register(callbacks: Callbacks) -> None:
    @callbacks.on(
        Output(table_ids.JOBS_LIST, "children"),
        Output(table_ids.JOBS_POLL, "disabled"),
        Input(table_ids.JOBS_POLL, "n_intervals"),
        permission=JOBS,
        prevent_initial_call=True,
    )
    def beat(_ticks: int) -> Any:
        return shown(callbacks)

    @callbacks.on(
        Output(table_ids.JOBS_LIST, "children", allow_duplicate=True),
        Output(table_ids.JOBS_POLL, "disabled", allow_duplicate=True),
        Input(table_ids.JOB_RETRY_ANY, "n_clicks"),
        permission=JOBS,
        prevent_initial_call=True,
    )
    def again(clicks: list[int | None]) -> Any:
        if not any(clicks) or not ctx.triggered_id:
            return no_update, no_update
        try:
            message = retry(callbacks.services, callbacks.viewer(), str(ctx.triggered_id["job"]))
        except PadError as error:
            message = str(error)
        return shown(callbacks, message)


def shown(callbacks: Callbacks, message: str = "") -> tuple[Any, bool]:
    """The lists as they are now, and whether the pulse may rest."""
    runs = job_runs.recent(callbacks.services.database)
    return page.body(callbacks.services, callbacks.viewer(), runs, message), not page.live(runs)


def retry(services: Services, viewer: Viewer, job_id: str) -> str:
    """Queues the work of a failed job again. Raises: AccessDenied, QueueUnavailable."""
    run = job_runs.get(services.database, job_id)
    if run is None or not page.may_retry(run, viewer):
        raise AccessDenied(t("jobs.cannot_retry"))
    services.queue.enqueue(run.kind, run.title, viewer.email, **run.arguments)
    return t("jobs.retried", title=run.title)
