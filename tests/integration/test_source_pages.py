"""An admin tries and replaces the credentials of a source over HTTP: what is said, kept and noted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from app.accounts import audit
from app.callbacks import credentials as page
from app.data import source_states
from app.data.connectors.base import CONNECTORS
from app.data.pipeline import credentials
from app.text import has
from tests import demo_company
from tests.demo_company import email
from tests.source_case import Wired, wired
from tests.visits import CALLBACKS, callback, question

CANARY = "canary-7d20ff"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wired]:
    folder = demo_company.shared_folder(tmp_path_factory.getbasetemp())
    with wired(folder, tmp_path_factory.mktemp("wired")) as made:
        yield made


def text_of(component: object) -> str:
    return json.dumps(component, default=lambda part: part.to_plotly_json(), ensure_ascii=False)


def verdict(house: Wired) -> str:
    source = source_states.get(house.services.database, "google_ads")
    assert source is not None
    return text_of(page.verdict(house.services, source))


def save(house: Wired, person: str = "admin", **given: str) -> Any:
    """What the browser gets that saves the form with these fields filled in beside what it shows."""
    kind = CONNECTORS.get("google_ads")
    filled = credentials.shown(kind, house.kept()) | given
    output = callback(house.site, "credentials-save.n_clicks")
    body = question(house.site, output, {"credentials-save.n_clicks": 1, "source-target.data": "google_ads"})
    ids = [{"type": "credential-field", "name": field.name} for field in kind.fields]
    for place, prop in ((1, "value"), (2, "id")):
        values = [filled.get(one["name"], "") if prop == "value" else one for one in ids]
        body["state"][place] = [
            {"id": one, "property": prop, "value": value} for one, value in zip(ids, values, strict=True)
        ]
    browser = house.site.browser(person)
    return browser.client.post(CALLBACKS, json=body, headers=browser.header())


def changes(house: Wired) -> list[tuple[str, str]]:
    wanted = audit.AuditFilter(action=audit.SOURCE_CHANGED)
    return [(entry.actor, entry.detail) for entry in audit.every(house.services.database, wanted)]


def test_a_connection_that_works_names_what_it_reaches(house: Wired) -> None:
    house.connect()
    said = verdict(house)
    for part in ("The connection works. It reaches:", "Larkfield US", "Larkfield EU", "USD", "EUR"):
        assert part in said
    assert "Replace credentials" not in said


@pytest.mark.parametrize(
    ("changed", "words", "mend"),
    [
        ({"refresh_token": f"1//{CANARY}"}, "Google Ads refuses the sign-in.", True),
        ({"customer_ids": ["999-999-9999"]}, "Google Ads lets us in, but not to this account.", True),
        ({"customer_ids": ["abc"]}, "not to this account", True),
    ],
    ids=["wrong token", "wrong account", "an id that is none"],
)
def test_a_refused_connection_says_what_is_wrong_and_where_to_go(
    house: Wired, changed: dict[str, Any], words: str, mend: bool
) -> None:
    house.connect(**changed)
    said = verdict(house)
    assert words in said and CANARY not in said
    assert ("Replace credentials" in said) is mend


def test_a_platform_out_of_reach_is_not_blamed_on_the_credentials(house: Wired) -> None:
    house.connect()
    house.lose()
    said = verdict(house)
    assert "Google Ads cannot be reached." in said and "Asked at http://127.0.0.1:9." in said
    assert "The credentials may be good" in said and "Replace credentials" not in said


def test_a_source_without_credentials_asks_for_them(house: Wired) -> None:
    from app.data.models import Credential

    house.connect()
    with house.services.database.session() as session:
        session.delete(session.get_one(Credential, "google_ads"))
    said = verdict(house)
    assert "google_ads has no credentials." in said and "Replace credentials" in said


def test_the_form_shows_names_and_sends_no_secret_back(house: Wired) -> None:
    house.connect(customer_ids=["111-222-3333"])
    source = source_states.get(house.services.database, "google_ads")
    assert source is not None
    shown = text_of(page.form(house.services, source))
    assert "111-222-3333" in shown and house.good()["client_id"] in shown
    secrets = [house.good()[name] for name in ("client_secret", "refresh_token", "developer_token")]
    assert [secret for secret in secrets if secret in shown] == []
    assert shown.count('"type": "password"') == 3
    assert shown.count('"placeholder": "kept as it is"') == 3  # and nothing is said to be kept of a key file


def test_refused_credentials_change_nothing_and_the_form_stays_open(house: Wired) -> None:
    house.connect()
    before, noted = house.kept(), changes(house)
    answer = save(house, refresh_token=f"1//{CANARY}")
    said = answer.text
    assert answer.json["response"]["source-dialog"] == {"is_open": True}
    assert "refuses the sign-in" in said and "Nothing was changed" in said and CANARY not in said
    assert house.kept() == before and changes(house) == noted


def test_credentials_that_work_replace_those_that_do_not_and_are_audited_by_name(house: Wired) -> None:
    house.connect(refresh_token=f"1//{CANARY}")
    answer = save(house, refresh_token=house.good()["refresh_token"])
    assert answer.json["response"]["source-dialog"] == {"is_open": False}
    assert (
        "The credentials of Google Ads were replaced. They reach Larkfield US, Larkfield EU." in answer.text
    )
    assert house.kept() == house.good()
    assert changes(house)[-1] == (email("admin"), "credentials replaced: refresh_token")
    source = source_states.get(house.services.database, "google_ads")
    assert source is not None and (source.state, source.error) == ("ready", "")


def test_only_those_who_manage_sources_can_replace_and_only_with_the_form_token(house: Wired) -> None:
    house.connect()
    before = house.kept()
    for person in ("analyst", "marketing_manager", "executive", "campaign_specialist"):
        assert save(house, person, client_secret="x").status_code == 403
    browser = house.site.browser("admin")
    output = callback(house.site, "credentials-save.n_clicks")
    assert browser.client.post(CALLBACKS, json=question(house.site, output)).status_code == 400
    assert house.kept() == before


def test_every_field_that_a_connector_asks_for_has_its_words() -> None:
    names = {field.name for kind in CONNECTORS for field in kind.fields}
    ways = {field.way for kind in CONNECTORS for field in kind.fields if field.way}
    keys = {f"sources.field_{name}{end}" for name in names for end in ("", "_hint")}
    assert [key for key in keys | {f"sources.way_{way}" for way in ways} if not has(key)] == []
