"""What a measurement says: a ratio, its limit, what it is of, and the absolute figures beside it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median, quantiles

Figure = float | int | str | list[str] | list[float] | dict[str, float]


@dataclass(frozen=True)
class Verdict:
    """One line of the result. `value` is a ratio unless the name ends in a unit; `of` says in plain words
    what is measured, and against what."""

    name: str
    value: float
    limit: float
    of: str
    figures: dict[str, Figure] = field(default_factory=dict)

    @property
    def met(self) -> bool:
        return self.value <= self.limit

    def document(self) -> dict[str, object]:
        return {
            "of": self.of,
            "value": self.value,
            "limit": self.limit,
            "met": self.met,
            **self.figures,
        }


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


@dataclass(frozen=True)
class Pair:
    """Two ways of the same thing, measured in turns, so that both meet the same noise. Units: seconds."""

    ours: float
    other: float
    turns: tuple[float, ...]  # the ratio of each

    @property
    def ratio(self) -> float:
        return self.ours / self.other

    @staticmethod
    def of(turn: Callable[[], tuple[float, float]], rounds: int) -> Pair:
        """Medians of both; a turn measures ours and the other's seconds."""
        taken = [turn() for _ in range(rounds)]
        return Pair(
            median(mine for mine, _ in taken),
            median(theirs for _, theirs in taken),
            tuple(mine / theirs for mine, theirs in taken),
        )

    def verdict(self, name: str, limit: float, of: str, **figures: Figure) -> Verdict:
        """The ratio of the medians, with the quartiles of the turns' own ratios as its spread."""
        both = {"ours_ms": round(self.ours * 1000, 3), "other_ms": round(self.other * 1000, 3)}
        low, middle, high = quantiles(self.turns, n=4, method="inclusive")
        spread = f"{low:.2f} {middle:.2f} {high:.2f} in {len(self.turns)}"
        return Verdict(name, round(self.ratio, 2), limit, of, {**both, "ratio_of_turns": spread, **figures})
