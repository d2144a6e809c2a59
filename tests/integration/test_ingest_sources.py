"""Sources over time: one reader at a time, killed readers, secrets that stay secret, what a list shows."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from app import logs
from app.clock import FixedClock
from app.compose import build
from app.data import source_states
from app.data.models import JobRun, Load, Source, SourceOfRecord, SyncRun
from app.data.pipeline import credentials, sources
from app.data.pipeline.ingestion import ingestion
from app.data.query.ledger import Ledger, row_counts
from app.errors import InputError, QualityError, SourcePermanent, SourceTransient
from app.layouts import source_card
from app.units import Units
from jobs.kinds import kinds
from jobs.runner import perform
from tests.fakes import viewer
from tests.ingest_cast import CANARY, CREDENTIALS, NOW, TOKEN, Company, Platform

ROOT = Path(__file__).parents[2]


def ads(home: Path, *planned: httpx.Response) -> Company:
    return Company(home, "google_ads", Platform("google_ads", *planned))


def test_a_rotated_refresh_token_is_kept_before_the_first_answer_is_read(tmp_path: Path) -> None:
    platform = Platform("salesforce", httpx.Response(500))
    platform.sign_in = lambda _: httpx.Response(200, json=TOKEN | {"refresh_token": f"{CANARY}-rotated"})  # type: ignore[method-assign]
    company = Company(tmp_path, "salesforce", platform)
    sources.test(company.parts, "salesforce")
    kept = credentials.of(company.parts.database, company.parts.vault, "salesforce")
    assert kept == CREDENTIALS | {"refresh_token": f"{CANARY}-rotated"}


def test_a_sync_tells_how_far_the_data_of_a_source_reaches(tmp_path: Path) -> None:
    company = Company(tmp_path, "salesforce", Platform("salesforce"))
    company.load((date(2026, 1, 10), date(2026, 1, 12)))
    assert shown(company).data_until == datetime(2026, 1, 13, 5, tzinfo=UTC)
    company.load()
    assert shown(company).data_until == datetime(2026, 1, 15, 5, tzinfo=UTC)
    company.load((date(2026, 1, 10), date(2026, 1, 12)))
    assert shown(company).data_until == datetime(2026, 1, 15, 5, tzinfo=UTC)
    assert company.ask("SELECT data_until FROM dim_source") == [(date(2026, 1, 14),)]


def test_a_ready_source_shows_its_rows_and_its_last_sync(tmp_path: Path) -> None:
    company = ads(tmp_path)
    company.load()
    state = source_states.all_states(company.parts.database)[0]
    assert (state.source.id, state.source.kind, state.source.state) == ("google_ads", "platform", "ready")
    assert state.source.last_sync_at == NOW


def test_a_source_tells_what_all_streams_of_its_newest_sync_took(tmp_path: Path) -> None:
    """Four streams and the names of places are five requests, each of four seconds on this clock."""
    platform, company = Platform("google_ads"), ads(tmp_path)
    clock = FixedClock(NOW)
    company.parts = replace(company.parts, clock=clock)

    def slow(request: httpx.Request) -> httpx.Response:
        clock.instant += timedelta(seconds=4)
        return platform(request)

    before = source_states.all_states(company.parts.database)[0]
    assert (before.requests, before.seconds) == (None, None)
    for syncs in (1, 2):
        company.facing(slow).sync()
        state = source_states.all_states(company.parts.database)[0]
        assert (len(state.runs), state.requests, state.seconds) == (4 * syncs, 5, 20.0)


def test_rows_of_a_source_are_those_of_the_warehouse_however_often_they_are_read(tmp_path: Path) -> None:
    """Three ad days, hours, places and a budget are what it holds; each sync brings all of them once more."""
    company = ads(tmp_path)
    company.load()
    with company.parts.snapshots.cursor(fresh=True) as cursor:
        once = row_counts(cursor)
    company.load()
    facts = ("fact_ad", "fact_ad_hour", "fact_ad_geo", "fact_campaign_budget")
    held = sum(company.ask(f"SELECT count(*) FROM {name}")[0][0] for name in facts)
    with company.parts.snapshots.cursor(fresh=True) as cursor:
        assert row_counts(cursor) == once == {"google_ads": held}


def test_a_campaign_tells_its_budget_and_whether_others_share_it(tmp_path: Path) -> None:
    company = ads(tmp_path)
    company.load()
    kept = company.ask("SELECT daily_budget_micros, budget_id, shared FROM fact_campaign_budget")
    assert kept == [(50_000_000, "555", True)]


def test_a_second_source_of_a_subject_enters_no_number(tmp_path: Path) -> None:
    company = Company(tmp_path, "salesforce", Platform("salesforce"))
    with company.parts.database.session() as session:
        session.add(SourceOfRecord(subject="crm", source_id="hubspot"))
    company.sync()
    report = company.publish()
    assert len(report.rejected) == 3 and report.loads == ()
    with pytest.raises(QualityError, match="hubspot is the source of record of crm; rows of salesforce"):
        report.require(report.rejected)
    assert company.ask("SELECT count(*) FROM fact_lead") == [(0,)]
    with company.parts.database.session() as session:
        assert set(session.scalars(select(Load.state))) == {"quarantined"}


def test_the_first_source_of_a_subject_becomes_its_source_of_record(tmp_path: Path) -> None:
    company = Company(tmp_path, "salesforce", Platform("salesforce"))
    company.load()
    with company.parts.database.session() as session:
        records = session.scalars(select(SourceOfRecord)).all()
        assert [(one.subject, one.source_id) for one in records] == [("crm", "salesforce")]


def test_a_link_belongs_to_the_account_of_its_campaign_and_stays_there(tmp_path: Path) -> None:
    company = ads(tmp_path)
    company.load()
    crm = Platform("salesforce")
    sources.add(company.parts, "salesforce", CREDENTIALS, force=True)
    company.source = "salesforce"
    company.facing(crm).load()
    asked = "SELECT name_raw, account, campaign FROM dim_campaign WHERE platform = '(not set)' ORDER BY ALL"
    assert company.ask(asked) == [("brand_de", "Acme DE", "Brand DE")]
    versions = company.ask("SELECT fact, version FROM fact_version ORDER BY ALL")
    company.load()
    assert company.ask(asked) == [("brand_de", "Acme DE", "Brand DE")]
    assert company.ask("SELECT fact, version FROM fact_version ORDER BY ALL") == versions


def shown(company: Company) -> Source:
    with company.parts.database.session() as session:
        return session.get_one(Source, company.source)


def leaky(request: Request) -> Response:
    """A platform that quotes back every secret it was sent."""
    if request.path.endswith("/token"):
        return Response(json.dumps(TOKEN), content_type="application/json")
    said = f"denied: {dict(request.headers)} {CREDENTIALS}"
    return Response(json.dumps({"error": {"code": 403, "message": said}}), status=403)


@pytest.fixture
def leaky_address() -> Iterator[str]:
    server = make_server("127.0.0.1", 0, Request.application(leaky), threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join(timeout=5)


def test_a_secret_that_a_platform_quotes_reaches_no_log_no_row_and_no_file(
    tmp_path: Path, leaky_address: str, capfd: pytest.CaptureFixture[str]
) -> None:
    company = ads(tmp_path)
    services = build(company.parts.settings)
    logs.configure(services.settings, "worker")
    parts = ingestion(services.settings, services.database, services.clock)
    sources.add(parts, "google_ads", CREDENTIALS, leaky_address, force=True)
    with services.database.session() as session:
        job = JobRun(id="j", kind="sync", title="Sync", state="queued", created_at=NOW)
        job.arguments = {"source_id": "google_ads"}
        session.add(job)
    perform(services, "j", kinds())
    with services.database.session() as session:
        job, source = session.get_one(JobRun, "j"), session.get_one(Source, "google_ads")
    logged = "".join(capfd.readouterr())
    assert job.state == "failed" and "answered 403: " in job.error and "job failed" in logged
    for told in (job.error, source.error, str(job.arguments), logged, repr(parts)):
        assert CANARY not in told
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert [path.name for path in files if CANARY.encode() in path.read_bytes()] == []


def test_a_failed_stream_keeps_the_secret_out_of_its_line_in_the_log(tmp_path: Path) -> None:
    said = {"error": {"code": 403, "message": f"no {CANARY}-developer", "status": "PERMISSION_DENIED"}}
    platform = Platform("google_ads")
    company = Company(tmp_path, "google_ads", platform)
    platform.planned = [lambda request: platform.replay(request), httpx.Response(403, json=said)]
    with pytest.raises(SourcePermanent):
        company.sync()
    with company.parts.database.session() as session:
        run = session.scalars(select(SyncRun)).one()
        assert session.scalars(select(Load)).all() == []
    assert (run.state, run.stream) == ("failed", "campaigns")
    assert "answered 403: no ***" in run.error and "Renew the credentials" in run.error


def test_a_row_that_breaks_a_rule_is_told_in_words_on_the_run_of_its_stream(tmp_path: Path) -> None:
    platform = Platform("google_ads")
    for one in platform.exchanges:
        for row in one["answer"].get("results", ()):
            if "impressions" in row.get("metrics", ()) and "device" in row["segments"]:
                row["metrics"]["clicks"] = "2000"  # of 1,840 and of 10 impressions
    company = Company(tmp_path, "google_ads", platform)
    company.load()
    with company.parts.database.session() as session:
        runs = session.scalars(select(SyncRun).where(SyncRun.flagged > 0)).all()
    told = {run.stream: (run.state, run.flagged, run.error) for run in runs}
    more = "There are more clicks than impressions."
    assert told["ad_days"] == ("done", 2, f"row 1: {more}\nrow 2: {more}")
    assert more in on_its_card(company)


def windows_read(company: Company) -> dict[str, tuple[date | None, date | None]]:
    """The days of each stream's newest run."""
    with company.parts.database.session() as session:
        runs = session.scalars(select(SyncRun).order_by(SyncRun.id)).all()
    return {run.stream: (run.window_start, run.window_end) for run in runs}


