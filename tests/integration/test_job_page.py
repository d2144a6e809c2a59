"""The Jobs page: what runs and ended, by state and page, and who may try a failed job again."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from app.accounts.permissions import ROLES
from app.accounts.viewer import Viewer
from app.callbacks import jobs as jobs_callbacks
from app.clock import FixedClock
from app.data import job_runs
from app.data.db import Database
from app.data.models import JobRun
from app.data.query.spec import Filter, Scope
from app.errors import AccessDenied
from app.layouts.markup import sketch
from app.layouts.pages import jobs
from app.services import Services
from tests.ad_company import NOW
from tests.bare_app import ANALYST
from tests.page_text import read
from tests.table_services import table_services

ADA = Viewer(3, "ada@larkfield.example", "Ada", "admin", ROLES["admin"])
EVE = Viewer(5, "eve@larkfield.example", "Eve", "executive", ROLES["executive"])


@pytest.fixture
def services(tmp_path: Path) -> Services:
    return table_services(tmp_path)


def text_of(component: object) -> str:
    return json.dumps(component, default=lambda part: part.to_plotly_json(), ensure_ascii=False)


def test_jobs_show_progress_and_only_their_own_can_be_tried_again(services: Services) -> None:
    with services.database.session() as session:
        session.add_all(
            [
                JobRun(
                    id="a",
                    kind="sync",
                    title="Sync Google Ads",
                    state="running",
                    progress=0.42,
                    message="day 12 of 28",
                    created_at=NOW,
                    started_at=NOW,
                    asked_by=ADA.email,
                ),
                JobRun(
                    id="b",
                    kind="export_xlsx",
                    title="Export",
                    state="failed",
                    error="Disk full.",
                    created_at=NOW,
                    arguments={"file": "x"},
                    asked_by=ANALYST.email,
                ),
            ]
        )
    shown = text_of(jobs.body(services, ANALYST)[0])
    for part in ("42%", "day 12 of 28", "Disk full.", "Try again"):
        assert part in shown
    assert jobs_callbacks.retry(services, ANALYST, "b") == "“Export” waits for a worker."
    with pytest.raises(AccessDenied):
        jobs_callbacks.retry(services, EVE, "b")
    with pytest.raises(AccessDenied):  # it waits: a second press makes no second job of it
        jobs_callbacks.retry(services, ANALYST, "b")
    rows = job_runs.live(services.database)
    assert [row.state for row in rows if row.title == "Export"] == ["queued"]


def test_a_job_that_no_person_asked_for_is_the_products_own(services: Services) -> None:
    with services.database.session() as session:
        for number, by in enumerate(("", "scheduler", "models", "pad demo", ADA.email)):
            for state in ("running", "queued", "done"):
                name = f"{state}{number}"
                row = JobRun(id=name, kind="sync", title=name, state=state, created_at=NOW, asked_by=by)
                session.add(row)
    shown = read(sketch(jobs.body(services, EVE)[0])).words
    assert shown.count("the product itself") == 4 * 3 and shown.count(ADA.email) == 3
    assert not any(name in shown for name in ("scheduler", "models", "pad demo"))
    part = replace(EVE, scope=Scope((Filter("region", ("California",)),)))
    shown = read(sketch(jobs.body(services, part)[0])).words
    assert shown.count("a colleague") == 3 and ADA.email not in shown


class EndingClock(FixedClock):
    """Ends the job `a` when the time is asked for the second time: between two readings of the jobs."""

    database: Database
    asked = 0

    def now(self) -> datetime:
        self.asked += 1
        if self.asked == 2:
            with self.database.session() as session:
                session.get_one(JobRun, "a").state = "done"
        return super().now()


def test_a_job_that_ends_while_its_page_is_drawn_is_looked_at_once_more(services: Services) -> None:
    with services.database.session() as session:
        session.add(JobRun(id="a", kind="sync", title="Sync Ads", state="running", created_at=NOW))
    clock = EndingClock(NOW)
    clock.database = services.database
    lists, live = jobs.body(replace(services, clock=clock), EVE)
    assert "Running" in read(sketch(lists)).words and live
    lists, live = jobs.body(services, EVE)
    assert "Running" not in read(sketch(lists)).words and "Sync Ads" in read(sketch(lists)).words and not live


def _ended_jobs(services: Services) -> None:
    """Five days of an hourly sync, a report that failed three days ago, and one that failed ten days ago."""
    with services.database.session() as session:
        for number in range(1, 121):
            at = NOW - number * timedelta(hours=1)
            name = f"Sync {number}"
            session.add(JobRun(id=f"s{number}", kind="sync", title=name, state="done", created_at=at))
        for days in (3, 10):
            at = NOW - timedelta(days=days, minutes=30)
            name = f"Report of {days} days ago"
            session.add(JobRun(id=f"r{days}", kind="report", title=name, state="failed", created_at=at))


def _titles(services: Services, search: str) -> list[str]:
    page = read(sketch(jobs.body(services, EVE, jobs.asked_for(search))[0]))
    rows = [" ".join(one.words.split()) for one in page.elements() if one.tag == "tr"][1:]
    return [re.split(" (?:done|failed|Try)", row)[0] for row in rows]


def test_a_job_that_failed_this_week_stays_in_sight_and_older_ones_are_a_link_away(
    services: Services,
) -> None:
    _ended_jobs(services)
    syncs = [f"Sync {number}" for number in range(1, 121)]
    assert _titles(services, "") == [*syncs[:50], "Report of 3 days ago"]
    assert _titles(services, "?page=2") == [*syncs[50:72], "Report of 3 days ago", *syncs[72:99]]
    assert _titles(services, "?page=3") == [*syncs[99:], "Report of 10 days ago"]
    assert _titles(services, "?page=x&state=asleep") == _titles(services, "")
    first, last = (text_of(jobs.body(services, EVE, jobs.asked_for(page))[0]) for page in ("", "page=3"))
    assert '"/jobs?page=2"' in first and "Newer" not in first
    assert '"/jobs?page=2"' in last and "Older" not in last


def test_jobs_are_narrowed_to_a_state_by_the_address(services: Services) -> None:
    _ended_jobs(services)
    with services.database.session() as session:
        for state in ("running", "queued"):
            session.add(JobRun(id=state, kind="sync", title=f"{state} one", state=state, created_at=NOW))
    assert _titles(services, "state=failed") == ["Report of 3 days ago", "Report of 10 days ago"]
    assert _titles(services, "state=done&page=3") == [f"Sync {number}" for number in range(101, 121)]
    for state, other in (("running", "queued"), ("queued", "running")):
        shown = text_of(jobs.body(services, EVE, jobs.asked_for(f"state={state}"))[0])
        assert f"{state} one" in shown and f"{other} one" not in shown and "Sync 1" not in shown
    page = read(sketch(jobs.body(services, EVE, jobs.asked_for("state=failed"))[0]))
    (on,) = [one for one in page.elements() if one.attributes.get("aria-current")]
    assert (on.words.strip(), on.attributes["href"]) == ("failed", "/jobs?state=failed")
