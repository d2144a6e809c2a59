"""`/schedules`: what starts by itself, and its next five runs."""

from __future__ import annotations

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from app.accounts.permissions import SCHEDULES
from app.accounts.viewer import Viewer
from app.data import schedules
from app.data.schedule_models import Schedule
from app.layouts import alert_ids as ids
from app.layouts import dialogs, handed, recipient_groups, timing
from app.layouts.attributes import attributes
from app.layouts.icons import icon
from app.layouts.pages.base import PAGES, Page, PageContext
from app.layouts.timetable import in_words
from app.layouts.timing_ids import OF_SCHEDULE
from app.reports import definitions, mailing
from app.services import Services
from app.text import t
from app.units import Units


def layout(context: PageContext) -> Component:
    """The list and the closed dialog."""
    return html.Div(
        [
            html.Div(body(context.services, context.viewer), id=ids.SCHEDULE_BODY),
            dialogs.holder(ids.SCHEDULE_DIALOG),
        ],
        className="page-body people-page alert-page",
    )


def body(services: Services, viewer: Viewer, message: str = "", *, problem: str = "") -> list[Component]:
    """Everything that a change may alter."""
    rows = schedules.listed(services.database)
    lead = html.P(t("schedules.intro"), className="page-lead")
    parts: list[Component] = [html.Div(lead, className="page-tools")]
    if problem:
        parts.append(html.Div([icon("warning"), problem], className="problem-line", role="alert"))
    if message:
        parts.append(handed.line(message))
    if not viewer.scope.unrestricted:
        parts.append(html.P(t("schedules.not_in_scope"), className="muted"))
    if not rows:
        return [*parts, html.P(t("schedules.none"), className="muted")]
    columns = ("name", "when", "next", "last", "state", "actions")
    titles = {"actions": t("alerts.column_actions")}
    head = [
        html.Th(titles.get(name) or t(f"schedules.{name}"), className=f"c-{name}", scope="col")
        for name in columns
    ]
    table = html.Table(
        [html.Thead(html.Tr(head)), html.Tbody([_row(services, viewer, row) for row in rows])],
        className="table-look people-table",
    )
    return [*parts, html.Div(table, className="card table-card")]


def _row(services: Services, viewer: Viewer, row: Schedule) -> Component:
    badge = html.Span(
        t("schedules.paused" if row.paused else "schedules.active"),
        className="badge-look" if row.paused else "badge-look p",
    )
    last = Units().instant(row.last_at, row.time_zone) if row.last_at else t("schedules.never")
    runs = None if row.paused else timing.upcoming(services, row.cron, row.time_zone)
    return html.Tr(
        [
            html.Td(
                [
                    html.Div(html.Bdi(row.title), className="strong"),
                    html.Div(_fired(row), className="sub"),
                ],
                className="c-name",
            ),
            html.Td(_when(row), className="c-when"),
            html.Td(runs, className="c-next", **attributes({"data-label": t("schedules.next")})),
            html.Td(last, className="c-last", **attributes({"data-label": t("schedules.last")})),
            html.Td(badge, className="c-state"),
            html.Td(_buttons(row) if schedules.may_change(row, viewer) else None, className="c-actions"),
        ],
        className="is-off" if row.paused else "",
    )


def _fired(row: Schedule) -> str:
    return t("schedules.fired_one") if row.fired == 1 else t("schedules.fired", count=row.fired)


def _when(row: Schedule) -> list[Component]:
    """The line in words, and beside it the line itself; alone where words would say too little."""
    words, line = in_words(row.cron), html.Code(row.cron, className="cron")
    if not words:
        return [line, html.Div(row.time_zone, className="sub")]
    return [html.Div(words), html.Div([row.time_zone, " · ", line], className="sub")]


def asked(services: Services, row: Schedule, verb: str) -> list[Component]:
    """Asks before a schedule is run by hand or paused: what follows, and who gets a report."""
    told = _readers(services, row) if verb == "run" else None
    when = Units().instant(row.next_at, row.time_zone)
    text = "schedules.run_text_report" if told is not None else f"schedules.{verb}_text"
    return dialogs.question(
        ids.SCHEDULE_DIALOG,
        title=t(f"schedules.{verb}_title", title=row.title),
        text=t(text, when=when, count=len(told or ())),
        verb=t(f"schedules.{verb}_do"),
        way_back=t("schedules.keep"),
        danger=False,
        parts=(ids.SCHEDULE_TARGET, ids.SCHEDULE_CONFIRM, ids.SCHEDULE_PROBLEM),
        target={"schedule": row.id, "verb": verb},
        more=recipient_groups.lines(told or (), dialogs.MOST_SHOWN),
    )


def _readers(services: Services, row: Schedule) -> list[dict[str, str]] | None:
    """Who gets what a schedule sends; None for one that sends nothing by itself."""
    report_id = row.arguments.get("report_id")
    if not report_id:
        return None
    return mailing.readers(services, definitions.get(services.database, str(report_id)))


def _buttons(row: Schedule) -> Component:
    switch = "resume" if row.paused else "pause"
    names = {"run": "run_now", switch: switch, "edit": "edit"}
    return html.Div(
        [
            html.Button(
                t(f"schedules.{key}"),
                id=ids.schedule_button(verb, row.id),
                className="btn btn-text",
                type="button",
                title=f"{t(f'schedules.{key}')}: {row.title}",
            )
            for verb, key in names.items()
        ],
        className="row-buttons",
    )


def form(services: Services, row: Schedule) -> list[Component]:
    """The dialog that edits a schedule, its next runs beneath."""
    body = [
        dcc.Store(id=ids.SCHEDULE_TARGET, data=row.id),
        dialogs.field(
            t("schedules.field_title"), dbc.Input(id=ids.SCHEDULE_TITLE, value=row.title, maxLength=200)
        ),
        *timing.fields(services, OF_SCHEDULE, row.cron, row.time_zone),
        dialogs.problem(ids.SCHEDULE_PROBLEM),
    ]
    save = html.Button(t("schedules.save"), id=ids.SCHEDULE_SAVE, className="btn btn-primary", type="button")
    title = t("schedules.edit_title", title=row.title)
    return dialogs.content(title, body, [dialogs.keep(ids.SCHEDULE_DIALOG, t("schedules.keep")), save])


PAGES.add(Page("schedules", "schedules.title", "work", SCHEDULES, "clock", layout))
