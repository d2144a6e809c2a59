"""Google Ads over HTTP: paging and the stream, sums that agree, restatement, headers, quotas."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from tests.integration.wire.caller import DAILY, Caller


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


def test_of_a_hundred_campaign_days_three_come_30_hours_late(caller: Caller) -> None:
    """Each day is asked in the morning after it, and in the morning after that."""
    late, there, first = 0, 0, set[tuple[str, str]]()
    for morning in (date(2026, 1, 11) + timedelta(days=n) for n in range(150)):
        told = _told_of_two_days(caller, morning)
        newest = {one for one in told if one[1] == str(morning - timedelta(days=1))}
        if first:
            assert first <= told
            late, there = late + len(told - newest - first), there + len(told - newest)
        first = newest
    assert there > 900
    assert 0.02 < late / there < 0.04


def _told_of_two_days(caller: Caller, morning: date) -> set[tuple[str, str]]:
    """The campaigns and days told of the two days before a morning, at about five in New York."""
    caller.set_clock(datetime(morning.year, morning.month, morning.day, 9, 30, tzinfo=UTC))
    span = f"BETWEEN '{morning - timedelta(days=2)}' AND '{morning - timedelta(days=1)}'"
    asked = "SELECT campaign.id, segments.date, metrics.impressions FROM campaign WHERE segments.date"
    rows = caller.ads(f"{asked} {span}").json()["results"]
    return {(row["campaign"]["id"], row["segments"]["date"]) for row in rows}


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
