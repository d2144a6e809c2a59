"""Slack by slack-sdk: with a bot token text and files, with a webhook text and a link."""

from __future__ import annotations

import time
from collections.abc import Mapping
from http.client import HTTPException
from typing import Any
from urllib.error import URLError

from slack_sdk import WebClient, WebhookClient
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.http_retry import HttpRequest, HttpResponse, RetryHandler, RetryState

from app.notify.message import Attachment, DeliveryError, Message, Receipt
from app.settings import Settings
from app.text import t

TIMEOUT = 15  # seconds
WAITS = 2  # times that Slack's Retry-After is waited for
LONGEST_WAIT = 5.0  # seconds of them in all, for a sender that is silent longer is taken for dead
LONGEST_TEXT = 3000
LONGEST_ALT = 1000
# Slack says of these that a part may have happened.
DOUBTFUL = ("fatal_error", "internal_error")
PASSING = ("ratelimited", "service_unavailable", "request_timeout", "rate_limited")


class ShortWaits(RetryHandler):
    """Waits as long as a throttle asks, while that is short for the one message; the outbox waits for longer.

    The default handlers repeat a request whose answer was lost, and so would post twice.
    """

    def __init__(self) -> None:
        super().__init__(max_retry_count=WAITS)
        self._left = LONGEST_WAIT

    def _can_retry(
        self,
        *,
        state: RetryState,
        request: HttpRequest,
        response: HttpResponse | None = None,
        error: Exception | None = None,
    ) -> bool:
        if response is None or response.status_code != 429:
            return False
        wait = retry_after(response.headers)
        return wait is not None and wait <= self._left

    def prepare_for_next_attempt(
        self,
        *,
        state: RetryState,
        request: HttpRequest,
        response: HttpResponse | None = None,
        error: Exception | None = None,
    ) -> None:
        wait = (retry_after(response.headers) if response else None) or 0.0
        self._left -= wait
        time.sleep(wait)
        state.next_attempt_requested = True
        state.increment_current_attempt()


class BotSender:
    """Posts as a bot; the picture and the files go into the thread of the post, which alone names the channel
    by the id that an upload asks for."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def send(self, message: Message) -> Receipt:
        """Post to the channel `message.to`. Raises: DeliveryError."""
        client = WebClient(
            token=self._settings.slack_token,
            base_url=self._settings.slack_api,
            timeout=TIMEOUT,
            retry_handlers=[ShortWaits()],
        )
        try:
            answer = client.chat_postMessage(
                channel=message.to, text=posted(message), unfurl_links=False, unfurl_media=False
            )
        except SlackApiError as problem:
            raise _refused(message.to, problem.response) from None
        except (SlackClientError, HTTPException, OSError) as problem:
            raise lost(problem) from None
        return Receipt(str(answer.get("ts", "")), self._attach(client, message, answer))

    def _attach(self, client: WebClient, message: Message, answer: Any) -> str:
        """Upload the files; the post stands already, so a failure is a note and no error."""
        if not message.attachments:
            return ""
        files = [_upload(one) for one in message.attachments]
        try:
            client.files_upload_v2(
                channel=answer["channel"],
                thread_ts=answer["ts"],
                file_uploads=files,
            )
        except SlackApiError as problem:
            return t("notify.slack_files", reason=problem.response.get("error", ""))
        except (SlackClientError, HTTPException, OSError) as problem:
            return t("notify.slack_files", reason=type(problem).__name__)
        return ""


class WebhookSender:
    """Posts text and a link to the channel that the webhook belongs to."""

    def __init__(self, settings: Settings) -> None:
        self._address = settings.slack_webhook

    def send(self, message: Message) -> Receipt:
        """Post. Raises: DeliveryError."""
        client = WebhookClient(self._address, timeout=TIMEOUT, retry_handlers=[ShortWaits()])
        try:
            answer = client.send(text=posted(message))
        except (SlackClientError, HTTPException, OSError) as problem:
            raise lost(problem) from None
        if answer.status_code == 200 and answer.body.strip() == "ok":
            note = t("notify.slack_webhook_files") if message.attachments else ""
            return Receipt("", note)
        passing = answer.status_code == 429 or answer.status_code == 503
        raise DeliveryError(
            t("notify.slack_refused", to=message.to, code=answer.body.strip()[:100] or answer.status_code),
            "transient" if passing else "permanent",
            retry_after=retry_after(answer.headers),
        )


def retry_after(headers: Mapping[str, Any]) -> float | None:
    """Seconds that Slack asks to wait; None when it says nothing that can be read."""
    found = next((value for name, value in headers.items() if name.lower() == "retry-after"), "")
    text = str(found[0] if isinstance(found, list) and found else found)
    return float(text) if text.isdecimal() else None


def _upload(one: Attachment) -> dict[str, Any]:
    """A file as the upload takes it; a picture with the words for those who do not see it."""
    words = {"alt_txt": one.alt[:LONGEST_ALT], "title": one.alt.partition(".")[0][:100]} if one.alt else {}
    return {"filename": one.name, "content": one.content, **words}


def posted(message: Message) -> str:
    """The post: nothing that stands in a name is read as markup or calls anybody."""
    parts = [f"*{escaped(message.title)}*", escaped(message.text)[:LONGEST_TEXT]]
    if message.link:
        parts.append(f"<{message.link}|{t('notify.slack_open')}>")
    return "\n".join(part for part in parts if part)


def escaped(text: str) -> str:
    """Slack reads `<`, `>` and `&` as markup (mentions, links), and nothing else as a call."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def lost(problem: Exception) -> DeliveryError:
    """Nobody answered: harmless when no connection came about, a doubt once the request had left."""
    before = isinstance(problem, URLError) and isinstance(problem.reason, ConnectionRefusedError | OSError)
    before = before and not isinstance(getattr(problem, "reason", None), TimeoutError)
    reason = type(getattr(problem, "reason", problem)).__name__
    if before:
        return DeliveryError(t("notify.slack_unreachable", reason=reason), "transient")
    return DeliveryError(t("notify.slack_doubt", reason=reason), "unknown")


def _refused(to: str, response: Any) -> DeliveryError:
    code = str(response.get("error", "")) or str(response.status_code)
    after = retry_after(response.headers)
    message = t("notify.slack_refused", to=to, code=code)
    if code in PASSING or response.status_code == 429 or after is not None:
        return DeliveryError(message, "transient", retry_after=after)
    if code in DOUBTFUL or response.status_code >= 500:
        return DeliveryError(t("notify.slack_doubt", reason=code), "unknown")
    return DeliveryError(message, "permanent", hint=t("notify.slack_refused_hint"))
