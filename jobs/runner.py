"""What RQ calls: run one job by the id of its row, and write into the row how it goes and how it ends."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy import update

from app.clock import Clock
from app.compose import build
from app.data.db import Database
from app.data.models import JobRun
from app.errors import DefinitionError, PadError
from app.home import prepared
from app.incidents import report
from app.queue.redis_queue import LIVE
from app.services import Services
from app.text import t
from jobs.kinds import Body, kinds

log = structlog.get_logger(__name__)

WRITE_EVERY = timedelta(seconds=0.5)


class RowProgress:
    """The job as its body sees it; progress is written at most twice a second, and at the end."""

    def __init__(self, database: Database, clock: Clock, job_id: str) -> None:
        self.id = job_id
        self._database = database
        self._clock = clock
        self._written = clock.now() - WRITE_EVERY

    def progress(self, share: float, message: str) -> None:
        """Say how far the job is. `share` lies in [0, 1]."""
        now = self._clock.now()
        if share < 1 and now - self._written < WRITE_EVERY:
            return
        self._written = now
        change(self._database, self.id, progress=min(max(share, 0.0), 1.0), message=message[:300])


def run(job_id: str) -> None:
    """Run the job of a row in this process; the entry that RQ knows."""
    services = build(prepared(os.environ))
    with structlog.contextvars.bound_contextvars(job_id=job_id):
        perform(services, job_id, kinds())


def perform(services: Services, job_id: str, known: Mapping[str, Body]) -> None:
    """Claim the row, call the body, write the end. A body's error ends the job, never the worker."""
    claimed = _claim(services, job_id)
    if claimed is None:
        log.info("job is done already")
        return
    request = {"request_id": claimed.request_id} if claimed.request_id else {}
    with structlog.contextvars.bound_contextvars(**request):
        log.info("job began", kind=claimed.kind, attempt=claimed.attempts)
        _work(services, job_id, claimed, known)


def _work(services: Services, job_id: str, claimed: JobRun, known: Mapping[str, Body]) -> None:
    kind, job = claimed.kind, RowProgress(services.database, services.clock, job_id)
    try:
        result = _body(kind, known)(services, job, **claimed.arguments)
    except PadError as problem:
        log.warning("job failed", kind=kind, problem=str(problem))
        _end(services, job_id, state="failed", error=str(problem))
    except Exception as problem:  # noqa: BLE001  the worker is one of the three places that may catch all
        reference = report(problem, part="job", kind=kind)
        _end(services, job_id, state="failed", error=t("process.job_broke", reference=reference))
    else:
        _end(services, job_id, state="done", progress=1.0, result=dict(result or {}))
        log.info("job done", kind=kind)


def change(database: Database, job_id: str, **values: Any) -> bool:
    """Change a running job's row; whether there was one."""
    with database.session() as session:
        statement = update(JobRun).where(JobRun.id == job_id, JobRun.state == "running").values(**values)
        return bool(session.execute(statement).rowcount)  # type: ignore[attr-defined]


def _body(kind: str, known: Mapping[str, Body]) -> Body:
    try:
        return known[kind]
    except KeyError:
        raise DefinitionError(
            t("process.job_kind_unknown", kind=kind, known=", ".join(sorted(known)))
        ) from None


def _claim(services: Services, job_id: str) -> JobRun | None:
    """Mark the row as running; one that runs already had its process killed and is taken over."""
    with services.database.session() as session:
        statement = (
            update(JobRun)
            .where(JobRun.id == job_id, JobRun.state.in_(LIVE))
            .values(state="running", attempts=JobRun.attempts + 1, started_at=services.clock.now())
            .returning(JobRun)
        )
        return session.scalar(statement)


def _end(services: Services, job_id: str, **values: Any) -> None:
    change(services.database, job_id, ended_at=services.clock.now(), **values)
