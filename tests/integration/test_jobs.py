"""Jobs through a real Redis and a real worker process: one row is the truth, whatever dies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from redis.exceptions import RedisError
from rq.job import Job as Carried
from rq.job import JobStatus
from sqlalchemy import select, update

from app.clock import FixedClock, SystemClock
from app.compose import build
from app.data.db import Database
from app.data.migrate import upgrade
from app.data.models import JobRun, PublishRun
from app.data.pipeline import runs
from app.data.pipeline.ingestion import ingestion
from app.errors import ConflictError, DefinitionError, InputError, SourceTransient
from app.home import prepared
from app.queue.redis_connection import connect
from app.queue.redis_queue import RedisQueue
from app.settings import Settings
from jobs.runner import perform
from jobs.scheduler import tick
from tests.conftest import serving
from tests.integration.worker_of_tests import BODIES
from tests.waiting import PATIENCE, until

CANARY = "canary-4e81f0-0123456789-abcdefghij"
ROOT = Path(__file__).parents[2]


@pytest.fixture
def env(tmp_path: Path, redis_url: str, redis: Redis) -> dict[str, str]:
    return {"PAD_HOME": str(tmp_path), "REDIS_URL": redis_url, "SECRET_KEY": CANARY}


@pytest.fixture
def settings(env: dict[str, str]) -> Settings:
    made = prepared(env)
    upgrade(made.database)
    return made


@pytest.fixture
def queue(settings: Settings) -> RedisQueue:
    return _queue(settings)


@dataclass(frozen=True)
class Works:
    """An installation with a worker process of its own."""

    settings: Settings
    queue: RedisQueue
    log: Path


@pytest.fixture(scope="module")
def works(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Works]:
    home = tmp_path_factory.mktemp("works")
    env = {"PAD_HOME": str(home), "SECRET_KEY": CANARY}
    settings, log = prepared(env), home / "worker.log"
    upgrade(settings.database)
    with serving(settings), log.open("wb") as file, _worker(env, file):
        yield Works(settings, _queue(settings), log)


@contextmanager
def _worker(env: dict[str, str], file: Any, *arguments: str) -> Iterator[None]:
    command = [sys.executable, "-m", "tests.integration.worker_of_tests", *arguments]
    process = subprocess.Popen(command, env={**os.environ, **env}, cwd=ROOT, stderr=file, stdout=file)
    try:
        yield
    finally:
        process.terminate()
        process.wait(PATIENCE)


def _queue(settings: Settings) -> RedisQueue:
    database = Database(settings.database)
    return RedisQueue(database, SystemClock(), connect(settings.redis), settings.secrets())


def _row(settings: Settings, job_id: str) -> JobRun:
    with Database(settings.database).session() as session:
        row = session.get(JobRun, job_id)
        assert row is not None
        return row


def _until_ended(settings: Settings, job_id: str) -> JobRun:
    until(lambda: _row(settings, job_id).state in ("done", "failed"))
    return _row(settings, job_id)


def test_a_job_runs_in_a_worker_and_its_row_tells_the_end(works: Works) -> None:
    job_id = works.queue.enqueue("add", "Add two numbers", "ann@example.org", left=19, right=23)
    row = _until_ended(works.settings, job_id)
    assert (row.state, row.result, row.progress, row.attempts) == ("done", {"sum": 42}, 1.0, 1)
    assert row.started_at is not None and row.ended_at is not None and row.started_at <= row.ended_at


def test_an_error_of_the_product_is_told_in_words_and_any_other_by_its_reference(works: Works) -> None:
    refused, broken = works.queue.enqueue("refuse", "", ""), works.queue.enqueue("break", "", "")
    assert _until_ended(works.settings, refused).error == "The account 7 is unknown. Known: 5, 6."
    error = _until_ended(works.settings, broken).error
    log = works.log.read_text()
    reference = error.split("reference ")[1].rstrip(".")
    assert f"reference={reference}" in log.replace("\x1b[0m", "")
    assert "leaked ***" in log
    assert CANARY not in log + error


def test_a_kind_that_nobody_knows_fails_with_the_known_ones(queue: RedisQueue, settings: Settings) -> None:
    job_id = queue.enqueue("subtract", "", "")
    perform(build(settings), job_id, BODIES)
    assert _row(settings, job_id).error == (
        "No worker knows the kind of work subtract. Known: add, break, refuse, report_test, wait."
    )


def test_a_job_id_twice_is_one_job_until_it_has_ended(queue: RedisQueue, settings: Settings) -> None:
    first = queue.enqueue("add", "first", "", job_id="sum-1", left=1, right=1)
    second = queue.enqueue("add", "second", "", job_id="sum-1", left=2, right=2)
    assert (first, second, _row(settings, "sum-1").title) == ("sum-1", "sum-1", "first")
    perform(build(settings), "sum-1", BODIES)
    perform(build(settings), "sum-1", BODIES)
    assert (_row(settings, "sum-1").result, _row(settings, "sum-1").attempts) == ({"sum": 2}, 1)
    queue.enqueue("add", "third", "", job_id="sum-1", left=3, right=3)
    assert (_row(settings, "sum-1").state, _row(settings, "sum-1").title) == ("queued", "third")


def test_without_redis_a_job_waits_and_the_sweep_delivers_it_later(tmp_path: Path) -> None:
    settings = prepared({"PAD_HOME": str(tmp_path)})
    upgrade(settings.database)
    queue = _queue(settings)
    job_id = queue.enqueue("add", "", "", left=1, right=2)
    assert (queue.available(), _row(settings, job_id).state) == (False, "queued")
    with pytest.raises(RedisError):
        queue.sweep()
    with serving(settings):
        assert (queue.available(), queue.sweep(), queue.sweep()) == (True, 1, 0)
        assert connect(settings.redis).lrange("rq:queue:pad", 0, -1) == [job_id.encode()]


def test_only_a_job_that_was_begun_before_is_logged_as_handed_over_again(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    settings = prepared({"PAD_HOME": str(tmp_path)})
    upgrade(settings.database)
    queue = _queue(settings)
    job_id = queue.enqueue("add", "", "", left=1, right=2)  # it waits: there is no Redis yet
    capfd.readouterr()

    def swept() -> str:
        """What a sweep that hands one job over tells, wherever logs go in this run."""
        caplog.clear()
        assert queue.sweep() == 1
        return "".join((*capfd.readouterr(), caplog.text))

    with serving(settings), caplog.at_level("INFO"):
        first = swept()
        assert ("waiting job handed over" in first, "warning" in first.lower()) == (True, False)
        connect(settings.redis).flushall()
        with Database(settings.database).session() as session:
            session.execute(update(JobRun).values(state="running", attempts=1))
        again = swept()
        assert ("job handed over again" in again, "warning" in again.lower()) == (True, True)
    assert _row(settings, job_id).attempts == 1


def test_a_job_that_a_killed_worker_took_and_never_began_is_handed_over_at_the_second_look(
    tmp_path: Path,
) -> None:
    settings = prepared({"PAD_HOME": str(tmp_path)})
    upgrade(settings.database)
    with serving(settings):
        queue, redis = _queue(settings), connect(settings.redis)
        job_id = queue.enqueue("add", "", "", left=1, right=2)
        assert redis.lpop("rq:queue:pad") == job_id.encode()  # as a worker does, which then is killed
        assert (queue.sweep(), redis.llen("rq:queue:pad")) == (0, 0)  # it may be just about to begin
        assert (queue.sweep(), queue.sweep()) == (1, 0)
        assert redis.lrange("rq:queue:pad", 0, -1) == [job_id.encode()]


def test_what_a_person_waits_for_starts_while_the_only_worker_is_busy(works: Works, tmp_path: Path) -> None:
    """A long sync occupies the worker, another waits behind it; the export is done before either ends."""
    marker, env = tmp_path / "runs", {"PAD_HOME": str(works.settings.home), "SECRET_KEY": CANARY}
    busy = works.queue.enqueue("wait", "A long sync", "", marker=str(marker))
    until(lambda: marker.exists() and marker.read_text() != "")
    behind = works.queue.enqueue("add", "Another sync", "", left=1, right=1)
    awaited = works.queue.enqueue("report_test", "An export", "ann@example.org", left=19, right=23)
    assert _row(works.settings, awaited).state == "queued"
    with works.log.open("ab") as file, _worker(env, file, "--awaited"):
        assert _until_ended(works.settings, awaited).result == {"sum": 42}
    assert (_row(works.settings, busy).state, _row(works.settings, behind).state) == ("running", "queued")
    os.kill(int(marker.read_text()), signal.SIGKILL)
    assert _until_ended(works.settings, behind).result == {"sum": 2}
    until(lambda: works.queue.sweep() > 0)
    assert _until_ended(works.settings, busy).state == "done"


def test_a_worker_takes_first_what_a_person_waits_for(tmp_path: Path) -> None:
    env = {"PAD_HOME": str(tmp_path), "SECRET_KEY": CANARY}
    settings = prepared(env)
    upgrade(settings.database)
    with serving(settings), (tmp_path / "log").open("wb") as file:
        queue = _queue(settings)
        names = [queue.enqueue(kind, "", "", left=1, right=1) for kind in ("add", "add", "report_test")]
        redis = connect(settings.redis)
        assert redis.lrange("rq:queue:pad", 0, -1) == [name.encode() for name in names[:2]]
        assert redis.lrange("rq:queue:pad-awaited", 0, -1) == [names[2].encode()]
        with _worker(env, file):
            rows = [_until_ended(settings, name) for name in names]
    assert min(rows, key=lambda row: row.started_at).id == names[2]


def test_a_job_whose_process_was_killed_runs_again(works: Works, tmp_path: Path) -> None:
    marker = tmp_path / "runs"
    job_id = works.queue.enqueue("wait", "", "", marker=str(marker))
    until(lambda: marker.exists() and marker.read_text() != "")
    os.kill(int(marker.read_text()), signal.SIGKILL)
    until(lambda: works.queue.sweep() > 0)
    row = _until_ended(works.settings, job_id)
    assert (row.state, row.attempts, row.result) == ("done", 2, {"runs": 2})


def test_a_job_that_dies_again_and_again_is_given_up(
    queue: RedisQueue, settings: Settings, redis: Redis
) -> None:
    job_id = queue.enqueue("add", "", "", left=1, right=2)
    with Database(settings.database).session() as session:
        row = session.get(JobRun, job_id)
        assert row is not None
        row.state, row.attempts = "running", 3
    redis.flushall()
    queue.sweep()
    assert _row(settings, job_id).state == "failed"
    assert "ended 3 times" in _row(settings, job_id).error


def test_only_a_failed_job_can_be_run_again(queue: RedisQueue, settings: Settings) -> None:
    job_id = queue.enqueue("refuse", "Refusal", "")
    with pytest.raises(ConflictError, match="Refusal"):
        queue.retry(job_id)
    perform(build(settings), job_id, BODIES)
    queue.retry(job_id)
    assert (_row(settings, job_id).state, _row(settings, job_id).error) == ("queued", "")


def test_what_cannot_be_carried_is_refused(queue: RedisQueue, redis: Redis) -> None:
    with pytest.raises(InputError, match="no JSON value"):
        queue.enqueue("add", "", "", left=object())
    with pytest.raises(InputError, match="'a:b'"):
        queue.enqueue("add", "", "", job_id="a:b")
    with pytest.raises(DefinitionError, match="holds a secret"):
        queue.enqueue("add", "", "", left=f"key={CANARY}")
    assert redis.keys() == []


def test_redis_carries_the_id_and_none_of_the_arguments(queue: RedisQueue, redis: Redis) -> None:
    queue.enqueue("add", "title", "", job_id="sum-2", left="argument-9c2e", right=1)
    assert b"argument-9c2e" not in repr(redis.hgetall("rq:job:sum-2")).encode()


def test_the_scheduler_asks_once_a_period_for_a_sync_of_what_was_not_read_in_it(
    queue: RedisQueue, settings: Settings
) -> None:
    from app.data.models import Source

    services = build(settings, FixedClock(datetime(2026, 3, 1, 12, tzinfo=UTC)))
    with services.database.session() as session:
        now = services.clock.now()
        for source_id, state, last in (
            ("google_ads", "ready", now - timedelta(hours=1)),
            ("google_analytics", "ready", now),
            ("salesforce", "disabled", None),
        ):
            session.add(Source(id=source_id, title=source_id, state=state, last_sync_at=last, created_at=now))
        files = Source(id="costs", title="Costs", state="ready", created_at=now)
        files.options = {"kind": "file"}
        session.add(files)
    tick(services, queue)
    tick(services, queue)
    with services.database.session() as session:
        rows = session.query(JobRun).all()
    assert [(row.kind, row.arguments) for row in rows] == [("sync", {"source_id": "google_ads"})]


def test_the_scheduler_lets_a_platform_rest_until_its_quota_is_there_again(
    queue: RedisQueue, settings: Settings
) -> None:
    from app.data.models import Source

    clock = FixedClock(datetime(2026, 3, 1, 12, tzinfo=UTC))
    services = build(settings, clock)
    parts = ingestion(settings, services.database, clock)

    def asked() -> int:
        tick(services, queue)
        with services.database.session() as session:
            return session.query(JobRun).filter(JobRun.kind == "sync").count()

    with services.database.session() as session:
        row = Source(id="google_analytics", title="GA", created_at=clock.now(), options={"look_back": 30})
        session.add(row)
    with pytest.raises(SourceTransient), runs.marked(parts, "google_analytics"):
        raise SourceTransient("Exhausted property tokens per day.", retry_after=20 * 3600)
    for hours in (0, 1, 19):
        clock.instant = datetime(2026, 3, 1, 12, tzinfo=UTC) + timedelta(hours=hours, minutes=59)
        assert asked() == 0
    clock.instant += timedelta(minutes=1)
    assert asked() == 1
    with runs.marked(parts, "google_analytics"):
        pass
    with services.database.session() as session:
        assert session.get_one(Source, "google_analytics").options == {"look_back": 30}


def test_a_check_that_waits_covers_what_is_published_meanwhile(queue: RedisQueue, settings: Settings) -> None:
    """Publishes while a check waits are one check; one that began before a publish is followed by another."""
    clock = FixedClock(datetime(2026, 3, 1, 12, tzinfo=UTC))
    services = build(settings, clock)

    def published(version: int, seconds: float = 60.0) -> None:
        began = clock.now()
        clock.instant += timedelta(seconds=seconds)
        with services.database.session() as session:
            session.add(
                PublishRun(
                    version=version, at=began, seconds=seconds, loads=1, rejected=0, rows=1, restated=0
                )
            )

    def checks() -> list[str]:
        tick(services, queue)
        with services.database.session() as session:
            return sorted(session.scalars(select(JobRun.id).where(JobRun.kind == "check_alerts")))

    def begins(job_id: str) -> None:
        with services.database.session() as session:
            row = session.get_one(JobRun, job_id)
            row.state, row.started_at = "running", clock.now()

    published(1)
    published(2)
    assert checks() == ["alerts-2"]
    published(3)
    assert checks() == ["alerts-2"]
    begins("alerts-2")
    assert checks() == ["alerts-2"]
    published(4)
    assert checks() == ["alerts-2", "alerts-4"]
    clock.instant += timedelta(seconds=30)
    begins("alerts-4")
    clock.instant -= timedelta(seconds=30)
    published(5)  # the check began while it was being made, and read the snapshot before
    assert checks() == ["alerts-2", "alerts-4", "alerts-5"]


def test_a_killed_job_of_which_redis_forgot_the_run_is_handed_over_again(
    queue: RedisQueue, redis: Redis
) -> None:
    queue.enqueue("add", "Add", "mia", job_id="killed", left=1, right=2)
    carried = Carried.fetch("killed", connection=redis, serializer="json")
    carried.set_status(JobStatus.FAILED)
    redis.zadd(carried.execution_registry.key, {"a-run-that-expired": time.time() + 60})
    assert queue.sweep() == 1
    again = Carried.fetch("killed", connection=redis, serializer="json")
    assert again.get_status() == JobStatus.QUEUED
