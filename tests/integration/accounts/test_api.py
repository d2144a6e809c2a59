"""REST: tokens, scope, errors."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from app.accounts import tokens, users
from app.accounts.permissions import API, EXPORT, USERS
from app.clock import FixedClock
from app.data.db import Database
from app.data.query.spec import Filter, Scope
from app.errors import AccessDenied, InputError, NotFound
from app.layouts import filters
from tests import warehouse
from tests.integration.accounts.house import House, build

QUESTION = {"metrics": ["spend"], "by": ["channel"], "from": "2026-03-01", "to": "2026-03-31"}
ADDRESS = "/api/v1/query?metrics=spend&by=channel&from=2026-03-01&to=2026-03-31"


def token_of(house: House, email: str, *permissions: str, days: int = 30) -> tokens.NewToken:
    owner = users.viewer(house.database, email)
    return tokens.create(house.database, house.clock, owner, "sheet", permissions or (API,), days)


def header(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_the_same_question_gets_the_same_answer_by_get_and_post(house: House) -> None:
    client, token = house.browser().client, token_of(house, "alice@example.com").text
    got = client.get(ADDRESS, headers=header(token))
    posted = client.post("/api/v1/query", json=QUESTION, headers=header(token))
    assert (got.status_code, posted.status_code) == (200, 200)
    assert got.json["rows"] == posted.json["rows"] == [{"channel": "Paid search", "spend": 1234.5}]
    assert (got.json["as_of"], got.json["data_version"]) == (3, "7")
    first, second = house.asked
    assert first == second and first.period.start == date(2026, 3, 1)


def test_the_owners_row_scope_is_put_into_every_question(house: House) -> None:
    token = token_of(house, "carol@example.com").text
    house.browser().client.get(ADDRESS, headers=header(token))
    assert house.asked[0].scope == Scope((Filter("region", ("North",)),))


def test_nobody_can_send_a_scope_of_their_own(house: House) -> None:
    token = token_of(house, "carol@example.com").text
    sent = house.browser().client.post("/api/v1/query", json={**QUESTION, "scope": []}, headers=header(token))
    assert sent.status_code == 400
    assert "'scope'" in sent.json["error"]["message"]
    assert house.asked == []


@pytest.mark.parametrize("text", ["", "pad_invented", "Bearer"])
def test_a_token_that_does_not_exist_opens_nothing(house: House, text: str) -> None:
    assert house.browser().client.get(ADDRESS, headers=header(text)).status_code == 401


def test_an_expired_a_revoked_and_a_disabled_owners_token_open_nothing(house: House) -> None:
    client = house.browser().client
    desk = (house.database, house.clock)
    expired = token_of(house, "alice@example.com", days=1)
    revoked, orphan = token_of(house, "carol@example.com"), token_of(house, "carol@example.com", days=300)
    assert [client.get(ADDRESS, headers=header(t.text)).status_code for t in (expired, revoked, orphan)] == [
        200
    ] * 3
    house.clock.instant += timedelta(days=1)
    tokens.revoke(*desk, users.viewer(house.database, "carol@example.com"), revoked.id)
    assert client.get(ADDRESS, headers=header(expired.text)).status_code == 401
    assert client.get(ADDRESS, headers=header(revoked.text)).status_code == 401
    assert client.get(ADDRESS, headers=header(orphan.text)).status_code == 200
    users.set_disabled(*desk, users.find(house.database, "carol@example.com").id, True, actor="test")
    assert client.get(ADDRESS, headers=header(orphan.text)).status_code == 401


def test_a_token_may_only_what_it_names_and_its_owner_still_may(house: House) -> None:
    client = house.browser().client
    export = token_of(house, "alice@example.com", EXPORT).text
    assert client.get("/export/ping.csv", headers=header(export)).status_code == 200
    assert client.get(ADDRESS, headers=header(export)).status_code == 403
    assert client.get("/users", headers=header(export)).status_code == 403
    carol = users.find(house.database, "carol@example.com")
    token = token_of(house, "carol@example.com").text
    users.change(
        house.database, house.clock, carol.id, actor="test", name="Carol", role="executive", scope={}
    )
    assert client.get(ADDRESS, headers=header(token)).status_code == 403


def test_no_token_carries_more_than_its_owner_or_the_right_to_manage(house: House) -> None:
    with pytest.raises(AccessDenied):
        token_of(house, "bob@example.com", API)
    with pytest.raises(AccessDenied):
        token_of(house, "alice@example.com", USERS)
    with pytest.raises(InputError):
        token_of(house, "alice@example.com", days=367)


def test_somebody_elses_token_cannot_be_revoked(house: House) -> None:
    made = token_of(house, "alice@example.com")
    with pytest.raises(NotFound):
        tokens.revoke(house.database, house.clock, users.viewer(house.database, "carol@example.com"), made.id)


def test_a_new_password_from_an_admin_ends_tokens_and_the_first_use_of_it_does_not_revive_them(
    house: House,
) -> None:
    made = token_of(house, "carol@example.com")
    carol = users.find(house.database, "carol@example.com")
    users.set_password(
        house.database, house.clock, carol.id, "fresh pass phrase", actor="a", must_change=True
    )
    assert house.browser().client.get(ADDRESS, headers=header(made.text)).status_code == 401


@pytest.mark.parametrize(
    ("address", "status", "names"),
    [
        ("?metrics=spend&from=2026-03-01&to=soon", 400, "'soon'"),
        ("?metrics=spend&from=2026-03-01&to=2026-03-02&to=2026-03-03", 400, "'2026-03-03'"),
        ("?metrics=spend&from=2026-03-01&to=2026-03-02&grian=day", 400, "'grian'"),
        ("?metrics=gone&from=2026-03-01&to=2026-03-02", 404, "No load has been published yet."),
    ],
)
def test_what_cannot_be_answered_says_why_in_json(
    house: House, address: str, status: int, names: str
) -> None:
    token = token_of(house, "alice@example.com").text
    sent = house.browser().client.get(f"/api/v1/query{address}", headers=header(token))
    assert sent.status_code == status and names in sent.json["error"]["message"]
    assert sent.json["error"]["hint"]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"from": "0001-01-01", "compare": "previous"}, "starts on 0001-01-01, before anything is kept."),
        ({"from": "0001-01-01", "to": "0001-01-05", "compare": "year"}, "before anything is kept."),
        ({"limit": 10**30}, "The limit or the offset is too large."),
        ({"offset": 10**30}, "The limit or the offset is too large."),
        *(({name: low}, "must not be negative.") for name in ("limit", "offset") for low in (-1, "-1")),
        ({"limit": "1.5"}, "limit is '1.5', which does not work."),
        ({"as_of": 10**30}, "has not been published."),
        ({"as_of": "-1"}, "Load -1 has not been published."),
        ({"as_of": -(10**30)}, "has not been published."),
        ({"limit": "9" * 5000}, "limit is '999"),
        ({"where": "hour=" + "1" * 5000}, "is no hour of the day."),
        ({"from": "0001-01-01", "to": "9999-12-31", "by": "date"}, "before anything is kept."),
        ({"from": "2000-01-01", "by": "date,country"}, "buckets by day are too many for one answer"),
    ],
)
def test_days_and_sizes_that_no_answer_has_are_refused_in_json(
    database: Database, clock: FixedClock, tmp_path: Path, given: dict[str, Any], words: str
) -> None:
    house = build(database, clock, tmp_path, warehouse.runner(warehouse.company()))
    token = token_of(house, "alice@example.com").text
    asked = {"metrics": "spend", "from": "2026-01-01", "to": "2026-03-31", **given}
    sent = house.browser().client.post("/api/v1/query", json=asked, headers=header(token))
    assert sent.status_code == 400, sent.text
    assert words in sent.json["error"]["message"]
    assert sent.json["error"]["hint"]


@pytest.mark.parametrize("metric", ["spend", "leads", "sessions", "mrr", "customers"])
@pytest.mark.parametrize("start", ["2026-03-12", "2026-03-14"])
def test_a_range_without_a_complete_day_is_refused_with_the_newest_one(
    database: Database, tmp_path: Path, metric: str, start: str
) -> None:
    """It is three in the afternoon of 12 March: what came so far of that day is no number of a day."""
    clock = FixedClock(datetime(2026, 3, 12, 15, tzinfo=UTC))
    house = build(database, clock, tmp_path, warehouse.runner(warehouse.company()))
    client, token = house.browser().client, token_of(house, "alice@example.com").text
    asked = f"/api/v1/query?metrics={metric}&to=2026-03-15&from="
    sent = client.get(f"{asked}{start}", headers=header(token))
    assert (sent.status_code, sent.json["error"]) == (
        400,
        {
            "message": f"The range {start} to 2026-03-15 has no complete day yet; "
            "the newest complete day is 2026-03-11.",
            "hint": "Choose a first day up to 2026-03-11.",
        },
    )
    (problem,) = filters.parse(f"?range={start}..2026-03-15", date(2026, 3, 12)).problems
    assert problem == " ".join(sent.json["error"].values()), "a page says the same"
    yesterday = client.get(f"{asked}2026-03-11", headers=header(token)).json
    assert yesterday["period"] == {"from": "2026-03-11", "to": "2026-03-11"}


@pytest.mark.parametrize("compared", [{}, {"compare": "previous"}])
@pytest.mark.parametrize("page", [{"limit": 0}, {"limit": "5", "offset": "100"}, {"offset": 4}])
def test_a_page_behind_the_last_row_tells_how_many_there_are(
    database: Database, clock: FixedClock, tmp_path: Path, page: dict[str, Any], compared: dict[str, str]
) -> None:
    house = build(database, clock, tmp_path, warehouse.runner(warehouse.company()))
    token = token_of(house, "alice@example.com").text
    asked = {"metrics": "leads", "by": "channel", "from": "2026-01-01", "to": "2026-01-31", "sort": "-leads"}
    sent = house.browser().client.post(
        "/api/v1/query", json={**asked, **page, **compared}, headers=header(token)
    )
    # Leads came by Paid search, Social, Organic search and Direct
    assert (sent.json["rows"], sent.json["total_rows"], sent.json["notes"]) == ([], 4, {})
    nothing = {**asked, **page, **compared, "where": "channel=Nope"}
    sent = house.browser().client.post("/api/v1/query", json=nothing, headers=header(token))
    assert (sent.json["rows"], sent.json["total_rows"]) == ([], 0)
    said = "No rows: the filter asks for channel 'Nope', which is not known."
    assert sent.json["notes"] == {"leads": said}


def test_what_nobody_foresaw_is_json_with_the_reference_that_the_log_has(
    house: House, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    token = token_of(house, "alice@example.com").text
    sent = house.browser().client.get(ADDRESS.replace("spend", "broken"), headers=header(token))
    assert sent.status_code == 500 and "secret of the house" not in sent.text
    (reference,) = re.findall("[0-9A-F]{4}-[0-9A-F]{4}", sent.json["error"]["message"])
    captured = capfd.readouterr()  # the log goes where a command that ran before has led it
    assert reference in captured.out + captured.err + caplog.text


def test_the_api_is_slowed_by_person(house: House) -> None:
    client, token = house.browser().client, token_of(house, "alice@example.com").text
    statuses = [client.get(ADDRESS, headers=header(token)).status_code for _ in range(121)]
    assert statuses[:120] == [200] * 120
    last = client.get(ADDRESS, headers=header(token))
    assert (last.status_code, last.json["error"]["message"]) == (429, "Too many requests.")
    other = token_of(house, "carol@example.com").text
    assert client.get(ADDRESS, headers=header(other)).status_code == 200


def test_a_signed_in_browser_needs_the_form_token_to_post(house: House) -> None:
    browser = house.signed_in("alice@example.com")
    assert browser.client.post("/api/v1/query", json=QUESTION).status_code == 400
    assert browser.client.post("/api/v1/query", json=QUESTION, headers=browser.header()).status_code == 200
