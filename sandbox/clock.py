"""Two times: the company's own, which may be set or hurried, and the wire's, for tokens and quotas."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta


class SandboxClock:
    """The company's time runs `speed` times as fast as the wall clock it is given."""

    def __init__(self, start: datetime, wall: Callable[[], float], speed: float = 1.0) -> None:
        self._wall, self._lock = wall, threading.Lock()
        self._start, self._since, self.speed = start, wall(), speed
        self._skipped = 0.0

    def now(self) -> datetime:
        """The company's time in UTC."""
        with self._lock:
            return self._start + timedelta(seconds=(self._wall() - self._since) * self.speed)

    def wall(self) -> float:
        """Seconds on the wire's clock."""
        return self._wall() + self._skipped

    def set(self, now: datetime | None = None, speed: float | None = None) -> None:
        """Jump to an instant, change the pace, or both."""
        current = self.now()
        with self._lock:
            self._start, self._since = (now or current).astimezone(UTC), self._wall()
            self.speed = self.speed if speed is None else speed

    def skip_wire(self, seconds: float) -> None:
        """Let time pass for tokens and quotas only."""
        self._skipped += seconds
