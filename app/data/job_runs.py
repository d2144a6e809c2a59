"""Reading what jobs did and do."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from app.data.db import Database
from app.data.models import JobRun

LIVE = ("queued", "running")
PER_PAGE = 50


def get(database: Database, job_id: str) -> JobRun | None:
    """One run, or nothing."""
    with database.session() as session:
        return session.get(JobRun, job_id)


def named(database: Database, job_ids: Sequence[str]) -> Sequence[JobRun]:
    """The runs of these ids, the oldest first; an id of none is left out."""
    wanted = select(JobRun).where(JobRun.id.in_(job_ids)).order_by(JobRun.created_at, JobRun.id)
    with database.session() as session:
        return session.scalars(wanted).all() if job_ids else []


def live(database: Database) -> Sequence[JobRun]:
    """Runs that wait or run, the oldest first."""
    wanted = select(JobRun).where(JobRun.state.in_(LIVE)).order_by(JobRun.created_at)
    with database.session() as session:
        return session.scalars(wanted).all()


def numbered(database: Database, name: str) -> dict[int, str]:
    """The states of the runs `name`, `name_2`, `name_3` ..., by number."""
    wanted = select(JobRun.id, JobRun.state).where(JobRun.id.startswith(name, autoescape=True))
    with database.session() as session:
        runs = session.execute(wanted).all()
    found = {run_id.removeprefix(name) or "_1": state for run_id, state in runs}
    return {int(end[1:]): state for end, state in found.items() if end[0] == "_" and end[1:].isdigit()}


def ended(
    database: Database, failed_since: datetime, state: str = "", page: int = 1
) -> tuple[Sequence[JobRun], bool]:
    """A page of the runs that ended, the newest first, and whether there are older ones.

    `state` is done, failed or empty for both; `page` counts from 1. With both, the first page also holds
    every run that failed since then: what is young and broken is not pushed out by what went well.
    """
    fits = JobRun.state == state if state else JobRun.state.not_in(LIVE)
    wanted = select(JobRun).where(fits).order_by(JobRun.created_at.desc(), JobRun.id)
    with database.session() as session:
        found = session.scalars(wanted.offset((page - 1) * PER_PAGE).limit(PER_PAGE + 1)).all()
        shown, older = list(found[:PER_PAGE]), len(found) > PER_PAGE
        if older and page == 1 and not state:
            known = [run.id for run in shown]
            broken = (JobRun.state == "failed", JobRun.created_at >= failed_since, JobRun.id.not_in(known))
            shown += session.scalars(wanted.where(*broken)).all()
    return shown, older
