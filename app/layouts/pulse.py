"""The pulse of a page: while something lives, the browser asks how it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dash import Output, State, dcc, no_update

LINGER = 60_000  # ms that a pulse goes on after the last answer of which something lived
PATIENCE = 20_000  # ms after which a question that nobody answered is asked again


@dataclass(frozen=True)
class Pulse:
    """Asks `every` so many ms.

    It is armed and never stopped: each answer of which something lives arms it for another minute, then it
    rests. So an answer that comes late stops nothing that was started meanwhile, and a server that was away
    for less than that is found again.
    """

    id: str
    every: int

    def layout(self, live: bool) -> dcc.Interval:
        """The pulse in a page of which something lives, or nothing yet."""
        return dcc.Interval(id=self.id, interval=self.every, max_intervals=self._beats() if live else 0)

    def output(self, **options: Any) -> Output:
        """Where `armed` goes; each callback that draws what lives has it."""
        return Output(self.id, "max_intervals", **options)

    @property
    def state(self) -> State:
        """The beats so far, for `armed`, in a callback that no beat called."""
        return State(self.id, "n_intervals")

    def armed(self, beats: int | None, live: bool = True) -> Any:
        """For an answer of which something lives; of others the pulse hears nothing."""
        return (beats or 0) + self._beats() if live else no_update

    @property
    def waits(self) -> list[tuple[Output, int, int]]:
        """The `running` of the callback of a beat: it pauses while its answer is awaited. A newer question
        would take the place of the older, and where answers are slow none would ever be shown."""
        return [(Output(self.id, "interval"), PATIENCE, self.every)]

    def _beats(self) -> int:
        return LINGER // self.every