def look_back(company: Company, days: int) -> None:
    sources.add(company.parts, company.source, look_back=days, force=True)


def on_its_card(company: Company) -> str:
    state = source_states.all_states(company.parts.database)[0]
    return str(source_card.card(state, Ledger({}, ()), viewer("admin"), NOW, Units("USD"), "UTC"))


def test_a_source_with_a_look_back_of_its_own_reads_so_many_days_again(tmp_path: Path) -> None:
    platform, today = Platform("google_ads"), date(2026, 1, 15)

    def without_days(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={}) if b"segments.date" in request.content else platform(request)

    company = Company(tmp_path, "google_ads", without_days)
    company.load(None)
    company.load(None)
    assert windows_read(company)["ad_days"] == (date(2025, 12, 16), today)
    look_back(company, 90)
    company.load(None)
    read = windows_read(company)
    assert read["ad_days"] == read["ad_places"] == (date(2025, 10, 17), today)
    assert read["ad_hours"] == (date(2025, 11, 16), today), "of hours 60 days are kept"
    assert ">90 days<" in on_its_card(company)
    sources.add(company.parts, "google_ads", base_url="https://ads.example", force=True)
    assert shown(company).look_back == 90, "what else is changed leaves it"
    look_back(company, 0)
    company.load(None)
    assert windows_read(company)["ad_days"] == (date(2025, 12, 16), today)
    assert "Look-back" not in on_its_card(company), "the page knows no connector, hence not what is usual"


