"""The scheduler: hands waiting jobs over, and asks for the periodic ones. Two of them do no harm:
a periodic job's id names its period, so it is asked for once."""

from __future__ import annotations

from threading import Event

import structlog
from redis.exceptions import RedisError
from sqlalchemy import func, select

from app import trainings
from app.alerts import rules
from app.data import schedules
from app.data.models import Load, Source
from app.jobqueue import RedisQueue
from app.notify import dispatch
from app.services import Services
from app.text import t

log = structlog.get_logger(__name__)

TICK = 3.0  # seconds
ASKER = "scheduler"


def schedule(services: Services, queue: RedisQueue, stop: Event) -> None:
    """Tick until told to stop."""
    rules.ensure_defaults(services)
    trainings.ensure(services)
    reachable = True
    while not stop.is_set():
        try:
            tick(services, queue)
            reachable = True
        except RedisError as problem:
            if reachable:
                log.warning("Redis is gone, jobs wait", problem=type(problem).__name__)
            reachable = False
        stop.wait(TICK)


def tick(services: Services, queue: RedisQueue) -> None:
    """One look: the periodic jobs that are due, what waits for the publisher, what Redis lost.

    Raises: RedisError when there is no Redis.
    """
    _ask_for_syncs(services, queue)
    _ask_for_publish(services, queue)
    _ask_for_deliveries(services, queue)
    _ask_for_alerts(services, queue)
    schedules.claim_due(services.database, services.clock.now())
    queue.sweep()


def _ask_for_syncs(services: Services, queue: RedisQueue) -> None:
    every = services.settings.sync_every_minutes * 60
    period = int(services.clock.now().timestamp()) // every
    with services.database.session() as session:
        # One that failed is tried again: what ailed it may have passed.
        due = session.scalars(select(Source).where(Source.state.not_in(("new", "disabled")))).all()
    for source in due:
        last = source.last_sync_at
        if source.kind != "platform" or (last is not None and int(last.timestamp()) // every == period):
            continue  # a file is read once, and somebody has read this platform in this period
        job_id = f"sync-{source.id}-{period}"
        if not queue.known(job_id):
            title = t("process.sync_title", source=source.title)
            queue.enqueue("sync", title, ASKER, job_id=job_id, source_id=source.id)


def _ask_for_publish(services: Services, queue: RedisQueue) -> None:
    with services.database.session() as session:
        waiting = session.scalar(select(Load.id).where(Load.state == "waiting").limit(1))
    if waiting is not None:
        queue.enqueue("publish", t("process.publish_title"), ASKER, job_id="publish")


def _ask_for_deliveries(services: Services, queue: RedisQueue) -> None:
    if dispatch.pending(services.database, services.clock.now()):
        queue.enqueue("deliver", t("notify.deliver_title"), ASKER, job_id="deliver")


def _ask_for_alerts(services: Services, queue: RedisQueue) -> None:
    """New data is judged at once; the schedule beside it minds what comes with time alone."""
    with services.database.session() as session:
        version = session.scalar(select(func.max(Load.published_version)))
    job_id = f"alerts-{version}"
    if version is not None and not queue.known(job_id):
        queue.enqueue(rules.CHECK, t("alerts.check_title"), ASKER, job_id=job_id)
