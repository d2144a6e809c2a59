"""Every action on a firing, a resolved and a blind event: the same words, escaped as its channel needs."""

from __future__ import annotations

import pytest

from app.accounts.permissions import ALERTS
from app.alerts.actions.base import ACTIONS, Action
from app.alerts.wording import Notice
from app.notify.message import CHANNELS
from app.notify.outbox import FileRef
from sandbox.outbox.box import Arrival
from sandbox.outbox.page import said

PICTURE = FileRef("drop.png", "image/png", "archive/drop.png", "Rate. 21 Nov: 3.0%; 22 Nov: 1.5%")
SHOWN = (("campaign", ("<b>Launch</b>",)),)
EVENTS = {
    "firing": ("Conversion drop: <b>Launch</b>", "Rate was 1.5% on 22 Nov 2026, below 2.1%.", "high"),
    "resolved": ("Over: Conversion drop", "Rate was 3.0% on 23 Nov 2026.", "low"),
    "no_data": ("No data: Conversion drop", "There is no rate for 24 Nov 2026.", "low"),
}  # fmt: skip


def notice(kind: str) -> Notice:
    title, text, severity = EVENTS[kind]
    picture = PICTURE if kind == "firing" else None
    return Notice("drop", 7, title, text, "https://pad.example/alerts?rule=drop", severity, "ada@example.com",
                  picture, SHOWN)  # fmt: skip


def test_there_is_one_action_a_channel() -> None:
    assert sorted(ACTIONS.ids()) == sorted(CHANNELS)


@pytest.mark.parametrize("kind", EVENTS)
@pytest.mark.parametrize("action", list(ACTIONS), ids=ACTIONS.ids())
def test_an_event_becomes_one_draft_in_the_words_of_its_notice(action: Action, kind: str) -> None:
    made = action.draft(notice(kind), "mia@example.com")
    title, text, severity = EVENTS[kind]
    assert (made.channel, made.to, made.title, made.text) == (action.id, "mia@example.com", title, text)
    assert (made.subject_id, made.occasion, made.severity) == ("drop:7", "7", severity)
    assert made.link == "https://pad.example/alerts?rule=drop" and made.owner == "ada@example.com"
    assert (made.permission, made.shown) == (ALERTS, SHOWN)  # asked again when it is sent
    assert "<b>Launch" not in made.html


@pytest.mark.parametrize("action", list(ACTIONS), ids=ACTIONS.ids())
def test_a_picture_goes_where_it_can_be_shown(action: Action) -> None:
    files = action.draft(notice("firing"), "mia@example.com").files
    assert files == (() if action.id == "inbox" else (PICTURE,))
    assert action.draft(notice("resolved"), "mia@example.com").files == ()


@pytest.mark.parametrize("action", list(ACTIONS), ids=ACTIONS.ids())
def test_a_test_needs_no_right_to_alerts(action: Action) -> None:
    tried = Notice("drop", 0, "Test: drop", "This is a test.", "https://pad.example", "high", "")
    assert action.draft(tried, "mia@example.com").permission == ""


def test_the_outbox_shows_a_post_as_slack_does_and_runs_nothing_of_it() -> None:
    text = "*Drop &lt;b&gt;*\n<script>x</script>\n<http://127.0.0.1:8050/alerts?rule=a|Open>"
    assert said(Arrival(1, "post", "", "#marketing", "", text=text)) == (
        "<b>Drop &lt;b&gt;</b>\n&lt;script&gt;x&lt;/script&gt;\n"
        '<a href="http://127.0.0.1:8050/alerts?rule=a" rel="noreferrer">Open</a>'
    )
