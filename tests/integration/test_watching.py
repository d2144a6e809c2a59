"""What an operator sees of a running installation: log lines with ids, and metrics of all processes.

The real web server with two workers, a real job worker, a real platform; one request that asks for a job.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import func, select

from app.accounts.headers import CSRF_COOKIE
from app.clock import FixedClock
from app.compose import build
from app.data.models import JobRun, PublishRun, SyncRun
from app.data.pipeline import sources
from app.data.pipeline.ingestion import ingestion
from app.notify.models import Delivery
from app.processes import demo
from sandbox.company import Company
from sandbox.server import running
from tests import demo_company
from tests.conftest import serving
from tests.demo_company import NOW, PASSWORD, assembled, email
from tests.processes import free_port, process, worker_on
from tests.visits import CALLBACKS, callback, question
from tests.waiting import PATIENCE, until

STRANGERS = 12  # visits of the sign-in page, each on a connection of its own, so that both workers answer
GIVEN = "request-of-the-test"
JOB = "sync-google_ads-2026-06-10-2026-06-11"

Lines = list[dict[str, Any]]


@dataclass(frozen=True)
class Watched:
    """What was printed and counted while one request and its job were worked on."""

    web: Lines
    worker: Lines
    metrics: dict[tuple[str, frozenset[tuple[str, str]]], float]
    rows: dict[str, float]

    def metric(self, name: str, **labels: str) -> float:
        return self.metrics[name, frozenset(labels.items())]


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    folder = demo_company.shared_folder(tmp_path_factory.getbasetemp())
    settings = demo_company.moved_in(folder, tmp_path_factory.mktemp("watched"))
    logs, port, metrics_port = tmp_path_factory.mktemp("logs"), free_port(), free_port()
    env = demo_company.environment(settings) | {
        "PORT": str(port), "PAD_METRICS_PORT": str(metrics_port), "PAD_LOG_FORMAT": "json",
        "PAD_WEB_WORKERS": "2",
    }  # fmt: skip
    services = build(settings, FixedClock(NOW))
    company = Company.in_memory(7, NOW, scale=0.05, months=2, billing=3)
    _deliver(services)
    base = f"http://127.0.0.1:{port}"
    with running(company) as up, serving(settings):
        parts = ingestion(settings, services.database, services.clock)
        credentials = demo.Company(up.base).credentials("google_ads")
        sources.add(parts, "google_ads", credentials, up.base_of("google_ads"))
        with (
            process("web", env, logs / "web"),
            worker_on(settings, logs / "worker", PAD_LOG_FORMAT="json"),
        ):
            until(lambda: _answers(base))
            for _ in range(STRANGERS):
                assert httpx.get(f"{base}/login", timeout=PATIENCE).status_code == 200
            _ask(base, _body(services))
            until(lambda: _state(services) == "done")
            scraped = httpx.get(f"http://127.0.0.1:{metrics_port}/metrics", timeout=PATIENCE).text
    yield Watched(_lines(logs / "web"), _lines(logs / "worker"), _parsed(scraped), _rows(services))


def _deliver(services: Any) -> None:
    """Two messages: one that arrived, one that nobody knows of."""
    with services.database.session() as session:
        for number, state in enumerate(("sent", "unknown")):
            session.add(
                Delivery(key=f"k{number}", kind="alert", subject_id="r", title="t", channel="email",
                         to="a@b.example", state=state, at=NOW)
            )  # fmt: skip


def _answers(base: str) -> bool:
    try:
        return httpx.get(f"{base}/healthz", timeout=PATIENCE).status_code == 200
    except httpx.HTTPError:
        return False


def _body(services: Any) -> dict[str, Any]:
    """What the browser posts when the admin reads two days again."""
    site = assembled(replace(services))
    values = {
        "backfill-go.n_clicks": 1, "source-target.data": "google_ads",
        "backfill-start.value": "2026-06-10", "backfill-end.value": "2026-06-11",
    }  # fmt: skip
    return question(site, callback(site, "backfill-go.n_clicks"), values)


def _ask(base: str, body: dict[str, Any]) -> None:
    with httpx.Client(base_url=base, timeout=PATIENCE) as client:
        token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/login").text)
        assert token is not None
        form = {"csrf_token": token.group(1), "email": email("admin"), "password": PASSWORD}
        assert client.post("/login", data=form).status_code == 303
        client.get("/sources")
        headers = {"X-CSRFToken": client.cookies[CSRF_COOKIE], "X-Request-ID": GIVEN}
        assert client.post(CALLBACKS, json=body, headers=headers).status_code == 200


def _state(services: Any) -> str:
    with services.database.session() as session:
        row = session.get(JobRun, JOB)
        assert row is None or row.state != "failed", row.error
        return row.state if row else ""


def _rows(services: Any) -> dict[str, float]:
    asked = {
        "restated": select(func.sum(PublishRun.restated)),
        "published": select(func.sum(PublishRun.rows)),
        "publishes": select(func.count(PublishRun.id)),
        "ads": select(func.sum(SyncRun.rows)).where(SyncRun.source_id == "google_ads"),
    }
    with services.database.session() as session:
        return {name: float(session.scalar(statement) or 0) for name, statement in asked.items()}


def _lines(path: Path) -> Lines:
    return [json.loads(line) for line in path.read_text().splitlines() if line.startswith("{")]


def _parsed(text: str) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_each_answer_is_one_line_with_its_request_and_route(watched: Watched) -> None:
    (line,) = [one for one in watched.web if one.get("request_id") == GIVEN and one["event"] == "answered"]
    assert (line["method"], line["route"], line["status"]) == ("POST", CALLBACKS, "200")
    answered = [one for one in watched.web if one["event"] == "answered"]
    assert len({one["request_id"] for one in answered}) == len(answered) == STRANGERS + 4
    assert {one["process"] for one in watched.web} == {"web"}


def test_a_job_carries_the_request_that_asked_for_it_through_every_line(watched: Watched) -> None:
    of_job = [one for one in watched.worker if one.get("job_id") == JOB]
    events = [one["event"] for one in of_job]
    assert events[0] == "job began" and events[-1] == "job done"
    assert {"stream read", "published"} <= set(events)
    assert {one["request_id"] for one in of_job} == {GIVEN}
    assert {one["process"] for one in of_job} == {"worker"}


def test_no_line_of_the_worker_is_without_a_job(watched: Watched) -> None:
    assert [one["event"] for one in watched.worker if "job_id" not in one] == []


def test_requests_of_all_workers_are_added_up(watched: Watched) -> None:
    asked = STRANGERS + 1
    assert watched.metric("pad_requests_total", method="GET", route="/login", status="200") == asked
    assert watched.metric("pad_request_seconds_count", route="/login") == asked + 1  # and the posted form
    assert watched.metric("pad_requests_total", method="GET", route="/sources", status="200") == 1


def test_callbacks_are_counted_by_their_output(watched: Watched) -> None:
    counted = [
        (dict(labels)["outcome"], value)
        for (name, labels), value in watched.metrics.items()
        if name == "pad_callback_seconds_count" and "source-problem" in dict(labels)["output"]
    ]
    assert counted == [("done", 1.0)]


def test_jobs_loads_and_publishes_are_those_of_the_database(watched: Watched) -> None:
    assert watched.metric("pad_jobs", kind="sync", state="done") == 1
    assert watched.metric("pad_job_seconds_count", kind="sync") == 1
    assert watched.metric("pad_job_seconds_bucket", kind="sync", le="+Inf") == 1
    assert watched.metric("pad_queue_depth") == 0
    assert watched.metric("pad_load_rows_total", source="google_ads") == watched.rows["ads"] > 0
    assert watched.metric("pad_publish_seconds_count") == watched.rows["publishes"] == 2
    assert watched.metric("pad_published_rows_total") == watched.rows["published"] > 0
    assert watched.metric("pad_restated_rows_total") == watched.rows["restated"] > 0
    assert watched.metric("pad_snapshot_version") == 2
    assert 0 <= watched.metric("pad_snapshot_age_seconds") < 3600
    assert watched.metric("pad_source_age_seconds", source="google_ads") >= 0
    assert {watched.metric("pad_up", part=part) for part in ("redis", "database")} == {1.0}


def test_messages_are_counted_by_kind_channel_and_state(watched: Watched) -> None:
    for state in ("sent", "unknown"):
        assert watched.metric("pad_deliveries", kind="alert", channel="email", state=state) == 1


def test_the_documentation_names_every_metric_and_no_other(watched: Watched) -> None:
    text = (Path(__file__).parents[2] / "docs" / "deployment.md").read_text()
    served = {re.sub("_(count|sum|bucket|created)$", "", name) for name, _ in watched.metrics}
    assert set(re.findall(r"`(pad_[a-z_]+)`", text)) == served
