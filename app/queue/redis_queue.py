"""The job queue: the row in `job_run` is the truth about a job, Redis (RQ) only carries its id to a worker.

So a lost Redis loses no job: the row waits, and the scheduler's sweep hands it over once Redis is back.
"""

from __future__ import annotations

import json
import re
import secrets

import structlog
from redis import Redis
from redis.exceptions import RedisError
from rq import Queue
from rq.exceptions import DuplicateJobError, InvalidJobOperation, NoSuchJobError
from rq.job import Job as Carried
from rq.job import JobStatus
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from app.clock import Clock
from app.data.db import Database
from app.data.models import JobRun
from app.errors import ConflictError, DefinitionError, InputError, NotFound
from app.text import t

log = structlog.get_logger(__name__)

QUEUE, AWAITED = "pad", "pad-awaited"
# What a person waits for, each done within seconds or minutes: it never stands behind a sync.
AWAITED_KINDS = frozenset(("export_xlsx", "report_test", "deliver", "check_alerts"))
ENTRY = "jobs.runner.run"  # named, not imported: the app never imports jobs
MOST_ATTEMPTS = 3
LONGEST_RUN = 6 * 3600  # seconds
LIVE = ("queued", "running")
_ID = re.compile(r"[A-Za-z0-9_-]{1,120}")
_ENDED = (JobStatus.FAILED, JobStatus.FINISHED, JobStatus.CANCELED, JobStatus.STOPPED)


def asking() -> str:
    """The id of the request that is being answered, or on whose behalf a job works; empty without one."""
    return str(structlog.contextvars.get_contextvars().get("request_id", ""))


