"""Signed-in browsers: revoked at once, ended by time, seen by their owner only."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import event

from app.accounts import sessions, users
from app.accounts.audit import AuditFilter, entries
from app.errors import NotFound
from tests.integration.accounts.house import House


def opened(house: House, email: str) -> list[sessions.OpenSession]:
    return sessions.open_of(house.database, house.clock, users.find(house.database, email).id)


def test_a_revoked_session_is_out_with_its_next_request(house: House) -> None:
    home, office = house.signed_in("bob@example.com"), house.signed_in("bob@example.com")
    bob = users.find(house.database, "bob@example.com")
    before = opened(house, "bob@example.com")
    assert len(before) == 2
    sessions.revoke(house.database, house.clock, bob.id, before[0].id, bob.email)
    answers = sorted(browser.client.get("/executive").status_code for browser in (home, office))
    assert answers == [200, 302]
    assert len(opened(house, "bob@example.com")) == 1


def test_whoever_reads_reads_on_where_nothing_can_be_written(house: House) -> None:
    """As on a full disk: that somebody was here is then not noted."""
    browser = house.signed_in("bob@example.com")
    (before,) = opened(house, "bob@example.com")
    event.listen(house.database.engine, "connect", lambda raw, _: raw.execute("PRAGMA query_only = ON"))
    house.database.engine.dispose()
    house.clock.instant += timedelta(minutes=5)
    assert browser.client.get("/executive").status_code == 200
    (after,) = opened(house, "bob@example.com")
    assert after.last_seen_at == before.last_seen_at
    said = house.browser().sign_in("carol@example.com")
    assert said.status_code == 500 and "An administrator has to make room on its disk" in said.text


def test_nobody_revokes_the_session_of_somebody_else(house: House) -> None:
    house.signed_in("bob@example.com")
    carol = users.find(house.database, "carol@example.com")
    with pytest.raises(NotFound):
        sessions.revoke(
            house.database, house.clock, carol.id, opened(house, "bob@example.com")[0].id, carol.email
        )
    assert len(opened(house, "bob@example.com")) == 1


def test_a_session_ends_after_twelve_idle_hours(house: House) -> None:
    browser = house.signed_in("bob@example.com")
    house.clock.instant += timedelta(hours=12)
    assert browser.client.get("/executive").status_code == 200
    house.clock.instant += timedelta(hours=12, seconds=1)
    away = browser.client.get("/executive?range=last_month")
    assert away.status_code == 302
    page = browser.client.get(away.headers["Location"]).text
    assert "Your session has ended." in page and "/executive?range=last_month" in page


def test_who_was_never_here_or_signed_out_is_told_of_no_session_that_ended(house: House) -> None:
    left, stranger = house.signed_in("bob@example.com"), house.browser()
    left.client.post("/logout", data={"csrf_token": left.token("/logout")})
    for browser in (left, stranger):
        assert "has ended" not in browser.client.get("/login").text


def test_a_session_in_daily_use_ends_after_a_week(house: House) -> None:
    browser = house.signed_in("bob@example.com")
    answers = []
    for _ in range(15):
        house.clock.instant += timedelta(hours=11, minutes=59)
        answers.append(browser.client.get("/executive").status_code)
    assert answers == [200] * 14 + [302]


def test_a_disabled_person_is_out_at_once_everywhere(house: House) -> None:
    browser = house.signed_in("bob@example.com")
    bob = users.find(house.database, "bob@example.com")
    users.set_disabled(house.database, house.clock, bob.id, True, actor="alice@example.com")
    assert browser.client.get("/executive").status_code == 302
    assert browser.sign_in("bob@example.com").status_code == 401


def test_a_taken_role_is_gone_with_the_next_request(house: House) -> None:
    desk = (house.database, house.clock)
    bob = users.find(house.database, "bob@example.com")
    browser = house.signed_in("bob@example.com")
    assert browser.client.get("/users").status_code == 403
    users.change(*desk, bob.id, actor="alice@example.com", name="Bob", role="admin", scope={})
    assert browser.client.get("/users").status_code == 200
    users.change(*desk, bob.id, actor="alice@example.com", name="Bob", role="executive", scope={})
    assert browser.client.get("/users").status_code == 403


def test_signing_out_ends_the_session_on_the_server_too(house: House) -> None:
    browser = house.signed_in("bob@example.com")
    kept = browser.client.get_cookie("pad")
    sent = browser.client.post("/logout", data={"csrf_token": browser.token("/logout")})
    assert sent.headers["Location"] == "/login"
    assert kept is not None
    browser.client.set_cookie("pad", kept.value)
    assert browser.client.get("/executive").status_code == 302
    actions = [
        entry.action for entry in entries(house.database, AuditFilter(actor="bob@example.com"), limit=9)[0]
    ]
    assert actions == ["sign_out", "sign_in.done"]


def test_another_site_cannot_sign_somebody_out(house: House) -> None:
    browser = house.signed_in("bob@example.com")
    assert browser.client.post("/logout").status_code == 400
    assert browser.client.get("/executive").status_code == 200


def test_changing_the_password_keeps_this_browser_and_ends_the_others(house: House) -> None:
    here, there = house.signed_in("bob@example.com"), house.signed_in("bob@example.com")
    new = "a better pass phrase"
    form = {"current": "correct horse battery", "new": new, "again": new}
    here.client.post("/password", data={**form, "csrf_token": here.token("/password")})
    assert here.client.get("/executive").status_code == 200
    assert there.client.get("/executive").status_code == 302


def test_a_request_within_a_minute_writes_nothing(house: House) -> None:
    browser = house.signed_in("bob@example.com")
    house.clock.instant += timedelta(seconds=59)
    browser.client.get("/executive")
    assert opened(house, "bob@example.com")[0].last_seen_at == house.clock.instant - timedelta(seconds=59)
    house.clock.instant += timedelta(seconds=1)
    browser.client.get("/executive")
    assert opened(house, "bob@example.com")[0].last_seen_at == house.clock.instant
