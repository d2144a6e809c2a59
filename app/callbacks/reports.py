"""What the Reports page does, and its three addresses: preview, archive and leaving a list."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dash import Input, Output, State, html, no_update
from dash.development.base_component import Component
from flask import Response, render_template, request, send_file
from flask.typing import ResponseReturnValue

from app.accounts import audit, routes, sign_in_pages
from app.accounts.changes import Trail
from app.accounts.permissions import PUBLIC, REPORTS, REPORTS_EDIT
from app.callbacks.base import Button, Callbacks
from app.callbacks.closing import closes
from app.callbacks.sent import number
from app.callbacks.timing import follows, told_elsewhere
from app.errors import AccessDenied, NotFound, PadError
from app.layouts import handed, report_dialogs
from app.layouts import report_ids as ids
from app.layouts.pages.reports import FOLLOWED, body, sent
from app.layouts.report_form import form
from app.layouts.timing_ids import OF_REPORT
from app.notify import archive, outbox
from app.notify.models import Delivery
from app.queue.requests import deliver
from app.reports import answerable, definitions, issue, mailing, requests, unsubscribe, views
from app.reports.definitions import Wanted
from app.reports.models import Report, ReportIssue
from app.reports.renderers import html_page
from app.reports.section import SECTIONS
from app.scope_values import require_known
from app.text import t

# The preview runs its own inline charts, in an origin of its own that reaches nothing.
PREVIEW_POLICY = (
    "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
    "img-src data: blob:; font-src data:; frame-ancestors 'self'"
)
Answer = tuple[Any, ...]
Begin = Callable[[Report], tuple[str, str]]  # does something; what is said of it, and the job


def register(callbacks: Callbacks) -> None:
    """Three routes, and what the page does."""
    _routes(callbacks)
    closes(callbacks, ids.DIALOG)
    _opening(callbacks)
    _saving(callbacks)
    _testing(callbacks)
    _sending(callbacks)
    _sending_again(callbacks)
    _removing(callbacks)


def _routes(callbacks: Callbacks) -> None:
    server = callbacks.dash.server
    routes.declare(
        server, "/reports/preview/<report_id>", REPORTS, lambda report_id: preview(callbacks, report_id)
    )
    routes.declare(
        server,
        "/reports/archive/<int:number>/<kind>",
        REPORTS,
        lambda number, kind: kept(callbacks, number, kind),
    )
    routes.declare(
        server,
        f"{unsubscribe.PATH}<token>",
        PUBLIC,
        lambda token: leave(callbacks, token),
        methods=("GET", "POST"),
        one_click=True,
    )


def _opening(callbacks: Callbacks) -> None:
    @callbacks.on(
        Output(ids.DIALOG, "children"),
        Output(ids.DIALOG, "is_open"),
        Input(ids.ADD, "n_clicks"),
        permission=REPORTS_EDIT,
        prevent_initial_call=True,
    )
    def add(clicks: int | None) -> Answer:
        if not clicks:
            return no_update, no_update
        return _form(callbacks, None), True

    @callbacks.on(
        Output(ids.DIALOG, "children", allow_duplicate=True),
        Output(ids.DIALOG, "is_open", allow_duplicate=True),
        Input(ids.EDIT, "n_clicks"),
        State(ids.SHOWN, "data"),
        permission=REPORTS_EDIT,
        prevent_initial_call=True,
    )
    def edit(clicks: int | None, shown: str | None) -> Answer:
        if not clicks:
            return no_update, no_update
        return _form(callbacks, own(callbacks, shown)), True

    follows(callbacks, OF_REPORT, REPORTS_EDIT)


def _form(callbacks: Callbacks, report: Report | None) -> list[Component]:
    """The dialog, with what its owner's scope leaves to choose from."""
    services = callbacks.services
    owner = answerable.owner_of(services, report, callbacks.viewer())
    schedule = definitions.schedule_of(services.database, report) if report else None
    sections = dict.fromkeys(SECTIONS.ids(), "") | dict(answerable.shut(services, SECTIONS.ids(), owner))
    return form(services, report, schedule, sections, answerable.limits(owner))


