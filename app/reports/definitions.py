"""The reports that people set up: which sections, for whom, when; and the weekly one of the specification."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts import identity
from app.accounts.changes import Trail, fields
from app.accounts.models import User
from app.accounts.permissions import REPORTS_EDIT, USERS
from app.accounts.viewer import Viewer
from app.clock import Clock
from app.data import schedules
from app.data.db import Database
from app.data.schedule_models import Schedule
from app.errors import AccessDenied, InputError, NotFound, unknown
from app.notify.models import RecipientGroup
from app.reports import unsubscribe, views
from app.reports.models import Report, ReportIssue
from app.reports.section import SECTIONS
from app.text import t

CHANGED, REMOVED = "report.change", "report.removed"
WEEKLY = "weekly"
MONDAY_9 = "0 9 * * 1"
FORMATS = ("pdf", "html", "csv")
WEEKLY_SECTIONS = (
    "week_over_week",
    "growth",
    "campaign_summary",
    "marketing_roi",
    "lead_generation",
    "content_review",
    "coming_week_forecast",
    "attribution",
)
_EMAIL = re.compile(r"[^@\s<>,;\"]+@[^@\s<>,;\"]+\.[^@\s<>,;\"]+")
_SLACK = re.compile(r"[#@]?[A-Za-z0-9._-]{1,80}")


@dataclass(frozen=True)
class Wanted:
    """What a person asks a report to be."""

    title: str
    sections: Sequence[str]
    formats: Sequence[str]
    recipients: Sequence[Mapping[str, str]]
    view: str = ""
    send_when_empty: bool = False


def listed(database: Database, viewer: Viewer | None = None) -> Sequence[Report]:
    """Reports by title; for a viewer those that the viewer may see."""
    with database.session() as session:
        rows = session.scalars(select(Report).order_by(Report.title, Report.id)).all()
    return [row for row in rows if viewer is None or may_see(row, viewer)]


def get(database: Database, report_id: str, viewer: Viewer | None = None) -> Report:
    """One report. Raises: NotFound, also for one that the viewer may not see."""
    with database.session() as session:
        row = session.get(Report, report_id)
        if row is None or (viewer is not None and not may_see(row, viewer)):
            known = session.scalars(select(Report.id)).all() if viewer is None else ()
            hint = str(unknown("report", report_id, known).hint) if known else ""
            raise NotFound(t("reports.unknown_report", report=report_id), hint=hint)
        return row


def title_of(database: Database, report_id: str) -> str:
    """What people know a report by; its id when it is gone."""
    with database.session() as session:
        report = session.get(Report, report_id)
    return report.title if report else report_id


def may_see(report: Report, viewer: Viewer) -> bool:
    """A report shows what its owner may see, so others need to see everything themselves."""
    return report.owner_id == viewer.user_id or sees_all(viewer)


def sees_all(viewer: Viewer) -> bool:
    """Whether no report is hidden from a viewer."""
    return viewer.may(USERS) or viewer.scope.unrestricted


def may_edit(report: Report, viewer: Viewer) -> bool:
    return viewer.may(REPORTS_EDIT) and (report.owner_id == viewer.user_id or viewer.may(USERS))


def provide_weekly(
    database: Database, clock: Clock, zone: str, owner_id: int, recipients: Sequence[Mapping[str, str]]
) -> str:
    """The weekly report of the specification, Mondays at nine; made once, then left as people change it."""
    with database.session() as session:
        if session.get(Report, WEEKLY) is None:
            report = Report(
                id=WEEKLY,
                title=t("reports.weekly_title"),
                sections=list(WEEKLY_SECTIONS),
                view=views.View().search(),
                formats=list(FORMATS),
                recipients=[checked(entry) for entry in recipients],
                owner_id=owner_id,
                created_at=clock.now(),
            )
            session.add(report)
            session.flush()
            _schedule(session, clock, report, MONDAY_9, zone)
    return WEEKLY


def add(database: Database, clock: Clock, wanted: Wanted, viewer: Viewer, cron: str, zone: str) -> str:
    """A new report, owned by the one who makes it. Raises: InputError, AccessDenied."""
    viewer.require(REPORTS_EDIT)
    with database.session() as session:
        report = Report(id=_free_id(session, wanted.title), owner_id=viewer.user_id, created_at=clock.now())
        _write(session, report, wanted)
        session.add(report)
        session.flush()
        _schedule(session, clock, report, cron, zone)
        Trail(clock, viewer.email).note(session, CHANGED, report.id, after=_told(session, report))
        return report.id


def change(
    database: Database, clock: Clock, report_id: str, wanted: Wanted, viewer: Viewer, cron: str, zone: str
) -> None:
    """Make a report what is asked; an address that is put on the list again is a reader again.

    Raises: NotFound, InputError, AccessDenied.
    """
    with database.session() as session:
        report = _editable(session, report_id, viewer)
        before, listed_before = _told(session, report), _mailed(report)
        _write(session, report, wanted)
        unsubscribe.come_back(session, _mailed(report) - listed_before, report.id)
        _schedule(session, clock, report, cron, zone)
        Trail(clock, viewer.email).note(session, CHANGED, report.id, before, _told(session, report))


def remove(database: Database, clock: Clock, report_id: str, viewer: Viewer) -> str:
    """Forget a report and its schedule, and tell its title; what was sent stays kept.

    Raises: NotFound, AccessDenied.
    """
    with database.session() as session:
        report = _editable(session, report_id, viewer)
        schedule = session.get(Schedule, report.schedule_id) if report.schedule_id else None
        Trail(clock, viewer.email).note(session, REMOVED, report.id, before=_told(session, report))
        session.delete(report)
        session.flush()
        if schedule is not None:
            session.delete(schedule)
        return report.title


def schedule_of(database: Database, report: Report) -> Schedule | None:
    with database.session() as session:
        return session.get(Schedule, report.schedule_id) if report.schedule_id else None


def owner(database: Database, report: Report) -> Viewer:
    """In whose name, and so in whose scope, the report is made. Raises: AccessDenied without one."""
    with database.session() as session:
        user = session.get(User, report.owner_id) if report.owner_id else None
        if user is None or user.disabled:
            raise AccessDenied(t("reports.no_owner"), hint=t("reports.no_owner_hint"))
        return identity.viewer_of(session, user)


def checked(recipient: Mapping[str, str]) -> dict[str, str]:
    """A recipient that can be written to. Raises: InputError."""
    channel, to = recipient.get("channel", ""), recipient.get("to", "").strip()
    patterns = {"email": _EMAIL, "inbox": _EMAIL, "slack": _SLACK}
    if channel != "group" and channel not in patterns:
        raise unknown("channel", channel, [*patterns, "group"])
    if not to or (channel != "group" and not patterns[channel].fullmatch(to)):
        raise InputError(
            t("reports.bad_address", to=to[:80], channel=channel), hint=t("reports.bad_address_hint")
        )
    return {"channel": channel, "to": to}


def recipients(lines: str) -> list[dict[str, str]]:
    """Recipients as people write them: an address, #channel, or `group: Name`, one a line."""
    found = []
    for line in filter(None, (line.strip() for line in lines.splitlines())):
        if line.lower().startswith("group:"):
            found.append(checked({"channel": "group", "to": line.partition(":")[2]}))
        else:
            found.append(checked({"channel": "slack" if line.startswith("#") else "email", "to": line}))
    return found


