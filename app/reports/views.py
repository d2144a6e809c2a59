"""A report's own view: which days it is about and how it is narrowed, kept as a query string."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from urllib.parse import parse_qsl, urlencode

from app.accounts.scopes import parse as parsed_lines
from app.accounts.scopes import written
from app.data.query.spec import Filter
from app.errors import unknown
from app.periods import DAY, PRESETS, Period, bucket_start, preset

LAST_WEEK = "last_week"
RANGES = (LAST_WEEK, *PRESETS)


@dataclass(frozen=True)
class View:
    """The days by name, and dimension -> members."""

    range: str = LAST_WEEK
    where: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def filters(self) -> tuple[Filter, ...]:
        return tuple(Filter(dimension, values) for dimension, values in self.where)

    def period(self, today: date) -> Period:
        """The newest days of that name that are over."""
        if self.range == LAST_WEEK:
            monday = bucket_start(today, "week")
            return Period(monday - 7 * DAY, monday - DAY)
        return preset(self.range, today)

    def search(self) -> str:
        """As it is kept."""
        pairs = [("range", self.range), *((name, one) for name, values in self.where for one in values)]
        return urlencode(pairs)

    def lines(self) -> str:
        """The filters as people write them, one dimension a line."""
        return written(dict(self.where))


def read(text: str) -> View:
    """A kept view. Raises: InputError."""
    found, where = LAST_WEEK, dict[str, list[str]]()
    for name, value in parse_qsl(text):
        if name == "range":
            found = value
        else:
            where.setdefault(name, []).append(value)
    return made(found, {name: tuple(values) for name, values in where.items()})


def typed(range_name: str, lines: str) -> View:
    """A view from a form's fields. Raises: InputError."""
    return made(range_name, {name: tuple(values) for name, values in parsed_lines(lines).items()})


def made(range_name: str, where: dict[str, tuple[str, ...]]) -> View:
    if range_name not in RANGES:
        raise unknown("range", range_name, RANGES)
    return View(range_name, tuple(where.items()))
