"""Platforms in trouble, through the real pipeline: a clear end, the way out, and nothing half loaded."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from app.data.models import Load, Source, SyncRun
from app.data.pipeline.sources import test as try_source
from app.errors import QualityError, SourcePermanent, SourceTransient
from tests.ingest_cast import Company, Platform, payload, text_of

HALF_PAGE = httpx.Response(200, content=b'{"results": [{"customer": {"id')
REFUSED = httpx.Response(401, json={"error": {"code": 401, "status": "UNAUTHENTICATED", "message": "no"}})


def throttled(delay: str) -> httpx.Response:
    """429 as Google Ads words it."""
    details = {"quotaErrorDetails": {"rateScope": "DEVELOPER", "retryDelay": delay}}
    failure = {"errorCode": {"quotaError": "RESOURCE_EXHAUSTED"}, "message": "Too many requests."}
    body = {
        "code": 429,
        "status": "RESOURCE_EXHAUSTED",
        "details": [{"errors": [failure | {"details": details}]}],
    }
    return httpx.Response(429, json={"error": body})


def ads(tmp_path: Path, *planned: Any) -> tuple[Company, Platform]:
    platform = Platform("google_ads", *planned)
    return Company(tmp_path, "google_ads", platform), platform


def titles(company: Company) -> list[str]:
    return [account.title for account in try_source(company.parts, company.source)]


def source(company: Company) -> Source:
    with company.parts.database.session() as session:
        return session.get_one(Source, company.source)


def runs(company: Company) -> dict[str, SyncRun]:
    with company.parts.database.session() as session:
        return {run.stream: run for run in session.scalars(select(SyncRun).order_by(SyncRun.id))}


def nothing_staged(company: Company, stream: str) -> bool:
    with company.parts.database.session() as session:
        announced = session.scalars(select(Load).where(Load.stream == stream)).all()
    return not announced and not list(company.parts.staging.glob(f"*/{stream}-*"))


def test_an_expired_token_is_renewed_once_and_nobody_notices(tmp_path: Path) -> None:
    company, platform = ads(tmp_path, REFUSED)
    assert titles(company) == ["Acme DE"]
    assert (platform.signed_in, len(platform.asked), company.waits) == (2, 2, [])


def test_a_token_that_stays_refused_fails_after_one_renewal_with_the_way_out(tmp_path: Path) -> None:
    company, platform = ads(tmp_path, *[REFUSED] * 9)
    with pytest.raises(SourcePermanent, match="401.*pad sources add google_ads --credentials FILE"):
        titles(company)
    assert (platform.signed_in, len(platform.asked)) == (2, 2)
    assert source(company).state == "failed"


def test_refused_credentials_are_not_tried_again(tmp_path: Path) -> None:
    company, platform = ads(tmp_path)
    platform.sign_in = lambda _: httpx.Response(400, json={"error": "invalid_grant"})  # type: ignore[method-assign]
    with pytest.raises(SourcePermanent, match="refused the sign-in: invalid_grant. Give fresh credentials"):
        titles(company)
    assert (platform.signed_in, platform.asked) == (1, [])


def test_a_sign_in_that_breaks_down_is_tried_five_times_and_not_five_times_five(tmp_path: Path) -> None:
    company, platform = ads(tmp_path)
    platform.sign_in = lambda _: httpx.Response(503)  # type: ignore[method-assign]
    with pytest.raises(SourceTransient, match="503"):
        titles(company)
    assert (platform.signed_in, company.waits) == (5, [1.0, 2.0, 4.0, 8.0])


def test_a_throttle_is_waited_out_as_long_as_the_platform_says(tmp_path: Path) -> None:
    company, _ = ads(tmp_path, throttled("17s"))
    assert titles(company) == ["Acme DE"]
    assert company.waits == [17.0]


def test_a_retry_after_header_is_obeyed(tmp_path: Path) -> None:
    company, _ = ads(tmp_path, httpx.Response(429, headers={"Retry-After": "23"}, text="slow down"))
    assert titles(company) == ["Acme DE"]
    assert company.waits == [23.0]


def test_a_quota_of_hours_is_left_to_a_later_job(tmp_path: Path) -> None:
    company, platform = ads(tmp_path, throttled("40591s"))
    with pytest.raises(SourceTransient, match="Too many requests") as caught:
        titles(company)
    assert (caught.value.retry_after, len(platform.asked), company.waits) == (40591.0, 1, [])


def test_an_exhausted_property_is_left_to_a_later_job(tmp_path: Path) -> None:
    said = "Exhausted property tokens per hour. These quota tokens will return in under an hour."
    answer = httpx.Response(
        429, json={"error": {"code": 429, "message": said, "status": "RESOURCE_EXHAUSTED"}}
    )
    company = Company(tmp_path, "google_analytics", Platform("google_analytics", answer))
    with pytest.raises(SourceTransient, match="Exhausted property tokens per hour") as caught:
        titles(company)
    assert (caught.value.retry_after, company.waits) == (1800.0, [])


def test_two_server_errors_and_then_an_answer_lose_nothing(tmp_path: Path) -> None:
    company, platform = ads(tmp_path, httpx.Response(500), httpx.Response(503))
    assert titles(company) == ["Acme DE"]
    assert (len(platform.asked), company.waits) == (3, [1.0, 2.0])


def test_half_a_page_is_asked_again(tmp_path: Path) -> None:
    platform = Platform("google_ads")
    company, _ = ads(tmp_path, platform, HALF_PAGE, platform, HALF_PAGE)
    company.load()
    assert company.waits == [1.0, 1.0]
    assert company.ask("SELECT count(*), sum(clicks) FROM fact_ad") == [(2, 92)]


def test_half_a_page_every_time_ends_with_the_way_out_and_keeps_what_was_whole(tmp_path: Path) -> None:
    def half(request: httpx.Request) -> httpx.Response:
        return HALF_PAGE if "segments.device" in text_of(request) else Platform("google_ads")(request)

    company, _ = ads(tmp_path)
    company.facing(half)
    with pytest.raises(SourceTransient, match="sent half a page .* reduce the window with --from and --to"):
        company.sync()
    assert nothing_staged(company, "ad_days")
    assert {name: run.state for name, run in runs(company).items()} == {
        "campaigns": "done",
        "ad_days": "failed",
    }


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("google_ads", b'"segments"', b'"segmente"', "segments is missing"),
        ("google_ads", b'"clicks"', b'"clicksV2"', "the field metrics.clicksV2, which was not asked"),
        ("google_analytics", b'"sessionSource"', b'"firstUserSource"', "without the field sessionSource"),
        ("salesforce", b'"CreatedDate"', b'"Created"', "without the field CreatedDate"),
    ],
)
def test_a_changed_field_stops_the_stream_and_is_named(
    tmp_path: Path, name: str, old: bytes, new: bytes, said: str
) -> None:
    platform = Platform(name)

    def renamed(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=platform(request).content.replace(old, new))

    company = Company(tmp_path, name, renamed)
    with pytest.raises((QualityError, SourcePermanent), match=said):
        company.sync()
    broken = [stream for stream, run in runs(company).items() if run.state == "failed"]
    assert len(broken) == 1 and nothing_staged(company, broken[0])
    assert said in source(company).error


def test_a_row_that_cannot_be_typed_is_counted_and_named_and_the_others_are_loaded(tmp_path: Path) -> None:
    def odd(request: httpx.Request) -> httpx.Response:
        return httpx.Response(
            200, content=Platform("google_ads")(request).content.replace(b'"1840"', b'"many"')
        )

    company, _ = ads(tmp_path)
    assert company.facing(odd).load().rejected == 1
    assert company.ask("SELECT impressions FROM fact_ad") == [(10,)]
    assert runs(company)["ad_days"].error == "row 1: impressions is 'many', not a number"


def test_a_day_that_nobody_asked_for_is_refused(tmp_path: Path) -> None:
    company, _ = ads(tmp_path)
    with pytest.raises(QualityError, match="sent ad_days of 2026-01-14, which was not asked"):
        company.sync((date(2026, 1, 10), date(2026, 1, 13)))
    assert nothing_staged(company, "ad_days")


def test_a_page_that_comes_twice_is_refused(tmp_path: Path) -> None:
    def doubled(request: httpx.Request) -> httpx.Response:
        if "segments.device" not in text_of(request):
            return Platform("google_ads")(request)
        return httpx.Response(200, json=payload("google_ads", "ad_days") | {"nextPageToken": "2"})

    company, _ = ads(tmp_path)
    with pytest.raises(SourceTransient, match="sent one page of ad_days twice. Nothing of it was kept"):
        company.facing(doubled).sync()
    assert nothing_staged(company, "ad_days")


def test_an_empty_answer_where_rows_were_is_believed_the_second_time_only(tmp_path: Path) -> None:
    platform = Platform("google_ads")

    def empty(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={}) if "segments" in text_of(request) else platform(request)

    company, _ = ads(tmp_path)
    company.load()
    first = company.facing(empty).load()
    assert [note.split(":")[0] for note in first.quarantined] == ["ad_days", "ad_hours", "ad_places"]
    assert runs(company)["ad_days"].state == "quarantined"
    assert "2 days came back empty though rows are known (2026-01-13, 2026-01-14)" in first.quarantined[0]
    assert company.ask("SELECT count(*) FROM fact_ad") == [(2,)]
    assert company.load().quarantined == []
    assert company.ask("SELECT count(*) FROM fact_ad") == [(0,)]


def test_days_that_come_back_after_all_are_loaded_and_the_suspicion_is_forgotten(tmp_path: Path) -> None:
    platform = Platform("google_ads")

    def empty(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={}) if "segments.device" in text_of(request) else platform(request)

    company, _ = ads(tmp_path)
    company.load()
    company.facing(empty).load()
    assert company.facing(platform).load().quarantined == []
    assert len(company.facing(empty).load().quarantined) == 1
    assert company.ask("SELECT date FROM fact_ad ORDER BY date") == [
        (date(2026, 1, 13),),
        (date(2026, 1, 14),),
    ]


def test_a_property_whose_quota_runs_low_stops_before_it_blocks_everybody(tmp_path: Path) -> None:
    platform = Platform("google_analytics")

    def low(request: httpx.Request) -> httpx.Response:
        answer = platform(request).json()
        if "dateHour" in text_of(request):
            answer["propertyQuota"]["tokensPerHour"] = {"consumed": 40, "remaining": 31}
        return httpx.Response(200, json=answer)

    company = Company(tmp_path, "google_analytics", low)
    with pytest.raises(SourceTransient, match="does not last for another report: tokensPerHour has 31 left"):
        company.sync()
    states = {name: run.state for name, run in runs(company).items()}
    assert states == {"sessions": "done", "session_hours": "done", "landing_pages": "failed"}


def test_most_of_the_requests_of_an_organisation_are_left_to_its_other_programs(tmp_path: Path) -> None:
    platform = Platform("salesforce")

    def busy(request: httpx.Request) -> httpx.Response:
        used = 81_000 if "750L/results" in text_of(request) else 80_000
        answer = platform(request)
        answer.headers["Sforce-Limit-Info"] = f"api-usage={used}/100000 (per-app-api-usage=17/250)"
        return answer

    company = Company(tmp_path, "salesforce", busy)
    with pytest.raises(SourceTransient, match="81% of the day's requests as used") as caught:
        company.sync()
    assert caught.value.retry_after == 3600.0
    assert [run.state for run in runs(company).values()] == ["done", "failed"]
