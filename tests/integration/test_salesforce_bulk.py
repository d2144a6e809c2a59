"""Salesforce's bulk query jobs: the same records as by queries, and every way in which a job can go wrong."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from app.data.connectors.base import CONNECTORS, Connector, Window
from app.data.connectors.salesforce import FIELDS, bulk
from app.data.models import Load, SyncRun
from app.data.pipeline.sources import connect
from app.data.transform import Context
from app.errors import SourcePermanent, SourceTransient
from sandbox.company import Company as MadeUp
from sandbox.limits import HOUR, Limits
from sandbox.server import Running, running
from tests.ingest_cast import NOW, Company, Handler, Platform, text_of

EPOCH = datetime(2026, 6, 15, 12, tzinfo=UTC)
EVERYTHING = Window(date(2024, 6, 1), date(2026, 6, 15), date(2026, 6, 15))
STREAMS = [stream.name for stream in CONNECTORS.get("salesforce").streams]
CONTEXT = Context("salesforce", "organisation", "Larkfield", "America/New_York", "USD")


@pytest.fixture(scope="module")
def up() -> Iterator[Running]:
    with running(MadeUp.small(), Limits(salesforce_batch_rows=200)) as running_now:
        yield running_now


@pytest.fixture
def org(up: Running, tmp_path: Path) -> Iterator[Company]:
    handed = httpx.get(f"{up.base}/_sandbox/credentials/salesforce.json").json()
    yield Company(tmp_path, "salesforce", secrets=handed, address=up.base_of("salesforce"), now=EPOCH)
    httpx.delete(f"{up.base}/_sandbox/faults")


def fault(up: Running, kind: str, **more: Any) -> None:
    planned = httpx.post(f"{up.base}/_sandbox/faults", json={"source": "salesforce", "kind": kind, **more})
    assert planned.status_code == 200


def connected(company: Company) -> tuple[Connector, list[str]]:
    """The connector, and the list of what it will ask."""
    connector, session = connect(company.parts, "salesforce")
    asked: list[str] = []
    session.client.event_hooks["request"] = [lambda one: asked.append(f"{one.method} {one.url.path}")]
    return connector, asked


def rows(connector: Connector, name: str, window: Window) -> list[dict[str, Any]]:
    (stream,) = (one for one in connector.streams if one.name == name)
    (account,) = connector.accounts()
    return [row for page in connector.fetch(stream, account, window) for row in page]


def typed(name: str, found: list[dict[str, Any]]) -> list[Any]:
    (stream,) = (one for one in CONNECTORS.get("salesforce").streams if one.name == name)
    return [list(stream.transform(row, CONTEXT)) for row in sorted(found, key=lambda row: row["Id"])]


def jobs_left(company: Company) -> list[Any]:
    """What the organisation still keeps of our jobs."""
    connector, _ = connect(company.parts, "salesforce")
    answer = connector._organisation.call("GET", "/services/data/v62.0/jobs/query")  # type: ignore[attr-defined]
    return list(answer["records"])


@pytest.mark.parametrize("name", STREAMS)
def test_a_job_and_queries_give_the_same_typed_records(
    org: Company, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "PAGE", 25)
    connector, asked = connected(org)
    by_job = rows(connector, name, EVERYTHING)
    pages = [one for one in asked if one.endswith("/results")]
    by_query = rows(connector, name, replace(EVERYTHING, since="2000-01-01T00:00:00Z"))
    assert len(by_job) > 40 and len(pages) == -(-len(by_job) // 25)
    assert typed(name, by_job) == typed(name, by_query)
    assert by_job != by_query  # the wire differs: text and Z there, numbers, booleans and +0000 here


def test_deleted_records_come_by_both_ways(org: Company) -> None:
    connector, _ = connected(org)
    by_job = [row["Id"] for row in rows(connector, "leads", EVERYTHING) if row["IsDeleted"] == "true"]
    every = rows(connector, "leads", replace(EVERYTHING, since="2000-01-01T00:00:00Z"))
    assert sorted(by_job) == sorted(row["Id"] for row in every if row["IsDeleted"]) != []


def test_a_first_read_is_a_job_that_is_removed_and_a_small_increment_is_a_query(org: Company) -> None:
    connector, asked = connected(org)
    assert rows(connector, "touches", EVERYTHING)
    (made,) = {one.split("/")[6] for one in asked if "/jobs/query/" in one}
    root = f"/services/data/v62.0/jobs/query/{made}"
    first = [one for one in asked if "/jobs/query" in one]
    looks = [f"GET {root}"] * 2
    assert first == ["POST /services/data/v62.0/jobs/query", *looks, f"GET {root}/results", f"DELETE {root}"]
    assert jobs_left(org) == []
    asked.clear()
    assert rows(connector, "touches", replace(EVERYTHING, since="2026-06-10T00:00:00Z"))
    assert {one for one in asked if "/jobs/" in one} == set()


def test_an_increment_above_the_declared_count_is_a_job(
    org: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.data.connectors.salesforce.MOST_BY_QUERY", 30)
    connector, asked = connected(org)
    since = replace(EVERYTHING, since="2026-05-01T00:00:00Z")
    found = rows(connector, "touches", since)
    assert len(found) > 30 and "POST /services/data/v62.0/jobs/query" in asked
    assert {row["SystemModstamp"] >= since.since for row in found} == {True}


@pytest.mark.parametrize(
    "kind", ["job_failed", "job_refused"], ids=["fails", "is not supported for the object"]
)
def test_what_a_job_cannot_do_is_read_by_queries(org: Company, up: Running, kind: str) -> None:
    connector, asked = connected(org)
    whole = typed("opportunities", rows(connector, "opportunities", EVERYTHING))
    fault(up, kind)
    assert typed("opportunities", rows(connector, "opportunities", EVERYTHING)) == whole
    assert asked[-1].endswith("/queryAll") and jobs_left(org) == []


def test_the_day_s_jobs_used_up_leave_queries(org: Company, up: Running) -> None:
    connector, asked = connected(org)
    used = up.site.limits.salesforce_bulk_jobs_per_day
    up.site.usage.add("salesforce_bulk_jobs", up.site.clock.wall(), HOUR, used)
    try:
        assert len(rows(connector, "opportunities", EVERYTHING)) > 40
    finally:
        up.site.usage.add("salesforce_bulk_jobs", up.site.clock.wall(), HOUR, -used)
    assert asked[-1].endswith("/queryAll")


@pytest.mark.parametrize(
    ("kind", "more", "said"),
    [
        ("job_aborted", {}, "aborted in Salesforce"),
        ("job_expired", {}, "does not know the query job any more"),
        ("job_expired", {"path": "/results"}, "does not know the query job any more"),
    ],
)
def test_a_job_that_ends_without_results_is_read_again_later(
    org: Company, up: Running, kind: str, more: dict[str, str], said: str
) -> None:
    fault(up, kind, **more)
    with pytest.raises(SourceTransient, match=f"{said}.*read again at the next sync"):
        org.sync(None)
    assert staged(org) == [] and failed(org) == ["leads"] and jobs_left(org) == []
    assert org.sync(None).rows > 500


def test_results_that_are_cut_in_half_are_asked_again(org: Company, up: Running) -> None:
    connector, asked = connected(org)
    whole = rows(connector, "touches", EVERYTHING)
    asked.clear()
    fault(up, "half_page", path="/results")
    assert rows(connector, "touches", EVERYTHING) == whole
    assert [one.endswith("/results") for one in asked].count(True) == 2


def test_results_that_stay_cut_in_half_stop_the_stream(org: Company, up: Running) -> None:
    fault(up, "half_page", path="/results", times=9)
    with pytest.raises(SourceTransient, match="sent half a page"):
        org.sync(None)
    assert staged(org) == [] and failed(org) == ["leads"] and jobs_left(org) == []


def test_a_page_of_results_that_comes_twice_is_refused(
    org: Company, up: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "PAGE", 25)
    fault(up, "duplicate_page")
    with pytest.raises(SourceTransient, match="twice"):
        org.sync(None)
    assert staged(org) == []


def test_a_job_that_finds_nothing_is_an_empty_page(org: Company, up: Running) -> None:
    connector, _ = connected(org)
    fault(up, "empty_window")
    assert rows(connector, "leads", EVERYTHING) == []


def test_a_changed_column_stops_the_stream_and_is_named(org: Company, up: Running) -> None:
    fault(up, "changed_field", field="Utm_Source__c")
    with pytest.raises(SourcePermanent, match="without the field Utm_Source__c"):
        org.sync(None)
    assert staged(org) == []


def staged(company: Company) -> list[str]:
    with company.parts.database.session() as session:
        return [load.stream for load in session.scalars(select(Load))]


def failed(company: Company) -> list[str]:
    with company.parts.database.session() as session:
        return [run.stream for run in session.scalars(select(SyncRun).where(SyncRun.state == "failed"))]


# Answers that the made-up company does not give: what the leads' job says, written by hand.
LEAD = {
    "Id": "00Q1",
    "Email": "ada@acme.example",
    "FirstName": 'Ada "the first"',
    "LastName": "O'Neill, jr.",
    "Company": "Acme\r\nBerlin, Paris",
    "Status": "Working,\n\n  waiting",
    "CreatedDate": "2026-01-14T23:30:00.000Z",
    "IsDeleted": "false",
    "Utm_Campaign__c": '=HYPERLINK("x"),\n"quoted" ; tab\t, Zürich 東京',
}


def answering(
    looks: list[dict[str, Any]] | None = None,
    results: Handler | None = None,
) -> Platform:
    """Salesforce as it replays, but for the looks at the leads' job or for its results."""
    platform = Platform("salesforce")
    replay = platform.replay
    waiting = list(looks or [])

    def answer(request: httpx.Request) -> httpx.Response:
        asked = text_of(request)
        if results and "750L/results" in asked:
            return results(request)
        if waiting and asked.startswith("GET") and asked.rstrip().endswith("/jobs/query/750L"):
            return httpx.Response(200, json=waiting.pop(0) if len(waiting) > 1 else waiting[0])
        return replay(request)

    platform.replay = answer  # type: ignore[method-assign]
    return platform


