"""Signing in over HTTP."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.integration.accounts.house import House


def test_the_right_password_opens_the_page_that_was_asked_for(house: House) -> None:
    browser = house.browser()
    sent = browser.client.get("/executive?range=last_30_days")
    assert sent.headers["Location"] == "/login?next=/executive%3Frange%3Dlast_30_days"
    done = browser.sign_in("Bob@Example.com ", next="/executive?range=last_30_days")
    assert (done.status_code, done.headers["Location"]) == (303, "/executive?range=last_30_days")
    assert browser.client.get("/executive").status_code == 200


def test_known_unknown_and_disabled_names_get_the_same_answers_until_the_pause(house: House) -> None:
    from app.accounts import users

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
