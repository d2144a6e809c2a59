"""The sandbox over HTTP: sign-in, paging, throttling, expiry, restatement and faults of each platform."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from sandbox.clock import SandboxClock
from sandbox.company import Company
from sandbox.limits import Limits
from sandbox.server import Running, running
from sandbox.wire.tokens import Keys

EPOCH = datetime(2026, 6, 15, 12, tzinfo=UTC)
SMALL_PAGES = Limits(ads_page_rows=50, salesforce_batch_rows=20)  # quotas: tests/contract/test_quotas.py
REPORT = "v1beta/properties/318204455:runReport"


class Wall:
    """The wire's clock, moved by hand."""

    def __init__(self) -> None:
        self.at = 1_000_000_000.0

    def __call__(self) -> float:
        return self.at


class Caller:
    """Signs in to each source and asks."""

    def __init__(self, up: Running, wall: Wall) -> None:
        self.up, self.wall = up, wall
        self.http = httpx.Client(timeout=20)
        self.headers = {s: self._sign_in(s) for s in ("google_analytics", "google_ads", "salesforce")}

    def credentials(self, source: str) -> dict[str, Any]:
        return self.http.get(f"{self.up.base}/_sandbox/credentials/{source}.json").json()

    def _sign_in(self, source: str) -> dict[str, str]:
        given = self.credentials(source)
        if source == "google_analytics":
            now = int(time.time())
            claims = {
                "iss": given["client_email"],
                "scope": "s",
                "aud": given["token_uri"],
                "iat": now,
                "exp": now + 3600,
            }
            signed = jwt.encode({"alg": "RS256"}, claims, RSAKey.import_key(given["private_key"]))
            form = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": signed}
        else:
            keys = ("client_id", "client_secret", "refresh_token")
            form = {k: given[k] for k in keys if k in given}
            form["grant_type"] = "refresh_token" if source == "google_ads" else "client_credentials"
        answer = self.http.post(given["token_uri"], data=form).json()
        headers = {"Authorization": f"Bearer {answer['access_token']}"}
        if source == "google_ads":
            headers |= {
                "developer-token": given["developer_token"],
                "login-customer-id": given["login_customer_id"],
            }
        return headers

    def report(self, **body: Any) -> httpx.Response:
        asked = {
            "dateRanges": [{"startDate": "2026-06-01", "endDate": "2026-06-07"}],
            "metrics": [{"name": "sessions"}],
        }
        return self.http.post(
            f"{self.up.base}/google_analytics/{REPORT}",
            json=asked | body,
            headers=self.headers["google_analytics"],
        )

    def ads(
        self, query: str, customer: str = "4512301178", kind: str = "search", **body: Any
    ) -> httpx.Response:
        return self.http.post(
            f"{self.up.base}/google_ads/v25/customers/{customer}/googleAds:{kind}",
            json={"query": query, **body},
            headers=self.headers["google_ads"],
        )

    def soql(self, query: str, everything: bool = False) -> httpx.Response:
        return self.get_instance(f"/services/data/v62.0/{'queryAll' if everything else 'query'}", q=query)

    def get_instance(self, path: str, **params: str) -> httpx.Response:
        return self.http.get(
            self.up.salesforce_instance + path, params=params or None, headers=self.headers["salesforce"]
        )

    def fault(self, **fault: Any) -> None:
        assert self.http.post(f"{self.up.base}/_sandbox/faults", json=fault).status_code == 200

    def set_clock(self, now: datetime) -> None:
        self.http.post(f"{self.up.base}/_sandbox/clock", json={"now": now.isoformat()})


@pytest.fixture(scope="module")
def company() -> Company:
    return Company.small()


@pytest.fixture(scope="module")
def keys() -> Keys:
    return Keys.new()


@pytest.fixture
def caller(company: Company, keys: Keys) -> Iterator[Caller]:
    wall = Wall()
    clock = SandboxClock(EPOCH, wall, speed=0.0)
    with running(company, SMALL_PAGES, clock, keys=keys) as up:
        yield Caller(up, wall)


def names(*values: str) -> list[dict[str, str]]:
    return [{"name": value} for value in values]


