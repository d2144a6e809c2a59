"""The two questions that can be asked: `MetricQuery` for numbers, `RowQuery` for the rows behind them.

Both are frozen values: equal questions are one question to the cache, the alert, the report and the page.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from app.periods import Comparison, Grain, Period, base


@dataclass(frozen=True)
class Filter:
    """A dimension whose value must be (or must not be) one of `values`."""

    dimension: str
    values: tuple[str, ...]
    negate: bool = False


WITH_SPEND = "(with spend)"  # in place of a platform: every one whose spend is known
PAID = Filter("platform", (WITH_SPEND,))  # what came through an ad platform that its spend can be set against


@dataclass(frozen=True)
class Scope:
    """What the asker may see: for each named dimension only these values. Empty means everything.

    A fact that lacks a scoped dimension is refused, never answered unscoped.
    """

    filters: tuple[Filter, ...] = ()

    @property
    def unrestricted(self) -> bool:
        return not self.filters


EVERYTHING = Scope()


@dataclass(frozen=True)
class Sort:
    """Order by one column of the answer; missing values come last."""

    column: str
    descending: bool = True


@dataclass(frozen=True)
class Rest:
    """Which members of the one dimension of an answer are answered together as well: those beyond the `most`
    that weigh most.

    `by`: the columns of their weight, of which the first that is known counts. `apart`: members that have a
    row of their own whatever they weigh, counted among the `most`.
    """

    most: int
    by: tuple[str, ...]
    apart: tuple[str, ...] = ()


@dataclass(frozen=True)
class MetricQuery:
    """Numbers: metrics by dimensions over days.

    With a `grain` the answer has a `date` column, the first day of each bucket. `as_of` is a load id: the
    warehouse as it was known after that load. With a `rest` the answer also holds its members as one.
    `against` are the days compared with where they are those of a row of a comparison; else the period has
    its own fair base.
    """

    metrics: tuple[str, ...]
    period: Period
    dimensions: tuple[str, ...] = ()
    grain: Grain | None = None
    filters: tuple[Filter, ...] = ()
    scope: Scope = EVERYTHING
    compare: Comparison = "none"
    as_of: int | None = None
    sort: tuple[Sort, ...] = ()
    limit: int | None = None
    offset: int = 0
    rest: Rest | None = None
    against: Period | None = None

    @property
    def base_period(self) -> Period | None:
        """The days that it is compared with, if it is."""
        named = None if self.compare == "none" else self.against
        return named or base(self.period, self.compare)

    def narrowed(self, *filters: Filter) -> MetricQuery:
        """The same question with more filters."""
        return replace(self, filters=(*self.filters, *filters))


@dataclass(frozen=True)
class RowQuery:
    """Rows behind a number: every row that counts in one part of the metric.

    `part` names the table of them (`app/data/metrics/parts.py`); empty means that of the numerator.
    """

    metric: str
    period: Period
    filters: tuple[Filter, ...] = ()
    scope: Scope = EVERYTHING
    as_of: int | None = None
    sort: tuple[Sort, ...] = ()
    limit: int | None = None
    offset: int = 0
    part: str = ""


def day(text: str) -> date:
    """A day in ISO form, as every edge (URL, CLI, REST) writes it."""
    return date.fromisoformat(text)
