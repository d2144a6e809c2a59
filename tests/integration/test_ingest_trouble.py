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
from app.errors import QualityError, SourceTransient
from tests.ingest_cast import Company, Platform, text_of

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


def test_a_quota_of_hours_is_left_to_a_later_job(tmp_path: Path) -> None:
    company, platform = ads(tmp_path, throttled("40591s"))
    with pytest.raises(SourceTransient, match="Too many requests") as caught:
        titles(company)
    assert (caught.value.retry_after, len(platform.asked), company.waits) == (40591.0, 1, [])


def test_a_row_that_cannot_be_typed_is_counted_and_named_and_the_others_are_loaded(tmp_path: Path) -> None:
    def odd(request: httpx.Request) -> httpx.Response:
        return httpx.Response(
            200, content=Platform("google_ads")(request).content.replace(b'"1840"', b'"many"')
        )

    company, _ = ads(tmp_path)
    assert company.facing(odd).load().rejected == 1
    assert company.ask("SELECT impressions FROM fact_ad") == [(10,)]
    assert runs(company)["ad_days"].error == "row 1: impressions is 'many', not a number"


@pytest.mark.parametrize("value", ['"inf"', '"nan"', "1e400", '"99999999999999999999"', "1e30"])
def test_a_number_that_cannot_be_kept_rejects_its_row_alone(tmp_path: Path, value: str) -> None:
    def odd(request: httpx.Request) -> httpx.Response:
        return httpx.Response(
            200, content=Platform("google_ads")(request).content.replace(b'"1840"', value.encode())
        )

    company, _ = ads(tmp_path)
    assert company.facing(odd).load().rejected == 1
    assert company.ask("SELECT impressions FROM fact_ad") == [(10,)]
    assert runs(company)["ad_days"].error.startswith("row 1: impressions is ")


def test_a_day_that_nobody_asked_for_is_refused(tmp_path: Path) -> None:
    company, _ = ads(tmp_path)
    with pytest.raises(QualityError, match="sent ad_days of 2026-01-14, which was not asked"):
        company.sync((date(2026, 1, 10), date(2026, 1, 13)))
    assert nothing_staged(company, "ad_days")


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
