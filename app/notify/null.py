"""The sender of a channel that is not set up: refuses, and says what to set."""

from __future__ import annotations

from app.notify.message import DeliveryError, Message, Receipt
from app.text import t


class NotSetUp:
    """Stands for a channel without settings."""

    def __init__(self, channel: str) -> None:
        self._channel = channel

    def send(self, message: Message) -> Receipt:
        """Raises: DeliveryError, always."""
        raise DeliveryError(
            t(f"notify.{self._channel}_not_set_up"),
            "permanent",
            hint=t(f"notify.{self._channel}_not_set_up_hint"),
        )
