"""Exports over HTTP: CSV streams, XLSX is a job, a file goes to the one who asked for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from dash import Input, Output, State, no_update
from flask import Response, request, send_file
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from app.accounts import audit, routes, scopes
from app.accounts.permissions import EXPORT
from app.accounts.viewer import Viewer
from app.callbacks.base import Callbacks
from app.data import job_runs
from app.data.metrics.base import METRICS
from app.data.models import JobRun
from app.data.query import codec
from app.data.query.spec import RowQuery
from app.errors import AccessDenied, InputError, PadError, unknown
from app.exports import about, csv_file, files
from app.exports.request import ExportRequest, Facts, dump, facts, open_rows
from app.figures import table
from app.layouts import board, campaign_table, card_menu, export_state, ids, row_page, table_ids
from app.layouts.dashboards.base import DASHBOARDS
from app.services import Services
from app.text import t

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
KINDS = ("campaigns", "rows")  # and every card whose answer is numbers
BOM = "bom"  # a mark before the text, which some spreadsheets want


def register(callbacks: Callbacks) -> None:
    """Two routes and two small callbacks."""
    server = callbacks.dash.server
    routes.declare(server, "/export/<kind>.csv", EXPORT, lambda kind: stream_csv(callbacks, kind))
    routes.declare(server, f"{files.PREFIX}<job_id>", EXPORT, lambda job_id: download(callbacks, job_id))
    _starting(callbacks)
    _watching(callbacks)


def _starting(callbacks: Callbacks) -> None:
    @callbacks.on(
        Output(table_ids.EXPORT_JOB, "data"),
        export_state.PULSE.output(),
        Output(table_ids.EXPORT_STATE, "children"),
        Output(table_ids.EXPORT_DISMISS, "n_clicks"),
        Input(table_ids.EXPORT_XLSX, "n_clicks"),
        State(table_ids.EXPORT_KIND, "data"),
        State(ids.LOCATION, "search"),
        export_state.PULSE.state,
        permission=EXPORT,
        prevent_initial_call=True,
    )
    def start(clicks: int | None, kind: str | None, search: str | None, beats: int | None) -> Any:
        if not clicks:
            return (no_update,) * 4
        try:
            job_id = queue_xlsx(callbacks.services, callbacks.viewer(), kind or "", search or "")
        except PadError as error:
            return None, no_update, export_state.refused(str(error)), 0
        return job_id, export_state.PULSE.armed(beats), export_state.queued(callbacks.services), 0


def _watching(callbacks: Callbacks) -> None:
    @callbacks.on(
        Output(table_ids.EXPORT_STATE, "children", allow_duplicate=True),
        export_state.PULSE.output(allow_duplicate=True),
        Output(table_ids.EXPORT_JOB, "data", allow_duplicate=True),
        Input(table_ids.EXPORT_POLL, "n_intervals"),
        Input(table_ids.EXPORT_DISMISS, "n_clicks"),
        State(table_ids.EXPORT_JOB, "data"),
        permission=EXPORT,
        prevent_initial_call=True,
        running=export_state.PULSE.waits,
    )
    def watch(beats: int | None, closed: int | None, job_id: str | None) -> Any:
        """Both in one: a beat knows that its note was closed, though the answer to that was lost to it."""
        if closed:
            return None, no_update, None
        viewer = callbacks.viewer()
        run = own_job(callbacks.services, viewer, job_id or "")
        if run is None:
            return (no_update,) * 3
        try:
            require_scope(viewer, run)
        except PadError as error:
            return export_state.refused(str(error)), no_update, None
        armed = export_state.PULSE.armed(beats, run.state in job_runs.LIVE)
        return export_state.of(callbacks.services, run), armed, no_update


def asked_for(services: Services, viewer: Viewer, kind: str, search: str) -> ExportRequest:
    """The export that an address means, in the reader's scope.

    Raises: InputError for any part that cannot be used: a file cannot say what was left out.
    """
    if kind == "rows":
        asked = row_page.read(search, services, viewer)
        _understood(asked.state.problems)
        return ExportRequest(f"rows-{asked.metric.id}-{asked.query.part}", asked.query)
    if kind != "campaigns":
        return _of_card(services, viewer, kind, search)
    asked_table = campaign_table.read(search, services, viewer)
    _understood(asked_table.problems)
    view, _ = campaign_table.answerable(asked_table)
    leaf = table.leaf_query(services.query.run, asked_table.query, view)
    query = leaf or table.questions(asked_table.query, view)[-1]
    limit = None if leaf else 0
    return ExportRequest("campaigns", replace(query, sort=table.order(view), limit=limit), view.conditions)


def _of_card(services: Services, viewer: Viewer, kind: str, search: str) -> ExportRequest:
    """The answer that a card shows under an address. Raises: InputError, AccessDenied."""
    cards = {
        card_menu.file_name(dashboard.id, widget.id): (dashboard, widget)
        for dashboard in DASHBOARDS
        for widget in dashboard.widgets()
    }
    if kind not in cards:
        raise unknown("export", kind, (*KINDS, *_answering(services, viewer)))
    dashboard, widget = cards[kind]
    viewer.require(dashboard.permission)
    context = board.context_of(services, viewer, dashboard.id, search)
    _understood(context.state.problems)
    query = widget.answer(context)
    if query is None:
        raise InputError(t("export.no_answer", card=t(widget.title)), hint=t("export.no_answer_hint"))
    return ExportRequest(kind, query)


def _answering(services: Services, viewer: Viewer) -> list[str]:
    """The cards that an export can be asked of: those whose answer is numbers of one question."""
    usual = {one.id: board.context_of(services, viewer, one.id, "") for one in DASHBOARDS}
    return [
        card_menu.file_name(dashboard.id, widget.id)
        for dashboard in DASHBOARDS
        for widget in dashboard.widgets()
        if widget.answer(usual[dashboard.id]) is not None
    ]


def _understood(problems: Sequence[str]) -> None:
    if problems:
        raise InputError(problems[0])


def stream_csv(callbacks: Callbacks, kind: str) -> ResponseReturnValue:
    """Every row of a view; the head leaves before the rows are read."""
    services, viewer = callbacks.services, callbacks.viewer()
    try:
        asked = asked_for(services, viewer, kind, _question(request.args))
        known = facts(services.query, asked)
        body = content(services, asked, bom=request.args.get(BOM) == "1")
    except PadError as error:
        return Response(str(error), error.status if error.status >= 400 else 409, mimetype="text/plain")
    name = asked.file_name(services.settings.currency, "csv")
    note(services, viewer, name, asked)
    return Response(body, mimetype="text/csv", headers=headers(asked, known, name))


def _question(given: MultiDict[str, str]) -> str:
    """The address of the view, without what concerns the file alone."""
    return urlencode([(name, value) for name, value in given.items(multi=True) if name != BOM])


def content(services: Services, asked: ExportRequest, *, bom: bool) -> Iterator[bytes]:
    """The bytes of an export. Raises what the question raises, before the first byte."""
    runner = services.query
    plain = isinstance(asked.query, RowQuery) or asked.query.compare == "none"
    if plain and not bom:
        stored, _ = runner.stream(asked.query)
        return csv_file.written_by_database(runner, asked, stored)
    heads, rows = open_rows(runner, asked)
    return csv_file.encode(heads, rows, bom=bom)


def headers(asked: ExportRequest, known: Facts, name: str) -> dict[str, str]:
    """What the file cannot say of itself without ceasing to be CSV."""
    query = asked.query
    said = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-store",
        "X-Data-Version": known.data_version,
        "X-Range": f"{query.period.start.isoformat()}..{query.period.end.isoformat()}",
        "X-Filters": _ascii(about.narrowed(asked)),
    }
    if known.rows is not None:
        said["X-Row-Count"] = str(known.rows)
    if known.as_of is not None:
        said["X-As-Of"] = str(known.as_of)
    return said


def queue_xlsx(services: Services, viewer: Viewer, kind: str, search: str) -> str:
    """Hands an export to the workers and returns the job's id."""
    asked = asked_for(services, viewer, kind, search)
    file = f"export-{uuid4().hex}"
    job_id = services.queue.enqueue(
        "export_xlsx", t("export.job_title", name=asked.name), viewer.email,
        job_id=file, request=dump(asked), file=file, reader=viewer.email,
    )  # fmt: skip
    note(services, viewer, asked.file_name(services.settings.currency, "xlsx"), asked)
    return job_id


