"""A job worker: an RQ worker that forks for each job, whose beats tell the scheduler when it was lost.

It takes what a person waits for first; one that takes nothing else stands beside them, so that this never
waits for the end of a sync.
"""

from __future__ import annotations

import os

from rq import Queue, Worker
from rq.job import Job

from app.queue.redis_connection import connect
from app.queue.redis_queue import AWAITED, QUEUE
from app.settings import Settings
from jobs.kinds import kinds

BEAT = 5  # seconds between a horse's heartbeats
GRACE = 15  # seconds without a beat after which a job counts as lost
LOOK_FOR_LOST = 10  # seconds
NICE = 2  # a page is never to wait for a training


class PadWorker(Worker):
    """RQ gives a silent job another minute; ours is idempotent, so it is given up sooner."""

    def get_heartbeat_ttl(self, job: Job, working_time: float = 0.0) -> int:
        return BEAT + GRACE

    def main_work_horse(self, job: Job, queue: Queue) -> None:
        """The forked process of one job lets the web server go first."""
        os.nice(NICE)
        super().main_work_horse(job, queue)


def work(settings: Settings, *, awaited_only: bool = False) -> None:
    """Work until told to stop; the running job is finished first. `awaited_only`: what a person waits for."""
    kinds()  # imported once here, so that every forked job starts at once
    connection = connect(settings.redis)
    connection.connection_pool.connection_kwargs["socket_timeout"] = None  # waiting for work takes long
    names = (AWAITED,) if awaited_only else (AWAITED, QUEUE)
    worker = PadWorker(
        [Queue(name, connection=connection, serializer="json") for name in names],
        connection=connection,
        serializer="json",
        job_monitoring_interval=BEAT,
        maintenance_interval=LOOK_FOR_LOST,
        worker_ttl=60,
    )
    worker.work(logging_level="WARNING", with_scheduler=False)
