"""Every connector at the platform's real limits: stops with the platform's own words, and goes on in time.

The limits are those that the platforms publish. The hours pass on a clock that is moved by hand, and what
other programs of the customer use is counted on top, so that nothing waits and nothing is shrunk.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.data.connectors.base import CONNECTORS
from app.errors import SourcePermanent, SourceTransient
from sandbox.clock import SandboxClock
from sandbox.company import Company as MadeUp
from sandbox.limits import HOUR, PLATFORM
from sandbox.server import Running, running
from sandbox.site import Site
from sandbox.wire.google_analytics import DAY, pacific
from sandbox.wire.tokens import Keys
from tests.ingest_cast import PLATFORMS, Company

EPOCH = datetime(2026, 6, 15, 12, tzinfo=UTC)
DAYS = (date(2026, 6, 13), date(2026, 6, 14))
# 14:10 on a summer day in California, so that no window ends by itself while a test runs.
WALL = datetime(2026, 6, 15, 21, 10, tzinfo=UTC).timestamp()
PROJECT_HOUR, PROPERTY_HOUR, PROPERTY_DAY = "tokensPerProjectPerHour", "tokensPerHour", "tokensPerDay"


class Wall:
    """The wire's clock, moved by hand."""

    def __init__(self) -> None:
        self.at = WALL

    def __call__(self) -> float:
        return self.at


class Wire(httpx.BaseTransport):
    """The network, and the last answer that it brought."""

    def __init__(self) -> None:
        self.network = httpx.HTTPTransport()
        self.last = httpx.Response(200)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.last = self.network.handle_request(request)
        self.last.read()
        return self.last


@dataclass
class World:
    """One source at its platform with its real limits."""

    source: str
    up: Running
    wall: Wall
    company: Company
    wire: Wire

    @property
    def site(self) -> Site:
        return self.up.site

    def used(self, allowance: str) -> int:
        if self.source == "salesforce":
            return self.site.usage.trailing(allowance, self.wall(), 24)
        if self.source == "google_ads":
            return self.site.usage.used(allowance, self.wall(), DAY)
        return self.site.usage.used(allowance, pacific(self.site), DAY if allowance == PROPERTY_DAY else HOUR)

    def others_use(self, allowance: str, amount: int) -> None:
        """Other programs of the customer use some of an allowance now."""
        if self.source == "salesforce":
            self.site.usage.add(allowance, self.wall(), HOUR, amount)
        elif self.source == "google_ads":
            self.site.usage.add(allowance, self.wall(), DAY, amount)
        else:
            window = DAY if allowance == PROPERTY_DAY else HOUR
            self.site.usage.add(allowance, pacific(self.site), window, amount)


@dataclass(frozen=True)
class Allowance:
    """What a platform grants. `limit`: as published; `hours`: until it is there again, at the latest.

    `said`: the platform's own words; `later`: seconds after which the connector wants to be called again;
    `leaves`: how much the connector leaves to others at least.
    """

    source: str
    name: str
    limit: int
    hours: float
    said: str
    later: float
    leaves: int = 0


ALLOWANCES = [
    Allowance(
        "google_analytics", PROJECT_HOUR, 14_000, 1,
        "Exhausted property tokens for a project per hour. These quota tokens will return in under an hour.",
        1800,
    ),
    Allowance(
        "google_analytics", PROPERTY_HOUR, 40_000, 1,
        "Exhausted property tokens per hour. These quota tokens will return in under an hour.", 1800,
    ),
    Allowance(
        "google_analytics", PROPERTY_DAY, 200_000, 10,
        "Exhausted property tokens per day. These quota tokens will return in under 24 hours.",
        19 * 3600,  # from 5:00 in California, where the company's clock stands, to midnight
    ),
    # 2 h 50 min are left of the day that Google Ads counts.
    Allowance(
        "google_ads", "ads_operations", 15_000, 3, "Too many requests. Retry in 10201 seconds.", 10_201
    ),
    # The request with which four fifths are exceeded is the last one.
    Allowance(
        "salesforce", "salesforce_requests", 100_000, 24, "TotalRequests Limit exceeded.", 3600, leaves=19_999
    ),
]  # fmt: skip
LEFT = 8  # of an allowance: the first stream needs less, all streams need more
NAMES = [f"{one.source}-{one.name}" for one in ALLOWANCES]
World_of = Callable[[str], World]


@pytest.fixture(scope="module")
def made_up() -> MadeUp:
    return MadeUp.in_memory(7, EPOCH, 0.02, 2, 12)


@pytest.fixture(scope="module")
def keys() -> Keys:
    return Keys.new()


