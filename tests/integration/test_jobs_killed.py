"""A worker killed with its job while a model is fitted and while a report is rendered: another one makes it
whole within a minute, once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import psutil
import pytest
from rq import Worker
from sqlalchemy import select, update

from app.accounts.models import User
from app.accounts.permissions import ROLES
from app.accounts.viewer import Viewer
from app.clock import FixedClock, SystemClock
from app.compose import build
from app.data import job_runs
from app.data.migrate import upgrade
from app.data.models import JobRun, Source
from app.data.pipeline.imports.importing import import_file
from app.data.pipeline.ingestion import ingestion
from app.data.pipeline.publish import publish
from app.data.query.predictions import ForecastQuery, ScoreQuery
from app.data.query.spec import EVERYTHING
from app.home import prepared, with_outbox
from app.layouts.pages import jobs as page
from app.ml import runs
from app.ml.runs import ModelRun
from app.notify import outbox
from app.processes import demo
from app.queue.redis_connection import connect
from app.reports import definitions, issue
from app.reports.models import ReportIssue
from app.services import Services
from sandbox.company import Company
from sandbox.server import running
from tests import demo_company
from tests.conftest import serving
from tests.integration.parts_of_company import BEHIND
from tests.integration.test_report_pages import text_of
from tests.waiting import until

A_MINUTE, A_WHILE = 60, 600  # seconds; models learn slowly beside a whole suite
EVE = Viewer(5, "eve@example.com", "Eve", "admin", ROLES["admin"], EVERYTHING)
MIA = demo_company.email("marketing_manager")


@dataclass
class Works:
    """A home with two workers and a scheduler, in the time of the made-up company."""

    services: Services
    env: dict[str, str]
    parts: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self, part: str) -> None:
        command = [sys.executable, "-m", "tests.integration.parts_of_company", part]
        with (self.services.settings.home / "parts.log").open("ab") as log:
            self.parts.append(subprocess.Popen(command, env=self.env, stdout=log, stderr=log))

    def wait_for_workers(self) -> None:
        connection = connect(self.services.settings.redis)
        alive = {part.pid for part in self.parts if part.poll() is None}
        until(lambda: len([one for one in Worker.all(connection) if one.pid in alive]) == 2)

    def run(self, job_id: str) -> JobRun:
        found = job_runs.get(self.services.database, job_id)
        assert found is not None
        return found

    def kill_at(self, job_id: str, true: Callable[[], bool]) -> None:
        """End the worker that does a job, and the process of the job, without a word."""
        self.wait_for_workers()
        until(true)
        connection = connect(self.services.settings.redis)
        (busy,) = [one for one in Worker.all(connection) if one.get_current_job_id() == job_id]
        (horse,) = psutil.Process(busy.pid).children()
        os.kill(busy.pid, signal.SIGKILL)
        os.kill(horse.pid, signal.SIGKILL)
        assert self.run(job_id).state == "running"  # nobody could say that it died

    def told(self) -> str:
        """What the Jobs page says."""
        return text_of(page.body(self.services, EVE)[0])

    def taken_over(self, job_id: str) -> JobRun:
        """The row of a killed job when the other worker has ended it; begun again within a minute."""
        until(lambda: self.run(job_id).attempts == 2, A_MINUTE)
        until(lambda: self.run(job_id).state in ("done", "failed"), A_WHILE)
        self.start("worker")  # as the supervisor does; here only now, so that it was the other one
        return self.run(job_id)


@contextmanager
def works(home: Path) -> Iterator[Works]:
    """Two workers and a scheduler on a home that stands ready, in the time of the made-up company. What they
    are at when the block ends is not waited for."""
    behind = (SystemClock().now() - demo_company.NOW).total_seconds()
    own = with_outbox({"PAD_HOME": str(home)})
    settings = replace(prepared(own), demo=True)
    env = {**os.environ, **own, BEHIND: str(behind)}
    services = build(settings, demo.Earlier(SystemClock(), timedelta(seconds=behind)))
    opened = Works(services, env)
    with serving(settings):
        try:
            for part in ("worker", "worker", "scheduler"):
                opened.start(part)
            yield opened
        finally:
            for process in opened.parts:
                _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill a part, and the process of the job that it does."""
    for horse in psutil.Process(process.pid).children(recursive=True) if process.poll() is None else ():
        horse.kill()
    process.kill()
    process.wait(60)