def test_analytics_pages_cover_all_rows_exactly_once(caller: Caller) -> None:
    dimensions = names("date", "sessionSource", "sessionMedium", "deviceCategory")
    whole = caller.report(dimensions=dimensions).json()
    paged: list[Any] = []
    while len(paged) < whole["rowCount"]:
        paged += caller.report(dimensions=dimensions, limit="100", offset=str(len(paged))).json()["rows"]
    assert paged == whole["rows"]
    assert len({str(row["dimensionValues"]) for row in paged}) == whole["rowCount"]


def test_analytics_users_are_distinct_and_do_not_add_over_days(caller: Caller) -> None:
    whole = caller.report(metrics=names("totalUsers", "sessions")).json()["rows"][0]["metricValues"]
    days = caller.report(metrics=names("totalUsers", "sessions"), dimensions=names("date")).json()["rows"]
    assert sum(int(day["metricValues"][0]["value"]) for day in days) > int(whole[0]["value"])
    assert sum(int(day["metricValues"][1]["value"]) for day in days) == int(whole[1]["value"])


def test_analytics_leaves_rows_out_when_there_are_none(caller: Caller) -> None:
    answer = caller.report(dateRanges=[{"startDate": "2020-01-01", "endDate": "2020-01-02"}]).json()
    assert "rows" not in answer
    assert "rowCount" not in answer
    assert answer["metadata"] == {"currencyCode": "USD", "timeZone": "America/New_York"}


@pytest.mark.parametrize(
    "body", [{"dimensions": [{"name": "campaign"}]}, {"metrics": [{"name": "campaign"}]}]
)
def test_analytics_names_the_field_it_does_not_know(caller: Caller, body: dict[str, Any]) -> None:
    answer = caller.report(**body)
    assert answer.status_code == 400
    assert answer.json()["error"]["status"] == "INVALID_ARGUMENT"
    assert "Field campaign is not a valid" in answer.json()["error"]["message"]


def test_analytics_refuses_event_scoped_dimensions_beside_page_views(caller: Caller) -> None:
    answer = caller.report(dimensions=names("source"), metrics=names("screenPageViews"))
    assert "incompatible" in answer.json()["error"]["message"]


def test_analytics_filters_orders_and_compares_ranges(caller: Caller) -> None:
    ranges = [
        {"startDate": "7daysAgo", "endDate": "yesterday"},
        {"startDate": "14daysAgo", "endDate": "8daysAgo"},
    ]
    wanted = {
        "notExpression": {"filter": {"fieldName": "countryId", "inListFilter": {"values": ["US", "CA"]}}}
    }
    rows = caller.report(
        dateRanges=ranges,
        dimensions=names("countryId"),
        dimensionFilter=wanted,
        orderBys=[{"metric": {"metricName": "sessions"}, "desc": True}],
    ).json()["rows"]
    assert {(r["dimensionValues"][0]["value"], r["dimensionValues"][1]["value"]) for r in rows} == {
        (country, span) for country in ("GB", "DE") for span in ("date_range_0", "date_range_1")
    }
    counts = [int(r["metricValues"][0]["value"]) for r in rows]
    assert counts == sorted(counts, reverse=True)


def test_a_day_of_analytics_grows_for_72_hours_and_then_rests(caller: Caller) -> None:
    counts = []
    for days in (1, 2, 3, 4, 20):
        caller.set_clock(datetime(2026, 6, 1, 5, tzinfo=UTC) + timedelta(days=days))
        day = [{"startDate": "2026-06-01", "endDate": "2026-06-01"}]
        counts.append(int(caller.report(dateRanges=day).json()["rows"][0]["metricValues"][0]["value"]))
    assert counts[0] < counts[1] < counts[3]
    assert counts[3] == counts[4]


def test_google_tokens_expire_with_google_s_envelope(caller: Caller) -> None:
    assert caller.report().status_code == 200
    caller.wall.at += 3_601
    refused = caller.report()
    assert (refused.status_code, refused.json()["error"]["status"]) == (401, "UNAUTHENTICATED")
    ads = caller.ads("SELECT campaign.id FROM campaign")
    codes = ads.json()["error"]["details"][0]["errors"][0]["errorCode"]
    assert (ads.status_code, codes) == (401, {"authenticationError": "OAUTH_TOKEN_EXPIRED"})