def own_job(services: Services, viewer: Viewer, job_id: str) -> JobRun | None:
    """An export job of the reader's own: its file holds what its owner's scope allows, and nobody else's."""
    run = job_runs.get(services.database, job_id)
    return run if run is not None and run.kind == "export_xlsx" and run.asked_by == viewer.email else None


def require_scope(viewer: Viewer, run: JobRun) -> None:
    """A file holds what its owner could see when it was asked for.

    Raises: AccessDenied for one who sees less now.
    """
    asked_in = codec.of_objects(run.arguments.get("request", {}).get("scope", ()))
    if not scopes.holds(viewer.scope.filters, asked_in):
        raise AccessDenied(t("export.not_in_scope"), hint=t("export.not_in_scope_hint"))


def download(callbacks: Callbacks, job_id: str) -> ResponseReturnValue:
    """The file of a finished export, noted each time; whatever is not the reader's does not exist."""
    services, viewer = callbacks.services, callbacks.viewer()
    run = own_job(services, viewer, job_id)
    try:
        if run is None or run.state != "done":
            raise files.gone()
        require_scope(viewer, run)
        path = files.present(services.settings.exports_dir, str(run.result["file"]), services.clock.now())
    except PadError as error:
        return Response(str(error), error.status, mimetype="text/plain")
    name, address = str(run.result["name"]), request.remote_addr or ""
    audit.record(services.database, services.clock, viewer.email, audit.DOWNLOADED, name, run.id, address)
    return send_file(path.resolve(), XLSX, as_attachment=True, download_name=name)


def note(services: Services, viewer: Viewer, name: str, asked: ExportRequest) -> None:
    """Writes the export to the audit log."""
    query = asked.query
    wanted = (query.metric,) if isinstance(query, RowQuery) else query.metrics
    metrics = ", ".join(METRICS.get(metric).title for metric in wanted)
    days = f"{query.period.start}..{query.period.end}"
    detail = "; ".join(part for part in (metrics, about.grouping(asked), days, about.narrowed(asked)) if part)
    address = request.remote_addr or ""
    audit.record(services.database, services.clock, viewer.email, audit.EXPORT, name, detail, address)


def _ascii(text: str) -> str:
    return text.encode("ascii", "backslashreplace").decode().replace("\n", " ")[:1000]
