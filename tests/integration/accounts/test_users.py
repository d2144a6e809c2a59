"""People: the first admin, the last admin, the command line, the page."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner

from app.accounts import audit, users
from app.cli import main
from app.cli import user as user_command
from app.clock import FixedClock
from app.data.db import Database
from app.errors import ConflictError, InputError
from app.layouts import people_ids as ids
from tests.integration.accounts.house import PASSWORD, House


def test_the_first_start_makes_an_admin_whose_password_must_be_changed(
    either: Database, clock: FixedClock, tmp_path: Path
) -> None:
    first = users.ensure_first_admin(either, clock, tmp_path)
    assert first is not None and first.password not in repr(first)
    kept = json.loads(first.path.read_text())
    assert kept == {"email": "admin@localhost", "password": first.password}
    assert stat.S_IMODE(first.path.stat().st_mode) == 0o600
    (admin,) = users.listing(either)
    assert (admin.role, admin.must_change_password) == ("admin", True)
    assert users.ensure_first_admin(either, clock, tmp_path) is None


def test_the_last_admin_can_neither_be_disabled_nor_demoted(house: House) -> None:
    desk = (house.database, house.clock)
    alice = users.find(house.database, "alice@example.com")
    with pytest.raises(ConflictError, match="last administrator"):
        users.set_disabled(*desk, alice.id, True, actor="test")
    with pytest.raises(ConflictError, match="last administrator"):
        users.change(*desk, alice.id, actor="test", name="Alice", role="analyst", scope={})
    assert users.find(house.database, "alice@example.com").role == "admin"
    users.add(*desk, "ann@example.com", "Ann", "admin", PASSWORD, actor="test")
    users.set_disabled(*desk, alice.id, True, actor="test")
    assert users.find(house.database, "alice@example.com").disabled


@pytest.mark.parametrize(
    ("email", "role", "password", "said"),
    [
        ("no address", "analyst", PASSWORD, "is not an e-mail address"),
        ("x@example.com", "analist", PASSWORD, "Did you mean 'analyst'"),
        ("x@example.com", "analyst", "short", "at least 12 characters"),
        ("longname@example.com", "analyst", "longname-2026!", "too easy to guess"),
        ("BOB@example.com", "analyst", PASSWORD, "already a user"),
    ],
)
def test_a_wrong_new_person_is_refused_with_the_reason(
    house: House, email: str, role: str, password: str, said: str
) -> None:
    with pytest.raises((InputError, ConflictError), match=said):
        users.add(house.database, house.clock, email, "X", role, password, actor="test")
    assert len(users.listing(house.database)) == 3


def test_the_command_line_adds_lists_disables_and_sets_passwords(
    house: House, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(user_command, "place", lambda: house.services)
    run = CliRunner().invoke
    secret = tmp_path / "password"
    secret.write_text("from a file, long\n")
    scope = ["--scope", "region=North,South", "--scope", "platform=Google Ads"]
    sent = run(
        main, ["user", "add", "dan@example.com", "--role", "analyst", *scope, "--password-file", str(secret)]
    )
    assert (sent.exit_code, "from a file" in sent.output) == (0, False)
    listed = json.loads(run(main, ["user", "list", "--format", "json"]).output)
    dan = next(row for row in listed if row["email"] == "dan@example.com")
    assert (dan["role"], dan["state"], dan["scope"]) == (
        "analyst",
        "active",
        "region = North, South; platform = Google Ads",
    )
    given = run(
        main, ["user", "password", "dan@example.com", "--password-file", "-"], input="typed pass phrase\n"
    )
    assert (
        given.exit_code == 0
        and house.browser().sign_in("dan@example.com", "typed pass phrase").status_code == 303
    )
    made = json.loads(
        run(main, ["user", "add", "eve@example.com", "--role", "executive", "--format", "json"]).output
    )
    assert house.browser().sign_in("eve@example.com", made[0]["password"]).headers["Location"] == "/password"
    assert run(main, ["user", "disable", "dan@example.com"]).exit_code == 0
    assert users.find(house.database, "dan@example.com").disabled
    wrong = run(main, ["user", "disable", "nobody@example.com"])
    assert (wrong.exit_code, "There is no user" in wrong.stderr) == (1, True)


def fields(email: str, name: str = "Dan", role: str = "analyst", scope: str = "") -> dict[str, object]:
    return {
        f"{ids.USER_TARGET}.data": None,
        f"{ids.USER_EMAIL}.value": email,
        f"{ids.USER_NAME}.value": name,
        f"{ids.USER_ROLE}.value": role,
        f"{ids.USER_SCOPE}.value": scope,
    }


def test_an_admin_adds_somebody_on_the_page_and_hands_the_password_over(house: House) -> None:
    admin = house.signed_in("alice@example.com")
    save = house.output(f"{ids.USER_PROBLEM}.children")
    sent = admin.callback(
        save, {f"{ids.USER_SAVE}.n_clicks": 1}, fields("dan@example.com", scope="region = West")
    )
    shown = json.dumps(sent.json["response"][ids.USER_SECRET]["children"])
    password = shown.split('"secret-text"')[0].rsplit('"children": "', 1)[1].split('"')[0]
    assert house.browser().sign_in("dan@example.com", password).headers["Location"] == "/password"
    assert users.find(house.database, "dan@example.com").scope == {"region": ["West"]}
    found, _ = audit.entries(house.database, audit.AuditFilter(action=audit.USER_ADDED), limit=1)
    assert (found[0].actor, found[0].detail) == (
        "alice@example.com",
        "Role: Analyst; row scope: Region = West",
    )


def test_a_wrong_form_says_so_in_the_dialog_and_changes_nothing(house: House) -> None:
    admin = house.signed_in("alice@example.com")
    save = house.output(f"{ids.USER_PROBLEM}.children")
    sent = admin.callback(
        save, {f"{ids.USER_SAVE}.n_clicks": 1}, fields("dan@example.com", scope="regoin = West")
    )
    said = sent.json["response"][ids.USER_PROBLEM]["children"]
    assert said == "Unknown dimension 'regoin'. Did you mean 'region'?"
    assert len(users.listing(house.database)) == 3


def test_the_question_is_asked_before_and_the_last_admin_stays(house: House) -> None:
    admin = house.signed_in("alice@example.com")
    alice = users.find(house.database, "alice@example.com")
    confirm = house.output(f"{ids.USER_CONFIRM_PROBLEM}.children")
    target = {f"{ids.USER_CONFIRM_TARGET}.data": {"user": alice.id, "verb": "disable"}}
    sent = admin.callback(confirm, {f"{ids.USER_CONFIRM_DO}.n_clicks": 1}, target)
    said = sent.json["response"][ids.USER_CONFIRM_PROBLEM]["children"]
    assert said == "This is the last administrator. Make somebody else an administrator first."


def test_a_person_revokes_only_what_is_their_own(house: House) -> None:
    from app.accounts import sessions

    house.signed_in("bob@example.com")
    bob = users.find(house.database, "bob@example.com")
    (foreign,) = sessions.open_of(house.database, house.clock, bob.id)
    revoke = house.output(f"{ids.REVOKE_PROBLEM}.children")
    carol = house.signed_in("carol@example.com")
    target = {f"{ids.REVOKE_TARGET}.data": {"session": foreign.id}}
    sent = carol.callback(revoke, {f"{ids.REVOKE_DO}.n_clicks": 1}, target)
    assert sent.json["response"][ids.REVOKE_PROBLEM]["children"].startswith("This session is already over.")
    assert sessions.open_of(house.database, house.clock, bob.id) == [foreign]


def test_the_theme_is_remembered_and_an_invented_one_refused(house: House) -> None:
    bob = house.signed_in("bob@example.com")
    save = f"{ids.ACCOUNT_THEME_SAVED}.children"
    assert bob.callback(save, {f"{ids.ACCOUNT_THEME}.value": "dark"}).status_code == 200
    assert 'data-bs-theme="dark"' in bob.client.get("/password").text
    bob.callback(save, {f"{ids.ACCOUNT_THEME}.value": "neon"})
    assert users.viewer(house.database, "bob@example.com").preferences == {"theme": "dark"}