def test_a_revoked_refresh_token_is_invalid_grant(caller: Caller) -> None:
    given = caller.credentials("google_ads")
    form = {
        "grant_type": "refresh_token",
        "client_id": given["client_id"],
        "client_secret": given["client_secret"],
        "refresh_token": "1//gone",
    }
    answer = caller.http.post(given["token_uri"], data=form)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


DAILY = (
    "SELECT campaign.id, segments.date, segments.device, metrics.impressions, metrics.cost_micros, "
    "metrics.conversions FROM campaign WHERE segments.date BETWEEN '2026-05-01' AND '2026-06-10'"
)


def test_ads_pages_and_the_stream_hold_the_same_rows_once(caller: Caller) -> None:
    rows, token = [], ""
    while True:
        answer = caller.ads(DAILY, **({"pageToken": token} if token else {})).json()
        rows += answer["results"]
        token = answer.get("nextPageToken", "")
        if not token:
            break
    chunks = caller.ads(DAILY, kind="searchStream").json()
    assert len(chunks) > 3
    assert rows == [row for chunk in chunks for row in chunk["results"]]
    keys = {(r["campaign"]["id"], r["segments"]["date"], r["segments"]["device"]) for r in rows}
    assert len(keys) == len(rows)


def test_ads_write_whole_numbers_as_text_and_conversions_as_numbers(caller: Caller) -> None:
    row = caller.ads(DAILY + " AND segments.device = 'MOBILE' ORDER BY metrics.cost_micros DESC").json()[
        "results"
    ][0]
    assert row["metrics"]["costMicros"].isdigit()
    assert int(row["metrics"]["costMicros"]) % 10_000 == 0
    assert isinstance(row["metrics"]["conversions"], float)
    assert row["campaign"]["resourceName"] == f"customers/4512301178/campaigns/{row['campaign']['id']}"


def test_ads_hours_add_up_to_days(caller: Caller) -> None:
    day = "FROM campaign WHERE segments.date = '2026-06-03'"
    hours = caller.ads(f"SELECT segments.hour, metrics.cost_micros, metrics.clicks {day}").json()["results"]
    total = caller.ads(f"SELECT metrics.cost_micros, metrics.clicks, segments.date {day}").json()["results"][
        0
    ]
    assert sum(int(h["metrics"]["costMicros"]) for h in hours) == int(total["metrics"]["costMicros"])
    assert {type(h["segments"]["hour"]) for h in hours} == {int}


def test_ads_geography_adds_up_to_the_campaigns_and_has_no_hours(caller: Caller) -> None:
    span = "WHERE segments.date BETWEEN '2026-06-01' AND '2026-06-07'"
    places = caller.ads(
        f"SELECT campaign.id, geographic_view.country_criterion_id, segments.geo_target_region, "
        f"metrics.clicks FROM geographic_view {span} AND geographic_view.location_type = "
        "'LOCATION_OF_PRESENCE'",
        kind="searchStream",
    ).json()[0]["results"]
    whole = caller.ads(f"SELECT campaign.id, metrics.clicks FROM campaign {span}").json()["results"]
    assert sum(int(p["metrics"]["clicks"]) for p in places) == sum(int(c["metrics"]["clicks"]) for c in whole)
    refused = caller.ads(f"SELECT segments.hour FROM geographic_view {span}").json()["error"]["details"][0][
        "errors"
    ][0]
    assert refused["errorCode"] == {"queryError": "PROHIBITED_SEGMENT_IN_SELECT_OR_WHERE_CLAUSE"}


def test_ads_list_both_accounts_with_their_currency_and_zone(caller: Caller) -> None:
    query = (
        "SELECT customer_client.id, customer_client.currency_code, customer_client.time_zone, "
        "customer_client.manager FROM customer_client"
    )
    found = [r["customerClient"] for r in caller.ads(query, customer="9901234567").json()["results"]]
    assert [(c["id"], c["currencyCode"], c["timeZone"]) for c in found if not c["manager"]] == [
        ("4512301178", "USD", "America/New_York"),
        ("7730912245", "EUR", "Europe/Berlin"),
    ]


