"""What the specification asks of models: targets that are met or not, never results."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Specified:
    """A figure of the specification; `least`: whether it is to be reached rather than not exceeded."""

    value: float
    least: bool = True

    def met(self, found: float) -> bool:
        return found >= self.value if self.least else found <= self.value


# Monthly revenue, and customers who leave; public data seldom reaches them, see docs/adr/0005.
FORECAST: Mapping[str, Specified] = {"mape": Specified(0.085, least=False), "r2": Specified(0.92)}
CHURN: Mapping[str, Specified] = {
    "auc": Specified(0.89),
    "precision": Specified(0.84),
    "recall": Specified(0.78),
    "f1": Specified(0.81),
}