def csv_of(*records: dict[str, str], more: str = "null") -> Handler:
    """Results with all columns that are asked, as Salesforce spells it: all quoted, quotes doubled."""
    names = FIELDS["leads"][1].split()
    lines = [names, *([record.get(name, "") for name in names] for record in records)]
    quoted = [",".join('"' + cell.replace('"', '""') + '"' for cell in line) for line in lines]
    headers = {"Sforce-NumberOfRecords": str(len(records)), "Sforce-Locator": more}
    return lambda _request: httpx.Response(200, text="\n".join(quoted) + "\n", headers=headers)


def leads(company: Company) -> list[dict[str, Any]]:
    return rows(connect(company.parts, "salesforce")[0], "leads", EVERYTHING)


def asked_of(platform: Platform, method: str) -> list[str]:
    return [text_of(one) for one in platform.asked if one.method == method]


def test_line_breaks_commas_and_quotes_in_fields_arrive_as_they_are(tmp_path: Path) -> None:
    company = Company(tmp_path, "salesforce", answering(results=csv_of(LEAD, LEAD | {"Id": "00Q2"})))
    first, second = leads(company)
    assert {name: first[name] for name in LEAD} == LEAD
    assert (second["Id"], second["State"]) == ("00Q2", None)


def test_an_empty_result_is_its_header_only(tmp_path: Path) -> None:
    done = {"id": "750L", "state": "JobComplete", "numberRecordsProcessed": 0}
    assert leads(Company(tmp_path, "salesforce", answering([done], csv_of()))) == []


