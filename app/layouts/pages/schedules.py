"""`/schedules`: what starts by itself, and its next five runs."""

from __future__ import annotations

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from app.accounts.permissions import SCHEDULES
from app.data import schedules
from app.data.schedule_models import Schedule
from app.layouts import alert_ids as ids
from app.layouts import dialogs
from app.layouts.icons import icon
from app.layouts.pages.base import PAGES, Page, PageContext
from app.services import Services
from app.text import t
from app.units import Units


def layout(context: PageContext) -> Component:
    """The list and the closed dialog."""
    return html.Div(
        [
            html.Div(body(context.services), id=ids.SCHEDULE_BODY),
            dialogs.holder(ids.SCHEDULE_DIALOG),
        ],
        className="page-body people-page alert-page",
    )


def body(services: Services, message: str = "", *, problem: str = "") -> list[Component]:
    """Everything that a change may alter."""
    rows = schedules.listed(services.database)
    lead = html.P(t("schedules.intro"), className="page-lead")
    parts: list[Component] = [html.Div(lead, className="page-tools")]
    if problem:
        parts.append(html.Div([icon("warning"), problem], className="problem-line", role="alert"))
    if message:
        parts.append(html.Div([icon("check"), message], className="said-line", role="status"))
    if not rows:
        return [*parts, html.P(t("schedules.none"), className="muted")]
    columns = ("name", "when", "next", "last", "state", "actions")
    titles = {"actions": t("alerts.column_actions")}
    head = [
        html.Th(titles.get(name) or t(f"schedules.{name}"), className=f"c-{name}", scope="col")
        for name in columns
    ]
    table = html.Table(
        [html.Thead(html.Tr(head)), html.Tbody([_row(services, row) for row in rows])],
        className="table-look people-table",
    )
    return [*parts, html.Div(table, className="card table-card")]


def _row(services: Services, row: Schedule) -> Component:
    badge = html.Span(
        t("schedules.paused" if row.paused else "schedules.active"),
        className="badge-look" if row.paused else "badge-look p",
    )
    last = Units().instant(row.last_at, row.time_zone) if row.last_at else t("schedules.never")
    return html.Tr(
        [
            html.Td(
                [
                    html.Div(html.Bdi(row.title), className="strong"),
                    html.Div(t("schedules.fired", count=row.fired), className="sub"),
                ],
                className="c-name",
            ),
            html.Td([html.Code(row.cron), html.Div(row.time_zone, className="sub")], className="c-when"),
            html.Td([] if row.paused else upcoming(services, row.cron, row.time_zone), className="c-next"),
            html.Td(last, className="c-last"),
            html.Td(badge, className="c-state"),
            html.Td(_buttons(row), className="c-actions"),
        ],
        className="is-off" if row.paused else "",
    )


def upcoming(services: Services, cron: str, zone: str) -> list[Component]:
    """The next five runs of a line in its own zone, each under the other. Raises: InputError."""
    runs = schedules.next_runs(cron, zone, services.clock.now())
    return [html.Div(Units().instant(run, zone), className="num sub") for run in runs]


def _buttons(row: Schedule) -> Component:
    names = {"run": "run_now", "pause": "resume" if row.paused else "pause", "edit": "edit"}
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
        dialogs.field(
            t("schedules.field_cron"),
            dbc.Input(id=ids.SCHEDULE_CRON, value=row.cron, maxLength=100, debounce=True),
            t("schedules.cron_hint"),
        ),
        dialogs.field(
            t("schedules.field_zone"),
            dbc.Input(id=ids.SCHEDULE_ZONE, value=row.time_zone, maxLength=60, debounce=True),
        ),
        html.Div(t("schedules.next"), className="strong"),
        html.Div(upcoming(services, row.cron, row.time_zone), id=ids.SCHEDULE_PREVIEW),
        dialogs.problem(ids.SCHEDULE_PROBLEM),
    ]
    save = html.Button(t("schedules.save"), id=ids.SCHEDULE_SAVE, className="btn btn-primary", type="button")
    title = t("schedules.edit_title", title=row.title)
    return dialogs.content(title, body, [dialogs.keep(ids.SCHEDULE_DIALOG, t("schedules.keep")), save])


PAGES.add(Page("schedules", "schedules.title", "work", SCHEDULES, "clock", layout))
