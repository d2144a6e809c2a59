"""The shape of a question: all that decides its SQL, without the values that only fill parameters.

Questions that differ in their days or in the values of their filters share one compiled statement.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from app.data.metrics.base import DIMENSIONS
from app.data.query.spec import WITH_SPEND, Filter, MetricQuery, RowQuery, Sort
from app.errors import InputError
from app.periods import Grain
from app.settings import Settings
from app.text import t

Parameter = str | int | float | date | None


@dataclass(frozen=True)
class FilterShape:
    """A filter without its values; `first` numbers its parameters.

    `with_spend`: every ad platform whose spend is known is among the values.
    """

    dimension: str
    negate: bool
    count: int
    first: int
    with_spend: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(f"value_{self.first + i}" for i in range(self.count))

    @property
    def pins(self) -> bool:
        """Whether only one value of the dimension is left."""
        return self.count == 1 and not self.negate and not self.with_spend


@dataclass(frozen=True)
class Shape:
    """What is asked, its scope already among the filters."""

    metrics: tuple[str, ...]
    dimensions: tuple[str, ...]
    grain: Grain | None
    filters: tuple[FilterShape, ...]
    as_of: bool
    sort: tuple[Sort, ...] = ()
    limited: bool = False
    part: str = ""  # of rows: the part of the metric that they make
    bare: bool = False  # values only, as an export wants them: no parts, no counts beside them

    @property
    def asked(self) -> tuple[str, ...]:
        """Every dimension that a table must reach."""
        return tuple(dict.fromkeys((*self.dimensions, *(f.dimension for f in self.filters))))


def shape(query: MetricQuery) -> Shape:
    """The shape of a validated question about numbers."""
    return Shape(
        query.metrics,
        query.dimensions,
        query.grain,
        _filters((*query.filters, *query.scope.filters)),
        query.as_of is not None,
        query.sort,
        query.limit is not None or query.offset > 0,
    )


def row_shape(query: RowQuery) -> Shape:
    """The shape of a validated question about rows."""
    filters = _filters((*query.filters, *query.scope.filters))
    limited = query.limit is not None or query.offset > 0
    as_of = query.as_of is not None
    return Shape((query.metric,), (), None, filters, as_of, query.sort, limited, query.part)


def parameters(query: MetricQuery | RowQuery, settings: Settings) -> dict[str, Parameter]:
    """The values of every parameter that a statement of this question may have."""
    values: dict[str, Parameter] = {
        "start": query.period.start,
        "end": query.period.end,
        "as_of": query.as_of,
        "limit": query.limit if query.limit is not None else 2**62,
        "offset": query.offset,
        "gross_margin": settings.gross_margin,
    }
    position = 0
    for asked in (*query.filters, *query.scope.filters):
        for value in _members(asked):
            values[f"value_{position}"] = typed(asked.dimension, value)
            position += 1
    return values


def typed(dimension: str, value: str) -> Parameter:
    """A filter's value as its column holds it. Raises: InputError for an hour that is none."""
    if DIMENSIONS.get(dimension).kind != "hour":
        return value
    if not value.isdecimal() or len(value) > 2 or int(value) > 23:
        raise InputError(t("query.hour", value=value), hint=t("query.hour_hint"))
    return int(value)


def _filters(filters: tuple[Filter, ...]) -> tuple[FilterShape, ...]:
    shapes, position = [], 0
    for asked in filters:
        members = _members(asked)
        with_spend = len(members) < len(asked.values)
        shapes.append(FilterShape(asked.dimension, asked.negate, len(members), position, with_spend))
        position += len(members)
    return tuple(shapes)


def _members(asked: Filter) -> tuple[str, ...]:
    """The values that are members by name; which platforms have known spend the warehouse tells."""
    if asked.dimension != "platform":
        return asked.values
    return tuple(value for value in asked.values if value != WITH_SPEND)
