"""The connectors against the made-up company over real HTTP: every stream, small pages, and its faults."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from app.data.connectors.base import CONNECTORS
from app.data.connectors.salesforce import bulk
from app.data.models import SyncRun
from app.data.pipeline.imports.importing import import_file
from app.data.pipeline.imports.streams import STREAMS
from app.errors import SourcePermanent, SourceTransient
from sandbox.company import Company as MadeUp
from sandbox.limits import Limits
from sandbox.server import Running, running
from tests.ingest_cast import PLATFORMS, Company

EPOCH = datetime(2026, 6, 15, 12, tzinfo=UTC)
DAY = (date(2026, 6, 14), date(2026, 6, 14))
DAYS = (date(2026, 6, 12), date(2026, 6, 14))
SMALL_PAGES = Limits(ads_page_rows=150, salesforce_batch_rows=200, ads_developer_token_required=True)
Connect = Callable[[str], Company]


@pytest.fixture(scope="module")
def up() -> Iterator[Running]:
    with running(MadeUp.small(), SMALL_PAGES) as running_now:
        yield running_now


@pytest.fixture
def connect(up: Running, tmp_path: Path) -> Iterator[Connect]:
    def to(source: str) -> Company:
        handed = httpx.get(f"{up.base}/_sandbox/credentials/{source}.json").json()
        return Company(tmp_path, source, secrets=handed, address=up.base_of(source), now=EPOCH)

    yield to
    httpx.delete(f"{up.base}/_sandbox/faults")


def fault(up: Running, source: str, kind: str, **more: Any) -> None:
    planned = httpx.post(f"{up.base}/_sandbox/faults", json={"source": source, "kind": kind, **more})
    assert planned.status_code == 200


def counts(company: Company) -> dict[str, int]:
    streams = CONNECTORS.get(company.source).streams
    tables = sorted({table for stream in streams for table in stream.tables})
    return {table: company.ask(f"SELECT count(*) FROM {table}")[0][0] for table in tables}


@pytest.mark.parametrize("source", PLATFORMS)
def test_every_stream_fills_its_tables_and_a_second_load_changes_nothing(
    connect: Connect, source: str
) -> None:
    company = connect(source)
    report = company.load(DAYS)
    first = counts(company)
    assert min(first.values()) > 0 and (report.rejected, report.quarantined) == (0, [])
    version = company.ask("SELECT max(version) FROM fact_version")
    company.load(DAYS)
    assert counts(company) == first
    assert company.ask("SELECT max(version) FROM fact_version") == version


def test_no_row_of_the_files_breaks_a_rule(connect: Connect, up: Running, tmp_path: Path) -> None:
    company, told = connect("salesforce"), {}
    for name in STREAMS.ids():
        path = tmp_path / f"{name}.csv"
        path.write_bytes(httpx.get(f"{up.base}/_sandbox/files/{name}.csv").content)
        report = import_file(company.parts, path, name)
        told[name] = (report.rows > 0, report.flagged, report.notes)
    assert told == dict.fromkeys(STREAMS.ids(), (True, 0, ()))


def test_persons_of_the_crm_stay_out_of_staging(connect: Connect) -> None:
    company = connect("salesforce")
    company.load(DAYS)
    (payload,) = company.parts.staging.glob("salesforce/leads-*/payload.jsonl.gz")
    text = gzip.decompress(payload.read_bytes()).decode()
    assert text.count('"person_key"') == company.ask("SELECT count(*) FROM fact_lead")[0][0]
    assert '"Email"' not in text and "@" not in text and '"LastName"' not in text


@pytest.mark.parametrize("source", PLATFORMS)
@pytest.mark.parametrize("kind", ["status", "half_page", "expire_tokens"])
def test_passing_trouble_costs_another_request_and_no_row(
    connect: Connect, up: Running, source: str, kind: str
) -> None:
    company = connect(source)
    fault(up, source, kind)
    report = company.sync(DAY)
    assert report.rows > 0 and report.rejected == 0
    looks = [0.5, 1.0] * 3 if source == "salesforce" else []  # at a job of each of its streams
    assert company.waits == {"status": [1.0], "half_page": [1.0], "expire_tokens": []}[kind] + looks


@pytest.mark.parametrize(
    ("source", "waits", "later"),
    [("google_ads", [2.0], None), ("google_analytics", [], 1800.0), ("salesforce", [], 3600.0)],
)
def test_each_platform_is_left_alone_as_long_as_it_asks(
    connect: Connect, up: Running, source: str, waits: list[float], later: float | None
) -> None:
    company = connect(source)
    fault(up, source, "throttle")
    told: float | None = None
    try:
        company.sync(DAY)
    except SourceTransient as problem:
        told = problem.retry_after
    assert (company.waits, told) == (waits, later)


@pytest.mark.parametrize(
    ("source", "field", "said"),
    [
        ("google_ads", "clicks", "metrics.clicksV2"),
        ("google_ads", "segments.device", "segments.deviceV2"),
        ("google_analytics", "engagedSessions", "without the field engagedSessions"),
        ("salesforce", "Utm_Source__c", "without the field Utm_Source__c"),
    ],
)
def test_a_changed_field_stops_the_stream_and_is_named(
    connect: Connect, up: Running, source: str, field: str, said: str
) -> None:
    company = connect(source)
    fault(up, source, "changed_field", field=field, times=50)
    with pytest.raises(SourcePermanent, match=said):
        company.sync(DAY)


@pytest.mark.parametrize("source", ["google_ads", "salesforce"])
def test_a_page_that_comes_twice_is_refused(
    connect: Connect, up: Running, source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "PAGE", 200)
    company = connect(source)
    fault(up, source, "duplicate_page")
    with pytest.raises(SourceTransient, match="twice"):
        company.sync(DAYS)


def test_a_page_token_that_has_died_is_not_asked_again(connect: Connect, up: Running) -> None:
    company = connect("google_ads")
    fault(up, "google_ads", "expired_page", times=50)
    with pytest.raises(SourceTransient, match="its token has expired. The window is read again"):
        company.sync(DAYS)
    assert company.waits == []
    with company.parts.database.session() as session:
        run = session.scalars(select(SyncRun).order_by(SyncRun.id.desc())).first()
        assert run is not None and (run.stream, run.state, run.requests) == ("ad_hours", "failed", 2)
    httpx.delete(f"{up.base}/_sandbox/faults")
    assert company.load(DAYS).rows > 0


def test_what_a_platform_says_against_its_own_report_stands_on_the_run_and_in_the_checks(
    connect: Connect, up: Running
) -> None:
    company = connect("google_analytics")
    company.load(DAY)
    (rows,) = company.ask("SELECT count(*) FROM fact_landing")[0]
    fault(up, "google_analytics", "sampled", times=4)  # the property, sessions, hours, landing pages
    company.load(DAY)
    with company.parts.database.session() as session:
        runs = session.scalars(select(SyncRun).order_by(SyncRun.id.desc()).limit(4)).all()
        told = {run.stream: (run.state, run.rows, run.flagged, run.error) for run in runs}
    words = (
        "Google Analytics sampled: 24% of the events were counted and extrapolated.\n"
        "Google Analytics left out rows of few people, to protect them.\n"
        "Google Analytics put rows beyond its limit into one row (other)."
    )
    assert told["landing_pages"] == ("done", rows, rows, words)
    assert told["visitors"][2:] == (0, "")
    checks = company.ask(
        "SELECT rule, date, rows, failed FROM fact_quality_check WHERE stream = 'landing_pages' ORDER BY ALL"
    )
    assert checks == [(rule, DAY[1], rows, rows) for rule in ("other_row", "sampled", "thresholded")]
