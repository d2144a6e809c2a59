"""What became of a report: its issues in the archive, and each delivery with its true state."""

from __future__ import annotations

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from app.accounts.viewer import Viewer
from app.data.query.spec import day
from app.layouts import report_ids as ids
from app.notify.models import Delivery
from app.notify.outbox import RESENDABLE
from app.periods import Period
from app.reports import issue
from app.reports.models import ReportIssue
from app.text import t
from app.units import Units

ISSUE_TONES = {"ready": "p", "held": "w", "failed": "n"}
TONES = {"sent": "p", "held": "w", "unknown": "w", "failed": "n"}


def issue_table(issues: Sequence[ReportIssue], units: Units, zone: str, viewer: Viewer) -> Component:
    """The issues with their files, as far as the viewer may see what they hold."""
    if not issues:
        return html.P(t("reports.no_issues"), className="state-text")
    return _table(("days", "state", "files"), [_issue(row, units, zone, viewer) for row in issues])


def delivery_table(rows: Sequence[Delivery], units: Units, zone: str, edits: bool) -> Component:
    """Who was told, by which channel, and how it ended."""
    if not rows:
        return html.P(t("reports.no_deliveries"), className="state-text")
    return _table(("to", "state"), [_delivery(row, units, zone, edits) for row in rows])


def _issue(row: ReportIssue, units: Units, zone: str, viewer: Viewer) -> Component:
    files = _files(row) if issue.may_open(row, viewer) else [t("reports.archive_scope")]
    version = t("reports.issue_version", version=row.data_version, mark=row.sha256[:12]) if row.files else ""
    look = f"badge-look {ISSUE_TONES.get(row.state, '')}"
    state = html.Span(t(f"reports.issue_{row.state}"), className=look)
    start, _, end = row.key.split(" ")[1].partition("..")
    days = [
        html.Div(units.days(Period(day(start), day(end))), className="nowrap"),
        html.Div(units.instant(row.at, zone), className="sub"),
        html.Div(row.reason, className="sub wrap"),
    ]
    made = [html.Div(files, className="report-files"), html.Div(version, className="sub")]
    return html.Tr([html.Td(days, className="c-name"), html.Td(state, className="c-state"), html.Td(made)])


def _files(row: ReportIssue) -> list[Component | str]:
    files: list[Component | str] = []
    for name in row.files:
        address = f"/reports/archive/{row.id}/{name}"
        files.append(html.A(t(f"reports.format_{name}"), href=address, className="named"))
    return files


def _delivery(row: Delivery, units: Units, zone: str, edits: bool) -> Component:
    when = units.instant(row.sent_at or row.at, zone)
    to = [
        html.Bdi(row.to, className="strong"),
        html.Div(
            t("reports.log_how", channel=t(f"reports.channel_{row.channel}"), when=when), className="sub"
        ),
        html.Div(row.error, className="sub wrap"),
    ]
    state: list[Component] = [
        html.Span(t(f"reports.state_{row.state}"), className=f"badge-look {TONES.get(row.state, '')}"),
    ]
    if edits and row.state in RESENDABLE:
        state.append(
            html.Button(
                t("reports.again"),
                id=ids.again(row.id),
                className="btn btn-text",
                type="button",
                title=f"{t('reports.again')}: {row.to}",
            )
        )
    return html.Tr([html.Td(to, className="c-name"), html.Td(state, className="c-state")])


def _table(columns: Sequence[str], rows: Sequence[Component]) -> Component:
    head = html.Tr([html.Th(t(f"reports.log_{name}"), scope="col") for name in columns])
    table = html.Table([html.Thead(head), html.Tbody(rows)], className="table-look people-table")
    return html.Div(table, className="report-log")
