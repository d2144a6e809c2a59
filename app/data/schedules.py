"""Schedules: cron lines in time zones; every firing is owned by the one who moved the row on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from croniter import CroniterError, croniter
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts.changes import Trail, fields
from app.accounts.viewer import Viewer
from app.clock import Clock
from app.data import job_runs
from app.data.db import Database
from app.data.models import JobRun
from app.data.schedule_models import Schedule
from app.errors import AccessDenied, InputError, NotFound
from app.text import t

CHANGED = "schedule.changed"
SHOWN = 5
ASKER = "scheduler"
FIELDS = 5  # minute, hour, day, month, weekday: seconds are refused


@dataclass(frozen=True)
class Firing:
    """One firing that this process owns; `job_id` derives from schedule and instant."""

    schedule: Schedule
    at: datetime

    @property
    def job_id(self) -> str:
        return f"schedule-{self.schedule.id}-{self.at:%Y%m%dT%H%M}"


def checked_cron(cron: str) -> str:
    """A cron line of five fields, blanks in order.

    Raises: InputError.
    """
    line = " ".join(cron.split())
    good = (line.startswith("@") or len(line.split()) == FIELDS) and len(line) <= 100
    if not good or not croniter.is_valid(line):
        raise InputError(t("schedules.cron_wrong", cron=line[:60]), hint=t("schedules.cron_hint"))
    return line


def checked_zone(zone: str) -> str:
    """Raises: InputError for what is no IANA time zone."""
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        raise InputError(t("schedules.zone_wrong", zone=zone[:60]), hint=t("schedules.zone_hint")) from None
    return zone


def firings(cron: str, zone: str, after: datetime) -> Iterator[datetime]:
    """The firings after an instant, in UTC.

    A local minute that occurs twice in autumn fires once, the first time, unless the line is one for every
    hour, which keeps its pace; one that the spring skips fires at the next minute that exists. A line that
    names some hours, such as every second one by a step, fires at those of the wall clock: as often as on
    any other day, though an hour of the clock longer or shorter apart.
    """
    place, paced = ZoneInfo(zone), _every_hour(cron)
    steps = croniter(cron, after.astimezone(place))
    # What occurred a moment before `after` counts too: 01:30 again an hour later is the same local minute.
    seen = after.astimezone(place).replace(tzinfo=None)
    while True:
        found = steps.get_next(datetime)
        local = found.replace(tzinfo=None)
        if paced or local > seen:
            seen = local
            yield found.astimezone(UTC)


def _every_hour(cron: str) -> bool:
    """However it is written: a star, a step of one, a range or a list of all hours, @hourly."""
    _, hours, *_ = croniter.expand(cron)[0]
    return "*" in hours


def next_firing(cron: str, zone: str, after: datetime) -> datetime:
    """The first firing after an instant. Raises: InputError when there is none, such as 31 February."""
    try:
        return next(firings(cron, zone, after))
    except (CroniterError, StopIteration):
        raise InputError(t("schedules.cron_never", cron=cron), hint=t("schedules.cron_hint")) from None


def next_runs(cron: str, zone: str, after: datetime, count: int = SHOWN) -> list[datetime]:
    """The next firings of a line. Raises: InputError."""
    runs: list[datetime] = []
    for _ in range(count):
        runs.append(next_firing(checked_cron(cron), checked_zone(zone), runs[-1] if runs else after))
    return runs


def listed(database: Database) -> Sequence[Schedule]:
    """Every schedule by title."""
    with database.session() as session:
        return session.scalars(select(Schedule).order_by(Schedule.title, Schedule.id)).all()


def get(database: Database, schedule_id: int) -> Schedule:
    """Raises: NotFound."""
    with database.session() as session:
        return _row(session, schedule_id)


def may_change(row: Schedule, viewer: Viewer) -> bool:
    """A report runs in its owner's scope, so that it is its owner's to run; whatever else a schedule starts
    works on the whole company."""
    return viewer.scope.unrestricted or (row.kind == "report" and row.owner_id == viewer.user_id)


def changeable(database: Database, schedule_id: int, viewer: Viewer) -> Schedule:
    """A schedule that is the viewer's to run, pause or move. Raises: NotFound, AccessDenied."""
    row = get(database, schedule_id)
    if not may_change(row, viewer):
        raise AccessDenied(t("schedules.not_in_scope"))
    return row


def work_id(database: Database, kind: str, arguments: Mapping[str, Any]) -> str:
    """What a person has done now, as the id of its job: asked for on whatever page, it is one job while it
    waits or runs; once that ended, the next number is another, so that both stand in the history."""
    name = "-".join((kind.replace("_", "-"), *filter(None, [arguments.get("report_id")])))
    states = job_runs.numbered(database, name)
    newest = max(states, default=0)
    number = newest if states.get(newest) in job_runs.LIVE else newest + 1
    return name if number == 1 else f"{name}_{number}"