def _saving(callbacks: Callbacks) -> None:
    @callbacks.on(
        Output(ids.BODY, "children"),
        Output(ids.DIALOG, "is_open", allow_duplicate=True),
        Output(ids.PROBLEM, "children"),
        Output(ids.SAID, "children", allow_duplicate=True),
        FOLLOWED.output,
        Input(ids.SAVE, "n_clicks"),
        State(ids.SHOWN, "data"),
        *(State(field, "data" if field == ids.TARGET else "value") for field in ids.FIELDS),
        permission=REPORTS_EDIT,
        prevent_initial_call=True,
    )
    def save(
        clicks: int | None, shown: str | None, target: str | None, *fields: str | list[str] | None
    ) -> Answer:
        if not clicks:
            return (no_update,) * 5
        try:
            said = store(callbacks, target, fields)
        except PadError as problem:
            words = told_elsewhere(callbacks, OF_REPORT, problem, fields[-2], fields[-1])
            return no_update, True, words, no_update, no_update
        shown_now = body(callbacks.services, callbacks.viewer(), str(shown or ""))
        return shown_now, False, "", handed.line(said) if said else None, FOLLOWED.hushed()[0]


def _testing(callbacks: Callbacks) -> None:
    @callbacks.on(
        Output(ids.SAID, "children"),
        Output(ids.DELIVERIES, "children"),
        Output(ids.ARCHIVE, "children"),
        *FOLLOWED.outputs,
        Input(ids.TEST, "n_clicks"),
        State(ids.SHOWN, "data"),
        FOLLOWED.pulse.state,
        permission=REPORTS_EDIT,
        prevent_initial_call=True,
    )
    def test(clicks: int | None, shown: str | None, beats: int | None) -> Answer:
        if not clicks:
            return (no_update,) * 5
        return _told(callbacks, shown, beats, lambda report: _test(callbacks, report))


def _sending(callbacks: Callbacks) -> None:
    options: dict[str, Any] = {"permission": REPORTS_EDIT, "prevent_initial_call": True}

    @callbacks.on(*_question(), Input(ids.SEND, "n_clicks"), State(ids.SHOWN, "data"), **options)
    def ask(clicks: int | None, shown: str | None) -> Answer:
        if not clicks:
            return no_update, no_update
        report = own(callbacks, shown)
        return report_dialogs.sending(report, mailing.readers(callbacks.services, report)), True

    @callbacks.on(
        *_done(),
        Input(ids.SEND_DO, "n_clicks"),
        State(ids.TARGET, "data"),
        FOLLOWED.pulse.state,
        **options,
    )
    def send(clicks: int | None, target: str | None, beats: int | None) -> Answer:
        if not clicks:
            return (no_update,) * 6
        return *_told(callbacks, target, beats, lambda report: _send(callbacks, report)), False


def _sending_again(callbacks: Callbacks) -> None:
    options: dict[str, Any] = {"permission": REPORTS_EDIT, "prevent_initial_call": True}

    @callbacks.on_press(
        *_question(),
        Input(ids.AGAIN_ANY, "n_clicks"),
        State(ids.SHOWN, "data"),
        permission=REPORTS_EDIT,
    )
    def ask(button: Button, shown: str | None) -> Answer:
        row = delivery(callbacks, own(callbacks, shown), button["delivery"])
        return report_dialogs.sending_again(row), True

    @callbacks.on(
        *_done(),
        Input(ids.AGAIN_DO, "n_clicks"),
        State(ids.SHOWN, "data"),
        State(ids.TARGET, "data"),
        FOLLOWED.pulse.state,
        **options,
    )
    def again(clicks: int | None, shown: str | None, target: int | None, beats: int | None) -> Answer:
        if not clicks:
            return (no_update,) * 6
        return *_told(callbacks, shown, beats, lambda report: _again(callbacks, report, target)), False


