"""Signing in over HTTP."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from flask import Flask

from app.accounts import audit, guard, login, passwords, users
from app.accounts.audit import AuditFilter
from app.clock import FixedClock
from app.data.db import Database
from tests.integration.accounts.house import PASSWORD, House


def test_the_right_password_opens_the_page_that_was_asked_for(house: House) -> None:
    browser = house.browser()
    sent = browser.client.get("/executive?range=last_30_days")
    assert sent.headers["Location"] == "/login?next=/executive%3Frange%3Dlast_30_days"
    done = browser.sign_in("Bob@Example.com ", next="/executive?range=last_30_days")
    assert (done.status_code, done.headers["Location"]) == (303, "/executive?range=last_30_days")
    assert browser.client.get("/executive").status_code == 200


def test_known_unknown_and_disabled_names_get_the_same_answers_until_the_pause(house: House) -> None:
    carol = users.find(house.database, "carol@example.com")
    users.set_disabled(house.database, house.clock, carol.id, True, actor="test")
    seen = {}
    for email in ("bob@example.com", "nobody@example.com", "carol@example.com"):
        browser = house.browser()
        answers = [browser.sign_in(email, "not the password") for _ in range(6)]
        seen[email] = [(a.status_code, said(a.text)) for a in answers]
    assert seen["bob@example.com"] == seen["nobody@example.com"] == seen["carol@example.com"]
    assert seen["bob@example.com"][1] == (
        401,
        "E-mail or password is not right. 3 tries left before a pause of 5 minutes.",
    )
    assert seen["bob@example.com"][4] == (429, "Too many tries for this name. Try again in 5 minutes.")


def test_during_a_pause_even_the_right_password_waits_and_the_next_pause_is_longer(house: House) -> None:
    browser = house.browser()
    for _ in range(5):
        browser.sign_in("bob@example.com", "not the password")
    assert browser.sign_in("bob@example.com").status_code == 429
    house.clock.instant += timedelta(minutes=5)
    fifth = [browser.sign_in("bob@example.com", "still wrong") for _ in range(5)][-1]
    assert said(fifth.text) == "Too many tries for this name. Try again in 15 minutes."
    house.clock.instant += timedelta(minutes=15)
    assert browser.sign_in("bob@example.com").status_code == 303


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "/\t/evil",
        "/login",
    ],
)
def test_signing_in_never_leads_to_another_site(house: House, target: str) -> None:
    assert house.browser().sign_in("bob@example.com", next=target).headers["Location"] == "/"


def test_a_sign_in_form_without_its_token_is_refused(house: House) -> None:
    sent = house.browser().client.post("/login", data={"email": "bob@example.com", "password": "x"})
    assert sent.status_code == 400


def said(page: str) -> str:
    start = page.index("<span>", page.index('role="alert"')) + 6
    return page[start : page.index("</span>", start)]


def test_guesses_sent_at_once_cannot_outrun_the_pause(either: Database, clock: FixedClock) -> None:
    users.add(either, clock, "bob@example.com", "Bob", "executive", PASSWORD, actor="test")

    def guess(number: int) -> int:
        return login.sign_in(either, clock, "bob@example.com", f"guess {number}").tries_left

    with ThreadPoolExecutor(12) as crowd:
        left = sorted(crowd.map(guess, range(24)), reverse=True)
    assert left == [4, 3, 2, 1] + [0] * 20
    looked_at = AuditFilter(action=audit.SIGN_IN_FAILED)
    assert audit.entries(either, looked_at, limit=1)[1] == 5


def test_forwarding_headers_are_believed_from_trusted_proxies_only(house: House) -> None:
    forwarded = {"X-Forwarded-For": "203.0.113.9"}
    house.server.test_client().get("/login", headers=forwarded)
    settings = replace(house.services.settings, trusted_proxies=1)
    server = Flask("behind")
    server.secret_key = "only for tests"
    guard.protect(server, house.database, house.clock, settings, callbacks={}, page=lambda _: None)
    for place, seen in ((house.server, "127.0.0.1"), (server, "203.0.113.9")):
        client = place.test_client()
        found = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/login").text)
        assert found
        form = {"csrf_token": found.group(1), "email": "bob@example.com", "password": "wrong"}
        client.post("/login", data=form, headers=forwarded)
        entry = audit.entries(house.database, AuditFilter(action=audit.SIGN_IN_FAILED), limit=1)[0][0]
        assert entry.address == seen


@pytest.mark.parametrize("name", ["../models.py", "password.html", "frame.html", "..%2Fguard.py"])
def test_only_the_assets_of_the_sign_in_page_are_public(house: House, name: str) -> None:
    assert house.browser().client.get(f"/login/{name}").status_code in (302, 404)


def test_the_dark_palette_is_served_without_a_choice_and_left_out_after_one(house: House) -> None:
    browser = house.browser()
    dark = browser.client.get("/login/dark.css").text
    assert dark.startswith(":root:root{") and "--bg:#0B1020" in dark
    assert "dark.css" in browser.client.get("/login").text
    browser.client.set_cookie("theme", "light")
    page = browser.client.get("/login").text
    assert 'data-bs-theme="light"' in page and "dark.css" not in page


def test_an_unknown_name_costs_the_same_hashing_as_a_known_one(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []

    class Counting(PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> bool:
            seen.append(str(hash)[:40])
            return super().verify(hash, password)

    monkeypatch.setattr(passwords, "_hasher", Counting(time_cost=1, memory_cost=64, parallelism=1))
    for email in ("bob@example.com", "nobody@example.com"):
        login.sign_in(house.database, house.clock, email, "wrong")
    known, unknown = (entry.split("$")[:4] for entry in seen)
    assert known == unknown == ["", "argon2id", "v=19", "m=64,t=1,p=1"]


def test_signing_in_as_somebody_else_ends_the_session_before(house: House) -> None:
    browser = house.signed_in("bob@example.com")
    before = browser.client.get_cookie("pad")
    form = {"csrf_token": browser.token("/logout"), "email": "carol@example.com", "password": PASSWORD}
    assert browser.client.post("/login", data=form).status_code == 303
    other = house.browser()
    assert before is not None
    other.client.set_cookie("pad", before.value)
    assert other.client.get("/executive").status_code == 302
