"""`/reports`: what is sent to whom and when; `?report=ID`: its preview, archive and deliveries."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import parse_qs, quote

from dash import dcc, html
from dash.development.base_component import Component

from app.accounts.permissions import REPORTS, REPORTS_EDIT
from app.accounts.viewer import Viewer
from app.data import schedules
from app.data.schedule_models import Schedule
from app.errors import NotFound
from app.layouts import dialogs
from app.layouts import report_ids as ids
from app.layouts.attributes import attributes
from app.layouts.followed import Followed
from app.layouts.icons import icon
from app.layouts.menus import link
from app.layouts.pages.base import PAGES, Page, PageContext
from app.layouts.pulse import Pulse
from app.layouts.report_log import ISSUE_TONES, delivery_table, issue_table
from app.layouts.states import message_page
from app.notify import outbox
from app.reports import definitions, issue, mailing, views
from app.reports.models import Report, ReportIssue
from app.services import Services
from app.text import t
from app.units import Units

OWN = ("report",)
FOLLOWED = Followed(ids.JOBS, Pulse(ids.POLL, every=2000))


def layout(context: PageContext) -> Component:
    """The list, or one report."""
    report_id = parse_qs(context.search).get("report", [""])[0]
    return html.Div(
        [
            dcc.Store(id=ids.SHOWN, data=report_id),
            html.Div(id=ids.SAID, role="status"),
            html.Div(body(context.services, context.viewer, report_id), id=ids.BODY),
            *FOLLOWED.layout(),
            dialogs.holder(ids.DIALOG),
        ],
        className="page-body people-page reports-page",
    )


def body(services: Services, viewer: Viewer, report_id: str) -> list[Component]:
    """What stands on the page now."""
    if not report_id:
        return [*_list(services, viewer), *_nothing_sent()]
    try:
        report = definitions.get(services.database, report_id, viewer)
    except NotFound as problem:
        return [message_page(t("reports.title"), str(problem), _back()), *_nothing_sent()]
    return _one(services, viewer, report)


def sent(services: Services, viewer: Viewer, report: Report) -> tuple[list[Component], list[Component]]:
    """What changes while a report is made and sent: its deliveries, and its archive. They are drawn anew by
    themselves, for with the rest the preview would be loaded again each time."""
    deliveries = outbox.listed(services.database, kind="report", subject_id=report.id, limit=50)
    units, zone = Units(services.settings.currency), services.settings.time_zone
    told = delivery_table(deliveries, units, zone, definitions.may_edit(report, viewer))
    made = issue_table(issue.issues(services, report.id), units, zone, viewer)
    return [html.H2(t("reports.deliveries")), told], [html.H2(t("reports.archive")), made]


def _nothing_sent() -> list[Component]:
    """The places of both where no report is shown: an answer that comes late must find them."""
    return [html.Div(id=name, hidden=True) for name in (ids.DELIVERIES, ids.ARCHIVE)]


def _list(services: Services, viewer: Viewer) -> list[Component]:
    found = definitions.listed(services.database, viewer)
    add = html.Button(t("reports.add"), id=ids.ADD, className="btn btn-primary", type="button")
    whole = definitions.sees_all(viewer)
    lead = t("reports.intro") if whole else f"{t('reports.intro')} {t('reports.lead_scoped')}"
    tools: list[Component] = [html.P(lead, className="page-lead")]
    if viewer.may(REPORTS_EDIT):
        tools.append(add)
    if not found:
        empty = html.P(t("reports.none" if whole else "reports.none_scoped"), className="muted")
        return [html.Div(tools, className="page-tools"), empty]
    columns = ("report", "when", "recipients", "formats", "last")
    head = html.Tr([html.Th(t(f"reports.list_{name}"), scope="col") for name in columns])
    rows = [_line(services, report) for report in found]
    table = html.Table([html.Thead(head), html.Tbody(rows)], className="table-look people-table")
    return [html.Div(tools, className="page-tools"), html.Div(table, className="card table-card")]


def _line(services: Services, report: Report) -> Component:
    schedule = definitions.schedule_of(services.database, report)
    last = next(iter(issue.issues(services, report.id, limit=1)), None)
    name = link(html.Bdi(report.title), href=f"/reports?report={quote(report.id)}", className="named")
    words = {
        "when": when(services, schedule),
        "recipients": str(len(report.recipients)) if report.recipients else t("reports.list_nobody"),
        "formats": _formats(report),
    }
    cells = [
        html.Td(word, className="labelled", **attributes({"data-label": t(f"reports.list_{name}")}))
        for name, word in words.items()
    ]
    return html.Tr(
        [
            html.Td(name, className="c-name"),
            *cells,
            html.Td(_last(services, report, last), className="c-state"),
        ]
    )


def _last(services: Services, report: Report, last: ReportIssue | None) -> list[Component | str]:
    """How the newest issue ended, when, and what became of it on its ways."""
    if last is None:
        return [t("reports.none_yet")]
    at = Units().instant(last.at, services.settings.time_zone)
    look = f"badge-look {ISSUE_TONES.get(last.state, '')}"
    ways = [f"{count} {t(f'reports.state_{state}')}" for state, count in _outcomes(services, report, last)]
    return [
        html.Span(t(f"reports.issue_{last.state}"), className=look),
        html.Div(", ".join([at, *ways]), className="sub"),
    ]


def _outcomes(services: Services, report: Report, last: ReportIssue) -> list[tuple[str, int]]:
    try:
        return list(mailing.outcomes(services, report, last.key).items())
    except NotFound:  # a group of its list is gone, which its next issue says
        return []


def _formats(report: Report) -> str:
    return ", ".join(t(f"reports.format_{name}") for name in report.formats)


def when(services: Services, schedule: Schedule | None) -> str:
    """The next firing in the schedule's own time zone, or that there is none."""
    if schedule is None or schedule.paused:
        return t("reports.paused")
    shown = Units(services.settings.currency).instant(schedule.next_at, schedule.time_zone)
    return t("reports.next", when=shown, zone=schedule.time_zone)


