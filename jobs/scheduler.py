"""The scheduler: hands waiting jobs over, and asks for the periodic ones. Two of them do no harm:
a periodic job's id names its period, so it is asked for once."""

from __future__ import annotations

from datetime import timedelta
from threading import Event

import structlog
from redis.exceptions import RedisError
from sqlalchemy import select

from app.alerts import defaults
from app.data import schedules
from app.data.models import JobRun, Load, PublishRun, Source
from app.notify import dispatch
from app.queue import requests
from app.queue.redis_queue import RedisQueue
from app.services import Services
from app.training import trainings

log = structlog.get_logger(__name__)

TICK = 3.0  # seconds


def schedule(services: Services, queue: RedisQueue, stop: Event) -> None:
    """Tick until told to stop."""
    defaults.ensure(services)
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
        if source.rests(services.clock.now()):
            continue  # its quota is used up: asking would be refused
        if not queue.known(requests.sync_id(source.id, period)):
            requests.sync(queue, source, period=period)


def _ask_for_publish(services: Services, queue: RedisQueue) -> None:
    with services.database.session() as session:
        waiting = session.scalar(select(Load.id).where(Load.state == "waiting").limit(1))
    if waiting is not None:
        requests.publish(queue)


def _ask_for_deliveries(services: Services, queue: RedisQueue) -> None:
    if dispatch.pending(services.database, services.clock.now()):
        requests.deliver(queue)


def _ask_for_alerts(services: Services, queue: RedisQueue) -> None:
    """New data is judged at once; the schedule beside it minds what comes with time alone.

    A check that waits will judge whatever is published until it begins; one that began before the newest
    snapshot stood read an older one.
    """
    check = select(JobRun.id).where(JobRun.kind == requests.CHECK_ALERTS)
    with services.database.session() as session:
        newest = session.execute(
            select(PublishRun.version, PublishRun.at, PublishRun.seconds)
            .order_by(PublishRun.version.desc())
            .limit(1)
        ).first()
        if newest is None or session.scalar(check.where(JobRun.state == "queued").limit(1)) is not None:
            return
        stood = newest.at + timedelta(seconds=newest.seconds)
        if session.scalar(check.where(JobRun.started_at >= stood).limit(1)) is not None:
            return
    job_id = f"alerts-{newest.version}"
    if not queue.known(job_id):
        requests.check_alerts(queue, job_id)
