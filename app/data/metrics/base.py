"""What a metric is. Declared once here and in the subject files beside it; compiled by `app.data.query`.

Every metric is a numerator over an optional denominator; both are small expressions over measures. They are
aggregated each in its own fact, then divided: sum over sum, never a mean of ratios.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from app.registry import Registry
from app.text import has, t

Unit = Literal["money", "count", "ratio", "percent", "seconds", "points", "multiple", "months", "per_day"]
Direction = Literal["up", "down", "neutral"]
# How a measure behaves over time:
#  sum      additive over days and dimensions
#  stock    movements; the value is what has cumulated at the end of the bucket
#  panel    per customer: what the customers at the start of the bucket did during it
#  window   distinct count of a stored window: answered only where the very window is stored
#  latest   of the newest complete period (survey wave, market month) at or before the bucket's end
Kind = Literal["sum", "stock", "panel", "window", "latest"]


@dataclass(frozen=True)
class Measure:
    """A column of one subject and how it adds up.

    `subject` names a group of tables of one grain family (`app/data/metrics/subjects.py`); `column` a
    measure column there; `where` an optional (column, value) that a row must have.
    """

    id: str
    subject: str
    column: str
    kind: Kind = "sum"
    where: tuple[tuple[str, object], ...] = ()
    money: bool = False
    # False for claims of platforms: shown by row, never totalled across platforms.
    additive_across_platforms: bool = True
    # False for what was set, not what happened: without a row it is not known, where an event is 0.
    event: bool = True


@dataclass(frozen=True)
class Expr:
    """A sum of products over measures, constants and other metrics' values: `(op, parts)`.

    op: 'measure' (parts = (Measure,)), 'number' (float), 'setting' (name of a numeric setting),
    'metric' (id), 'add' | 'sub' | 'mul' (two Expr; missing when one is missing), 'known' (two Expr: the sum
    of those that are known, missing when both are), or 'monthly' (Expr, most months: a rate of the bucket
    as a compound rate of one month, at least 1 / most months; missing when the rate is 0).
    """

    op: Literal["measure", "number", "setting", "metric", "add", "sub", "mul", "known", "monthly"]
    parts: tuple[object, ...]

    def __add__(self, other: Expr) -> Expr:
        return Expr("add", (self, other))

    def __sub__(self, other: Expr) -> Expr:
        return Expr("sub", (self, other))

    def __mul__(self, other: Expr) -> Expr:
        return Expr("mul", (self, other))

    def measures(self) -> Iterator[Measure]:
        """Every measure that the expression reads, other metrics included by the catalogue."""
        for part in self.parts:
            if isinstance(part, Measure):
                yield part
            elif isinstance(part, Expr):
                yield from part.measures()


def of(measure: Measure) -> Expr:
    return Expr("measure", (measure,))


def number(value: float) -> Expr:
    return Expr("number", (value,))


def setting(name: str) -> Expr:
    return Expr("setting", (name,))


def metric(metric_id: str) -> Expr:
    return Expr("metric", (metric_id,))


def known(left: Expr, right: Expr) -> Expr:
    return Expr("known", (left, right))


def monthly(rate: Expr, most_months: int) -> Expr:
    return Expr("monthly", (rate, most_months))


@dataclass(frozen=True)
class Metric:
    """A number with a meaning: what computes it. Its words are in `app/text/en/metrics.toml`: its own by its
    id, those that several share by what `keeper`, `basis`, `labelled` and `theme` name.

    Units: `money` in the reporting currency (not micros), `ratio` in [0, 1] and shown as percent,
    `multiple` such as 4.2x, `points` such as NPS. `scale` multiplies the division (CPM: 1000).
    """

    id: str
    unit: Unit
    direction: Direction
    numerator: Expr
    denominator: Expr | None = None
    scale: float = 1.0
    keeper: str = "marketing_operations"
    version: int = 1
    since: str = "2026-11-01"
    basis: str = ""  # where the definition comes from, or how conversions are credited
    labelled: str = ""  # what the label must say beside the title, such as the attribution rule
    theme: str = ""
    fills: tuple[tuple[str, object], ...] = ()  # what the definition names: (placeholder, value)
    # a denominator below this many cases greys the value; None takes the organisation's setting
    low_volume: bool = field(default=False)
    # the metric that counts the cases, where the denominator is money, or a sum of it is of few cases
    cases: str = ""
    # of a cohort: days until what becomes of it has come; a younger one is shown and never compared
    matures: int = 0
    # the metrics of the shares above and below whose difference a survey's score is
    shares: tuple[str, str] | None = None
    # sets ad spend against what it brought: of all channels it counts what nobody paid for, and says so
    against_spend: bool = False
    # the metrics of the least and the most that an estimate leaves possible
    bounds: tuple[str, str] | None = None

    @property
    def beside(self) -> tuple[str, ...]:
        """The metrics that are asked with this one, so that it can be told how far off it may be."""
        return (*(self.shares or ()), *(self.bounds or ()))

    @property
    def attributed(self) -> bool:
        """Whether it counts what an attribution rule credits."""
        return any(measure.subject == "credit" for measure in self.numerator.measures())

    def texts(self) -> tuple[str, ...]:
        """The keys of the texts that it cannot do without."""
        shared = (
            ("keeper", self.keeper), ("theme", self.theme), ("basis", self.basis), ("label", self.labelled)
        )  # fmt: skip
        own = (f"metrics.{self.id}.title", f"metrics.{self.id}.definition")
        needed = (f"metrics.{kind}_{name}" for kind, name in shared if name or kind == "theme")
        return (*own, *needed)

    @property
    def title(self) -> str:
        return t(f"metrics.{self.id}.title")

    @property
    def brief(self) -> str:
        """What the field calls it, where the whole title has no room; the title where that is short."""
        key = f"metrics.{self.id}.short"
        return t(key) if has(key) else self.title

    @property
    def definition(self) -> str:
        """One sentence a manager understands."""
        return t(f"metrics.{self.id}.definition", **dict(self.fills))

    @property
    def owner(self) -> str:
        return t(f"metrics.keeper_{self.keeper}")

    @property
    def source(self) -> str:
        """What its basis says; empty where the definition says enough."""
        return t(f"metrics.basis_{self.basis}") if self.basis else ""

    def label(self, lookback_days: int) -> str:
        """What is said beside the title; empty where nothing has to be. `lookback_days`: days before a won
        opportunity in which a touch counts."""
        return t(f"metrics.label_{self.labelled}", days=lookback_days) if self.labelled else ""

    @property
    def group(self) -> str:
        """The heading that it stands under in lists."""
        return t(f"metrics.theme_{self.theme}")


@dataclass(frozen=True)
class Dimension:
    """Something to group and filter by; `kind` tells how values compare and print. Its words are in
    `app/text/en/dimensions.toml`, by its id."""

    id: str
    kind: Literal["text", "date", "hour"] = "text"

    def texts(self) -> tuple[str, ...]:
        """The keys of the texts that it cannot do without."""
        return f"dimensions.{self.id}.title", f"dimensions.{self.id}.definition"

    @property
    def title(self) -> str:
        return t(f"dimensions.{self.id}.title")

    @property
    def definition(self) -> str:
        return t(f"dimensions.{self.id}.definition")


METRICS: Registry[Metric] = Registry("metric", "app.data.metrics")
DIMENSIONS: Registry[Dimension] = Registry("dimension", "app.data.metrics")