def test_claimed_conversions_grow_for_28_days_and_then_rest(caller: Caller) -> None:
    span = "segments.date BETWEEN '2026-02-01' AND '2026-02-28'"
    query = f"SELECT metrics.conversions, segments.date FROM campaign WHERE {span}"
    counts = []
    for days in (0, 7, 14, 28, 60):
        caller.set_clock(datetime(2026, 3, 1, 6, tzinfo=UTC) + timedelta(days=days))
        rows = caller.ads(query).json().get("results", [])
        counts.append(sum(r["metrics"]["conversions"] for r in rows))
    assert counts == sorted(counts)
    assert counts[0] < counts[3]
    assert counts[3] == counts[4]


@pytest.mark.parametrize(
    ("missing", "code"),
    [
        ("login-customer-id", {"authorizationError": "USER_PERMISSION_DENIED"}),
        ("developer-token", {"authenticationError": "DEVELOPER_TOKEN_MISSING"}),
    ],
)
def test_ads_need_their_headers(caller: Caller, missing: str, code: dict[str, str]) -> None:
    del caller.headers["google_ads"][missing]
    answer = caller.ads("SELECT campaign.id FROM campaign")
    assert answer.json()["error"]["details"][0]["errors"][0]["errorCode"] == code


def test_ads_refuse_a_page_size(caller: Caller) -> None:
    answer = caller.ads("SELECT campaign.id FROM campaign", pageSize=10).json()
    assert answer["error"]["details"][0]["errors"][0]["errorCode"] == {
        "requestError": "PAGE_SIZE_NOT_SUPPORTED"
    }


def all_records(caller: Caller, query: str, everything: bool = False) -> list[dict[str, Any]]:
    answer = caller.soql(query, everything).json()
    records = answer["records"]
    while not answer["done"]:
        answer = caller.get_instance(answer["nextRecordsUrl"]).json()
        records += answer["records"]
    assert len(records) == answer["totalSize"]
    return records


def test_salesforce_batches_cover_all_records_once_even_when_one_instant_is_shared(caller: Caller) -> None:
    records = all_records(caller, "SELECT Id, SystemModstamp FROM Lead ORDER BY SystemModstamp")
    assert len({r["Id"] for r in records}) == len(records)
    shared = [r for r in records if r["SystemModstamp"] == "2026-05-26T03:26:07.000+0000"]
    assert len(shared) > SMALL_PAGES.salesforce_batch_rows


def test_salesforce_shows_deleted_records_only_to_query_all(caller: Caller) -> None:
    shown = {r["Id"] for r in all_records(caller, "SELECT Id FROM Lead")}
    every = all_records(caller, "SELECT Id, IsDeleted FROM Lead", everything=True)
    assert {r["Id"] for r in every if not r["IsDeleted"]} == shown
    assert any(r["IsDeleted"] for r in every)


def test_salesforce_sessions_expire_with_an_array(caller: Caller) -> None:
    caller.wall.at += 7_201
    answer = caller.soql("SELECT Id FROM Lead")
    assert (answer.status_code, answer.json()) == (
        401,
        [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}],
    )


def test_salesforce_rotates_refresh_tokens(caller: Caller) -> None:
    given, keys = caller.credentials("salesforce"), caller.up.site.keys
    form = {
        "grant_type": "refresh_token",
        "client_id": given["client_id"],
        "client_secret": given["client_secret"],
    }
    first = caller.http.post(given["token_uri"], data=form | {"refresh_token": keys.refresh_token}).json()
    again = caller.http.post(given["token_uri"], data=form | {"refresh_token": first["refresh_token"]})
    assert again.status_code == 200
    assert again.json()["instance_url"] == caller.up.salesforce_instance != caller.up.base
    assert first["refresh_token"] != keys.refresh_token


def test_an_opportunity_moves_and_is_stamped_as_time_goes_by(caller: Caller) -> None:
    seen: dict[str, set[str]] = {}
    for days in (30, 20, 10, 0):
        caller.set_clock(EPOCH - timedelta(days=days))
        for record in all_records(caller, "SELECT Id, StageName, SystemModstamp FROM Opportunity"):
            assert record["SystemModstamp"] <= (EPOCH - timedelta(days=days)).isoformat()
            seen.setdefault(record["Id"], set()).add(record["StageName"])
    assert max(len(stages) for stages in seen.values()) >= 3


