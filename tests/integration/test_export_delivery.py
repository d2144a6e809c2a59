"""A finished export is told to the one who asked, in the inbox and among the jobs, and to nobody else."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from app.accounts import audit
from app.accounts.models import User
from app.accounts.permissions import ROLES
from app.accounts.viewer import Viewer
from app.callbacks import exports as route
from app.clock import FixedClock
from app.data.models import JobRun
from app.data.query import codec
from app.data.query.spec import EVERYTHING, Filter, Scope
from app.errors import AccessDenied, InputError
from app.layouts import inbox as bell
from app.layouts.pages import jobs as page
from app.notify import inbox
from app.notify.models import InboxItem
from app.services import Services
from jobs.exports import KINDS
from tests.ad_company import NOW
from tests.bare_app import ANALYST, bare_app
from tests.table_services import table_services

ADA = Viewer(3, "ada@larkfield.example", "Ada", "admin", ROLES["admin"])


class Told:
    def __init__(self, job_id: str) -> None:
        self.id = job_id

    def progress(self, share: float, message: str) -> None: ...


@pytest.fixture
def services(tmp_path: Path) -> Services:
    made = table_services(tmp_path)
    with made.database.session() as session:
        for who in (ANALYST, ADA):
            known = {"id": who.user_id, "email": who.email, "name": who.name, "role": who.role}
            session.add(User(**known, password_hash="-", created_at=NOW))
    return made


def asked(services: Services) -> tuple[str, dict[str, Any]]:
    """An export of the analyst's that waits; its id and arguments."""
    app, _ = bare_app(services, ANALYST)
    with app.server.test_request_context("/"):
        job_id = route.queue_xlsx(services, ANALYST, "campaigns", "columns=spend,clicks")
    return job_id, dict(services.queue.jobs[-1][1])  # type: ignore[attr-defined]


def written(services: Services, times: int = 1) -> str:
    """An export of the analyst's that is done."""
    job_id, arguments = asked(services)
    for _ in range(times):
        result = KINDS["export_xlsx"](services, Told(job_id), **arguments)
    with services.database.session() as session:
        run = session.get_one(JobRun, job_id)
        run.state, run.result, run.started_at, run.ended_at = "done", result, NOW, NOW
    return job_id


def text_of(component: object) -> str:
    return json.dumps(component, default=lambda part: part.to_plotly_json(), ensure_ascii=False)


def jobs_of(services: Services, viewer: Viewer) -> str:
    return text_of(page.body(services, viewer)[0])


def test_its_reader_finds_it_in_the_inbox_with_its_expiry_once(services: Services) -> None:
    job_id = written(services, times=2)  # a worker died after the first
    (item,) = inbox.of(services.database, ANALYST.user_id).items
    assert (item.title, item.link) == ("Your export campaigns is ready", f"/download/{job_id}")
    assert item.body == "8 rows as XLSX. The file is kept until 14 Mar 2026, 11:00."
    assert inbox.of(services.database, ADA.user_id).items == []
    shown = text_of(bell.panel(services, ANALYST))
    assert f'"href": "/download/{job_id}"' in shown and "data-nav" not in shown


def test_its_reader_finds_it_among_the_jobs_until_it_is_gone(services: Services) -> None:
    job_id = written(services)
    mine = jobs_of(services, ANALYST)
    assert f"/download/{job_id}" in mine and "Download 8 rows" in mine
    assert "kept until 14 Mar 2026, 11:00" in mine
    assert f"/download/{job_id}" not in jobs_of(services, ADA)
    gone = jobs_of(replace(services, clock=FixedClock(NOW + timedelta(hours=25))), ANALYST)
    assert f"/download/{job_id}" not in gone and "no longer kept" in gone


def test_every_download_is_noted_and_one_of_somebody_else_is_refused(services: Services) -> None:
    job_id = written(services)
    for viewer, status in ((ANALYST, 200), (ANALYST, 200), (ADA, 404)):
        client = bare_app(services, viewer)[0].server.test_client()
        assert client.get(f"/download/{job_id}").status_code == status
    noted = audit.every(services.database, audit.AuditFilter(action=audit.DOWNLOADED))
    assert [(entry.actor, entry.object, entry.detail) for entry in noted] == [
        (ANALYST.email, "campaigns_2026-02-11_2026-03-12_USD.xlsx", job_id)
    ] * 2


CALIFORNIA = Scope((Filter("region", ("California",)),))
WIDER = Scope((Filter("region", ("California", "Texas")),))
SAW_MORE = "This file was made when you saw more of the data than you may see now."


@pytest.mark.parametrize(
    ("then", "now", "status"),
    [
        (EVERYTHING, EVERYTHING, 200),
        (EVERYTHING, CALIFORNIA, 403),
        (WIDER, CALIFORNIA, 403),
        (CALIFORNIA, CALIFORNIA, 200),
        (CALIFORNIA, WIDER, 200),
        (CALIFORNIA, EVERYTHING, 200),
        (CALIFORNIA, Scope((Filter("device", ("mobile",)),)), 403),
        (CALIFORNIA, Scope((*CALIFORNIA.filters, Filter("device", ("mobile",)))), 403),
    ],
)
def test_a_file_stays_closed_to_its_reader_who_sees_less_now(
    services: Services, then: Scope, now: Scope, status: int
) -> None:
    job_id = written(services)
    with services.database.session() as session:
        run = session.get_one(JobRun, job_id)
        run.arguments = run.arguments | {
            "request": run.arguments["request"] | {"scope": codec.objects(then.filters)}
        }
    app, _ = bare_app(services, replace(ANALYST, scope=now))
    answer = app.server.test_client().get(f"/download/{job_id}")
    assert (answer.status_code, SAW_MORE.encode() in answer.data) == (status, status == 403)


def test_an_export_keeps_the_scope_that_it_was_asked_in(services: Services) -> None:
    narrow = replace(ANALYST, scope=CALIFORNIA)
    app, _ = bare_app(services, narrow)
    with app.server.test_request_context("/"):
        job_id = route.queue_xlsx(services, narrow, "campaigns", "columns=spend,clicks")
    with services.database.session() as session:
        run = session.get_one(JobRun, job_id)
        assert codec.of_objects(run.arguments["request"]["scope"]) == CALIFORNIA.filters
    route.require_scope(narrow, run)
    with pytest.raises(AccessDenied, match="you saw more"):
        route.require_scope(replace(ANALYST, scope=Scope((Filter("region", ("Texas",)),))), run)


def test_one_that_failed_is_told_with_the_reason(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.exports.workbook.MOST_ROWS", 3)
    job_id, arguments = asked(services)
    with pytest.raises(InputError):
        KINDS["export_xlsx"](services, Told(job_id), **arguments)
    (item,) = inbox.of(services.database, ANALYST.user_id).items
    assert item.title == "Your export campaigns failed"
    assert item.body.startswith("An XLSX sheet holds 3 rows and this export has more.")


def test_one_whose_reader_is_gone_is_written_and_told_to_nobody(services: Services) -> None:
    job_id, arguments = asked(services)
    with services.database.session() as session:
        session.get_one(User, ANALYST.user_id).disabled = True
    assert KINDS["export_xlsx"](services, Told(job_id), **arguments)["rows"] == 8
    with services.database.session() as session:
        assert session.scalars(select(InboxItem)).all() == []