def running(database: Database, row: Schedule) -> bool:
    """Whether what a schedule does waits or runs, on its own time or because somebody asked."""
    return any((job.kind, job.arguments) == (row.kind, row.arguments) for job in job_runs.live(database))


def add(
    database: Database,
    clock: Clock,
    *,
    title: str,
    kind: str,
    cron: str,
    time_zone: str,
    arguments: dict[str, Any] | None = None,
    owner_id: int | None = None,
    paused: bool = False,
    provided: str | None = None,
) -> int:
    """A new schedule; its id.

    Raises: InputError for a cron line or a time zone that does not work.
    """
    line, zone = checked_cron(cron), checked_zone(time_zone)
    row = Schedule(
        title=_title(title),
        kind=kind,
        arguments=arguments or {},
        cron=line,
        time_zone=zone,
        paused=paused,
        owner_id=owner_id,
        next_at=next_firing(line, zone, clock.now()),
        fired=0,
        provided=provided,
        created_at=clock.now(),
    )
    with database.session() as session:
        session.add(row)
        session.flush()
        return row.id


def provide(
    database: Database,
    clock: Clock,
    kind: str,
    cron: str,
    time_zone: str,
    arguments: Mapping[str, Any] | None = None,
) -> None:
    """A schedule that comes with the product, one a kind of job: added once, then left to people."""
    with database.session() as session:
        known = session.scalar(select(Schedule.id).where(Schedule.provided == kind))
    if known is not None:
        return
    # Another scheduler may add it at this moment; the database holds one, and what it holds stands.
    with suppress(IntegrityError):
        add(
            database,
            clock,
            title=t(f"schedules.{kind}"),
            kind=kind,
            cron=cron,
            time_zone=time_zone,
            arguments=dict(arguments or {}),
            provided=kind,
        )


def edit(
    database: Database,
    clock: Clock,
    schedule_id: int,
    *,
    title: str,
    cron: str,
    time_zone: str,
    trail: Trail | None = None,
) -> None:
    """Another title, line or zone; the next firing is counted from now.

    Raises: InputError, NotFound.
    """
    line, zone = checked_cron(cron), checked_zone(time_zone)
    upcoming = next_firing(line, zone, clock.now())
    with database.session() as session:
        row = _row(session, schedule_id)
        before = fields(row)
        row.title, row.cron, row.time_zone, row.next_at = _title(title), line, zone, upcoming
        if trail is not None:
            trail.note(session, CHANGED, row.title, before, fields(row))


def pause(
    database: Database, clock: Clock, schedule_id: int, paused: bool, trail: Trail | None = None
) -> None:
    """Stop the firings, or go on with the next one that is to come: a pause is not made up for."""
    with database.session() as session:
        row = _row(session, schedule_id)
        if row.paused and not paused:
            row.next_at = next_firing(row.cron, row.time_zone, clock.now())
        before, row.paused = fields(row), paused
        if trail is not None:
            trail.note(session, CHANGED, row.title, before, fields(row))


def claim_due(database: Database, now: datetime) -> list[Firing]:
    """The firings that are due and that this caller now owns; of several missed ones the newest, once.

    The job's row is written in the same commit, so a firing that is owned is never lost.
    """
    with database.session() as session:
        due = session.scalars(
            select(Schedule).where(~Schedule.paused, Schedule.next_at <= now).order_by(Schedule.next_at)
        ).all()
    return [firing for row in due if (firing := _claim(database, row, now)) is not None]


def _claim(database: Database, row: Schedule, now: datetime) -> Firing | None:
    newest, upcoming = _newest_missed(row, now)
    with database.session() as session:
        moved = session.execute(
            update(Schedule)
            .where(Schedule.id == row.id, Schedule.next_at == row.next_at, ~Schedule.paused)
            .values(next_at=upcoming, last_at=newest, fired=Schedule.fired + 1)
            .execution_options(synchronize_session=False)
        )
        if not moved.rowcount:  # type: ignore[attr-defined]
            return None
        firing = Firing(row, newest)
        session.add(
            JobRun(
                id=firing.job_id,
                kind=row.kind,
                title=row.title,
                state="queued",
                asked_by=ASKER,
                arguments=row.arguments,
                created_at=now,
            )
        )
        return firing


def _newest_missed(row: Schedule, now: datetime) -> tuple[datetime, datetime]:
    """The newest firing up to now, and the first after it."""
    upcoming = next_firing(row.cron, row.time_zone, now)
    steps = croniter(row.cron, now.astimezone(ZoneInfo(row.time_zone)))
    before: datetime = steps.get_prev(datetime).astimezone(UTC)
    return max(row.next_at, before if before <= now else row.next_at), upcoming


def _title(title: str) -> str:
    words = " ".join(title.split())
    if not words or len(words) > 200:
        raise InputError(t("schedules.title_wrong"))
    return words


def _row(session: Session, schedule_id: int) -> Schedule:
    row = session.get(Schedule, schedule_id)
    if row is None:
        raise NotFound(t("schedules.gone"))
    return row