def test_every_won_opportunity_is_a_customer_with_touches(caller: Caller) -> None:
    won = all_records(caller, "SELECT AccountId, Lead__c, CloseDate FROM Opportunity WHERE IsWon = true")
    touched = {r["Lead__c"] for r in all_records(caller, "SELECT Lead__c FROM Web_Touch__c")}
    text = caller.http.get(f"{caller.up.base}/_sandbox/files/subscriptions.csv").text
    paying = {
        r["customer_id"]: r["started_on"]
        for r in csv.DictReader(io.StringIO(text))
        if r["status"] != "trialing"
    }
    assert won
    assert {w["AccountId"] for w in won} <= set(paying)
    assert {w["Lead__c"] for w in won} <= touched


JOBS = "/services/data/v62.0/jobs/query"


def job(caller: Caller, query: str, **more: str) -> httpx.Response:
    body = {"operation": "query", "query": query, "contentType": "CSV", **more}
    return caller.http.post(
        caller.up.salesforce_instance + JOBS, json=body, headers=caller.headers["salesforce"]
    )


def done(caller: Caller, query: str, **more: str) -> str:
    """The path of a job that has ended."""
    path = f"{JOBS}/{job(caller, query, **more).json()['id']}"
    states = [caller.get_instance(path).json() for _ in range(2)]
    assert [state["state"] for state in states] == ["InProgress", "JobComplete"]
    return path


def test_a_query_job_goes_on_from_look_to_look_and_tells_its_records_at_the_end(caller: Caller) -> None:
    made = job(caller, "SELECT Id FROM Opportunity").json()
    assert (made["state"], made["object"], made["apiVersion"]) == ("UploadComplete", "Opportunity", 62.0)
    path = f"{JOBS}/{made['id']}"
    early = caller.get_instance(f"{path}/results")
    assert (early.status_code, early.json()[0]["errorCode"]) == (400, "INVALIDJOBSTATE")
    assert caller.get_instance(path).json()["state"] == "InProgress"
    ended = caller.get_instance(path).json()
    count = caller.soql("SELECT COUNT() FROM Opportunity").json()["totalSize"]
    assert (ended["state"], ended["numberRecordsProcessed"]) == ("JobComplete", count)


def test_results_are_quoted_csv_by_locators_until_the_word_null(caller: Caller) -> None:
    records = all_records(caller, "SELECT Id, CreatedDate, IsWon, Amount, Region__c FROM Opportunity")
    path = done(caller, "SELECT Id, CreatedDate, IsWon, Amount, Region__c FROM Opportunity")
    found: list[dict[str, str]] = []
    locator = ""
    while locator != "null":
        asked = {"maxRecords": "15"} | ({"locator": locator} if locator else {})
        answer = caller.get_instance(f"{path}/results", **asked)
        assert answer.text.startswith('"Id","CreatedDate","IsWon","Amount","Region__c"\n"006')
        page = list(csv.DictReader(io.StringIO(answer.text)))
        assert answer.headers["Sforce-NumberOfRecords"] == str(len(page))
        found += page
        locator = answer.headers["Sforce-Locator"]
    assert len(found) == len(records) > 30
    for record in records:
        record["CreatedDate"] = record["CreatedDate"].replace("+0000", "Z")
        record["IsWon"] = str(record["IsWon"]).lower()
        record["Amount"] = str(record["Amount"])
        del record["attributes"]
    assert sorted(found, key=lambda one: one["Id"]) == sorted(records, key=lambda one: one["Id"])


def test_only_query_all_jobs_show_deleted_records_and_an_empty_result_has_its_header(caller: Caller) -> None:
    query = "SELECT Id FROM Lead WHERE IsDeleted = true"
    shown = caller.get_instance(f"{done(caller, query)}/results")
    assert (shown.text, shown.headers["Sforce-NumberOfRecords"]) == ('"Id"\n', "0")
    every = caller.get_instance(f"{done(caller, query, operation='queryAll')}/results")
    assert int(every.headers["Sforce-NumberOfRecords"]) > 0


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("SELECT MasterLabel FROM OpportunityStage", "INVALIDENTITY"),
        ("SELECT COUNT() FROM Lead", "API_ERROR"),
        ("SELECT Nothing__c FROM Lead", "INVALID_FIELD"),
    ],
)
def test_a_job_that_cannot_run_is_refused_at_its_creation(caller: Caller, query: str, code: str) -> None:
    answer = job(caller, query)
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, code)