def _removing(callbacks: Callbacks) -> None:
    options: dict[str, Any] = {"permission": REPORTS_EDIT, "prevent_initial_call": True}

    @callbacks.on(*_question(), Input(ids.REMOVE, "n_clicks"), State(ids.SHOWN, "data"), **options)
    def ask(clicks: int | None, shown: str | None) -> Answer:
        if not clicks:
            return no_update, no_update
        return report_dialogs.removing(own(callbacks, shown)), True

    @callbacks.on(
        Output(ids.SAID, "children", allow_duplicate=True),
        Output(ids.BODY, "children", allow_duplicate=True),
        FOLLOWED.output,
        Output(ids.DIALOG, "is_open", allow_duplicate=True),
        Output(ids.SHOWN, "data"),
        Input(ids.REMOVE_DO, "n_clicks"),
        State(ids.TARGET, "data"),
        **options,
    )
    def remove(clicks: int | None, target: str | None) -> Answer:
        if not clicks:
            return (no_update,) * 5
        services, viewer = callbacks.services, callbacks.viewer()
        try:
            title = definitions.remove(services.database, services.clock, str(target), viewer)
        except PadError as problem:
            hushed, _ = FOLLOWED.hushed()
            return html.Div(str(problem), className="problem-line"), no_update, hushed, False, no_update
        said = html.Div(t("reports.said_removed", title=title), className="said-line")
        return said, body(services, viewer, ""), [], False, ""


def _question() -> tuple[Output, Output]:
    """A dialog that is filled and opened."""
    return (
        Output(ids.DIALOG, "children", allow_duplicate=True),
        Output(ids.DIALOG, "is_open", allow_duplicate=True),
    )


def _done() -> tuple[Output, ...]:
    """What was done is said, the page shows it, what was begun is followed, the dialog closes."""
    return (
        Output(ids.SAID, "children", allow_duplicate=True),
        Output(ids.DELIVERIES, "children", allow_duplicate=True),
        Output(ids.ARCHIVE, "children", allow_duplicate=True),
        *FOLLOWED.outputs,
        Output(ids.DIALOG, "is_open", allow_duplicate=True),
    )


def _told(callbacks: Callbacks, shown: str | None, beats: int | None, work: Begin) -> Answer:
    """Does something with the shown report, says how it went above the page, and follows what it began."""
    try:
        words, job = work(own(callbacks, shown))
        said, begun = handed.line(words), FOLLOWED.begun(beats, job)
    except PadError as problem:
        said, begun = html.Div(str(problem), className="problem-line"), FOLLOWED.hushed()
    return said, *_sent(callbacks, shown), *begun


def _sent(callbacks: Callbacks, shown: str | None) -> Answer:
    """The deliveries and the archive as they are now; unchanged for a report that is gone."""
    services, viewer = callbacks.services, callbacks.viewer()
    try:
        return sent(services, viewer, definitions.get(services.database, str(shown), viewer))
    except NotFound:
        return no_update, no_update


def _test(callbacks: Callbacks, report: Report) -> tuple[str, str]:
    email = callbacks.viewer().email
    job = requests.test_later(callbacks.services, report, email, email)
    return handed.told(callbacks.services, t("reports.said_test", to=email)), job


def _send(callbacks: Callbacks, report: Report) -> tuple[str, str]:
    job = requests.send_later(callbacks.services, report, callbacks.viewer().email)
    return handed.told(callbacks.services, t("reports.said_send")), job


def _again(callbacks: Callbacks, report: Report, named: int | None) -> tuple[str, str]:
    """A delivery once more, without waiting for the scheduler to look for what is due."""
    services, row, by = callbacks.services, delivery(callbacks, report, named), callbacks.viewer().email
    outbox.again(services.database, Trail(services.clock, by), row.id)
    job = deliver(services.queue, by)
    return handed.told(services, t("reports.said_again", to=row.to)), job


def delivery(callbacks: Callbacks, report: Report, named: object) -> Delivery:
    """A delivery of a report. Raises: NotFound."""
    row = outbox.get(callbacks.services.database, number(named, t("notify.delivery_gone")))
    if (row.kind, row.subject_id) != ("report", report.id):
        raise NotFound(t("notify.delivery_gone"))
    return row


