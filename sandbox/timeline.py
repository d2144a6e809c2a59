"""The days of a simulated company: where it starts, where it ends, and each zone's local hours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property, lru_cache
from zoneinfo import ZoneInfo

import numpy as np

CHUNK_DAYS = 30
DAY = 86_400
WARM_UP_DAYS = 45


@dataclass(frozen=True)
class Timeline:
    """Marketing days from `start`, in chunks of thirty days; billing months before it.

    Units: instants are Unix seconds, days are counted from `start`.
    """

    epoch: datetime
    marketing_days: int
    billing_months: int
    chunks: int

    @classmethod
    def until(cls, epoch: datetime, needed: datetime, months: int = 24, billing: int = 60) -> Timeline:
        """A timeline that covers `needed` and at least sixty days after the epoch.

        Marketing begins some weeks before the months asked for, so that from then on every new customer
        can come from a lead.
        """
        days = round(months * 30.44) + WARM_UP_DAYS
        ahead = max(60, (needed.date() - epoch.date()).days + 30)
        return cls(epoch, days, billing, -(-(days + ahead) // CHUNK_DAYS))

    @cached_property
    def epoch_day(self) -> date:
        return self.epoch.astimezone(UTC).date()

    @cached_property
    def start(self) -> date:
        return self.epoch_day - timedelta(days=self.marketing_days)

    @cached_property
    def start_at(self) -> int:
        return int(datetime(self.start.year, self.start.month, self.start.day, tzinfo=UTC).timestamp())

    @property
    def days(self) -> int:
        return self.chunks * CHUNK_DAYS

    @property
    def end_at(self) -> int:
        return self.start_at + self.days * DAY

    def day(self, index: int) -> date:
        """The calendar day of a day index."""
        return self.start + timedelta(days=index)

    def index(self, relative: int) -> int:
        """Day index of a day given relative to the epoch's day."""
        return self.marketing_days + relative

    def rhythm(self, index: int) -> float:
        """How busy a day is: growth, weekday and the weeks around the turn of the year."""
        day = self.day(index)
        growth = 1.0 + 0.18 * (index - self.marketing_days) / 731
        quiet = 0.72 if (day.month, day.day) >= (12, 22) or (day.month, day.day) <= (1, 2) else 1.0
        return growth * (0.62 if day.weekday() >= 5 else 1.15) * quiet

    def local(self, zone: str, at: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Day index and hour of instants on a zone's wall clock."""
        offsets = self._offsets(zone)
        hours = np.clip((at - self.start_at) // 3600, 0, len(offsets) - 1)
        wall = at - self.start_at + offsets[hours]
        return (wall // DAY).astype(np.int32), (wall % DAY // 3600).astype(np.int8)

    def instants(self, zone: str) -> np.ndarray:
        """Unix second at which each local (day, hour) begins; -1 for an hour that the clocks skip.

        Shape: (days, 24).
        """
        return _instants(self, zone)

    def _build_instants(self, zone: str) -> np.ndarray:
        table = np.full((self.days, 24), -1, dtype=np.int64)
        offsets = self._offsets(zone)
        for hour in range(len(offsets) - 1, -24, -1):
            at = hour * 3600
            wall = at + int(offsets[max(hour, 0)])
            if 0 <= wall < self.days * DAY:
                table[wall // DAY, wall % DAY // 3600] = self.start_at + at
        return table

    def _offsets(self, zone: str) -> np.ndarray:
        return _offsets(self, zone)

    def _build_offsets(self, zone: str) -> np.ndarray:
        tz = ZoneInfo(zone)
        hours = range(self.start_at, self.end_at + 2 * DAY, 3600)
        seconds = [datetime.fromtimestamp(at, tz).utcoffset() for at in hours]
        return np.array([int(s.total_seconds()) if s else 0 for s in seconds], dtype=np.int64)


@lru_cache(maxsize=16)
def _instants(timeline: Timeline, zone: str) -> np.ndarray:
    return timeline._build_instants(zone)


@lru_cache(maxsize=16)
def _offsets(timeline: Timeline, zone: str) -> np.ndarray:
    return timeline._build_offsets(zone)