@pytest.fixture
def world(made_up: MadeUp, keys: Keys, tmp_path: Path) -> Iterator[World_of]:
    wall = Wall()
    with running(made_up, PLATFORM, SandboxClock(EPOCH, wall, speed=0.0), keys=keys) as up:

        def of(source: str) -> World:
            handed = httpx.get(f"{up.base}/_sandbox/credentials/{source}.json").json()
            company = Company(tmp_path, source, secrets=handed, address=up.base_of(source), now=EPOCH)
            wire = Wire()
            company.parts = replace(company.parts, transport=wire)
            return World(source, up, wall, company, wire)

        yield of


def waited(company: Company) -> list[float]:
    """What was waited for, but for the looks at a job that runs."""
    return [wait for wait in company.waits if wait > 1.0]


def rows_of(company: Company) -> dict[str, int]:
    tables = sorted({name for one in CONNECTORS.get(company.source).streams for name in one.tables})
    return {name: company.ask(f"SELECT count(*) FROM {name}")[0][0] for name in tables}


def streams_staged(company: Company) -> int:
    return len(list(company.parts.staging.glob("*/*/load.json")))


def test_the_limits_are_those_that_the_platforms_publish() -> None:
    assert (PLATFORM.ga_tokens_per_project_per_hour, PLATFORM.ga_tokens_per_hour) == (14_000, 40_000)
    assert (PLATFORM.ga_tokens_per_day, PLATFORM.ga_concurrent_requests) == (200_000, 10)
    assert PLATFORM.ga_server_errors_per_project_per_hour == 10
    assert (PLATFORM.ads_operations_per_day, PLATFORM.ads_page_rows) == (15_000, 10_000)
    assert PLATFORM.ads_developer_token_required is False  # optional, and ignored since 2026-09-09
    assert (PLATFORM.salesforce_requests_per_day, PLATFORM.salesforce_batch_rows) == (100_000, 2_000)
    assert (PLATFORM.salesforce_bulk_jobs_per_day, PLATFORM.salesforce_bulk_rows) == (10_000, 50_000)


@pytest.mark.parametrize("source", PLATFORMS)
def test_a_first_load_of_two_years_fits_into_the_tightest_window(world: World_of, source: str) -> None:
    here = world(source)
    assert here.company.load(None).rows > 0
    for one in (one for one in ALLOWANCES if one.source == source):
        assert 0 < here.used(one.name) < one.limit / 4, one.name
    assert waited(here.company) == []


@pytest.mark.parametrize("allowance", ALLOWANCES, ids=NAMES)
def test_a_used_up_allowance_ends_the_sync_at_once_and_the_next_one_after_it_reads_all(
    world: World_of, allowance: Allowance
) -> None:
    here = world(allowance.source)
    here.others_use(allowance.name, allowance.limit)
    with pytest.raises(SourceTransient) as caught:
        here.company.sync(DAYS)
    assert allowance.said in str(caught.value)
    assert (caught.value.retry_after, waited(here.company)) == (allowance.later, [])
    assert streams_staged(here.company) == 0
    here.wall.at += allowance.hours * HOUR
    assert here.company.load(DAYS).rows > 0 and min(rows_of(here.company).values()) > 0


@pytest.mark.parametrize("allowance", ALLOWANCES, ids=NAMES)
def test_an_allowance_that_ends_within_a_sync_is_not_overrun_and_what_was_read_is_kept(
    world: World_of, allowance: Allowance
) -> None:
    here = world(allowance.source)
    most = allowance.limit - allowance.leaves
    here.others_use(allowance.name, most - LEFT)
    with pytest.raises(SourceTransient) as caught:
        here.company.sync(DAYS)
    assert (caught.value.retry_after, waited(here.company)) == (allowance.later, [])
    assert most - LEFT < here.used(allowance.name) <= most
    kept = streams_staged(here.company)
    work = len(CONNECTORS.get(allowance.source).streams)
    assert 0 < kept < work * (2 if allowance.source == "google_ads" else 1)
    here.company.publish()
    here.wall.at += allowance.hours * HOUR
    here.company.load(DAYS)
    assert min(rows_of(here.company).values()) > 0


def test_ten_reports_of_others_in_flight_are_waited_for_half_a_minute(world: World_of) -> None:
    here = world("google_analytics")
    usage, waits = here.site.usage, here.company.waits
    usage.change("concurrent", PLATFORM.ga_concurrent_requests)

    def wait(seconds: float) -> None:
        waits.append(seconds)
        here.wall.at += seconds
        usage.change("concurrent", -PLATFORM.ga_concurrent_requests)

    here.company.parts = replace(here.company.parts, sleep=wait)
    assert here.company.sync(DAYS).rows > 0
    assert waits == [30.0]