def recipient_lines(entries: Sequence[Mapping[str, str]]) -> str:
    return "\n".join(
        f"group: {entry['to']}" if entry["channel"] == "group" else entry["to"] for entry in entries
    )


def _write(session: Session, report: Report, wanted: Wanted) -> None:
    title = wanted.title.strip()
    if not 0 < len(title) <= 200:
        raise InputError(t("reports.title_wrong"))
    if not wanted.sections:
        raise InputError(t("reports.no_sections"))
    if not wanted.formats:
        raise InputError(t("reports.no_formats"))
    for name in wanted.sections:
        SECTIONS.get(name)
    for name in wanted.formats:
        if name not in FORMATS:
            raise unknown("format", name, FORMATS)
    recipients = [checked(entry) for entry in wanted.recipients]
    _groups_exist(session, recipients)
    report.title = title
    report.sections, report.formats = list(wanted.sections), list(wanted.formats)
    report.recipients = recipients
    report.view = views.read(wanted.view).search()
    report.send_when_empty = wanted.send_when_empty


def _groups_exist(session: Session, entries: Sequence[Mapping[str, str]]) -> None:
    """Every group that is named is there. Raises: InputError that names the one that is not."""
    known = session.scalars(select(RecipientGroup.name)).all()
    for entry in entries:
        if entry["channel"] == "group" and entry["to"] not in known:
            raise unknown("group", entry["to"], known)


def _mailed(report: Report) -> set[str]:
    """The mail addresses that the list names itself."""
    return {entry["to"].lower() for entry in report.recipients if entry["channel"] == "email"}


def _schedule(session: Session, clock: Clock, report: Report, cron: str, zone: str) -> None:
    """Keep the report's schedule in step with its title, owner and times; an empty cron line pauses it."""
    row = session.get(Schedule, report.schedule_id) if report.schedule_id else None
    if row is None:
        row = Schedule(kind="report", arguments={"report_id": report.id}, created_at=clock.now(), fired=0)
        session.add(row)
    line, zone = schedules.checked_cron(cron or row.cron or MONDAY_9), schedules.checked_zone(zone)
    if (row.cron, row.time_zone) != (line, zone):
        row.next_at = schedules.next_firing(line, zone, clock.now())
    row.title, row.owner_id = report.title, report.owner_id
    row.cron, row.time_zone, row.paused = line, zone, not cron.strip()
    session.flush()
    report.schedule_id = row.id


def _told(session: Session, report: Report) -> dict[str, Any]:
    """A report as the audit log tells it: recipients as people write them, with its times."""
    schedule = session.get(Schedule, report.schedule_id) if report.schedule_id else None
    times = {"cron": schedule.cron, "zone": schedule.time_zone, "paused": schedule.paused} if schedule else {}
    return fields(report) | {"recipients": recipient_lines(report.recipients).splitlines()} | times


def _editable(session: Session, report_id: str, viewer: Viewer) -> Report:
    report = session.get(Report, report_id)
    if report is None or not may_see(report, viewer):
        raise NotFound(t("reports.unknown_report", report=report_id))
    if not may_edit(report, viewer):
        raise AccessDenied(t("reports.not_editor"))
    return report


def _free_id(session: Session, title: str) -> str:
    stem = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:40] or "report"
    names = (Report.id, ReportIssue.report_id)  # what is kept of a removed report is not taken for another's
    taken = {
        name for column in names for name in session.scalars(select(column).where(column.startswith(stem)))
    }
    return next(
        name for n in range(1, len(taken) + 2) if (name := stem if n == 1 else f"{stem}-{n}") not in taken
    )