def own(callbacks: Callbacks, shown: str | None) -> Report:
    """A report that the one who asks may change. Raises: NotFound, AccessDenied."""
    report = definitions.get(callbacks.services.database, str(shown), callbacks.viewer())
    if not definitions.may_edit(report, callbacks.viewer()):
        raise AccessDenied(t("reports.not_editor"))
    return report


def store(callbacks: Callbacks, target: Any, fields: Answer) -> str:
    """Write what the form says, and tell what its maker should know.

    Raises: InputError, AccessDenied, NotFound.
    """
    title, sections, formats, recipients, days, filters, cron, zone = fields
    services, viewer = callbacks.services, callbacks.viewer()
    wanted = Wanted(
        title=str(title or ""),
        sections=list(sections or ()),
        formats=list(formats or ()),
        recipients=definitions.recipients(str(recipients or "")),
        view=views.typed(str(days), str(filters or "")).search(),
    )
    owner = answerable.owner_of(services, None if target is None else own(callbacks, target), viewer)
    require_known(services, dict(views.read(wanted.view).where), viewer.scope)
    answerable.require(services, Report(view=wanted.view, sections=wanted.sections), owner)
    times = (viewer, str(cron or ""), str(zone or services.settings.time_zone))
    if target is None:
        definitions.add(services.database, services.clock, wanted, *times)
    else:
        definitions.change(services.database, services.clock, str(target), wanted, *times)
    return "" if wanted.recipients else t("reports.said_nobody", title=wanted.title.strip())


def preview(callbacks: Callbacks, report_id: str) -> ResponseReturnValue:
    """The newest issue as it would go out now, in its owner's scope."""
    try:
        report = definitions.get(callbacks.services.database, report_id, callbacks.viewer())
        made = issue.draft(callbacks.services, report)
    except PadError as problem:
        return Response(str(problem), problem.status if problem.status >= 400 else 409, mimetype="text/plain")
    headers = {"Content-Security-Policy": PREVIEW_POLICY, "X-Frame-Options": "SAMEORIGIN"}
    return Response(html_page.page(made.document), mimetype="text/html", headers=headers)


def kept(callbacks: Callbacks, number: int, kind: str) -> ResponseReturnValue:
    """A file of the archive, for those who may see the report, and all that it held then."""
    services, viewer = callbacks.services, callbacks.viewer()
    try:
        row = issue.get(services, number)
        if kind not in row.files:
            raise NotFound(t("reports.archive_gone"))
        _require_seen(callbacks, row)
        if not issue.may_open(row, viewer):
            raise AccessDenied(t("reports.archive_scope"), hint=t("reports.archive_scope_hint"))
        path = archive.present(services.settings.home, row.files[kind])
    except PadError as problem:
        return Response(str(problem), problem.status, mimetype="text/plain")
    audit.record(
        services.database,
        services.clock,
        viewer.email,
        audit.EXPORT,
        path.name,
        "",
        request.remote_addr or "",
    )
    return send_file(path, issue.MIME[kind], as_attachment=True, download_name=path.name)


def _require_seen(callbacks: Callbacks, row: ReportIssue) -> None:
    """Raises: NotFound, in the words of a number that was never given, when the reader may not see the
    report: its id would tell its title."""
    try:
        definitions.get(callbacks.services.database, row.report_id, callbacks.viewer())
    except NotFound as problem:
        raise NotFound(t("reports.archive_gone")) from problem


def leave(callbacks: Callbacks, token: str) -> ResponseReturnValue:
    """Ask on GET, do on POST: a link checker that follows addresses must not unsubscribe anybody."""
    services = callbacks.services
    try:
        address, report_id = unsubscribe.read(services.settings, token)
    except PadError as problem:
        return sign_in_pages.notice(problem.message, problem.hint), 400
    words = {"title": definitions.title_of(services.database, report_id), "address": address}
    if request.method == "GET":
        return render_template("unsubscribe.html", theme="", **words)
    unsubscribe.leave(services.database, services.clock, address, report_id)
    return sign_in_pages.notice(t("reports.unsubscribed_title"), t("reports.unsubscribed_text", **words))
