"""An admin connects a source, tries it and replaces its credentials over HTTP: what is said and noted."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from app.accounts import audit, users
from app.callbacks import credentials as page
from app.data import source_states
from app.data.connectors.base import CONNECTORS
from app.data.models import Credential, JobRun
from app.data.pipeline import credentials
from app.layouts.pages import sources as sources_page
from app.layouts.pages.base import PageContext
from app.text import has
from tests import demo_company
from tests.demo_company import CALIFORNIAN, email
from tests.source_case import CLOSED, Wired, wired
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
    viewer = users.viewer(house.services.database, email("admin"))
    return text_of(page.verdict(house.services, viewer, source))


def save(house: Wired, person: str = "admin", **given: str) -> Any:
    """What the browser gets that saves the form with these fields filled in beside what it shows."""
    filled = credentials.shown(CONNECTORS.get("google_ads"), house.kept()) | given
    return pressed(house, person, "credentials-save", filled)


def connect(house: Wired, person: str = "admin", **changed: str) -> Any:
    """What the browser gets that fills in the form of a first connection."""
    good = house.good() | {"base_url": house.platforms.base_of("google_ads")} | changed
    filled = {
        name: ", ".join(value) if isinstance(value, list) else str(value) for name, value in good.items()
    }
    return pressed(house, person, "connect-save", filled)


def pressed(house: Wired, person: str, button: str, filled: Mapping[str, str]) -> Any:
    output = callback(house.site, f"{button}.n_clicks")
    body = question(house.site, output, {f"{button}.n_clicks": 1, "source-target.data": "google_ads"})
    names = [*(field.name for field in CONNECTORS.get("google_ads").fields), "base_url"]
    ids = [{"type": "credential-field", "name": name} for name in names]
    for place, prop in ((1, "value"), (2, "id")):
        values = [filled.get(one["name"], "") if prop == "value" else one for one in ids]
        body["state"][place] = [
            {"id": one, "property": prop, "value": value} for one, value in zip(ids, values, strict=True)
        ]
    browser = house.site.browser(person)
    return browser.client.post(CALLBACKS, json=body, headers=browser.header())


def changes(house: Wired, action: str = audit.SOURCE_CHANGED) -> list[tuple[str, str]]:
    """Who did what to the source, and how it went."""
    wanted = audit.AuditFilter(action=action)
    entries = audit.every(house.services.database, wanted)
    return [(entry.actor, entry.detail) for entry in entries if entry.object == "google_ads"]


def test_a_connection_that_works_names_what_it_reaches(house: Wired) -> None:
    house.connect()
    said = verdict(house)
    for part in ("The connection works. It reaches:", "Larkfield US", "Larkfield EU", "USD", "EUR"):
        assert part in said
    assert "Replace credentials" not in said
    tried = changes(house, audit.SOURCE_TRIED)
    assert tried[-1] == (email("admin"), "works: Larkfield US, Larkfield EU")


@pytest.mark.parametrize(
    ("changed", "words", "noted"),
    [
        ({"refresh_token": f"1//{CANARY}"}, "Google Ads refuses the sign-in.", "refused: sign-in"),
        (
            {"customer_ids": ["999-999-9999"]},
            "Google Ads lets us in, but not to this account.",
            "refused: account",
        ),
        ({"customer_ids": ["abc"]}, "not to this account", "refused: account"),
    ],
    ids=["wrong token", "wrong account", "an id that is none"],
)
def test_a_refused_connection_says_what_is_wrong_and_where_to_go(
    house: Wired, changed: dict[str, Any], words: str, noted: str
) -> None:
    house.connect(**changed)
    said = verdict(house)
    assert words in said and CANARY not in said
    assert "Replace credentials" in said
    assert changes(house, audit.SOURCE_TRIED)[-1] == (email("admin"), noted)


def test_a_platform_out_of_reach_is_not_blamed_on_the_credentials(house: Wired) -> None:
    house.connect()
    house.lose()
    said = verdict(house)
    assert "Google Ads cannot be reached." in said and "Asked at http://127.0.0.1:9." in said
    assert "The credentials may be good" in said and "Replace credentials" not in said
    assert changes(house, audit.SOURCE_TRIED)[-1] == (email("admin"), "not reached")


def test_a_source_without_credentials_asks_for_them(house: Wired) -> None:
    house.connect()
    with house.services.database.session() as session:
        session.delete(session.get_one(Credential, "google_ads"))
    said = verdict(house)
    assert "google_ads has no credentials." in said and "Replace credentials" in said
    assert changes(house, audit.SOURCE_TRIED)[-1] == (email("admin"), "cannot be used")


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
    assert changes(house, audit.SOURCE_TRIED)[-1] == (email("admin"), "refused: sign-in")


def test_credentials_that_work_replace_those_that_do_not_and_are_audited_by_name(house: Wired) -> None:
    house.connect(refresh_token=f"1//{CANARY}")
    answer = save(house, refresh_token=house.good()["refresh_token"])
    assert answer.json["response"]["source-dialog"] == {"is_open": False}
    assert (
        "The credentials of Google Ads were replaced. They reach Larkfield US, Larkfield EU." in answer.text
    )
    assert house.kept() == house.good()
    assert changes(house)[-1] == (email("admin"), "credentials: refresh_token")
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


# ---- the first time ---------------------------------------------------------------------------------------


def standing(house: Wired) -> tuple[bool, bool, int]:
    """Whether there is such a source, whether it has credentials, and how many syncs were asked for."""
    with house.services.database.session() as session:
        asked = session.query(JobRun).filter(JobRun.kind == "sync").count()
        return (
            source_states.get(house.services.database, "google_ads") is not None,
            session.get(Credential, "google_ads") is not None,
            asked,
        )


def shown(house: Wired, person: str = "admin") -> str:
    """The Sources page as somebody gets it."""
    viewer = users.viewer(house.services.database, email(person))
    return text_of(sources_page.layout(PageContext(house.services, viewer)))


def test_what_is_not_connected_yet_is_offered_and_nothing_else(house: Wired) -> None:
    house.connect()
    assert "Every platform that can be read here is connected already." in text_of(
        page.choice(house.services)
    )
    house.remove()
    offered = text_of(page.choice(house.services))
    assert "Google Ads" in offered and "Salesforce" not in offered


def test_a_refused_first_connection_stores_nothing_and_says_what_to_mend(house: Wired) -> None:
    house.remove()
    before = standing(house)
    answer = connect(house, refresh_token=f"1//{CANARY}")
    assert answer.json["response"]["source-dialog"] == {"is_open": True}
    for words in ("refuses the sign-in", "Take fresh credentials", "Nothing was stored."):
        assert words in answer.text
    assert standing(house) == before == (False, False, before[2])
    assert changes(house, audit.SOURCE_TRIED)[-1] == (email("admin"), "refused: sign-in")
    entries = audit.every(house.services.database, audit.AuditFilter())
    assert CANARY not in answer.text + "".join(entry.detail for entry in entries)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"client_secret": "", "refresh_token": ""}, "The credentials lack"),
        ({"base_url": "ads.example"}, "The address is none that can be asked."),
        ({"base_url": f"https://user:{CANARY}@ads.example"}, "without user and password"),
        ({"base_url": CLOSED}, "cannot be reached"),
    ],
)
def test_a_form_that_cannot_be_used_stores_nothing_and_stays_open(
    house: Wired, changed: dict[str, str], words: str
) -> None:
    house.remove()
    before = standing(house)
    answer = connect(house, **changed)
    assert answer.json["response"]["source-dialog"] == {"is_open": True}
    assert words in answer.text and CANARY not in answer.text
    assert standing(house) == before


def test_a_first_connection_is_stored_sealed_noted_and_read_at_once(house: Wired) -> None:
    house.remove()
    _, _, syncs = standing(house)
    answer = connect(house)
    assert answer.json["response"]["source-dialog"] == {"is_open": False}
    assert "Google Ads is connected and reaches Larkfield US, Larkfield EU." in answer.text
    assert "waits for a worker" in answer.text
    assert answer.json["response"]["sources-poll"] == {"max_intervals": 30}  # every 2 s for a minute
    assert standing(house) == (True, True, syncs + 1)
    asked = {field.name for field in CONNECTORS.get("google_ads").fields}
    assert house.kept() == {name: value for name, value in house.good().items() if name in asked}
    with house.services.database.session() as session:
        sealed = session.get_one(Credential, "google_ads").sealed
    assert house.good()["refresh_token"].encode() not in sealed
    (who, what), synced = changes(house)[-1], changes(house, audit.SOURCE_SYNC)[-1]
    assert who == email("admin") == synced[0]
    assert what.startswith("connected, credentials: client_id, client_secret, customer_ids")
    assert house.good()["refresh_token"] not in what
    assert "Google Ads" in shown(house) and "waits for a worker" in shown(house)


def test_a_source_that_was_connected_meanwhile_is_not_overwritten(house: Wired) -> None:
    house.connect(refresh_token="1//theirs")
    before = house.kept()
    answer = connect(house)
    assert "Google Ads is connected already." in answer.text and house.kept() == before


@pytest.mark.parametrize(
    "person", ["analyst", "marketing_manager", "executive", "campaign_specialist", CALIFORNIAN]
)
def test_only_those_who_manage_sources_can_connect_one(house: Wired, person: str) -> None:
    house.remove()
    before = standing(house)
    assert connect(house, person).status_code == 403
    assert standing(house) == before
    assert "sources-choose" not in shown(house, person) and "sources-choose" in shown(house)


def test_where_nothing_is_connected_the_page_says_what_to_do(house: Wired) -> None:
    admin, reader = (users.viewer(house.services.database, email(one)) for one in ("admin", "analyst"))
    offered = text_of(sources_page.cards(house.services, admin, []))
    assert "Connect the first platform" in offered and "sources-choose" in offered
    told = text_of(sources_page.cards(house.services, reader, []))
    assert "An admin connects the first platform on this page" in told and "sources-choose" not in told


def test_every_field_that_a_connector_asks_for_has_its_words() -> None:
    names = {field.name for kind in CONNECTORS for field in kind.fields}
    ways = {field.way for kind in CONNECTORS for field in kind.fields if field.way}
    keys = {f"sources.field_{name}{end}" for name in names for end in ("", "_hint")}
    assert [key for key in keys | {f"sources.way_{way}" for way in ways} if not has(key)] == []
