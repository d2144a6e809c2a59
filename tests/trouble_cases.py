"""The platforms in trouble: each way of reading one, what it says then, and what must hold afterwards."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from app.data.connectors.base import CONNECTORS
from app.data.models import Load, Source, SyncRun
from app.errors import PadError
from tests.ingest_cast import WEEK, Company, Platform, exchanges, text_of

Answer = httpx.Response | Callable[[httpx.Request], httpx.Response]


@dataclass(frozen=True)
class Case:
    """One way of reading one platform, and the stream of it that gets into trouble.

    `meets`: what stands in each request for its rows; `table`: where they go. `later`: first everything is
    loaded, then read again as an ordinary later sync does. `throttle`: 429 or what stands for it, in the
    platform's own words, with the seconds that are waited within the sync and those left to a later one.
    `renamed`: fields under another name, and what is said of each. `empty`: an answer without rows. `again`:
    the same rows once more. `overlaps`: pages of which the last brings what came before. `short`: fewer rows
    than it announces, where the platform announces any. `tries`: how often what fails is asked. `looks`: the
    waits for a job that runs.
    """

    name: str
    source: str
    stream: str
    meets: str
    table: str
    throttle: httpx.Response
    waits: list[float]
    left: float | None
    renamed: tuple[tuple[bytes, bytes, str], ...]
    empty: httpx.Response
    again: Answer
    overlaps: tuple[tuple[httpx.Response, ...], ...]
    short: httpx.Response | None = None
    tries: int = 5
    later: bool = False
    looks: float = 0.0

    @property
    def order(self) -> list[str]:
        """The streams of the source, as they are read."""
        return [stream.name for stream in CONNECTORS.get(self.source).streams]

    @property
    def before(self) -> list[str]:
        """The streams that are read before this one."""
        return self.order[: self.order.index(self.stream)]

    @property
    def backoff(self) -> list[float]:
        """What is waited when every try fails."""
        return [1.0, 2.0, 4.0, 8.0][: self.tries - 1]

    def company(self, home: Path, platform: Platform) -> Company:
        made = Company(home, self.source, Platform(self.source))
        if self.later:
            made.load(None)
        made.waits.clear()
        return made.facing(platform)

    def sync(self, company: Company) -> Any:
        return company.sync(None if self.later else WEEK)

    def rows(self, company: Company) -> list[tuple[Any, ...]]:
        """What stands in the table; loads and the random keys of persons are each installation's own."""
        kept = "COLUMNS(lambda name: name NOT IN ('load_id', 'person_key'))"
        return company.ask(f"SELECT {kept} FROM {self.table} ORDER BY ALL")


def replayed(source: str, *asks: str) -> Any:
    """The answer of the exchange with exactly these texts."""
    (found,) = (one for one in exchanges(source) if one["asks"] == list(asks))
    return found["answer"]


def google(code: int, status: str, message: str, **more: Any) -> httpx.Response:
    error = {"code": code, "status": status, "message": message, **more}
    return httpx.Response(code, json={"error": error})


ADS_ERROR = {
    "errorCode": {"quotaError": "RESOURCE_EXHAUSTED"},
    "message": "Too many requests. Retry in 17 seconds.",
    "details": {"quotaErrorDetails": {"rateScope": "DEVELOPER", "retryDelay": "17s"}},
}


ADS_ROWS = replayed("google_ads", "FROM campaign", "segments.device")


def ads_page(*rows: int, token: str = "") -> httpx.Response:
    """Some of the recorded rows, and the token of a further page."""
    results = [ADS_ROWS["results"][row] for row in rows]
    return httpx.Response(200, json={"results": results} | ({"nextPageToken": token} if token else {}))


GA_ROWS = replayed("google_analytics", '"sessionSource"', '"region"')
GA_PEOPLE = replayed("google_analytics", '"totalUsers"', '"dimensions":[{"name":"date"}]')


def ga_page(report: dict[str, Any], *days: int, total: int) -> httpx.Response:
    """The first recorded row, as it were of so many days before the 14th, of a report of `total` rows."""
    (first,), others = report["rows"][:1], {name: told for name, told in report.items() if name != "rows"}
    rest = first["dimensionValues"][1:]
    rows = [first | {"dimensionValues": [{"value": f"{20260114 - day}"}, *rest]} for day in days]
    return httpx.Response(200, json=others | {"rows": rows, "rowCount": total})


