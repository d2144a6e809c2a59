"""The answer: rows, units, and how old the data is. Plain values, no pandas on the path of a request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Literal

from app.data.metrics.base import Unit
from app.data.query.spec import Filter, MetricQuery
from app.periods import Period

Scalar = str | int | float | bool | date | datetime | None
Row = Mapping[str, Scalar]
BASE_DAY, OTHER_WEEKDAY = "date__base", "date__other_weekday"  # what a row says of the days it is beside


@dataclass(frozen=True)
class Freshness:
    """How old one source's data is, and which load last brought it.

    `target`: the age at which it is late, as its connector declares; None where it never is. `settles`: how
    long after its end a day of it is waited for before anything is judged by it.
    """

    source: str
    title: str
    extracted_at: datetime | None
    data_until: date | None
    load_id: int | None = None
    target: timedelta | None = None
    settles: timedelta = timedelta(0)

    @property
    def kind(self) -> Literal["platform", "file"]:
        """`platform`, which is read on a schedule, or `file`, which somebody imports."""
        return "platform" if self.target else "file"

    def behind(self, now: datetime) -> timedelta | None:
        """How far it is behind its target; None when it is in time or was never read."""
        if self.target is None or self.extracted_at is None:
            return None
        over = now - self.extracted_at - self.target
        return over if over > timedelta(0) else None


@dataclass(frozen=True)
class RestRow:
    """Some members of a dimension as one row; they are in the answer one by one, too."""

    members: tuple[str, ...]
    row: Row


@dataclass(frozen=True)
class MetricFrame:
    """The answer to a `MetricQuery`.

    Shape: one mapping a row. Keys: each dimension (and `date` with a grain), each metric `m`, its parts
    `m__n` and `m__d` (numerator and denominator), and with a comparison `m__base`, `m__base_n`, `m__base_d`;
    a metric of a newest period (month, survey wave) also has its last day `m__of`, and `m__base_of`;
    where a cohort is too young to be compared stands `m__young`. With a grain and a comparison a row has the
    first day of the bucket that it is beside, `date__base`; a single day beside one of another weekday has
    `date__other_weekday`.
    Units: as the metric says; money in the reporting currency; ratios unrounded; missing is None.
    """

    query: MetricQuery
    rows: Sequence[Row]
    units: Mapping[str, Unit]
    data_version: str
    as_of: int | None
    freshness: tuple[Freshness, ...] = ()
    base_period: Period | None = None
    total_rows: int | None = None
    # metric id -> why it is missing or incomplete, in words ("visitors are stored for whole months ...")
    notes: Mapping[str, str] = field(default_factory=dict)
    rest: RestRow | None = None  # where it was asked for, and not every member has room

    def value(self, metric: str) -> float | None:
        """The value of a frame without dimensions."""
        return _number(self.rows[0].get(metric)) if self.rows else None

    def base(self, metric: str) -> float | None:
        """The base value of a frame without dimensions."""
        return _number(self.rows[0].get(f"{metric}__base")) if self.rows else None

    def parts(self, metric: str, row: int = 0) -> tuple[float | None, float | None]:
        """Numerator and denominator of one cell."""
        cells = self.rows[row]
        return _number(cells.get(f"{metric}__n")), _number(cells.get(f"{metric}__d"))

    def period_end(self, metric: str, *, base: bool = False) -> date | None:
        """The last day of the month or wave that a `latest` value, or its base, is of."""
        found = self.rows[0].get(f"{metric}__base_of" if base else f"{metric}__of") if self.rows else None
        return found if isinstance(found, date) else None


@dataclass(frozen=True)
class Target:
    """A value that a metric should reach by a day; `starts_on` is the day it was set for."""

    metric: str
    starts_on: date
    ends_on: date
    value: float


@dataclass(frozen=True)
class RowFrame:
    """The answer to a `RowQuery`: columns with readable titles, the rows, and what all rows of the question
    add to each measure (None where nothing is known, or where platforms' claims would be added)."""

    columns: tuple[tuple[str, str], ...]
    rows: Sequence[Sequence[Scalar]]
    total_rows: int
    data_version: str
    totals: Mapping[str, float | None] = field(default_factory=dict)
    freshness: tuple[Freshness, ...] = ()


@dataclass(frozen=True)
class PassportPart:
    """Rows that a number is made of: `title` says what they add up to, `table` what they are; `version` is
    that of their fact."""

    id: str
    title: str
    table: str
    version: int
    rows: int


@dataclass(frozen=True)
class Passport:
    """Where one number comes from."""

    metric: str
    title: str
    definition: str
    version: int
    since: str
    owner: str
    label: str
    value: float | None
    base: float | None
    numerator: float | None
    denominator: float | None
    scale: float
    unit: Unit
    period: Period
    base_period: Period | None
    filters: tuple[Filter, ...]
    scope: tuple[Filter, ...]
    sources: tuple[Freshness, ...]
    parts: tuple[PassportPart, ...]
    data_version: str
    rate_version: str
    note: str
    sql: str


def column(rows: Sequence[Row], name: str) -> list[float | None]:
    """One column as numbers; None where there is none."""
    values: list[Any] = [row.get(name) for row in rows]
    return [None if value is None else float(value) for value in values]


def young(row: Row, metric: str) -> bool:
    """Whether a row's cohort is too young to be compared with another."""
    return bool(row.get(f"{metric}__young"))


def base_day(row: Row) -> date | None:
    """The first day of the bucket that a row is beside; None where it is beside none, or is of no bucket."""
    found = row.get(BASE_DAY)
    return found if isinstance(found, date) else None


def cell(row: Row, column: str) -> float | None:
    """One number of a row; None where there is none."""
    return _number(row.get(column))


def _number(value: Any) -> float | None:
    return None if value is None else float(value)