def test_a_job_is_aborted_deleted_and_forgotten_after_seven_days(caller: Caller) -> None:
    address, headers = caller.up.salesforce_instance, caller.headers["salesforce"]
    path = f"{JOBS}/{job(caller, 'SELECT Id FROM Lead').json()['id']}"
    assert caller.http.delete(address + path, headers=headers).status_code == 400  # it still runs
    assert caller.http.patch(address + path, json={"state": "Aborted"}, headers=headers).status_code == 200
    assert caller.get_instance(path).json()["state"] == "Aborted"
    assert caller.http.delete(address + path, headers=headers).status_code == 204
    assert caller.get_instance(path).status_code == 404
    old = done(caller, "SELECT Id FROM Lead")
    assert caller.get_instance(f"{old.replace('62.0', '63.0')}/results").status_code == 409
    caller.wall.at += 7 * 86_400
    caller.headers["salesforce"] = caller._sign_in("salesforce")
    assert caller.get_instance(f"{old}/results").status_code == 404
    assert caller.get_instance(JOBS).json()["records"] == []


def test_german_deals_are_in_euros(caller: Caller) -> None:
    deals = all_records(caller, "SELECT CurrencyIsoCode, Country__c FROM Opportunity")
    assert {d["CurrencyIsoCode"] for d in deals if d["Country__c"] == "Germany"} == {"EUR"}
    assert {d["CurrencyIsoCode"] for d in deals if d["Country__c"] != "Germany"} == {"USD"}


@pytest.mark.parametrize("source", ["google_analytics", "google_ads", "salesforce"])
def test_faults_come_when_asked_for_and_go_away(caller: Caller, source: str) -> None:
    ask = {
        "google_analytics": caller.report,
        "google_ads": lambda: caller.ads(DAILY),
        "salesforce": lambda: caller.soql("SELECT Id, Amount FROM Opportunity"),
    }[source]
    good = ask()
    caller.fault(source=source, kind="status", status=500, times=2)
    assert [ask().status_code for _ in range(3)] == [500, 500, 200]
    caller.fault(source=source, kind="throttle")
    assert ask().status_code == (403 if source == "salesforce" else 429)
    caller.fault(source=source, kind="half_page")
    assert len(ask().content) == len(good.content) // 2
    caller.fault(source=source, kind="empty_window")
    emptied = ask().json()
    assert not emptied.get("rows") and not emptied.get("results") and not emptied.get("records")
    caller.fault(source=source, kind="changed_field")
    assert "V2" in ask().text
    assert ask().text.replace(" ", "")[:40] == good.text.replace(" ", "")[:40]
    caller.fault(source=source, kind="expire_tokens")
    assert ask().status_code == 401


def test_a_duplicate_page_repeats_the_page_before(caller: Caller) -> None:
    first = caller.soql("SELECT Id FROM Lead").json()
    caller.fault(source="salesforce", kind="duplicate_page")
    assert caller.get_instance(first["nextRecordsUrl"]).json()["records"] == first["records"]
    page = caller.ads(DAILY).json()
    caller.fault(source="google_ads", kind="duplicate_page")
    assert caller.ads(DAILY, pageToken=page["nextPageToken"]).json()["results"] == page["results"]


def test_an_unknown_fault_is_refused_with_the_known_ones(caller: Caller) -> None:
    answer = caller.http.post(
        f"{caller.up.base}/_sandbox/faults", json={"source": "google_ads", "kind": "fire"}
    )
    assert answer.status_code == 400
    assert "half_page" in answer.json()["error"]


def test_an_unknown_locator_is_refused(caller: Caller) -> None:
    answer = caller.get_instance("/services/data/v62.0/query/01gLFnothing-2000")
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "INVALID_QUERY_LOCATOR")


def test_the_front_page_lists_sources_and_files(caller: Caller) -> None:
    text = caller.http.get(caller.up.base + "/").text
    assert "google_analytics.json" in text
    assert "account_activity.csv" in text
