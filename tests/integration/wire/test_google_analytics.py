"""Google Analytics over HTTP: paging, distinct users, quotas, late rows, sign-in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.integration.wire.caller import Caller


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
