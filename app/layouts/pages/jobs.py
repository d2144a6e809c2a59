"""`/jobs`: what runs, waits and has ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode

from dash import html
from dash.development.base_component import Component

from app.accounts.permissions import JOBS, USERS
from app.accounts.viewer import Viewer
from app.data import job_runs
from app.data.models import JobRun
from app.exports import files
from app.layouts import dialogs, handed, recipient_groups, table_ids
from app.layouts.attributes import attributes
from app.layouts.export_state import bar
from app.layouts.export_state import link as file_link
from app.layouts.menus import link
from app.layouts.pages.base import PAGES, Page, PageContext
from app.layouts.pulse import Pulse
from app.reports import definitions, mailing
from app.services import Services
from app.text import t
from app.units import Units, age, duration

PULSE = Pulse(table_ids.JOBS_POLL, every=1500)
REPORT = "report"  # the kind of job that sends
EXPORT = "export_xlsx"  # the kind of job whose file its owner fetches here
STATES = ("running", "queued", "done", "failed")
REMEMBERED = timedelta(days=7)  # for so long a failed job stays on the first page, whatever came after it
LOOKS = {"done": "p", "failed": "n", "running": "a", "queued": ""}


@dataclass(frozen=True)
class Asked:
    """Which jobs the address asks for: those of a state, or all; `page` of the ended ones counts from 1."""

    state: str = ""
    page: int = 1

    def address(self) -> str:
        """The address that asks for this."""
        values = {"state": self.state, "page": str(self.page) if self.page > 1 else ""}
        query = urlencode({name: value for name, value in values.items() if value})
        return f"/jobs?{query}" if query else "/jobs"


EVERYTHING = Asked()


def asked_for(search: str) -> Asked:
    """What the address asks for; a state that is none means all, a page that is no number the first."""
    values = dict(parse_qsl(search.lstrip("?")))
    state, number = values.get("state", ""), values.get("page", "1")
    return Asked(
        state if state in STATES else "",
        min(max(int(number), 1), 10**6) if number.isdecimal() and len(number) < 8 else 1,
    )


def layout(context: PageContext) -> Component:
    """The lists, and a pulse that beats only while something lives."""
    lists, live = body(context.services, context.viewer, asked_for(context.search))
    return html.Div(
        [
            html.Div(lists, id=table_ids.JOBS_LIST),
            PULSE.layout(live),
            dialogs.holder(table_ids.JOB_DIALOG),
        ],
        className="table-page",
    )


def body(
    services: Services, viewer: Viewer, want: Asked = EVERYTHING, message: str = ""
) -> tuple[list[Component], bool]:
    """Live jobs as cards, ended ones as a table, as far as asked for; and whether any lives.

    Both are of one reading, before that of the ended ones: a job that ends between two readings would be
    drawn as running on a page that never asks again.
    """
    runs = job_runs.live(services.database)
    parts: list[Component] = [*handed.queue_down(services)]
    if message and not parts:
        parts.append(handed.line(message))
    parts.append(_chips(want))
    if want.state in ("", *job_runs.LIVE):
        parts += _live(runs, viewer, want, services.clock.now())
    if want.state not in job_runs.LIVE:
        parts += _ended(services, viewer, want)
    return parts, bool(runs)


def _chips(want: Asked) -> Component:
    """The states to choose from, each an address."""
    return html.Nav(
        [
            link(
                t(f"jobs.state_{state}" if state else "jobs.all"),
                href=Asked(state).address(),
                className="chip-pick on" if state == want.state else "chip-pick",
                **attributes({"aria-current": "true"} if state == want.state else {}),
            )
            for state in ("", *STATES)
        ],
        className="chips",
        **attributes({"aria-label": t("jobs.state")}),
    )


def _live(runs: Sequence[JobRun], viewer: Viewer, want: Asked, now: datetime) -> list[Component]:
    parts: list[Component] = []
    for state in ("running", "queued"):
        some = [run for run in runs if run.state == state and want.state in ("", state)]
        if some:
            shown = (
                [_card(run, viewer, now) for run in some]
                if state == "running"
                else [_waiting(some, viewer, now)]
            )
            parts += [html.H2(t(f"jobs.{state}"), className="page-h2"), *shown]
    none = f"jobs.none_{want.state or 'live'}"
    return parts or [html.P(t(none), className="muted")]


def _ended(services: Services, viewer: Viewer, want: Asked) -> list[Component]:
    now, zone = services.clock.now(), services.settings.time_zone
    runs, older = job_runs.ended(services.database, now - REMEMBERED, want.state, want.page)
    none = html.P(t("jobs.none_failed" if want.state == "failed" else "jobs.none_ended"), className="muted")
    table = _table(runs, viewer, now, zone) if runs else none
    return [html.H2(t("jobs.ended"), className="page-h2"), table, _turning(want, older)]


def _turning(want: Asked, older: bool) -> Component:
    """The ways to the pages before and after this one."""
    ways = (("newer", want.page - 1, want.page > 1), ("older", want.page + 1, older))
    return html.Div(
        [
            link(t(f"jobs.{name}"), href=replace(want, page=page).address(), className="btn btn-secondary")
            for name, page, there in ways
            if there
        ],
        className="paging",
    )


def may_retry(run: JobRun, viewer: Viewer) -> bool:
    """A failed job can be tried again by the one who asked for it, or by an admin."""
    return run.state == "failed" and (run.asked_by == viewer.email or viewer.may(USERS))


def asked(services: Services, run: JobRun) -> list[Component] | None:
    """Asks before a failed job is tried again that sends something; None for one that stays in the house.

    Raises: NotFound when there is no such report any more.
    """
    if run.kind != REPORT:
        return None
    report = definitions.get(services.database, str(run.arguments.get("report_id")))
    told = mailing.readers(services, report)
    return dialogs.question(
        table_ids.JOB_DIALOG,
        title=t("jobs.retry_title", title=run.title),
        text=t("jobs.retry_text", count=len(told)),
        verb=t("jobs.retry_do"),
        way_back=t("jobs.keep"),
        danger=False,
        parts=(table_ids.JOB_TARGET, table_ids.JOB_CONFIRM, table_ids.JOB_PROBLEM),
        target=run.id,
        more=recipient_groups.lines(told, dialogs.MOST_SHOWN),
    )


def told(run: JobRun, viewer: Viewer) -> bool:
    """What a job says may count rows of the whole company: for those who see it all, and for its owner."""
    return viewer.scope.unrestricted or run.asked_by == viewer.email


def _asker(run: JobRun, viewer: Viewer) -> str:
    """Who asked: by address for those who see the whole company. What has none is a part of the product."""
    if "@" not in run.asked_by:
        return t("jobs.system")
    return run.asked_by if told(run, viewer) else t("jobs.colleague")


def _card(run: JobRun, viewer: Viewer, now: datetime) -> html.Div:
    percent = t("jobs.percent", percent=round(100 * run.progress))
    since = run.started_at or run.created_at
    head = html.Div(
        [html.B(html.Bdi(run.title)), html.Span(className="toolbar-gap"), html.Span(percent)],
        className="job-head",
    )
    said = [
        run.message if told(run, viewer) else "",
        _asker(run, viewer),
        t("jobs.ago", age=age(now - since)),
    ]
    if run.attempts > 1:
        said.append(t("jobs.attempts", count=run.attempts))
    below = html.Div(" · ".join(part for part in said if part), className="muted")
    return html.Div([head, bar(run.progress), below], className="job-card")


def _waiting(runs: Sequence[JobRun], viewer: Viewer, now: datetime) -> html.Ul:
    """What waits, a line each."""
    lines = []
    for run in runs:
        said = f"{_asker(run, viewer)} · {t('jobs.ago', age=age(now - run.created_at))}"
        lines.append(html.Li([html.Bdi(run.title), html.Span(said, className="muted small-words")]))
    return html.Ul(lines, className="job-queue")


def _table(runs: Sequence[JobRun], viewer: Viewer, now: datetime, zone: str) -> html.Div:
    names = ("job", "state", "by", "when", "took")
    head = html.Thead(
        html.Tr([html.Th(t(f"jobs.{name}"), className="left" if name != "took" else "") for name in names])
    )
    rows = html.Tbody([_row(run, viewer, now, zone) for run in runs])
    return html.Div(html.Table([head, rows], className="table-look job-table"), className="table-wrap")


def _file(run: JobRun, now: datetime, zone: str) -> Component:
    """The file of an export, as long as it is kept."""
    until = files.until(run.ended_at or run.created_at)
    if now > until:
        return html.Div(t("export.expired"), className="muted small-words")
    words = t("export.until", until=Units().instant(until, zone))
    return html.Div([file_link(run), html.Span(words, className="muted small-words")], className="job-file")


def _row(run: JobRun, viewer: Viewer, now: datetime, zone: str) -> html.Tr:
    title: list[Component] = [html.Bdi(run.title)]
    if run.error and told(run, viewer):
        title.append(html.Div(html.Bdi(run.error), className="error-text"))
    if run.kind == EXPORT and run.state == "done" and run.asked_by == viewer.email:
        title.append(_file(run, now, zone))
    if may_retry(run, viewer):
        title.append(
            html.Button(
                t("jobs.retry"), id=table_ids.job_retry(run.id), className="btn-look small", type="button"
            )
        )
    state: list[Component] = [
        html.Span(t(f"jobs.state_{run.state}"), className=f"badge-look {LOOKS.get(run.state, '')}")
    ]
    if run.attempts > 1:  # its process was killed, and another one took over
        state.append(html.Div(t("jobs.attempts", count=run.attempts), className="muted"))
    took = (
        duration((run.ended_at - run.started_at).total_seconds()) if run.ended_at and run.started_at else "–"
    )
    when = t("jobs.ago", age=age(now - run.created_at))
    cells: list[Any] = [title, state, _asker(run, viewer), when]
    return html.Tr([*(html.Td(cell, className="left") for cell in cells), html.Td(took)])


PAGES.add(Page("jobs", "jobs.title", "data", JOBS, "jobs", layout))
