"""Credentials are tried on the platform before they replace what works; the company's servers judge them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from app import connections
from app.accounts import audit
from app.data.connectors.base import CONNECTORS
from app.data.db import Database
from app.data.models import Source
from app.data.pipeline import credentials, sources
from app.errors import InputError, NotFound, SourceError
from app.home import prepared
from app.processes import demo
from sandbox.company import Company as Larkfield
from sandbox.server import Running, running
from tests.ingest_cast import CANARY, CREDENTIALS, TOKEN, Company, Platform

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
CLOSED = "http://127.0.0.1:9"  # the discard port, where nobody listens
WRONG_SECRET = {
    "google_analytics": {"client_email": "nobody@example.com"},
    "google_ads": {"refresh_token": f"1//{CANARY}"},
    "salesforce": {"client_secret": f"{CANARY}-secret"},
}
WRONG_ACCOUNT = {
    "google_analytics": {"property_ids": ["999"], "property_id": "999"},
    "google_ads": {"customer_ids": ["999-999-9999"]},
}


@pytest.fixture(scope="module")
def platforms() -> Iterator[Running]:
    company = Larkfield.in_memory(7, NOW, scale=0.05, months=2, billing=3)
    with running(company) as up:
        yield up


def good(platforms: Running, source: str) -> dict[str, Any]:
    return dict(demo.Company(platforms.base).credentials(source))


def connected(platforms: Running, home: Path, source: str) -> Company:
    """An installation whose source works."""
    return Company(home, source, secrets=good(platforms, source), address=platforms.base_of(source), now=NOW)


def kept(company: Company) -> dict[str, Any]:
    return credentials.of(company.parts.database, company.parts.vault, company.source)


@pytest.mark.parametrize("source", WRONG_SECRET)
def test_credentials_that_the_platform_refuses_leave_those_that_work(
    platforms: Running, tmp_path: Path, source: str
) -> None:
    company = connected(platforms, tmp_path, source)
    with pytest.raises(SourceError) as refused:
        sources.add(company.parts, source, kept(company) | WRONG_SECRET[source])
    assert (refused.value.reason, CANARY in str(refused.value)) == ("sign_in", False)
    assert kept(company) == good(platforms, source)
    assert len(sources.test(company.parts, source)) >= 1


@pytest.mark.parametrize("source", WRONG_ACCOUNT)
def test_another_company_s_account_is_told_from_a_wrong_password(
    platforms: Running, tmp_path: Path, source: str
) -> None:
    company = connected(platforms, tmp_path, source)
    with pytest.raises(SourceError) as refused:
        sources.add(company.parts, source, kept(company) | WRONG_ACCOUNT[source])
    assert refused.value.reason == "account"
    assert kept(company) == good(platforms, source)


@pytest.mark.parametrize("source", [kind.id for kind in CONNECTORS])
def test_a_platform_out_of_reach_keeps_its_address_and_says_so(
    platforms: Running, tmp_path: Path, source: str
) -> None:
    company = connected(platforms, tmp_path, source)
    with pytest.raises(SourceError, match="could not be reached at 127.0.0.1") as lost:
        sources.add(company.parts, source, None, CLOSED, hurried=True)
    assert (lost.value.reason, company.waits) == ("unreachable", [1.0])
    with company.parts.database.session() as session:
        assert session.get_one(Source, source).base_url == platforms.base_of(source)


@pytest.mark.parametrize("source", [kind.id for kind in CONNECTORS])
def test_credentials_that_work_are_kept_and_the_source_is_ready(
    platforms: Running, tmp_path: Path, source: str
) -> None:
    company = Company(
        tmp_path, source, secrets={"client_id": "old"}, address=platforms.base_of(source), now=NOW
    )
    accounts = sources.add(company.parts, source, good(platforms, source))
    assert [account.title for account in accounts] == {
        "google_analytics": ["Property 318204455"],
        "google_ads": ["Larkfield US", "Larkfield EU"],
        "salesforce": ["Salesforce"],
    }[source]
    assert kept(company) == good(platforms, source)
    with company.parts.database.session() as session:
        assert session.get_one(Source, source).state == "ready"


def test_a_refused_first_connection_leaves_no_source(platforms: Running, tmp_path: Path) -> None:
    company = connected(platforms, tmp_path, "google_ads")
    wrong = good(platforms, "salesforce") | WRONG_SECRET["salesforce"]
    with pytest.raises(SourceError):
        sources.add(company.parts, "salesforce", wrong, platforms.base_of("salesforce"))
    with company.parts.database.session() as session:
        assert session.get(Source, "salesforce") is None
    with pytest.raises(NotFound, match="salesforce has no credentials"):
        sources.add(company.parts, "salesforce")


def test_a_try_does_not_speak_for_a_sync_that_runs(platforms: Running, tmp_path: Path) -> None:
    company = connected(platforms, tmp_path, "google_ads")
    with company.parts.database.session() as session:
        session.get_one(Source, "google_ads").state = "syncing"
    sources.test(company.parts, "google_ads")
    with company.parts.database.session() as session:
        assert session.get_one(Source, "google_ads").state == "syncing"


def test_a_refresh_token_that_was_lent_for_a_failing_try_is_not_lost(tmp_path: Path) -> None:
    """The platform rotates the stored token while another account is tried with it."""
    platform = Platform("salesforce", *[httpx.Response(401)] * 3)
    platform.sign_in = lambda _: httpx.Response(200, json=TOKEN | {"refresh_token": "rotated"})  # type: ignore[method-assign]
    company = Company(tmp_path, "salesforce", platform)
    with pytest.raises(SourceError):
        sources.add(company.parts, "salesforce", CREDENTIALS | {"login_url": "https://other.example"})
    assert kept(company) == CREDENTIALS | {"refresh_token": "rotated"}


GIVEN = "Correct {} in the credentials: {}, or leave it out for the product's own."
TOLD = (
    "{} says so itself. Correct it in the account, which needs {}; if it is right there, update the product."
)
ZONE, CURRENCY = "an IANA time zone such as Europe/Berlin", "an ISO 4217 code such as USD"
ZONE_GIVEN, CURRENCY_GIVEN = GIVEN.format("time_zone", ZONE), GIVEN.format("currency", CURRENCY)


@pytest.mark.parametrize(
    ("source", "given", "told", "way_out"),
    [
        ("salesforce", "time_zone", "Europe/Berln", ZONE_GIVEN),
        ("salesforce", "time_zone", "Europe", ZONE_GIVEN),
        ("salesforce", "currency", "EURO", CURRENCY_GIVEN),
        ("salesforce", "currency", "eur", CURRENCY_GIVEN),
        ("google_ads", "timeZone", "Mars/Crater", TOLD.format("Google Ads", ZONE)),
        ("google_ads", "currencyCode", "???", TOLD.format("Google Ads", CURRENCY)),
        ("google_analytics", "timeZone", "Mars/Crater", TOLD.format("Google Analytics 4", ZONE)),
    ],
)
def test_a_zone_or_a_currency_that_there_is_not_is_refused_before_it_breaks_a_sync(
    tmp_path: Path, source: str, given: str, told: str, way_out: str
) -> None:
    """`given` in the credentials of Salesforce, said by the platform itself elsewhere."""
    platform, value = Platform(source), CREDENTIALS | {given: told}

    def answer(request: httpx.Request) -> httpx.Response:
        text = re.sub(f'("{given}": ?)"[^"]*"', rf'\1"{told}"', platform(request).text)
        return httpx.Response(200, text=text)

    company = Company(tmp_path, source, answer)
    with pytest.raises(InputError) as refused:
        connections.keep(company.parts, "me", source, value)
    assert str(refused.value).endswith(f"is {told!r}, which is none. {way_out}")
    assert kept(company) == CREDENTIALS
    sources.add(company.parts, source, value, force=True)
    with pytest.raises(InputError):
        company.sync()
    with company.parts.database.session() as session:
        assert session.get_one(Source, source).error == str(refused.value)
    tried = audit.AuditFilter(action=audit.SOURCE_TRIED)
    assert [entry.detail for entry in audit.every(company.parts.database, tried)] == ["cannot be used"]


# ---- the command ------------------------------------------------------------------------------------------


def pad(home: Path, *arguments: str) -> tuple[int, str]:
    """How a command ends and what it says."""
    done = subprocess.run(
        [sys.executable, "-m", "app.cli", "sources", *arguments],
        env={**os.environ, "PAD_HOME": str(home)},
        capture_output=True,
        text=True,
    )
    return done.returncode, " ".join((done.stdout + done.stderr).split())


def test_the_command_refuses_what_the_platform_refuses_unless_forced(
    platforms: Running, tmp_path: Path
) -> None:
    home, keys, address = tmp_path / "home", tmp_path / "keys.json", platforms.base_of("google_ads")
    add = ("add", "google_ads", "--credentials", str(keys))
    keys.write_text(json.dumps(good(platforms, "google_ads")))
    assert pad(home, *add, "--base-url", address) == (
        0,
        "google_ads is connected. It reaches Larkfield US, Larkfield EU.",
    )
    keys.write_text(json.dumps(good(platforms, "google_ads") | WRONG_SECRET["google_ads"]))
    code, said = pad(home, *add)
    assert code == 1 and "google_ads refused the sign-in: invalid_grant" in said
    assert "Nothing was changed: what was kept before stays in force." in said and CANARY not in said
    assert pad(home, "test", "google_ads")[0] == 0
    assert pad(home, *add, "--force") == (
        0,
        "google_ads is kept untried. Try it: pad sources test google_ads",
    )
    assert pad(home, "test", "google_ads")[0] == 1
    database = Database(prepared({"PAD_HOME": str(home)}).database)
    names = ", ".join(sorted(good(platforms, "google_ads")))
    changed, tried = (
        [
            entry.detail
            for entry in audit.every(database, audit.AuditFilter(action=action, actor="pad sources"))
        ]
        for action in (audit.SOURCE_CHANGED, audit.SOURCE_TRIED)
    )
    assert changed == [
        f"connected, credentials: {names}, address {address}",
        "credentials: refresh_token, kept untried",
    ]
    assert tried == ["refused: sign-in", "works: Larkfield US, Larkfield EU", "refused: sign-in"]


def test_days_that_no_source_can_have_are_refused_before_anything_is_done(
    platforms: Running, tmp_path: Path
) -> None:
    keys, address = tmp_path / "keys.json", platforms.base_of("google_ads")
    keys.write_text(json.dumps(good(platforms, "google_ads")))
    given = ("--credentials", str(keys), "--base-url", address)
    assert pad(tmp_path, "add", "google_ads", *given, "--force")[0] == 0
    future = ("google_ads", "--from", "2199-01-01", "--to", "2199-01-02")
    to_come = (1, "Error: The range reaches into the future. Choose days up to today.")
    assert pad(tmp_path, "backfill", *future) == to_come
    assert pad(tmp_path, "sync", *future, "--base-url", CLOSED) == to_come
    assert pad(tmp_path, "sync", "google_ads", "--from", "2026-01-02", "--to", "2026-01-01") == (
        1,
        "Error: The range ends before it starts. Swap the two days.",
    )
    with Database(prepared({"PAD_HOME": str(tmp_path)}).database).session() as session:
        source = session.get_one(Source, "google_ads")
    assert (source.state, source.last_sync_at, source.base_url) == ("new", None, address)


# ---- the form ---------------------------------------------------------------------------------------------

ADS = CONNECTORS.get("google_ads")
OLD = {
    "customer_ids": ["111"],
    "developer_token": "d",
    "client_id": "c",
    "client_secret": "s",
    "refresh_token": "r",
}
KEY = {"type": "service_account", "private_key": "p", "client_email": "robot@example.com", "client_id": "77"}


@pytest.mark.parametrize(
    ("before", "given", "after"),
    [
        (OLD, {"customer_ids": "222, 333", "client_id": "c"}, OLD | {"customer_ids": ["222", "333"]}),
        (
            OLD,
            {"customer_ids": "111", "client_id": "c", "refresh_token": " new "},
            OLD | {"refresh_token": "new"},
        ),
        (
            OLD,
            {"customer_ids": "111", "client_id": "c", "key_file": json.dumps(KEY)},
            {"customer_ids": ["111"], "developer_token": "d"} | KEY,
        ),
        (
            KEY | {"customer_id": "111"},
            {"customer_ids": "111", "client_id": "c", "client_secret": "s", "refresh_token": "r"},
            {"customer_ids": ["111"], "client_id": "c", "client_secret": "s", "refresh_token": "r"},
        ),
        (
            OLD | {"login_customer_id": "9"},
            {"customer_ids": "111", "client_id": "c", "login_customer_id": ""},
            OLD,
        ),
    ],
    ids=["accounts only", "one secret", "token to key file", "key file to token", "an emptied name goes"],
)
def test_a_form_changes_what_was_filled_in_and_keeps_the_rest(
    before: dict[str, Any], given: dict[str, str], after: dict[str, Any]
) -> None:
    assert credentials.replaced(ADS, before, given) == after


@pytest.mark.parametrize(
    ("before", "given", "problem"),
    [
        (OLD, {"customer_ids": "", "client_id": "c"}, "lack customer_ids"),
        ({}, {"customer_ids": "1", "client_id": "c"}, "client_id with client_secret with refresh_token"),
        (OLD, {"customer_ids": "1", "key_file": "-----BEGIN"}, "no JSON object"),
        (OLD, {"customer_ids": "1", "key_file": "{}", "refresh_token": "r"}, "Two ways"),
    ],
)
def test_a_form_that_cannot_be_used_says_what_is_wrong(
    before: dict[str, Any], given: dict[str, str], problem: str
) -> None:
    with pytest.raises(InputError, match=problem):
        credentials.replaced(ADS, before, given)


def test_a_form_shows_names_and_never_a_secret() -> None:
    assert credentials.shown(ADS, OLD) == {"customer_ids": "111", "login_customer_id": "", "client_id": "c"}
    assert credentials.shown(ADS, KEY | {"customer_id": "5"}) == {
        "customer_ids": "5",
        "login_customer_id": "",
    }
