"""Two processes that schedule and send, killed at random: nothing twice, nothing lost without a word."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select

import app.accounts.models  # noqa: F401
from app.clock import FixedClock, SystemClock
from app.data import schedules
from app.data.db import Database
from app.data.migrate import upgrade
from app.data.models import JobRun
from app.data.schedule_models import Schedule
from app.notify import dispatch, outbox
from app.notify.models import Delivery

MESSAGES, SECONDS, FIRINGS = 400, 12, 40


def test_two_processes_killed_at_random_send_nothing_twice(postgres_url: str, tmp_path: Path) -> None:
    upgrade(postgres_url)
    database, clock, wire = Database(postgres_url), SystemClock(), tmp_path / "wire"
    drafts = [
        outbox.Draft("alert", "rule", "1", "email", f"p{number}@example.com", "Drop", "text")
        for number in range(MESSAGES)
    ]
    outbox.queue(database, clock, drafts)
    earlier = FixedClock(clock.now() - timedelta(minutes=3))
    for number in range(FIRINGS):
        schedules.add(database, earlier, title=f"S{number}", kind="x", cron="* * * * *", time_zone="UTC")
    kills = _rampage([sys.executable, "-m", "tests.integration.outbox_worker", postgres_url, str(wire)])
    later = FixedClock(clock.now() + timedelta(minutes=2))
    dispatch.recover(dispatch.Desk(database, later, {}, tmp_path))
    outbox.queue(database, clock, drafts)  # the same again is nothing new
    with database.session() as session:
        rows = session.execute(select(Delivery.to, Delivery.state)).all()
        jobs = session.scalars(select(JobRun.id)).all()
        fired = session.scalars(select(Schedule.fired)).all()
    lines = Counter(wire.read_text().split())
    states = dict(tuple(row) for row in rows)
    assert kills >= 4
    assert set(lines.values()) == {1}
    assert len(rows) == MESSAGES
    assert all(lines[to] == 1 for to, state in states.items() if state == "sent")
    assert all(lines[to] == 0 for to, state in states.items() if state == "queued")
    assert set(states.values()) <= {"sent", "unknown", "queued"}
    assert len(jobs) == len(set(jobs)) == sum(fired) >= FIRINGS


def _rampage(command: list[str]) -> int:
    """Keep two processes alive for a while and kill one of them again and again; how often."""
    alive = [subprocess.Popen(command) for _ in range(2)]
    until, kills = time.monotonic() + SECONDS, 0
    try:
        while time.monotonic() < until:
            time.sleep(random.uniform(1.5, 2.5))
            place = random.randrange(2)
            alive[place].kill()
            alive[place].wait()
            alive[place] = subprocess.Popen(command)
            kills += 1
    finally:
        for process in alive:
            process.kill()
            process.wait()
    return kills