def test_a_locator_that_repeats_is_refused(tmp_path: Path) -> None:
    company = Company(tmp_path, "salesforce", answering(results=csv_of(LEAD, more="MjAwMDA")))
    with pytest.raises(SourceTransient, match="sent the same page twice"):
        leads(company)


def test_a_page_cut_between_two_records_is_half_a_page(tmp_path: Path) -> None:
    """Whole lines only, so nothing but the header tells that records are missing."""

    def cut(request: httpx.Request) -> httpx.Response:
        whole = csv_of(LEAD, LEAD | {"Id": "00Q2"})(request)
        whole.headers["Sforce-NumberOfRecords"] = "3"
        return whole

    company = Company(tmp_path, "salesforce", answering(results=cut))
    with pytest.raises(SourceTransient, match="sent half a page"):
        leads(company)


def test_fewer_records_than_the_job_announced_are_not_kept(tmp_path: Path) -> None:
    done = {"id": "750L", "state": "JobComplete", "numberRecordsProcessed": 2}
    company = Company(tmp_path, "salesforce", answering([done], csv_of(LEAD)))
    with pytest.raises(SourceTransient, match="announced 2 records and sent 1"):
        company.sync()
    assert staged(company) == []


def test_a_throttled_look_waits_as_long_as_it_is_told(tmp_path: Path) -> None:
    def throttled(request: httpx.Request) -> httpx.Response:
        platform.replay = Platform("salesforce").replay  # type: ignore[method-assign]
        return httpx.Response(429, headers={"Retry-After": "17"}, text="slow down")

    platform = answering(results=throttled)
    company = Company(tmp_path, "salesforce", platform)
    assert [row["Id"] for row in leads(company)] == ["00Q1"]
    assert company.waits == [0.5, 17.0]


