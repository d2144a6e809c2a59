"""Google Ads accounts that are switched off, projects that are not approved, and versions that have ended."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from app import connections
from app.data.models import Source, SyncRun
from app.errors import SourcePermanent
from app.layouts import source_dialogs
from app.layouts.source_card import problem
from app.operations import doctor
from sandbox.company import Company as MadeUp
from sandbox.limits import PLATFORM, Limits
from sandbox.server import Running, running
from tests.fakes import viewer
from tests.ingest_cast import Company, Platform

EPOCH = datetime(2026, 6, 15, 12, tzinfo=UTC)
DAYS = (date(2026, 6, 12), date(2026, 6, 14))
US, EU = "4512301178", "7730912245"
OFF = (
    f"Google Ads account {EU} is switched off and was not read: The customer account can't be accessed "
    "because it is not yet enabled or has been deactivated. Switch it on in Google Ads, or take it out of "
    "the customer ids under “Replace credentials” on the Sources page. What was read of it stays, and no "
    "other account waits for it."
)
COSTS = "SELECT account_id, sum(cost_micros) FROM fact_ad GROUP BY account_id ORDER BY account_id"


@pytest.fixture(scope="module")
def up() -> Iterator[Running]:
    with running(MadeUp.small(), PLATFORM) as running_now:
        yield running_now


@pytest.fixture
def company(up: Running, tmp_path: Path) -> Iterator[Company]:
    handed = httpx.get(f"{up.base}/_sandbox/credentials/google_ads.json").json()
    yield Company(tmp_path, "google_ads", secrets=handed, address=up.base_of("google_ads"), now=EPOCH)
    up.site.limits = PLATFORM


def platform_says(up: Running, **limits: Any) -> None:
    changed: Limits = replace(PLATFORM, **limits)
    up.site.limits = changed


def source(company: Company) -> Source:
    with company.parts.database.session() as session:
        return session.get_one(Source, "google_ads")


def newest_sync(company: Company) -> list[tuple[str, str, str]]:
    """Stream, state and words of the runs of the newest sync."""
    with company.parts.database.session() as session:
        runs = session.scalars(select(SyncRun).order_by(SyncRun.id)).all()
    return [(run.stream, run.state, run.error) for run in runs if run.sync_id == runs[-1].sync_id]


def test_an_account_that_is_switched_off_is_told_and_its_fellow_is_read(
    up: Running, company: Company
) -> None:
    company.load(DAYS)
    before = dict(company.ask(COSTS))
    assert set(before) == {US, EU} and min(before.values()) > 0
    platform_says(up, ads_customers_off=(EU,))
    report = company.load((date(2026, 6, 11), date(2026, 6, 14)))
    after = dict(company.ask(COSTS))
    assert report.left_out == [OFF]
    assert after[US] > before[US], "a day more of the account that is read"
    assert after[EU] == before[EU], "what was read of the other one stays"
    told = newest_sync(company)
    assert told == [
        ("campaigns", "done", OFF),
        ("ad_days", "done", ""),
        ("ad_hours", "done", ""),
        ("ad_places", "done", ""),
    ]
    assert (source(company).state, source(company).error) == ("ready", OFF)


def test_an_account_that_is_switched_on_again_is_read_on_and_nothing_is_said_any_more(
    up: Running, company: Company
) -> None:
    platform_says(up, ads_customers_off=(EU,))
    company.load(DAYS)
    assert [account for account, _ in company.ask(COSTS)] == [US]
    platform_says(up)
    assert company.load(DAYS).left_out == []
    assert [account for account, _ in company.ask(COSTS)] == [US, EU]
    assert (source(company).state, source(company).error) == ("ready", "")


def test_who_tries_the_connection_sees_which_account_is_switched_off(up: Running, company: Company) -> None:
    platform_says(up, ads_customers_off=(EU,))
    named = connections.test(company.parts, "me", "google_ads")
    assert [(account.title, account.refusal) for account in named] == [("Larkfield US", ""), (EU, OFF)]
    shown = str(source_dialogs.reached(named))
    assert "Larkfield US" in shown and OFF in shown
    assert (source(company).state, source(company).error) == ("ready", OFF)
    line = problem(source(company), viewer("admin"))
    assert line is not None and "className='problem-line'" in str(line) and OFF in str(line)


def test_a_source_whose_accounts_are_all_switched_off_has_failed(up: Running, company: Company) -> None:
    platform_says(up, ads_customers_off=(US, EU))
    with pytest.raises(SourcePermanent, match=f"account {US} is switched off") as caught:
        company.sync(DAYS)
    assert caught.value.reason == "account" and OFF in str(caught.value)
    assert source(company).state == "failed"


def test_the_doctor_warns_of_an_account_that_is_switched_off(up: Running, company: Company) -> None:
    platform_says(up, ads_customers_off=(EU,))
    company.load(DAYS)
    found = doctor._source(source(company), EPOCH)
    assert (found.state, found.found) == (doctor.WARN, OFF)


def test_a_project_that_is_not_approved_is_told_with_the_way_out(up: Running, company: Company) -> None:
    platform_says(up, ads_project_approved=False)
    with pytest.raises(SourcePermanent, match="CLOUD_PROJECT_NOT_APPROVED_FOR_PRODUCTION") as caught:
        company.sync(DAYS)
    assert caught.value.hint == (
        "The Cloud project that owns the client id or service account may read test accounts only. In the "
        "Google Cloud console open that project's page “Google Ads API” and apply for Explorer or Basic "
        "access; signing in again changes nothing."
    )
    shown = str(source_dialogs.refused("Google Ads", caught.value))
    assert caught.value.hint in shown and "refuses the sign-in" not in shown


def test_a_developer_token_that_is_not_approved_has_the_same_way_out(up: Running, company: Company) -> None:
    platform_says(up, ads_developer_token_required=True)
    up.site.keys, keys = replace(up.site.keys, developer_token="another"), up.site.keys
    try:
        with pytest.raises(
            SourcePermanent, match="DEVELOPER_TOKEN_NOT_APPROVED.*apply for Explorer or Basic"
        ):
            company.sync(DAYS)
    finally:
        up.site.keys = keys


@pytest.mark.parametrize(
    ("version", "said"),
    [
        ("v22", "Version v22 is deprecated. Requests to this version will be blocked. (UNSUPPORTED_VERSION)"),
        ("v18", "The requested URL was not found on this server. (404)"),
    ],
)
def test_a_version_that_has_ended_is_told_with_the_way_out(
    up: Running, tmp_path: Path, version: str, said: str
) -> None:
    handed = httpx.get(f"{up.base}/_sandbox/credentials/google_ads.json").json()
    address = up.base_of("google_ads")
    old = Company(
        tmp_path, "google_ads", secrets=handed | {"api_version": version}, address=address, now=EPOCH
    )
    with pytest.raises(SourcePermanent) as caught:
        old.sync(DAYS)
    assert caught.value.message == (
        f"Google Ads does not answer version {version} of its interface any more: {said}."
    )
    assert 'Give a credentials file with "api_version"' in caught.value.hint
    assert "Without it v25 is asked" in caught.value.hint


def test_a_page_of_the_web_server_instead_of_an_answer_is_a_version_that_has_ended(tmp_path: Path) -> None:
    gone = httpx.Response(404, text="<!DOCTYPE html><title>Error 404 (Not Found)!!1</title>")
    company = Company(tmp_path, "google_ads", Platform("google_ads", gone))
    with pytest.raises(
        SourcePermanent, match="does not answer version v25 of its interface any more: <!DOCTYPE"
    ):
        company.sync()
