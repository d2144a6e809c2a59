"""The senders of an installation, one a channel."""

from __future__ import annotations

from collections.abc import Mapping

from app.clock import Clock
from app.data.db import Database
from app.notify.inbox import InboxSender
from app.notify.message import Sender
from app.notify.null import NotSetUp
from app.settings import Settings


def senders(settings: Settings, database: Database, clock: Clock) -> Mapping[str, Sender]:
    """A sender for every channel; one that is not set up refuses and says what to set."""
    return {
        "email": _email(settings),
        "slack": _slack(settings),
        "inbox": InboxSender(database, clock),
    }


def ready(settings: Settings) -> dict[str, bool]:
    """Which channels are set up."""
    return {
        "email": bool(settings.smtp_host),
        "slack": bool(settings.slack_token or settings.slack_webhook),
        "inbox": True,
    }


def _email(settings: Settings) -> Sender:
    if not settings.smtp_host:
        return NotSetUp("email")
    from app.notify.smtp import SmtpSender

    return SmtpSender(settings)


def _slack(settings: Settings) -> Sender:
    if not (settings.slack_token or settings.slack_webhook):
        return NotSetUp("slack")
    from app.notify.slack import BotSender, WebhookSender

    return BotSender(settings) if settings.slack_token else WebhookSender(settings)