LEADS = replayed("salesforce", "FROM Lead")
LEAD_SET = Platform("salesforce").replay(httpx.Request("GET", "https://org.example/jobs/query/750L/results"))


def lead_set(lead: str, locator: str) -> httpx.Response:
    """The recorded lead under an id, as a set of results."""
    headers = {"Sforce-NumberOfRecords": "1", "Sforce-Locator": locator}
    return httpx.Response(200, text=LEAD_SET.text.replace("00Q1", lead), headers=headers)


def lead_batch(lead: str, following: str = "") -> httpx.Response:
    """The recorded lead under an id, as a batch of three."""
    records = [LEADS["records"][0] | {"Id": lead}]
    path = f"/services/data/v62.0/query/01g-{following}?FROM Lead"
    further = {"nextRecordsUrl": path} if following else {}
    told = {"totalSize": 3, "done": not following, "records": records}
    return httpx.Response(200, json=told | further)


EXHAUSTED = [{"errorCode": "REQUEST_LIMIT_EXCEEDED", "message": "TotalRequests Limit exceeded."}]


NO_RECORDS = {"Sforce-NumberOfRecords": "0", "Sforce-Locator": "null"}


def results_again(request: httpx.Request) -> httpx.Response:
    """A set of results whose locator leads to itself."""
    whole = Platform("salesforce").replay(request)
    whole.headers["Sforce-Locator"] = "MjAwMDA"
    return whole


CASES = (
    Case(
        "google_ads",
        "google_ads",
        "ad_days",
        "segments.device",
        "fact_ad",
        google(429, "RESOURCE_EXHAUSTED", "Too many", details=[{"errors": [ADS_ERROR]}]),
        [17.0],
        None,
        (
            (b'"clicks"', b'"clicksV2"', "the field metrics.clicksV2, which was not asked"),
            (b'"device"', b'"deviceType"', "the field segments.deviceType, which was not asked"),
            (b'"name"', b'"title"', "the field campaign.title, which was not asked"),
            (b'"segments"', b'"segment"', "the field segment, which was not asked"),
        ),
        httpx.Response(200, json={}),
        httpx.Response(200, json=ADS_ROWS | {"nextPageToken": "2"}),
        (
            (ads_page(0, 1, token="2"), ads_page(1)),
            (ads_page(0, token="2"), ads_page(1, token="3"), ads_page(0)),
        ),
    ),
    Case(
        "google_analytics",
        "google_analytics",
        "sessions",
        '{"name":"newVsReturning"},{"name":"countryId"},{"name":"region"}],"metrics"',
        "fact_session",
        google(429, "RESOURCE_EXHAUSTED", "Exhausted property tokens for a project per hour."),
        [],
        1800.0,
        ((b'"sessionSource"', b'"firstUserSource"', "without the field sessionSource"),),
        httpx.Response(200, json={name: GA_ROWS[name] for name in ("dimensionHeaders", "metricHeaders")}),
        ga_page(GA_ROWS, 0, 0, total=2),
        ((ga_page(GA_ROWS, 0, 1, total=3), ga_page(GA_ROWS, 1, total=3)),),
        short=ga_page(GA_ROWS, 0, total=250),
        tries=3,
    ),
    Case(
        "google_analytics windows",
        "google_analytics",
        "visitors",
        '"totalUsers"',
        "fact_visitor_window",
        google(429, "RESOURCE_EXHAUSTED", "Exhausted property tokens for a project per hour."),
        [],
        1800.0,
        (
            (b'"totalUsers"', b'"activeUsers"', "without the field totalUsers"),
            (b'"dateRange"', b'"range"', "without the field dateRange"),
            (b'"value":"3"', b'"value":"date_range_3"', "dateRange: 'date_range_3'"),
        ),
        httpx.Response(200, json={name: GA_PEOPLE[name] for name in ("dimensionHeaders", "metricHeaders")}),
        ga_page(GA_PEOPLE, 0, 0, total=2),
        ((ga_page(GA_PEOPLE, 0, 1, total=3), ga_page(GA_PEOPLE, 1, total=3)),),
        short=ga_page(GA_PEOPLE, 0, total=250),
        tries=3,
    ),
    Case(
        "salesforce by job",
        "salesforce",
        "leads",
        "/jobs/query/750L/results",
        "fact_lead",
        httpx.Response(403, json=EXHAUSTED),
        [],
        3600.0,
        ((b'"CreatedDate"', b'"Created"', "without the field CreatedDate"),),
        httpx.Response(200, text='"Id"\n', headers=NO_RECORDS),
        results_again,
        ((lead_set("00Q1", "MTAw"), lead_set("00Q2", "MjAw"), lead_set("00Q1", "null")),),
        short=httpx.Response(200, text='"Id"\n', headers=NO_RECORDS),
        looks=0.5,
    ),
    Case(
        "salesforce by query",
        "salesforce",
        "leads",
        "FROM Lead",
        "fact_lead",
        httpx.Response(403, json=EXHAUSTED),
        [],
        3600.0,
        ((b'"CreatedDate"', b'"Created"', "without the field CreatedDate"),),
        httpx.Response(200, json={"totalSize": 0, "done": True, "records": []}),
        httpx.Response(
            200, json=LEADS | {"done": False, "nextRecordsUrl": "/services/data/v62.0/query/01g?FROM Lead"}
        ),
        ((lead_batch("00Q1", "1"), lead_batch("00Q2", "2"), lead_batch("00Q1")),),
        short=httpx.Response(200, json=LEADS | {"totalSize": 501}),
        later=True,
    ),
)


each = pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])


def troubled(case: Case, *answers: Answer, always: Answer | None = None) -> Platform:
    """The platform, but that it answers the requests for the case's rows as told: in turn, or always."""
    platform = Platform(case.source)
    replay, waiting = platform.replay, list(answers)

    def answer(request: httpx.Request) -> httpx.Response:
        told = always
        if case.meets in text_of(request) and (waiting or told):
            told = waiting.pop(0) if waiting else told
            return told if isinstance(told, httpx.Response) else told(request)  # type: ignore[misc]
        return replay(request)

    platform.replay = answer  # type: ignore[method-assign]
    return platform


def waited(case: Case, company: Company) -> list[float]:
    """What was waited for, but for the looks at the job of each stream."""
    return [wait for wait in company.waits if wait != case.looks]


def newest_runs(company: Company) -> dict[str, SyncRun]:
    with company.parts.database.session() as session:
        return {run.stream: run for run in session.scalars(select(SyncRun).order_by(SyncRun.id))}


def waiting_streams(company: Company) -> list[str]:
    """What is staged and announced, and nothing else lies in staging."""
    with company.parts.database.session() as session:
        loads = session.scalars(select(Load).order_by(Load.id)).all()
    folders = {str(path.relative_to(company.parts.staging)) for path in company.parts.staging.glob("*/*/")}
    assert folders == {load.path for load in loads}
    return [load.stream for load in loads if load.state == "waiting"]


def ends(case: Case, company: Company, said: str) -> PadError:
    """The sync ends with an error: told on the source and its run, what was whole before it is kept."""
    with pytest.raises(PadError, match=said) as caught:
        case.sync(company)
    run = newest_runs(company)[case.stream]
    with company.parts.database.session() as session:
        source = session.get_one(Source, case.source)
    assert (run.state, source.state) == ("failed", "failed")
    assert str(caught.value) == run.error == source.error and caught.value.hint
    assert waiting_streams(company) == case.before
    return caught.value


def recovers(case: Case, company: Company) -> None:
    """The next sync, of a platform that is well, brings everything."""
    company.facing(Platform(case.source)).load(None if case.later else WEEK)
    assert case.rows(company) == rows_without_trouble(case.name) != []


@cache
def rows_without_trouble(name: str) -> list[tuple[Any, ...]]:
    """What an installation holds that never met any; the same for all tests of a case."""
    case = next(one for one in CASES if one.name == name)
    with TemporaryDirectory() as home:
        well = Company(Path(home), case.source, Platform(case.source))
        well.load(WEEK)
        return case.rows(well)
