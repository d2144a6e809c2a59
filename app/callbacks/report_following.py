"""What a press on the Reports page has begun is followed: its deliveries are shown until all have ended."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import Input, Output, State, no_update

from app.accounts.permissions import REPORTS
from app.accounts.viewer import Viewer
from app.callbacks.base import Callbacks
from app.data.models import JobRun
from app.errors import NotFound
from app.layouts import followed, handed
from app.layouts import report_ids as ids
from app.layouts.pages.reports import FOLLOWED, sent
from app.notify import outbox
from app.reports import definitions
from app.reports.models import Report
from app.services import Services
from app.text import t


def register(callbacks: Callbacks) -> None:
    @callbacks.on(
        Output(ids.SAID, "children", allow_duplicate=True),
        Output(ids.DELIVERIES, "children", allow_duplicate=True),
        Output(ids.ARCHIVE, "children", allow_duplicate=True),
        *FOLLOWED.outputs,
        Input(ids.POLL, "n_intervals"),
        FOLLOWED.state,
        State(ids.SHOWN, "data"),
        permission=REPORTS,
        prevent_initial_call=True,
        running=FOLLOWED.pulse.waits,
    )
    def beat(beats: int | None, jobs: list[str] | None, shown: str | None) -> Any:
        services, viewer = callbacks.services, callbacks.viewer()
        report = _shown(services, viewer, shown) if jobs else None
        if report is None:
            return (no_update,) * 5
        named = jobs or []
        runs, leaving = _standing(services, viewer, report, named)
        said = (
            no_update if named[-1] == followed.HUSH else _said(viewer, followed.spoken(named, runs), leaving)
        )
        drawn = sent(services, viewer, report)
        return said, *drawn, *FOLLOWED.asked(beats, named, leaving or followed.live(runs))


def _shown(services: Services, viewer: Viewer, shown: str | None) -> Report | None:
    try:
        return definitions.get(services.database, str(shown), viewer)
    except NotFound:
        return None


def _standing(
    services: Services, viewer: Viewer, report: Report, jobs: Sequence[str]
) -> tuple[list[JobRun], bool]:
    """The jobs, and whether a delivery has not ended; in this order, for a job that ends between the looks
    has queued its deliveries before. Whoever sees a report may know of its jobs: another may have begun one.
    """
    runs = followed.seen(services, viewer, jobs, lambda run: run.arguments.get("report_id") == report.id)
    return runs, outbox.leaving(services.database, "report", report.id)


def _said(viewer: Viewer, runs: Sequence[JobRun], leaving: bool) -> Any:
    """What the page says above; while a job waits that is what the press said, in the end nothing: how each
    delivery ended stands in the list."""
    run = followed.foremost(runs) if runs else None
    if run is not None and run.state == "queued":
        return no_update
    if run is not None and run.state == "running":
        return handed.line(followed.running(run))
    if run is not None and run.state == "failed":
        return handed.problem(*followed.failure(viewer, run))
    return handed.line(t("reports.said_leaving")) if leaving else None