class RedisQueue:
    """Hands work to the workers over Redis. `secret_values` are refused among the arguments."""

    def __init__(
        self, database: Database, clock: Clock, connection: Redis, secret_values: tuple[str, ...] = ()
    ) -> None:
        self._database = database
        self._clock = clock
        self._redis = connection
        self._secrets = secret_values
        self._queues = {name: _queue(name, connection) for name in (AWAITED, QUEUE)}
        self._loose: set[str] = set()  # seen at the last sweep in no queue and with no worker

    def enqueue(
        self, kind: str, title: str, asked_by: str, *, job_id: str | None = None, **arguments: object
    ) -> str:
        """Write the job's row, then hand it to Redis; without Redis the row waits.

        Raises: InputError for an id or an argument that cannot be carried, DefinitionError for a secret.
        """
        name = job_id or f"{kind.replace('.', '-')}-{secrets.token_hex(6)}"
        self._check(name, arguments)
        if self._write(name, kind, title, asked_by, arguments):
            self._try_to_carry(name, kind)
        return name

    def available(self) -> bool:
        """Whether Redis answers."""
        try:
            return bool(self._redis.ping())
        except RedisError:
            return False

    def retry(self, job_id: str) -> None:
        """Run a failed job once more.

        Raises: NotFound, ConflictError when it has not failed.
        """
        with self._database.session() as session:
            row = session.get(JobRun, job_id)
            if row is None:
                raise NotFound(t("process.job_unknown", job=job_id))
            if row.state != "failed":
                raise ConflictError(t("process.job_not_failed", title=row.title))
            self._renew(row)
            kind = row.kind
        self._try_to_carry(job_id, kind)

    def known(self, job_id: str) -> bool:
        """Whether such a job was ever asked for."""
        with self._database.session() as session:
            return session.get(JobRun, job_id) is not None

    def sweep(self) -> int:
        """Hand over the rows that Redis does not carry, run again what died; answers how many.

        A worker that waits for work looks for what others lost only between two waits, and a busy one not at
        all, so it is done here.
        Raises: RedisError when there is no Redis.
        """
        for queue in self._queues.values():
            queue.started_job_registry.cleanup()
        with self._database.session() as session:
            live = session.execute(
                select(JobRun.id, JobRun.kind, JobRun.state, JobRun.attempts).where(JobRun.state.in_(LIVE))
            ).all()
        before, self._loose = self._loose, {job_id for job_id, *_ in live if self._is_loose(job_id)}
        for job_id in before & self._loose:
            self._let_go(job_id)
        return sum(self._mend(*row) for row in live)

    def _is_loose(self, job_id: str) -> bool:
        """Whether Redis holds a waiting job that stands in no queue and that no worker has begun.

        A worker that watches several queues takes a job out before it begins it; one that is killed between
        the two leaves it so. As it may also be just about to begin, only a second look counts.
        """
        carried = self._carried(job_id)
        if carried is None or _status(carried) != JobStatus.QUEUED:
            return False
        return not any(
            self._redis.lpos(queue.key, job_id) is not None or job_id in queue.started_job_registry
            for queue in self._queues.values()
        )

    def _let_go(self, job_id: str) -> None:
        carried = self._carried(job_id)
        if carried is not None and _status(carried) == JobStatus.QUEUED:
            log.warning("job was taken and never begun", job_id=job_id)
            _forget(carried)

    def _mend(self, job_id: str, kind: str, state: str, attempts: int) -> bool:
        carried = self._carried(job_id)
        if carried is not None and _status(carried) not in (None, *_ENDED):
            return False
        if not self._still(job_id, state, attempts):
            return False  # it moved on between the two looks
        if state == "running" and attempts >= MOST_ATTEMPTS:
            self._give_up(job_id, attempts)
            return True
        if attempts:
            log.warning("job handed over again", job_id=job_id, state=state, attempts=attempts)
        else:  # a schedule wrote it, or Redis was away
            log.info("waiting job handed over", job_id=job_id)
        self._carry(job_id, kind)
        return True

    def _still(self, job_id: str, state: str, attempts: int) -> bool:
        with self._database.session() as session:
            row = session.get(JobRun, job_id)
            return row is not None and (row.state, row.attempts) == (state, attempts)

    def _give_up(self, job_id: str, attempts: int) -> None:
        with self._database.session() as session:
            session.execute(
                update(JobRun)
                .where(JobRun.id == job_id, JobRun.state == "running")
                .values(
                    state="failed", ended_at=self._clock.now(), error=t("process.job_died", attempts=attempts)
                )
            )

    def _check(self, name: str, arguments: dict[str, object]) -> None:
        if not _ID.fullmatch(name):
            raise InputError(t("jobs.id_wrong", name=name), hint=t("jobs.id_wrong_hint"))
        try:
            text = json.dumps(arguments)
        except TypeError as problem:
            raise InputError(t("jobs.argument_wrong", name=name, problem=problem)) from None
        if any(json.dumps(secret)[1:-1] in text for secret in self._secrets):
            raise DefinitionError(
                f"An argument of job {name!r} holds a secret.",
                hint="Hand over the name of its owner instead.",
            )

    def _write(self, name: str, kind: str, title: str, asked_by: str, arguments: dict[str, object]) -> bool:
        """Whether the row is new work; a job that lives already stays one job."""
        try:
            with self._database.session() as session:
                row = session.get(JobRun, name, with_for_update=True)
                if row is not None and row.state in LIVE:
                    return False
                if row is None:
                    row = JobRun(id=name)
                    session.add(row)
                row.kind, row.title, row.asked_by, row.arguments = kind, title[:200], asked_by, arguments
                self._renew(row)
        except IntegrityError:  # somebody else wrote it between the look and the write
            return False
        return True

    def _renew(self, row: JobRun) -> None:
        row.state, row.progress, row.message, row.error = "queued", 0.0, "", ""
        row.result, row.attempts, row.request_id = {}, 0, asking()
        row.created_at, row.started_at, row.ended_at = self._clock.now(), None, None

    def _try_to_carry(self, job_id: str, kind: str) -> None:
        try:
            self._carry(job_id, kind)
        except RedisError as problem:
            log.warning("job waits, Redis is gone", job_id=job_id, problem=type(problem).__name__)

    def _carry(self, job_id: str, kind: str) -> None:
        carried = self._carried(job_id)
        if carried is not None and _status(carried) in _ENDED:
            _forget(carried)
        try:
            self._queues[AWAITED if kind in AWAITED_KINDS else QUEUE].enqueue_call(
                ENTRY, args=(job_id,), job_id=job_id, unique=True, result_ttl=0, failure_ttl=3600
            )
        except DuplicateJobError:
            log.debug("job is carried already", job_id=job_id)

    def _carried(self, job_id: str) -> Carried | None:
        try:
            return Carried.fetch(job_id, connection=self._redis, serializer="json")
        except NoSuchJobError:
            return None


def _queue(name: str, connection: Redis) -> Queue:
    return Queue(name, connection=connection, serializer="json", default_timeout=LONGEST_RUN)


def _status(carried: Carried) -> JobStatus | None:
    """The state of a job in Redis; None for one that went between the two looks."""
    try:
        return carried.get_status()
    except InvalidJobOperation:
        return None


def _forget(carried: Carried) -> None:
    """Take a job that ended out of Redis; of one that was killed RQ's entry outlives what it points to."""
    try:
        carried.delete()
    except ValueError:
        carried.connection.delete(carried.execution_registry.key)
        carried.delete()