@pytest.mark.parametrize(
    ("source", "days", "said"),
    [
        (
            "google_ads",
            181,
            "A look-back of 181 days is not between 1 and 180. Give as many days as the longest conversion "
            "window of its accounts, at most 180; 0 takes the usual 30 of Google Ads. Nothing was changed.",
        ),
        (
            "google_analytics",
            -1,
            "A look-back of -1 days is not between 1 and 180. Give as many days as the longest conversion "
            "window of its accounts, at most 180; 0 takes the usual 13 of Google Analytics 4. Nothing was "
            "changed.",
        ),
        (
            "salesforce",
            30,
            "Salesforce is read by what changed since the last sync, so it has no look-back. Leave "
            "--look-back out. Nothing was changed.",
        ),
    ],
)
def test_a_look_back_that_cannot_be_is_refused_and_changes_nothing(
    tmp_path: Path, source: str, days: int, said: str
) -> None:
    company = Company(tmp_path, source, Platform(source))
    with pytest.raises(InputError) as refused:
        sources.add(company.parts, source, look_back=days, base_url="https://other.example", force=True)
    assert str(refused.value) == said
    assert (shown(company).look_back, shown(company).base_url) == (0, "")


def test_a_platform_rests_until_its_quota_is_there_and_not_under_other_credentials(tmp_path: Path) -> None:
    """At noon in London it is four in California, whose midnight is twenty hours away."""
    spent = {"error": {"code": 429, "message": "Exhausted property tokens per day.", "status": "X"}}
    company = Company(
        tmp_path, "google_analytics", Platform("google_analytics", httpx.Response(429, json=spent))
    )
    with pytest.raises(SourceTransient) as ended:
        company.sync()
    assert shown(company).error == str(ended.value)
    assert "back at midnight in California, in 20 hours at most" in shown(company).error
    assert shown(company).rests(NOW + timedelta(hours=19, minutes=59))
    assert not shown(company).rests(NOW + timedelta(hours=20))
    sources.add(company.parts, "google_analytics", CREDENTIALS, force=True)
    assert not shown(company).rests(NOW)