@pytest.fixture(scope="module")
def billed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Works]:
    """Subscriptions of 44 months and activity of 16, as files: enough to forecast and to score."""
    home = tmp_path_factory.mktemp("billed")
    settings = prepared({"PAD_HOME": str(home)})
    upgrade(settings.database)
    clock = demo.Earlier(SystemClock(), SystemClock().now() - demo_company.NOW)
    services = build(settings, clock)
    parts = ingestion(settings, services.database, clock)
    with running(Company.in_memory(7, demo_company.NOW, scale=0.1, months=16, billing=44)) as up:
        company = demo.Company(up.base)
        for name in ("subscriptions", "invoices", "account_activity"):
            import_file(parts, company.file(name, home / "files"), name, {}, "")
    publish(parts.database, parts.snapshots, settings, clock)
    with works(home) as opened:
        yield opened


def _model_runs(services: Services, subject: str) -> list[str]:
    with services.database.session() as session:
        return list(session.scalars(select(ModelRun.state).where(ModelRun.subject == subject)))


def test_a_worker_killed_while_a_forecast_is_fitted_leaves_one_forecast(billed: Works) -> None:
    queue = billed.services.queue
    job_id = queue.enqueue("train_forecast", "Forecast of MRR", MIA, metric="mrr", freq="M")
    billed.kill_at(job_id, lambda: billed.run(job_id).progress > 0.1)
    assert _model_runs(billed.services, "mrr") == []
    row = billed.taken_over(job_id)
    assert (row.state, row.attempts, row.error, row.progress) == ("done", 2, "", 1.0)
    assert _model_runs(billed.services, "mrr") == ["done"]
    points = billed.services.query.forecasts(ForecastQuery("mrr", "month"))
    assert [point.horizon for point in points] == list(range(1, 13))
    assert "attempt 2" in billed.told()


def test_a_worker_killed_while_churn_is_learnt_leaves_one_score_a_customer(billed: Works) -> None:
    job_id = billed.services.queue.enqueue("train_churn", "Churn", MIA)
    billed.kill_at(job_id, lambda: billed.run(job_id).progress > 0.1)
    row = billed.taken_over(job_id)
    assert (row.state, row.attempts) == ("done", 2)
    assert _model_runs(billed.services, runs.CHURN) == ["done"]
    scored = billed.services.query.scores(ScoreQuery(runs.CHURN))
    assert len({one.customer_id for one in scored}) == len(scored) == row.result["customers"] > 60
    run = runs.last(billed.services.database, "churn", runs.CHURN)
    assert run is not None and run.scores["signal"] and 0.5 < run.scores["auc"] < 0.87


@pytest.fixture(scope="module")
def reporting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Works]:
    """The small company with its weekly report; its platforms are not there to be read."""
    home = tmp_path_factory.mktemp("reporting")
    settings = demo_company.moved_in(demo_company.shared_folder(tmp_path_factory.getbasetemp()), home)
    services = build(settings, FixedClock(demo_company.NOW))
    with services.database.session() as session:
        session.execute(update(Source).values(state="disabled"))
        owner = session.scalars(select(User.id).where(User.email == MIA)).one()
    people = [{"channel": "inbox", "to": MIA}]
    definitions.provide_weekly(services.database, services.clock, "UTC", owner, people)
    with works(home) as opened:
        yield opened


def test_a_worker_killed_while_a_report_is_rendered_leaves_one_issue_and_one_message(
    reporting: Works,
) -> None:
    services = reporting.services

    def issues() -> list[ReportIssue]:
        return list(issue.issues(services, "weekly"))

    job_id = services.queue.enqueue("report", "Weekly report", MIA, report_id="weekly")
    reporting.kill_at(job_id, lambda: [one.state for one in issues()] == ["rendering"])
    row = reporting.taken_over(job_id)
    assert (row.state, row.attempts, row.result["state"]) == ("done", 2, "ready")
    (one,) = issues()
    assert (one.state, sorted(one.files)) == ("ready", ["csv", "html", "pdf", "png"])
    kept = sorted((services.settings.home / "archive").rglob("*.pdf"))
    assert [path.read_bytes()[:5] for path in kept] == [b"%PDF-"]
    sent = [row.to for row in outbox.listed(services.database, kind="report")]
    assert sent == [MIA]
    assert "attempt 2" in reporting.told()
