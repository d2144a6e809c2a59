"""Reading what jobs did and do."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from app.data.db import Database
from app.data.models import JobRun

LIVE = ("queued", "running")


def get(database: Database, job_id: str) -> JobRun | None:
    """One run, or nothing."""
    with database.session() as session:
        return session.get(JobRun, job_id)


def recent(database: Database, limit: int = 50) -> Sequence[JobRun]:
    """Runs that wait or run, then the newest others."""
    with database.session() as session:
        live = session.scalars(select(JobRun).where(JobRun.state.in_(LIVE)).order_by(JobRun.created_at)).all()
        ended = session.scalars(
            select(JobRun).where(JobRun.state.not_in(LIVE)).order_by(JobRun.created_at.desc()).limit(limit)
        ).all()
    return [*live, *ended]
