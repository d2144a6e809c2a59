"""What is told to one person or place, how a channel tells it, and the one error that telling can end in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from app.errors import PadError
from app.reading_order import in_order

CHANNELS = ("email", "slack", "inbox")
SEVERITIES = ("low", "medium", "high", "critical")

CHART = "chart"  # the name by which the text of a mail shows its picture

Outcome = Literal["permanent", "transient", "unknown"]


@dataclass(frozen=True)
class Attachment:
    """A file that goes with a message. `alt` says in words what a picture shows; a picture with it is shown
    where the text says `cid:chart`, other files are attached."""

    name: str
    mime: str
    content: bytes
    alt: str = ""


@dataclass(frozen=True)
class Message:
    """One message to one recipient. `text` is plain; `html` is a whole fragment whose values are escaped.

    `to` is an e-mail address, a Slack channel, or the e-mail address of a user (inbox).
    """

    channel: str
    to: str
    title: str
    text: str
    html: str = ""
    link: str = ""
    severity: str = "low"
    message_id: str = ""
    attachments: tuple[Attachment, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Receipt:
    """The server accepted the message; `note` tells what of it could not go with it."""

    reference: str = ""
    note: str = ""


class DeliveryError(PadError):
    """A message was not accepted, or nobody knows whether it was.

    `permanent`: no retry helps. `transient`: it surely did not arrive, try later (`retry_after` in seconds,
    when it was said). `unknown`: it may have arrived, so it must not be sent again by itself.
    """

    status = 502

    def __init__(
        self, message: str, outcome: Outcome, *, hint: str = "", retry_after: float | None = None
    ) -> None:
        super().__init__(message, hint=hint)
        self.outcome = outcome
        self.retry_after = retry_after


class Sender(Protocol):
    """A channel: one verb."""

    def send(self, message: Message) -> Receipt:
        """Hand one message over; returning means that it was accepted. Raises: DeliveryError."""


def one_line(text: str, most: int = 300) -> str:
    """Text without line breaks and control characters, for subjects and titles."""
    clean = "".join(char if char.isprintable() else " " for char in in_order(text))
    return " ".join(clean.split())[:most]
