"""The audit log on both databases."""

from __future__ import annotations

import csv
import io

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.accounts import audit, login, passwords, tokens, users
from app.accounts.audit import AuditFilter
from app.accounts.models import AuditEntry
from app.clock import FixedClock
from app.data.db import Database
from app.errors import AccessDenied
from tests.integration.accounts.house import PASSWORD, House


@pytest.mark.parametrize(
    "change", ["UPDATE audit_entry SET actor = 'somebody else'", "DELETE FROM audit_entry"]
)
def test_the_database_itself_refuses_to_change_an_entry(
    either: Database, clock: FixedClock, change: str
) -> None:
    audit.record(either, clock, "alice@example.com", audit.EXPORT, "campaigns.csv")
    with pytest.raises(DBAPIError, match="append-only"), either.session() as session:
        session.execute(text(change))
    found, total = audit.entries(either, AuditFilter(), limit=10)
    assert (found[0].actor, total) == ("alice@example.com", 1)


COLUMNS = "id, at, actor, action, object, detail, address"
FORGED = "1, '2026-01-01 00:00:00', 'mallory', 'x', '', '', ''"
REPLACING = {
    "replace": f"INSERT OR REPLACE INTO audit_entry ({COLUMNS}) VALUES ({FORGED})",
    "a number as text": f"REPLACE INTO audit_entry ({COLUMNS}) VALUES ('1'{FORGED[1:]})",
    "the row's own number": f"REPLACE INTO audit_entry (row{COLUMNS}) VALUES ({FORGED})",
    "on conflict": f"INSERT INTO audit_entry ({COLUMNS}) VALUES ({FORGED})"
    " ON CONFLICT (id) DO UPDATE SET actor = 'mallory'",
}


@pytest.mark.parametrize("way", REPLACING)
def test_no_entry_is_replaced_by_another_of_its_number(either: Database, clock: FixedClock, way: str) -> None:
    audit.record(either, clock, "alice@example.com", audit.EXPORT, "campaigns.csv")
    with pytest.raises(DBAPIError), either.session() as session:  # PostgreSQL knows no REPLACE
        session.execute(text(REPLACING[way]))
    audit.record(either, clock, "bob@example.com", audit.EXPORT)
    found, _ = audit.entries(either, AuditFilter(), limit=10)
    assert [(entry.id, entry.actor) for entry in found][-1] == (1, "alice@example.com")
    assert [entry.actor for entry in found] == ["bob@example.com", "alice@example.com"]


def test_the_object_layer_refuses_too_and_sealing_twice_does_no_harm(
    either: Database, clock: FixedClock
) -> None:
    audit.record(either, clock, "alice@example.com", audit.EXPORT)
    with either.engine.begin() as connection:
        audit.seal(connection)
    with pytest.raises(AccessDenied), either.session() as session:
        session.get_one(AuditEntry, 1).actor = "nobody"


def test_people_sign_in_change_and_pause_alike_on_both_databases(either: Database, clock: FixedClock) -> None:
    bob = users.add(either, clock, "bob@example.com", "Bob", "executive", PASSWORD, actor="test")
    wrong = [login.sign_in(either, clock, "bob@example.com", "wrong").tries_left for _ in range(5)]
    assert wrong == [4, 3, 2, 1, 0]
    assert login.sign_in(either, clock, "bob@example.com", PASSWORD).pause.total_seconds() == 300
    users.set_password(either, clock, bob, "another good one", actor="test", must_change=False)
    assert login.sign_in(either, clock, "bob@example.com", "another good one").token


def test_no_secret_reaches_the_audit_log(house: House) -> None:
    canary = "canary-password-4711"
    desk = (house.database, house.clock)
    person = users.add(*desk, "dave@example.com", "Dave", "analyst", canary, actor="test", must_change=False)
    house.browser().sign_in(canary, canary)  # typed into the wrong field
    browser = house.browser()
    browser.sign_in("dave@example.com", canary + "x")
    browser.sign_in("dave@example.com", canary)
    made = tokens.create(*desk, users.viewer(house.database, "dave@example.com"), "t", ["api.query"], 3)
    cookie = browser.client.get_cookie("pad")
    users.set_password(*desk, person, canary + "y", actor="test", must_change=True)
    with house.database.session() as session:
        kept = " ".join(str(row) for row in session.execute(text("SELECT * FROM audit_entry")))
    assert "dave@example.com" in kept and "token.created" in kept
    for secret in (canary, made.text, made.text[10:], cookie.value if cookie else canary):
        assert secret not in kept


def test_a_stored_password_and_token_are_only_hashes(database: Database, clock: FixedClock) -> None:
    users.add(database, clock, "bob@example.com", "Bob", "analyst", PASSWORD, actor="test")
    made = tokens.create(database, clock, users.viewer(database, "bob@example.com"), "t", ["api.query"], 3)
    with database.session() as session:
        kept = str(list(session.execute(text("SELECT * FROM user_account"))))
        kept += str(list(session.execute(text("SELECT * FROM api_token"))))
    assert "$argon2id$" in kept and PASSWORD not in kept and made.text not in kept


def test_the_export_holds_what_the_filter_shows_and_no_formula(house: House) -> None:
    audit.record(house.database, house.clock, "=cmd()", audit.EXPORT, "a,b", "one\nline")
    browser = house.signed_in("alice@example.com")
    sent = browser.client.get("/audit.csv?action=export&since=2026-11-23&until=2026-11-23")
    assert sent.data.count(b"\n") == 1 + sent.data.count(b"\r\n") == 4  # one stands within a cell
    rows = list(csv.DictReader(io.StringIO(sent.text, newline="")))
    assert [(row["actor"], row["object"], row["detail"]) for row in rows] == [
        ("'=cmd()", "a,b", "one\nline"),
        ("alice@example.com", "audit.csv", "action=export&since=2026-11-23&until=2026-11-23"),
    ]
    wrong = browser.client.get("/audit.csv?since=yesterday")
    assert (wrong.status_code, wrong.text) == (400, "'yesterday' is not a day. Write it as 2026-03-31.")


def test_the_export_refuses_a_filter_that_it_does_not_have(house: House) -> None:
    browser = house.signed_in("alice@example.com")
    refused = browser.client.get("/audit.csv?from=2026-11-23&action=export")
    words = "Unknown parameter 'from'. Known: action, since, until, words."
    assert (refused.status_code, refused.text) == (400, words)
    assert audit.entries(house.database, AuditFilter(action=audit.EXPORT), limit=1) == ([], 0)


def test_a_weak_old_hash_is_replaced_at_the_next_sign_in(database: Database, clock: FixedClock) -> None:
    from argon2 import PasswordHasher

    users.add(database, clock, "bob@example.com", "Bob", "analyst", PASSWORD, actor="test")
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    with database.session() as session:
        session.execute(text("UPDATE user_account SET password_hash = :weak"), {"weak": weak})
    assert login.sign_in(database, clock, "bob@example.com", PASSWORD).token
    with database.session() as session:
        kept = session.scalar(text("SELECT password_hash FROM user_account"))
    assert not passwords.outdated(kept) and passwords.matches(kept, PASSWORD)
