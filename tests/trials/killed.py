"""`python -m tests.trials.killed --seconds 120`: two schedulers and two workers of the product, real Redis, a
real mail server and Slack endpoint that count what arrives, and one process killed every second or two.

Meanwhile alerts and mails are queued, schedules fire, and files are imported on the command line, which is
killed as well. In the end nothing may have arrived twice or be there twice, and nothing may be missing but
what says of itself that it is not known.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path

import psutil
from sqlalchemy import select

from app.clock import FixedClock, SystemClock
from app.compose import build
from app.data import schedules
from app.data.migrate import upgrade
from app.data.models import JobRun
from app.data.schedule_models import Schedule
from app.data.warehouse.snapshots import Snapshots
from app.home import prepared
from app.notify import dispatch, outbox
from app.notify.channels import senders
from app.notify.models import Delivery
from app.services import Services
from tests.conftest import serving
from tests.mail_server import PASSWORD, MailServer, mail_server
from tests.slack_server import Slack, slack_server

PARTS = ("scheduler", "scheduler", "worker", "worker")
SCHEDULES = 20
SLOW = 0.3  # seconds at most that a server thinks, so that some are killed while they wait for it
SETTLE = 240  # seconds in which what was left behind is picked up
PROBLEMS = (
    "mails_twice",
    "posts_twice",
    "sent_but_missing",
    "arrived_but_waiting",
    "neither_sent_nor_unknown",
    "deliveries_wrong",
    "rows_twice",
    "rows_missing",
    "firings_without_job",
)
COST = "month,category,channel,amount,currency\n{month},tools,email,1,USD\n"
SIGNING = "only for trials, and long enough to sign"


@dataclass
class Trial:
    """An installation with its channels, and what was asked of it."""

    services: Services
    env: dict[str, str]
    mails: MailServer
    slack: Slack
    asked: int = 0
    files: int = 0
    kills: int = 0
    deaths: int = 0
    alive: list[subprocess.Popen[bytes]] = field(default_factory=list)
    imports: dict[Path, subprocess.Popen[bytes] | None] = field(default_factory=dict)  # files not yet read

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "app.cli", *words]
        with self.log.open("ab") as log:
            return subprocess.Popen(command, env=self.env, stdout=log, stderr=log)

    def tend(self) -> None:
        """Start anew what ended by itself, as the supervisor of an installation does, and read the files."""
        self.read()
        for place, process in enumerate(self.alive):
            if process.poll() is not None:
                self.deaths += 1
                self.alive[place] = self.start(PARTS[place])

    @property
    def log(self) -> Path:
        return self.services.settings.home / "parts.log"

    def read(self) -> None:
        """One `pad import` after the other; one that was killed or refused is given again."""
        for path, process in list(self.imports.items()):
            if process is not None and process.poll() == 0:
                del self.imports[path]
                continue
            if process is None or process.poll() is not None:
                self.imports[path] = self.start("import", str(path), "--as", "costs")
            return

    def kill(self) -> None:
        """End one process at random, without a word; a part is started anew, an import by the next look."""
        reading = [process for process in self.imports.values() if process is not None]
        victim = random.choice([*self.alive, *reading])
        _end(victim, whole=random.random() < 0.5)
        if victim in self.alive:
            place = self.alive.index(victim)
            self.alive[place] = self.start(PARTS[place])
        self.kills += 1

    def feed(self) -> None:
        """One mail, one post, and now and then a file."""
        self.asked += 1
        drafts = [
            outbox.Draft("alert", "rule", str(self.asked), channel, to, f"Message {self.asked:05d}", "text")
            for channel, to in (("email", f"p{self.asked}@example.com"), ("slack", "#marketing"))
        ]
        for _ in range(2):  # whoever asks twice is told once
            outbox.queue(self.services.database, self.services.clock, drafts, domain="pad.example")
        if self.asked % 10 == 0:
            self.files += 1
            month = date(2000 + self.files // 12, self.files % 12 + 1, 1)  # one row a file
            path = self.services.settings.home / f"c{self.files:04d}.csv"
            path.write_text(COST.format(month=month))
            self.imports[path] = None

    def settle(self) -> None:
        """Let the processes pick up what was left."""
        until = time.monotonic() + SETTLE
        while time.monotonic() < until and (self.imports or self._waiting()):
            self.tend()
            time.sleep(1)

    def _waiting(self) -> bool:
        with self.services.database.session() as session:
            return session.scalar(select(Delivery.key).where(Delivery.state == "queued").limit(1)) is not None


def run(home: Path, seconds: float, database: str = "", least: int = 0) -> dict[str, object]:
    """The whole trial, of so many seconds and at least so many kills; what came of it."""
    with mail_server(home) as mails, slack_server() as slack:
        env = {
            "PAD_HOME": str(home / "home"), "SECRET_KEY": SIGNING, "PAD_SMTP_HOST": "127.0.0.1",
            "PAD_SMTP_PORT": str(mails.port), "PAD_SMTP_CA_FILE": str(mails.ca_file),
            "PAD_SMTP_USER": "reports", "PAD_SMTP_PASSWORD": PASSWORD, "PAD_SMTP_FROM": "pad@pad.example",
            "PAD_SLACK_TOKEN": "xoxb-trial", "PAD_SLACK_API": slack.base,
        } | ({"DATABASE_URL": database} if database else {})  # fmt: skip
        settings = prepared(env)
        upgrade(settings.database)
        with serving(settings):
            mails.arrived.slow = slack.slow = SLOW
            trial = Trial(build(settings), {**os.environ, **env}, mails, slack)
            return _played(trial, seconds, least)


def _played(trial: Trial, seconds: float, least: int) -> dict[str, object]:
    services = trial.services
    earlier = FixedClock(services.clock.now() - timedelta(minutes=3))
    for number in range(SCHEDULES):
        schedules.add(services.database, earlier, title=f"S{number}", kind="publish", cron="* * * * *",
                      time_zone="UTC")  # fmt: skip
    trial.alive = [trial.start(part) for part in PARTS]
    until, next_kill = time.monotonic() + seconds, time.monotonic() + 3
    try:
        while time.monotonic() < until or trial.kills < least:
            trial.feed()
            trial.tend()
            if time.monotonic() > next_kill:
                trial.kill()
                next_kill = time.monotonic() + random.uniform(0.8, 3.5)
            time.sleep(0.5)
        trial.settle()
    finally:
        for process in (*trial.alive, *trial.imports.values()):
            if process is not None:
                _end(process, whole=True)
    _last_look(services)
    return found(trial)


def _last_look(services: Services) -> None:
    """What died in the very end is found by whoever looks next, minutes later."""
    later = replace(services, clock=FixedClock(SystemClock().now() + timedelta(minutes=10)))
    channels = senders(later.settings, later.database, later.clock)
    dispatch.drain(dispatch.Desk(later.database, later.clock, channels, later.settings.home))


def found(trial: Trial) -> dict[str, object]:
    """What arrived and what is known of it; `good` says that nothing is there twice or missing."""
    told = select(Delivery.message_id, Delivery.title, Delivery.channel, Delivery.state)
    with trial.services.database.session() as session:
        # The product's own rules say that they have no data, which is no message of ours.
        rows = session.execute(told.where(Delivery.subject_id == "rule")).all()
    jobs = _jobs(trial.services)
    arrived = Counter(str(mail["Message-ID"]) for mail in trial.mails.arrived.mails)
    posted = Counter(str(post["text"]).split("*")[1] for post in trial.slack.posts)
    counted = {row: arrived[row.message_id] if row.channel == "email" else posted[row.title] for row in rows}
    kept = _kept(trial.services)
    states = Counter(row.state for row in rows)
    problems = {
        "mails_twice": sum(count > 1 for count in arrived.values()),
        "posts_twice": sum(count > 1 for count in posted.values()),
        "sent_but_missing": sum(row.state == "sent" and count == 0 for row, count in counted.items()),
        "arrived_but_waiting": sum(row.state == "queued" and count > 0 for row, count in counted.items()),
        "neither_sent_nor_unknown": sum(row.state not in ("sent", "unknown") for row in rows),
        "deliveries_wrong": abs(len(rows) - 2 * trial.asked),
        "rows_twice": sum(count > 1 for count in kept.values()),
        "rows_missing": trial.files - len(kept),
        "firings_without_job": jobs.fired - len(jobs.begun),
    }
    return {
        "good": not any(problems.values()),
        "kills": trial.kills,
        "died_by_themselves": trial.deaths,
        "of": sorted({line for line in trial.log.read_text().splitlines() if "Error" in line})[:8],
        "mails": len(arrived), "posts": len(posted), "rows": len(kept), "firings": jobs.fired,
        "states": dict(states),
        "not_there": _not_there(trial, [(row.channel, row.title) for row in rows]),
        "errors_of_jobs": sorted(jobs.errors),
        "files_left": sorted(path.name for path in trial.imports),
        "unknown_that_arrived": sum(row.state == "unknown" and count > 0 for row, count in counted.items()),
        **problems,
    }  # fmt: skip


@dataclass(frozen=True)
class Jobs:
    """How often schedules fired, the jobs that came of it, and what went wrong."""

    fired: int
    begun: frozenset[str]
    errors: frozenset[str]


def _jobs(services: Services) -> Jobs:
    with services.database.session() as session:
        return Jobs(
            sum(session.scalars(select(Schedule.fired).where(Schedule.kind == "publish"))),
            frozenset(session.scalars(select(JobRun.id).where(JobRun.id.startswith("schedule-")))),
            frozenset(session.scalars(select(JobRun.error).where(JobRun.state == "failed"))),
        )


def _kept(services: Services) -> Counter[date]:
    """The rows of the warehouse, by their day."""
    snapshots = Snapshots(services.settings.warehouse_dir)
    with snapshots.cursor() as cursor:
        kept = Counter(day for (day,) in cursor.execute("SELECT date FROM fact_cost").fetchall())
    snapshots.close()
    return kept


def _not_there(trial: Trial, rows: list[tuple[str, str]]) -> list[str]:
    """What was asked for and has no row."""
    wanted = {(channel, f"Message {number:05d}") for number in range(1, trial.asked + 1)
              for channel in ("email", "slack")}  # fmt: skip
    return sorted(f"{channel} {title}" for channel, title in wanted - set(rows))


def _end(process: subprocess.Popen[bytes], *, whole: bool) -> None:
    """Kill a process, or it with all that it started: a job's fork has a process group of its own."""
    forks = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
    process.kill()
    process.wait()
    for fork in forks if whole else []:
        with suppress(psutil.NoSuchProcess):
            fork.kill()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.trials.killed", description=__doc__)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--database", default="", help="address of an empty database; else SQLite")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="pad-trial-") as folder:
        result = run(Path(folder), asked.seconds, asked.database)
    print(json.dumps(result, indent=2))
    sys.exit(0 if result["good"] else 1)


if __name__ == "__main__":
    main()
