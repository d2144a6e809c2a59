"""The bell of the product over HTTP: what is unread, what was read, and what a person wishes to be told."""

from __future__ import annotations

import json
from typing import Any

from app.accounts import preferences as kept
from app.accounts import users
from app.layouts import alert_ids as ids
from app.notify import preferences
from app.notify.inbox import InboxSender
from app.notify.message import Message
from tests.demo_company import Site, email
from tests.visits import CALLBACKS, asked, callback, question

READER, OTHER = "campaign_specialist", "executive"


def _told(site: Site, person: str, *titles: str) -> None:
    sender = InboxSender(site.services.database, site.services.clock)
    for title in titles:
        sender.send(Message("inbox", email(person), title, "Spend was 120."))


def _bell(site: Site, person: str, pressed: str = ids.INBOX_POLL) -> str:
    """What the bell shows after its pulse, or after all was marked as read."""
    prop = "n_intervals" if pressed == ids.INBOX_POLL else "n_clicks"
    answer = asked(site, person, callback(site, f"{pressed}.{prop}"), {f"{pressed}.{prop}": 1})
    assert answer.status_code == 200
    return json.dumps(answer.json["response"])


def test_the_bell_counts_what_is_unread_until_its_reader_marks_it_as_read(site: Site) -> None:
    for person in (READER, OTHER):
        _told(site, person, "Budget overspend: Launch", "Conversion drop")
    shown = _bell(site, READER)
    assert '"title": "Inbox, 2 unread"' in shown and shown.count("inbox-item unread") == 2
    assert "Mark all as read" in shown and "Budget overspend: Launch" in shown
    read = _bell(site, READER, ids.INBOX_READ)
    assert '"title": "Inbox"' in read and "inbox-item unread" not in read and "Mark all as read" not in read
    assert "Budget overspend: Launch" in read
    _told(site, READER, "Over: Conversion drop")
    assert '"title": "Inbox, 1 unread"' in _bell(site, READER)
    assert '"title": "Inbox, 2 unread"' in _bell(site, OTHER)


def _wished(site: Site, **least: str) -> Any:
    """The fields of the account page as their reader leaves them."""
    places = [{"type": "wish", "channel": channel} for channel in least]
    (output,) = (name for name in site.callbacks.permissions if name.startswith(ids.WISHES_SAVED))
    body = question(site, output)
    body["inputs"] = [
        [
            {"id": place, "property": "value", "value": value}
            for place, value in zip(places, least.values(), strict=True)
        ]
    ]
    body["state"] = [[{"id": place, "property": "id", "value": place} for place in places]]
    body["changedPropIds"] = ['{"channel":"email","type":"wish"}.value']
    browser = site.browser(READER)
    return browser.client.post(CALLBACKS, json=body, headers=browser.header())


def test_what_a_person_wishes_to_be_told_is_kept_and_another_word_changes_nothing(site: Site) -> None:
    assert "Saved." in _wished(site, email="critical", inbox="off").text
    person = users.viewer(site.services.database, email(READER)).user_id

    def choice() -> object:
        with site.services.database.session() as session:
            return kept.of(session, person).get(preferences.NAME)

    assert choice() == {"email": "critical", "inbox": "off"}
    assert preferences.wanted(choice(), "email", "high") is False
    page = site.browser(READER).client.get("/account")
    assert page.status_code == 200
    assert "Saved." not in _wished(site, email="loud", inbox="low").text
    assert choice() == {"email": "critical", "inbox": "off"}
