"""Platforms in trouble, through the real pipeline: a clear end, the way out, and nothing half loaded."""

from __future__ import annotations

import gc
import weakref
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from app import incidents
from app.data.connectors.http import open_session
from app.data.models import Load, Source, SyncRun, Watermark
from app.data.pipeline.cycles import uncollected
from app.data.pipeline.sources import test as try_source
from app.errors import InputError, QualityError, SourcePermanent, SourceTransient
from tests.ingest_cast import TOKEN, Company, Handler, Platform, text_of

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


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (rb'"Brand \ud83d"', "Brand \ufffd"),
        (rb'"\ude00Brand \ud83d\ude00 \ud83d."', "\ufffdBrand \U0001f600 \ufffd."),
    ],
)
def test_a_name_that_was_cut_within_a_character_is_loaded_as_far_as_it_can_be_read(
    tmp_path: Path, name: bytes, shown: str
) -> None:
    def cut(request: httpx.Request) -> httpx.Response:
        content = Platform("google_ads")(request).content
        return httpx.Response(200, content=content.replace(b'"Brand DE"', name))

    company, _ = ads(tmp_path)
    assert company.facing(cut).load().rejected == 0
    assert company.ask("SELECT campaign FROM dim_campaign") == [(shown,)]


@pytest.mark.parametrize("huge", [b"9" * 30, b"-" + b"9" * 20, b"9" * 5000], ids=["30", "-20", "5000"])
def test_a_number_beyond_64_bits_beside_one_that_no_float_holds_rejects_its_row_alone(
    tmp_path: Path, huge: bytes
) -> None:
    def odd(request: httpx.Request) -> httpx.Response:
        content = Platform("google_ads")(request).content.replace(b'"1840"', b"1e400")
        return httpx.Response(200, content=content.replace(b'"92"', huge))

    company, _ = ads(tmp_path)
    assert company.facing(odd).load().rejected == 1
    assert company.ask("SELECT impressions FROM fact_ad") == [(10,)]


def test_a_refusal_whose_words_were_cut_within_a_character_is_told_as_far_as_it_can_be_read(
    tmp_path: Path,
) -> None:
    said = rb'{"error": {"message": "No such campaign: Brand \ud83d"}}'
    company, _ = ads(tmp_path, *[httpx.Response(400, content=said)] * 2)
    with pytest.raises(SourcePermanent, match="No such campaign: Brand \ufffd"):
        titles(company)
    assert "No such campaign: Brand \ufffd" in source(company).error


