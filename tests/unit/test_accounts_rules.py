"""Rules of accounts that need no database."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.accounts import login, scopes
from app.accounts.headers import content_policy
from app.accounts.sign_in_pages import explain, span
from app.data.query.spec import EVERYTHING, Filter, Scope
from app.errors import InputError
from app.layouts.pages.account import browser_name
from app.layouts.pages.audit import Asked, asked


def test_pauses_triple_with_every_round_of_tries_and_end_at_half_a_day() -> None:
    minutes = [login.pause_after(n).total_seconds() / 60 for n in (4, 5, 9, 10, 15, 20, 25, 30, 500)]
    assert minutes == [0, 5, 5, 15, 45, 135, 405, 720, 720]


@pytest.mark.parametrize(
    ("pause", "words"),
    [
        (timedelta(seconds=1), "1 minute"),
        (timedelta(minutes=5), "5 minutes"),
        (timedelta(minutes=135), "3 hours"),
        (timedelta(hours=12), "12 hours"),
    ],
)
def test_a_pause_is_said_in_words_rounded_up(pause: timedelta, words: str) -> None:
    assert span(pause) == words


def test_one_try_is_said_in_the_singular() -> None:
    failed = login.SignIn(tries_left=1, pause=timedelta(minutes=5))
    assert explain(failed) == "E-mail or password is not right. 1 try left before a pause of 5 minutes."


def test_an_outcome_never_shows_the_session_token() -> None:
    assert "secret" not in repr(login.SignIn(token="secret"))


@pytest.mark.parametrize("target", ["/executive", "/campaigns?by=channel&q=a%2Fb"])
def test_our_own_pages_are_safe_targets(target: str) -> None:
    assert login.safe_target(target) == target


@pytest.mark.parametrize(
    "target",
    [
        "",
        "executive",
        "//x",
        "///x",
        "/\\x",
        "http:x",
        "/a\nb",
        "/logout",
        "/login?next=/login",
        "https://x/y",
    ],
)
def test_anything_else_leads_to_the_start_page(target: str) -> None:
    assert login.safe_target(target) == "/"


def test_a_scope_is_read_as_it_is_written() -> None:
    values = scopes.parse("Region = South, North\n\nplatform=Google Ads\nregion = North")
    assert values == {"region": ["North", "South"], "platform": ["Google Ads"]}
    assert scopes.parse(scopes.written(values)) == values
    assert scopes.scope(values) == Scope(
        (Filter("platform", ("Google Ads",)), Filter("region", ("North", "South")))
    )
    assert scopes.scope({}) is EVERYTHING


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("North", "Line 1"),
        ("region =", "without a value"),
        ("\ncuontry = US", "'country'"),
        (f"region = {'x' * 201}", "200"),
    ],
)
def test_a_scope_that_cannot_be_read_names_what_is_wrong(text: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        scopes.parse(text)


def test_script_hashes_stand_quoted_in_the_policy_whatever_form_they_come_in() -> None:
    hashes = ["sha256-a=", "'sha256-b='", "sha256-a="]
    assert "script-src 'self' 'sha256-a=' 'sha256-b=';" in content_policy(hashes)


def test_the_address_of_the_audit_log_is_read_and_written_alike() -> None:
    want = asked({"words": "a&b", "action": "export", "page": "3", "since": "2026-03-01"})
    assert want == Asked("a&b", "export", "2026-03-01", "", 3)
    assert want.address() == "/audit?words=a%26b&action=export&since=2026-03-01&page=3"
    assert asked({"page": "-1", "action": "all"}) == Asked()


def test_a_range_of_the_audit_log_that_ends_before_it_starts_is_refused() -> None:
    with pytest.raises(InputError, match="ends before it starts"):
        asked({"since": "2026-03-02", "until": "2026-03-01"}).filter("UTC")


def test_the_last_day_of_a_range_counts_whole_in_the_organisations_zone() -> None:
    wanted = asked({"since": "2026-03-08", "until": "2026-03-08"}).filter("America/New_York")
    assert wanted.since and wanted.until
    assert wanted.until - wanted.since == timedelta(hours=24)  # wall clock
    assert wanted.until.timestamp() - wanted.since.timestamp() == 23 * 3600  # clocks went forward


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (
            "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/120.0 Safari/537.36 Edg/120.0",
            "Edge, Windows",
        ),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 14) Version/17 Safari/605", "Safari, macOS"),
        ("curl/8", "Unknown browser"),
    ],
)
def test_browsers_are_named_as_far_as_they_say(agent: str, name: str) -> None:
    assert browser_name(agent) == name