def _one(services: Services, viewer: Viewer, report: Report) -> list[Component]:
    deliveries, archive = sent(services, viewer, report)
    edits = definitions.may_edit(report, viewer)
    return [
        html.Div([_back(), html.Div(_buttons(edits), className="row-buttons")], className="page-tools"),
        html.Div(
            [
                _card(report.title, _facts(services, report)),
                html.Section(deliveries, id=ids.DELIVERIES, className="card people-card"),
            ],
            className="report-side",
        ),
        html.Section(archive, id=ids.ARCHIVE, className="card people-card"),
        _card(t("reports.preview"), [_preview(report)], "report-preview"),
    ]


def _back() -> Component:
    return link([icon("left", 14), t("reports.all")], href="/reports", className="btn-look g sm")


def _buttons(edits: bool) -> list[Component]:
    """Test and sending for those who may edit; a reader only reads."""
    if not edits:
        return []
    made = (
        (ids.REMOVE, "remove", "btn btn-secondary"),
        (ids.EDIT, "edit", "btn btn-secondary"),
        (ids.TEST, "test_me", "btn btn-secondary"),
        (ids.SEND, "send_now", "btn btn-primary"),
    )
    return [
        html.Button(t(f"reports.{word}"), id=name, className=look, type="button") for name, word, look in made
    ]


def _card(title: str, inside: Sequence[Component], look: str = "") -> Component:
    return html.Section([html.H2(title), *inside], className=f"card people-card {look}".strip())


def _facts(services: Services, report: Report) -> list[Component]:
    schedule = definitions.schedule_of(services.database, report)
    view = views.read(report.view)
    lines: list[tuple[str, str]] = [
        (t("reports.field_sections"), ", ".join(t(f"reports.section_{name}") for name in report.sections)),
        (t("reports.field_range"), t(f"reports.range_{view.range}")),
        (t("reports.field_filters"), view.lines() or t("reports.nothing")),
        (t("reports.field_formats"), _formats(report)),
        (t("reports.field_recipients"), definitions.recipient_lines(report.recipients) or "–"),
        (t("reports.list_when"), when(services, schedule)),
    ]
    if schedule is not None and not schedule.paused:
        units = Units(services.settings.currency)
        runs = schedules.next_runs(schedule.cron, schedule.time_zone, services.clock.now())
        shown = "\n".join(units.instant(run, schedule.time_zone) for run in runs)
        lines.append((t("reports.next_five"), shown))
    pairs = [part for name, words in lines for part in (html.Dt(name), html.Dd(html.Bdi(words)))]
    return [html.Dl(pairs, className="report-facts")]


def _preview(report: Report) -> Component:
    """The report as HTML, in a frame of its own origin that may run its charts and nothing else."""
    return html.Iframe(
        src=f"/reports/preview/{quote(report.id)}",
        className="report-frame",
        sandbox="allow-scripts",
        title=t("reports.preview"),
        **attributes({"aria-label": t("reports.preview")}),
    )


PAGES.add(Page("reports", "reports.title", "work", REPORTS, "mail", layout, own=OWN))
