"""The one clock: everything that needs the time is handed one of these."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo


class Clock(Protocol):
    """Tells the time; tests and the sandbox bring their own."""

    def now(self) -> datetime:
        """The instant, in UTC."""

    def today(self, zone: str) -> date:
        """The calendar day in a time zone."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def today(self, zone: str) -> date:
        return self.now().astimezone(ZoneInfo(zone)).date()


@dataclass
class FixedClock:
    """A clock that stands still until told to move."""

    instant: datetime

    def now(self) -> datetime:
        return self.instant

    def today(self, zone: str) -> date:
        return self.instant.astimezone(ZoneInfo(zone)).date()
