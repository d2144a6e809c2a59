"""Posts to a local endpoint that answers as Slack does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.clock import FixedClock
from app.data.db import Database
from app.data.migrate import upgrade
from app.notify import dispatch, outbox
from app.notify.dispatch import Desk
from app.notify.message import Attachment, DeliveryError, Message
from app.notify.slack import BotSender, WebhookSender
from app.settings import Settings
from tests.slack_server import Slack, slack_server

MESSAGE = Message(
    "slack", "#marketing", "Conversion fell", "1.9% against 2.8%", link="https://pad.example/alerts"
)


@pytest.fixture
def slack() -> Iterator[Slack]:
    with slack_server() as server:
        yield server


def _bot(slack: Slack) -> BotSender:
    return BotSender(replace(Settings(), slack_token="xoxb-test", slack_api=slack.base))


def _hook(slack: Slack) -> WebhookSender:
    return WebhookSender(replace(Settings(), slack_webhook=slack.base.replace("/api/", "/hook")))


def _problem(sender: BotSender | WebhookSender) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        sender.send(MESSAGE)
    return caught.value


def test_a_bot_posts_text_and_link(slack: Slack) -> None:
    assert _bot(slack).send(MESSAGE).reference == "1.0"
    post = slack.posts[0]
    assert post["channel"] == "#marketing"
    assert post["text"] == "*Conversion fell*\n1.9% against 2.8%\n<https://pad.example/alerts|Open>"


def test_a_bot_adds_its_files_to_the_thread(slack: Slack) -> None:
    chart = Attachment("chart.png", "image/png", b"\x89PNG pixels")
    assert _bot(slack).send(replace(MESSAGE, attachments=(chart,))).note == ""
    assert b"\x89PNG pixels" in slack.files[0]
    assert slack.completed[0]["channel_id"] == "C1" and slack.completed[0]["thread_ts"] == "1.0"


def test_files_that_are_refused_leave_a_note_and_no_second_post(slack: Slack) -> None:
    slack.next = [
        (200, {}, json.dumps({"ok": True, "channel": "C1", "ts": "9.0"})),
        (200, {}, json.dumps({"ok": False, "error": "missing_scope"})),
    ]
    receipt = _bot(slack).send(replace(MESSAGE, attachments=(Attachment("a.csv", "text/csv", b"1"),)))
    assert receipt.reference == "9.0" and "missing_scope" in receipt.note


def test_ok_false_on_http_200_is_a_failure(slack: Slack) -> None:
    slack.next = [(200, {}, json.dumps({"ok": False, "error": "channel_not_found"}))]
    problem = _problem(_bot(slack))
    assert problem.outcome == "permanent" and "channel_not_found" in problem.message


def test_a_short_retry_after_is_waited_for(slack: Slack) -> None:
    slack.next = [(429, {"Retry-After": "1"}, json.dumps({"ok": False, "error": "ratelimited"}))]
    assert _bot(slack).send(MESSAGE).reference == "1.0"
    assert len(slack.posts) == 1


def _throttled(wait: str) -> tuple[int, dict[str, str], str]:
    return 429, {"Retry-After": wait}, json.dumps({"ok": False, "error": "ratelimited"})


@pytest.mark.parametrize(
    ("asked", "wait"),
    [(["1", "1", "1"], 1.0), (["6"], 6.0), (["2", "4"], 4.0), (["Fri, 27 Nov 2026 09:00:00 GMT"], None)],
    ids=["without end", "long", "long in all", "not in seconds"],
)
def test_a_throttle_that_is_not_short_goes_back_to_the_outbox_with_its_time(
    slack: Slack, asked: list[str], wait: float | None
) -> None:
    for sender in (_bot(slack), _hook(slack)):
        slack.next = [_throttled(one) for one in asked]
        problem = _problem(sender)
        assert (problem.outcome, problem.retry_after, slack.next) == ("transient", wait, [])
    assert slack.posts == []
    assert _bot(slack).send(MESSAGE).reference == "1.0"  # the next message has all of its patience


def test_a_throttle_of_two_minutes_is_waited_for_in_the_outbox_and_posted_once(
    slack: Slack, database_url: str, tmp_path: Path
) -> None:
    upgrade(database_url)
    database, clock = Database(database_url), FixedClock(datetime(2026, 11, 23, 9, 0, tzinfo=UTC))
    desk = Desk(database, clock, {"slack": _bot(slack)}, tmp_path)
    draft = outbox.Draft("alert", "conversion-drop", "2026-11-22", "slack", "#marketing", "Fell", "1.9%")
    (name,) = outbox.queue(database, clock, [draft])
    slack.next = [_throttled("120")]
    assert dispatch.drain(desk) == {"waiting": 1}
    clock.instant += timedelta(seconds=119)
    assert dispatch.drain(desk) == {} and slack.posts == []
    clock.instant += timedelta(seconds=1)
    assert dispatch.drain(desk) == {"sent": 1} and dispatch.drain(desk) == {}
    assert len(slack.posts) == 1 and outbox.get(database, name).state == "sent"


def test_files_that_are_throttled_for_long_leave_a_note_and_no_second_post(slack: Slack) -> None:
    slack.next = [(200, {}, json.dumps({"ok": True, "channel": "C1", "ts": "9.0"})), _throttled("60")]
    receipt = _bot(slack).send(replace(MESSAGE, attachments=(Attachment("a.csv", "text/csv", b"1"),)))
    assert receipt.reference == "9.0" and "ratelimited" in receipt.note


def test_an_answer_that_is_lost_leaves_a_doubt_and_one_post(slack: Slack) -> None:
    slack.hang_up = True
    assert _problem(_bot(slack)).outcome == "unknown"
    assert len(slack.posts) == 1


def test_an_endpoint_that_is_not_there_is_worth_another_try() -> None:
    sender = BotSender(replace(Settings(), slack_token="xoxb-test", slack_api="http://127.0.0.1:9/api/"))
    assert _problem(sender).outcome == "transient"


def test_hostile_names_call_nobody(slack: Slack) -> None:
    _bot(slack).send(replace(MESSAGE, text="Campaign <!channel> & <https://evil|click>"))
    assert "Campaign &lt;!channel&gt; &amp; &lt;https://evil|click&gt;" in slack.posts[0]["text"]


def test_a_webhook_posts_text_and_says_that_files_stayed_behind(slack: Slack) -> None:
    note = _hook(slack).send(replace(MESSAGE, attachments=(Attachment("a", "text/csv", b""),))).note
    assert slack.posts[0]["text"].startswith("*Conversion fell*") and "webhook" in note


def test_a_webhook_that_is_revoked_is_permanent(slack: Slack) -> None:
    slack.next = [(404, {}, "no_service")]
    problem = _problem(_hook(slack))
    assert problem.outcome == "permanent" and "no_service" in problem.message
    assert "/hook" not in str(problem)
