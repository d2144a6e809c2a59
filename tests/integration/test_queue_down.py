"""Redis is gone, or accepts and never answers: the pages that hand over work still open, and each
button says that its work waits."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from redis.exceptions import TimeoutError as RedisTimeout
from sqlalchemy import select

from app.accounts import guard, users
from app.alerts import defaults
from app.alerts.models import AlertRule
from app.data.models import JobRun
from app.data.schedule_models import Schedule
from app.layouts import alert_ids, source_ids
from app.queue.redis_connection import connect
from app.reports import definitions
from app.reports.models import Report
from app.training import trainings
from tests import demo_company
from tests.demo_company import Site
from tests.visits import asked, callback, pressed
from tests.waiting import PATIENCE

WORDS = "The job queue cannot be reached. Jobs wait and start by themselves when it is back."


@contextmanager
def silent(folder: Path) -> Iterator[socket.socket]:
    """A Redis that hangs: whoever comes is connected, and nobody gets a word."""
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(folder / "redis.sock"))
        made.listen(128)
        made.setblocking(False)
        yield made


@pytest.fixture(scope="module")
def listener(tmp_path_factory: pytest.TempPathFactory) -> Iterator[socket.socket]:
    with silent(tmp_path_factory.mktemp("hang")) as made:
        yield made


@pytest.fixture(scope="module", params=["gone", "hangs"])
def site(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, listener: socket.socket
) -> Iterator[Site]:
    """The product without the Redis that comes with it, and with one that does not answer."""
    folder = demo_company.shared_folder(tmp_path_factory.getbasetemp())
    settings = demo_company.moved_in(folder, tmp_path_factory.mktemp("alone"))
    if request.param == "hangs":
        settings = replace(settings, redis_url=f"unix://{listener.getsockname()}")
    with demo_company.opened(settings) as made:
        services = made.services
        trainings.ensure(services)
        defaults.ensure(services)
        admin = users.viewer(services.database, demo_company.email("admin"))
        to = [{"channel": "email", "to": admin.email}]
        zone = services.settings.time_zone
        definitions.provide_weekly(services.database, services.clock, zone, admin.user_id, to)
        yield made


def says_that_it_waits(site: Site, answer: Any, kind: str) -> None:
    """The words instead of a tick, and the job's row, which the sweep hands over when Redis is back."""
    assert answer.status_code == 200
    assert WORDS in answer.text and "said-line" not in answer.text
    with site.services.database.session() as session:
        states = session.scalars(select(JobRun.state).where(JobRun.kind == kind)).all()
    assert "queued" in states


# What hangs makes everybody wait: where it takes the way of what is gone, that way is walked once.
only_gone = pytest.mark.parametrize("site", ["gone"], indirect=True)


@pytest.mark.parametrize("path", ["/sources", "/jobs"])
def test_the_page_opens_and_says_so(site: Site, path: str) -> None:
    assert site.browser("admin").client.get(path).status_code == 200
    answer = asked(site, "admin", callback(site, "location.pathname"), {"location.pathname": path})
    assert answer.status_code == 200 and WORDS in answer.text


def came(listener: socket.socket) -> list[socket.socket]:
    """The connections that were made since the last look."""
    found = []
    while True:
        try:
            found.append(listener.accept()[0])
        except BlockingIOError:
            return found


def test_a_redis_that_hangs_is_asked_once_and_not_for_long(tmp_path: Path) -> None:
    with silent(tmp_path) as mute:
        connection, other = (connect(f"unix://{mute.getsockname()}") for _ in range(2))
        with pytest.raises(RedisTimeout):
            connection.ping()
        assert len(came(mute)) == 1
        with pytest.raises(RedisTimeout, match="gave no answer a moment ago"):
            other.ping()
        assert came(mute) == [], "what else a page asks of it waits no longer"
    allowed = connection.connection_pool.connection_kwargs
    assert max(allowed["socket_timeout"], allowed["socket_connect_timeout"]) <= 2


def test_counts_of_tries_wait_for_redis_no_longer_than_anything_else(site: Site) -> None:
    kept = guard.limits_storage(site.services.settings)
    options = guard.limits_options(kept)
    assert not options or options["connection_pool"].connection_kwargs["socket_timeout"] <= 2
    ready = httpx.get(f"{site.base}/readyz", timeout=PATIENCE)
    assert ready.status_code == 503
    assert ready.json() == {"ready": False, "database": "ok", "warehouse": "ok", "redis": "down"}


@only_gone
def test_a_sync_waits(site: Site) -> None:
    answer = pressed(site, "admin", source_ids.button("sync", "google_ads"))
    said = answer.json["response"]["sources-message"]["children"]["props"]
    assert said["className"] == "problem-line" and said["children"][1] == WORDS
    says_that_it_waits(site, answer, "sync")


def test_a_training_waits(site: Site) -> None:
    answer = asked(site, "admin", callback(site, "forecast-train.n_clicks"), {"forecast-train.n_clicks": 1})
    says_that_it_waits(site, answer, "train_week")


@only_gone
def test_a_schedule_that_is_run_waits(site: Site) -> None:
    with site.services.database.session() as session:
        row = session.scalars(select(Schedule).where(Schedule.kind == "train_churn")).one()
    target = {"verb": "run", "schedule": row.id}
    given = {"schedule-confirm-do.n_clicks": 1, "schedule-target.data": target}
    answer = asked(site, "admin", callback(site, "schedule-confirm-do.n_clicks"), given)
    says_that_it_waits(site, answer, "train_churn")


@only_gone
def test_a_report_waits(site: Site) -> None:
    with site.services.database.session() as session:
        report = session.scalars(select(Report)).first()
    assert report is not None
    given = {"report-send-do.n_clicks": 1, "report-target.data": str(report.id)}
    answer = asked(site, "admin", callback(site, "report-send-do.n_clicks"), given)
    says_that_it_waits(site, answer, "report")


@only_gone
def test_an_alert_that_is_tested_waits(site: Site) -> None:
    with site.services.database.session() as session:
        rule = session.scalars(select(AlertRule)).first()
    assert rule is not None
    answer = pressed(site, "admin", alert_ids.alert_button("test", rule.id, ""))
    says_that_it_waits(site, answer, "deliver")


@only_gone
def test_an_export_waits(site: Site) -> None:
    given = {"export-xlsx.n_clicks": 1, "export-kind.data": "campaigns"}
    answer = asked(site, "admin", callback(site, "export-xlsx.n_clicks"), given)
    says_that_it_waits(site, answer, "export_xlsx")
