"""The sandbox over HTTP: sign-in, paging, throttling, expiry, restatement and faults of each platform."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sandbox.clock import SandboxClock
from sandbox.company import Company
from sandbox.server import running
from sandbox.wire.tokens import Keys
from tests.sandbox_caller import EPOCH, SMALL_PAGES, Caller, Wall, all_records


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