@pytest.mark.parametrize("status", [400, 403])
def test_the_day_s_requests_used_up_leave_the_stream_to_a_later_sync(tmp_path: Path, status: int) -> None:
    said = [{"errorCode": "REQUEST_LIMIT_EXCEEDED", "message": "TotalRequests Limit exceeded."}]
    platform = answering(results=lambda _: httpx.Response(status, json=said))
    company = Company(tmp_path, "salesforce", platform)
    with pytest.raises(SourceTransient, match="TotalRequests Limit exceeded") as caught:
        company.sync()
    assert caught.value.retry_after == 3600.0 and company.waits == [0.5]
    assert staged(company) == [] and failed(company) == ["leads"]


def test_a_look_waits_longer_each_time_and_a_job_without_end_is_aborted(tmp_path: Path) -> None:
    platform = answering([{"id": "750L", "state": "InProgress"}])
    company = Company(tmp_path, "salesforce", platform)
    with pytest.raises(SourceTransient, match="has not ended the query job within 60 minutes"):
        leads(company)
    assert company.waits[:8] == [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]
    assert 3600 <= sum(company.waits) < 3630
    (aborted,), (deleted,) = asked_of(platform, "PATCH"), asked_of(platform, "DELETE")
    assert '{"state":"Aborted"}' in aborted and "/jobs/query/750L" in deleted


def test_a_state_that_nobody_knows_is_named(tmp_path: Path) -> None:
    company = Company(tmp_path, "salesforce", answering([{"id": "750L", "state": "Napping"}]))
    with pytest.raises(SourcePermanent, match="the state 'Napping' of a query job"):
        leads(company)


def test_a_field_that_the_organisation_lacks_is_left_out_of_the_job(tmp_path: Path) -> None:
    """A job's refusal names no code of its own for it; the message does."""
    said = "ERROR at Row:1:Column:9\nNo such column 'Lead_Score__c' on entity 'Lead'."
    platform = Platform("salesforce")
    replay = platform.replay

    def lacks(request: httpx.Request) -> httpx.Response:
        if request.method == "POST" and "Lead_Score__c" in text_of(request):
            return httpx.Response(400, json=[{"errorCode": "API_ERROR", "message": said}])
        return replay(request)

    platform.replay = lacks  # type: ignore[method-assign]
    assert [row["Id"] for row in leads(Company(tmp_path, "salesforce", platform))] == ["00Q1"]
    refused, made = asked_of(platform, "POST")
    assert "Lead_Score__c" in refused and "Lead_Score__c" not in made


def test_a_job_that_cannot_be_removed_costs_no_row(tmp_path: Path) -> None:
    platform = Platform("salesforce")
    replay = platform.replay
    gone = httpx.Response(404, json=[{"errorCode": "NOT_FOUND", "message": "gone"}])
    platform.replay = lambda one: gone if one.method == "DELETE" else replay(one)  # type: ignore[method-assign]
    assert [row["Id"] for row in leads(Company(tmp_path, "salesforce", platform))] == ["00Q1"]


def test_a_job_asks_without_an_order_and_for_deleted_records_too(tmp_path: Path) -> None:
    platform = Platform("salesforce")
    company = Company(tmp_path, "salesforce", platform, now=NOW)
    company.sync()
    posts = asked_of(platform, "POST")
    assert len(posts) == 3
    assert all('"operation":"queryAll"' in one and "ORDER BY" not in one for one in posts)


def test_what_a_job_brought_is_what_a_query_brings(tmp_path: Path) -> None:
    company = Company(tmp_path, "salesforce", Platform("salesforce"))
    company.load(None)
    tables = ("fact_lead", "fact_opportunity", "fact_touch")
    before = {table: company.ask(f"SELECT * EXCLUDE load_id FROM {table}") for table in tables}
    by_query = Platform("salesforce")
    company.facing(by_query).load(None)  # an increment now
    assert asked_of(by_query, "POST") == [] and all(len(found) == 1 for found in before.values())
    assert {table: company.ask(f"SELECT * EXCLUDE load_id FROM {table}") for table in tables} == before


def test_a_refused_job_tells_nothing_secret(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    secret = "canary-secret-3f9a1c-client"
    platform = answering([{"id": "750L", "state": "Failed", "errorMessage": f"no {secret}"}])
    assert [row["Id"] for row in leads(Company(tmp_path, "salesforce", platform))] == ["00Q1"]
    told = "".join((*capfd.readouterr(), caplog.text))  # wherever logs go in this run
    assert "read by queries" in told and secret not in told