def test_server_errors_of_google_analytics_are_met_three_times_and_ten_block_the_hour(
    world: World_of,
) -> None:
    here = world("google_analytics")
    here.site.faults.plan({"source": "google_analytics", "kind": "status", "status": 500, "times": 50})
    for met in (3, 6, 9):
        with pytest.raises(SourceTransient, match="answered 500"):
            here.company.sync(DAYS)
        assert here.used("serverErrorsPerProjectPerHour") == met
    with pytest.raises(SourceTransient, match=r"exhausted: Exhausted server errors quota\.") as caught:
        here.company.sync(DAYS)
    assert (caught.value.retry_after, here.used("serverErrorsPerProjectPerHour")) == (1800.0, 10)
    here.site.faults.clear()
    here.wall.at += HOUR
    assert here.company.sync(DAYS).rows > 0
    told = json.loads(here.wire.last.content)["propertyQuota"]["serverErrorsPerProjectPerHour"]
    assert told == {"remaining": 10}


def test_google_ads_asks_for_no_developer_token_unless_it_is_switched_on(
    world: World_of, tmp_path: Path
) -> None:
    here = world("google_ads")
    handed = httpx.get(f"{here.up.base}/_sandbox/credentials/google_ads.json").json()
    handed.pop("developer_token")
    bare = Company(
        tmp_path / "bare", "google_ads", secrets=handed, address=here.up.base_of("google_ads"), now=EPOCH
    )
    assert bare.sync(DAYS).rows > 0
    here.site.limits = replace(PLATFORM, ads_developer_token_required=True)
    with pytest.raises(SourcePermanent, match="DEVELOPER_TOKEN_MISSING"):
        bare.sync(DAYS)


def google(code: int, status: str, message: str) -> dict[str, Any]:
    return {"error": {"code": code, "message": message, "status": status}}


def test_google_analytics_says_it_in_google_s_envelope_and_counts_what_is_left(world: World_of) -> None:
    here = world("google_analytics")
    here.company.sync(DAYS)
    quota = json.loads(here.wire.last.content)["propertyQuota"]
    for name, limit in ((PROJECT_HOUR, 14_000), (PROPERTY_HOUR, 40_000), (PROPERTY_DAY, 200_000)):
        assert quota[name]["remaining"] == limit - here.used(name)
    here.others_use(PROPERTY_DAY, 200_000)
    with pytest.raises(SourceTransient, match="back at midnight in California, in 19 hours at most"):
        here.company.sync(DAYS)
    said = (
        "Exhausted property tokens per day. These quota tokens will return in under 24 hours. "
        "To learn more, see the Analytics Data API quota documentation."
    )
    assert here.wire.last.status_code == 429
    assert json.loads(here.wire.last.content) == google(429, "RESOURCE_EXHAUSTED", said)
    # The day ends at midnight in California: ten minutes before it is still used up.
    here.wall.at += 9.5 * HOUR
    with pytest.raises(SourceTransient):
        here.company.sync(DAYS)
    here.wall.at += 0.5 * HOUR
    assert here.company.sync(DAYS).rows > 0


def test_google_ads_names_the_access_level_and_the_delay(world: World_of) -> None:
    here = world("google_ads")
    here.others_use("ads_operations", 15_000)
    with pytest.raises(SourceTransient):
        here.company.sync(DAYS)
    error = json.loads(here.wire.last.content)["error"]
    (told,) = error["details"][0]["errors"]
    assert (here.wire.last.status_code, error["status"]) == (429, "RESOURCE_EXHAUSTED")
    assert told["errorCode"] == {"quotaError": "RESOURCE_EXHAUSTED"}
    assert told["details"]["quotaErrorDetails"] == {
        "rateScope": "DEVELOPER",
        "rateName": "Number of operations for basic access",
        "retryDelay": "10201s",
    }


def test_salesforce_says_it_in_an_array_and_its_day_rolls(world: World_of) -> None:
    here = world("salesforce")
    here.others_use("salesforce_requests", 60_000)
    here.wall.at += 12 * HOUR
    here.others_use("salesforce_requests", 40_000)
    with pytest.raises(SourceTransient):
        here.company.sync(DAYS)
    assert here.wire.last.status_code == 403
    assert json.loads(here.wire.last.content) == [
        {"message": "TotalRequests Limit exceeded.", "errorCode": "REQUEST_LIMIT_EXCEEDED"}
    ]
    assert here.wire.last.headers["Sforce-Limit-Info"] == "api-usage=100000/100000"
    here.wall.at += 12 * HOUR  # the first sixty thousand are older than a day now
    assert here.company.sync(DAYS).rows > 0
