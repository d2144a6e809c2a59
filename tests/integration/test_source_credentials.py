"""Credentials are tried on the platform before they replace what works; the company's servers judge them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from app import connections
from app.accounts import audit
from app.data.connectors.base import CONNECTORS
from app.data.db import Database
from app.data.models import Source
from app.data.pipeline import credentials, sources
from app.errors import InputError, NotFound, PadError, SourceError
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


RSA = rsa.generate_private_key(65537, 2048)


def key_file(lock: serialization.KeySerializationEncryption, **changed: str) -> str:
    """The key file of a service account."""
    pem = RSA.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, lock).decode()
    return json.dumps(
        {"type": "service_account", "private_key": pem, "client_email": "robot@example.com"} | changed
    )


LOCKED = key_file(serialization.BestAvailableEncryption(b"locked"))
OTHER_KEY = key_file(serialization.NoEncryption(), type="external_account")
LONG = f"https://{'a' * 64}.com"
NOT_SENT = "holds a character that cannot be sent. Type it anew"
MANAGER = rf"Manager account \(login_customer_id\) {NOT_SENT}"
DEVELOPER = rf"Developer token \(developer_token\) {NOT_SENT}"
OTHER_WAY = r"no known way to sign in \(type: 'external_account'\)"
NO_ADDRESS = "The address is none that can be asked. Write it as https://host"
FEW = {"tokensPerDay": {"remaining": "few"}}
LACKS = "answered the sign-in without a usable"


@pytest.mark.parametrize(
    ("source", "changed", "address", "said"),
    [
        ("google_ads", {"login_customer_id": "123\u2013456"}, "", MANAGER),
        ("google_ads", {"developer_token": "t\u00f6ken"}, "", DEVELOPER),
        ("google_ads", {"developer_token": "to\nken"}, "", DEVELOPER),
        ("google_ads", {}, "https://x:abc", NO_ADDRESS),
        ("google_ads", {}, "https://x:99999", NO_ADDRESS),
        ("google_ads", {}, "https://x\n.com", NO_ADDRESS),
        ("google_ads", {}, "https://a b.com", NO_ADDRESS),
        ("google_ads", {}, "https://a..b", NO_ADDRESS),
        ("google_ads", {}, LONG, NO_ADDRESS),
        ("salesforce", {"login_url": "https://x:abc"}, "", "salesforce cannot be asked at https://x:abc"),
        ("salesforce", {"login_url": "https://a..b"}, "", r"salesforce cannot be asked at https://a\.\.b"),
        ("salesforce", {"login_url": LONG}, "", "salesforce cannot be asked at https://aaa"),
        ("google_analytics", {"key_file": LOCKED}, "", "private key .* cannot be read. Download"),
        ("google_analytics", {"key_file": OTHER_KEY}, "", OTHER_WAY),
    ],
)  # fmt: skip
def test_what_was_mistyped_is_named_with_the_way_out_and_never_sent(
    tmp_path: Path, source: str, changed: dict[str, str], address: str, said: str
) -> None:
    company = Company(tmp_path, source)  # on the network, which is not reached
    kind = CONNECTORS.get(source)
    accounts = {"property_ids": "318204455", "customer_ids": "123"}
    token = {"client_id": "id", "client_secret": "s", "refresh_token": "r"}
    given = accounts | ({} if "key_file" in changed else token) | changed
    with pytest.raises(PadError, match=said) as refused:
        value = credentials.replaced(kind, {}, given)
        connections.keep(company.parts, "me", source, value, address, hurried=True)
    assert refused.value.hint and company.waits == []
    assert kept(company) == CREDENTIALS


@pytest.mark.parametrize(
    ("source", "token", "answer", "said"),
    [
        ("google_ads", {"access_token": "t\u00f6ken"}, {}, f"{LACKS} access_token"),
        ("google_ads", {"access_token": {"a": 1}}, {}, f"{LACKS} access_token"),
        ("google_ads", {"expires_in": "soon"}, {}, f"{LACKS} expires_in"),
        ("salesforce", {"instance_url": None}, {}, f"{LACKS} instance_url"),
        ("salesforce", {"instance_url": "https://h:abc"}, {}, "cannot be asked at https://h:abc"),
        ("google_analytics", {}, {"metadata": ["x"]}, r"something else than was asked: metadata: \['x'\]"),
        ("google_analytics", {}, {"propertyQuota": 5}, "something else than was asked: propertyQuota: 5"),
        ("google_analytics", {}, {"propertyQuota": {"tokensPerDay": 5}}, "tokensPerDay: 5"),
        ("google_analytics", {}, {"propertyQuota": FEW}, "remaining: 'few'"),
    ],
)  # fmt: skip
def test_an_answer_of_somebody_else_is_told_and_never_a_fault_of_ours(
    tmp_path: Path, source: str, token: dict[str, Any], answer: dict[str, Any], said: str
) -> None:
    platform = Platform(source, *[httpx.Response(200, json=answer)] * 5)
    platform.sign_in = lambda _: httpx.Response(200, json=TOKEN | token)  # type: ignore[method-assign]
    company = Company(tmp_path, source, platform)
    with pytest.raises(SourceError, match=said) as refused:
        connections.test(company.parts, "me", source)
    with company.parts.database.session() as session:
        row = session.get_one(Source, source)
    assert (row.state, row.error) == ("failed", str(refused.value)) and refused.value.hint


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


def test_the_command_sets_a_look_back_and_lists_it(platforms: Running, tmp_path: Path) -> None:
    keys, address = tmp_path / "keys.json", platforms.base_of("google_ads")
    keys.write_text(json.dumps(good(platforms, "google_ads")))
    given = ("--credentials", str(keys), "--base-url", address)
    assert pad(tmp_path, "add", "google_ads", *given, "--force")[0] == 0
    look_back = ("add", "google_ads", "--look-back")
    code, said = pad(tmp_path, *look_back, "400")
    assert code == 1 and said.startswith("Error: A look-back of 400 days is not between 1 and 180.")
    code, listed = pad(tmp_path, "list", "--format", "json")
    assert (code, json.loads(listed)[0]["look_back"]) == (0, 30)
    assert pad(tmp_path, *look_back, "90")[0] == 0
    assert json.loads(pad(tmp_path, "list", "--format", "json")[1])[0]["look_back"] == 90
    database = Database(prepared({"PAD_HOME": str(tmp_path)}).database)
    noted = audit.every(database, audit.AuditFilter(action=audit.SOURCE_CHANGED, actor="pad sources"))
    assert [entry.detail for entry in noted][-1] == "look-back in days: 90"


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
    code, said = pad(tmp_path, "backfill", "google_ads", "--from", "1900-01-01", "--to", "2026-01-02")
    assert code == 1 and said.startswith(
        "Error: Google Ads can have no data of 1900-01-01: its first day is 20"
    )
    named = said.partition("Choose days from ")[2].split()[0]
    before = f"{date.fromisoformat(named) - timedelta(days=1)}"
    code, said = pad(tmp_path, "backfill", "google_ads", "--from", before, "--to", before)
    assert code == 1 and f"{before} is older than the 731 days that are kept" in said
    assert named in said
    assert pad(tmp_path, "sync", "google_ads", "--from", "2026-01-02", "--to", "2026-01-01") == (
        1,
        "Error: The range ends before it starts. Swap the two days.",
    )
    with Database(prepared({"PAD_HOME": str(tmp_path)}).database).session() as session:
        source = session.get_one(Source, "google_ads")
    assert (source.state, source.last_sync_at, source.base_url) == ("new", None, address)
