"""How far an XLSX export is, in a small note at the lower right."""

from __future__ import annotations

from dash import dcc, html
from dash.development.base_component import Component

from app.data.models import JobRun
from app.exports import files
from app.layouts import handed, table_ids
from app.layouts.attributes import attributes
from app.layouts.icons import icon
from app.layouts.pulse import Pulse
from app.services import Services
from app.text import t

PULSE = Pulse(table_ids.EXPORT_POLL, every=700)


def place() -> html.Div:
    """Where the note comes up: apart from the menu, so that a view that is drawn anew while the file is
    written leaves it in place. The button that closes it is apart from the note, which each beat draws."""
    note = html.Div(id=table_ids.EXPORT_STATE, className="toast-note", **attributes({"aria-live": "polite"}))
    close = html.Button(
        icon("close", label=t("export.dismiss")),
        id=table_ids.EXPORT_DISMISS,
        className="btn-look quiet toast-close",
        type="button",
    )
    rest = [dcc.Store(id=table_ids.EXPORT_JOB), PULSE.layout(live=False)]
    return html.Div([note, close, *rest], className="toast-place")


def queued(services: Services) -> Component:
    words = handed.told(services, t("export.queued"))
    return _note(handed.symbol(words, "clock"), str(words))


def refused(problem: str) -> Component:
    return _note("warning", t("export.failed"), html.P(problem, className="toast-detail"))


def of(services: Services, run: JobRun) -> Component:
    """The note for a job in any state."""
    if run.state == "queued":
        return queued(services)
    if run.state == "running":
        return _note(
            "export", t("export.running"), html.P(run.message, className="toast-detail"), bar(run.progress)
        )
    if run.state == "failed":
        return refused(run.error or t("export.failed_hint", reference=run.id[:13]))
    return _note("check", t("export.ready"), html.P(link(run), className="toast-detail"))


def link(run: JobRun) -> Component:
    """Where the one who asked fetches the file of a finished export."""
    words = t("export.download", rows=f"{run.result.get('rows', 0):,}")
    name = str(run.result.get("name", ""))
    return html.A(words, href=files.address(run.id), className="btn-look small", download=name)


def bar(share: float) -> Component:
    """A progress bar that readers hear as well."""
    percent = round(100 * min(max(share, 0.0), 1.0))
    fill = html.Div(className="bar-fill", style={"width": f"{percent}%"})
    spoken = {"aria-valuenow": str(percent), "aria-valuemin": "0", "aria-valuemax": "100"}
    return html.Div(fill, className="bar-track", role="progressbar", **attributes(spoken))


def _note(symbol: str, title: str, *more: Component) -> Component:
    head = html.Div([icon(symbol), html.Span(title)], className="toast-row")
    return html.Div([head, *more])