def test_a_fault_of_the_product_is_told_by_its_reference_and_a_kill_as_one(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    def breaks(problem: BaseException) -> Handler:
        def answer(request: httpx.Request) -> httpx.Response:
            if "segments.device" in text_of(request):
                raise problem
            return Platform("google_ads")(request)

        return answer

    company, fault = ads(tmp_path)[0], KeyError("a fault of ours")
    with pytest.raises(KeyError):
        company.facing(breaks(fault)).sync()
    said, printed = source(company).error, "".join(capfd.readouterr())
    logged = caplog.text or printed  # as the logs are set up, or as they are before that
    reference = incidents.report(fault)  # as the job does that it passes next
    assert said.endswith(f"The server's log has the details under the reference {reference}.")
    assert logged.count(reference) == 1 and "a fault of ours" in logged
    assert runs(company)["ad_days"].error == said
    with pytest.raises(KeyboardInterrupt):
        company.facing(breaks(KeyboardInterrupt())).sync()
    broken_off = "The sync was broken off. What was whole before is kept; sync it again."
    assert (source(company).error, runs(company)["ad_days"].error) == (broken_off, broken_off)


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


def test_days_older_than_what_is_kept_are_refused_before_anything_is_asked(tmp_path: Path) -> None:
    company, platform = ads(tmp_path)
    with pytest.raises(InputError, match="2015-02-01 is older than the 731 days that are kept") as caught:
        company.sync((date(2015, 1, 1), date(2015, 2, 1)))
    assert caught.value.hint == "Nothing was asked. Choose days from 2024-01-15 on."
    assert (platform.asked, runs(company), source(company).state) == ([], {}, "new")


def without_days(request: httpx.Request) -> httpx.Response:
    """Google Ads with an account and campaigns, and no row of any day."""
    if "segments.date" in text_of(request):
        return httpx.Response(200, json={})
    return Platform("google_ads")(request)


def test_days_that_a_stream_does_not_keep_are_left_out_and_said(tmp_path: Path) -> None:
    """Of hours 60 days are kept, of days two years."""
    company = Company(tmp_path, "google_ads", without_days)
    company.sync((date(2023, 12, 1), date(2026, 1, 15)))
    told = {name: (run.window_start, run.window_end, run.error) for name, run in runs(company).items()}
    end = date(2026, 1, 15)
    assert told["ad_days"] == (
        date(2024, 1, 15),
        end,
        "Days before 2024-01-15 were left out: older than the 731 days that are kept.",
    )
    words = "Days before 2025-11-16 were left out: older than the 60 days that are kept."
    assert told["ad_hours"] == (date(2025, 11, 16), end, words)


def test_a_stream_that_keeps_none_of_the_days_has_no_window(tmp_path: Path) -> None:
    company = Company(tmp_path, "google_ads", without_days)
    company.sync((date(2025, 1, 1), date(2025, 2, 1)))
    hours = runs(company)["ad_hours"]
    assert (hours.window_start, hours.window_end, hours.requests) == (None, None, 0)
    assert hours.error == "Days before 2025-11-16 were left out: older than the 60 days that are kept."


IDENTITY = {"id": "https://login.salesforce.com/id/00DAB0000000001MAA/005AB0000000001AAA"}


def org(tmp_path: Path, *, may_read: bool, **told: str) -> Company:
    """An installation at an organisation whose own record may be read, or not."""
    platform = Platform("salesforce")
    platform.sign_in = lambda _: httpx.Response(200, json=TOKEN | told)  # type: ignore[method-assign]

    def answer(request: httpx.Request) -> httpx.Response:
        if "FROM Organization" in text_of(request) and not may_read:
            refused = [
                {"errorCode": "INVALID_TYPE", "message": "sObject type 'Organization' is not supported"}
            ]
            return httpx.Response(400, json=refused)
        return platform(request)

    return Company(tmp_path, "salesforce", answer)


def positions(company: Company) -> set[str]:
    with company.parts.database.session() as session:
        return set(session.scalars(select(Watermark.account)))


def test_an_organisation_keeps_its_positions_when_its_record_becomes_readable(tmp_path: Path) -> None:
    first = org(tmp_path, may_read=False, **IDENTITY)
    first.load(None)
    assert positions(first) == {"00DAB0000000001MAA"}
    later = org(tmp_path, may_read=True, **IDENTITY)
    later.load(None)
    assert positions(later) == {"00DAB0000000001MAA"}
    assert titles(later) == ["Acme"]


def test_an_organisation_that_nothing_names_is_refused_with_the_way_out(tmp_path: Path) -> None:
    company = org(tmp_path, may_read=False)
    with pytest.raises(SourcePermanent, match="Give the user .* the right to read the object Organization"):
        titles(company)


def test_a_locator_that_has_died_is_not_asked_again(tmp_path: Path) -> None:
    platform, dead = Platform("salesforce"), "/services/data/v62.0/query/01gDEAD-2000"
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        if dead in str(request.url):
            asked.append(dead)
            said = [{"errorCode": "INVALID_QUERY_LOCATOR", "message": "invalid query locator"}]
            return httpx.Response(400, json=said)
        whole = platform(request)
        if "FROM Lead" not in text_of(request) or request.method != "GET":
            return whole
        return httpx.Response(200, json=whole.json() | {"done": False, "nextRecordsUrl": dead})

    company = Company(tmp_path, "salesforce", platform)
    company.load(None)
    with pytest.raises(SourceTransient, match="does not know the next page any more.*invalid query locator"):
        company.facing(answer).sync(None)
    assert asked == [dead]


class Watched(dict[str, Any]):
    """Something that can be watched until it is gone."""


def test_a_page_is_gone_when_nobody_holds_it_though_nothing_is_searched_for_cycles() -> None:
    http = open_session("google_ads", (), httpx.MockTransport(lambda _: httpx.Response(200, json={})))
    with uncollected():
        page = http.call(
            "GET", "https://ads.example", lambda _: None, signed=False, read=lambda _: (True, Watched())
        )
        watched = weakref.ref(page)
        del page
        assert watched() is None


def test_cycles_are_searched_at_the_end_of_a_page_and_again_after_a_failure() -> None:
    with pytest.raises(SourceTransient), uncollected() as page_is_done:
        assert not gc.isenabled()
        page = Watched()
        page["self"], watched = page, weakref.ref(page)
        del page
        assert watched() is not None
        page_is_done()
        assert watched() is None
        raise SourceTransient("gone")
    assert gc.isenabled()
