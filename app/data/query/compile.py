"""Compiling a shape to one SQL statement: buckets, a part for each table, a spine of keys, cells, division.

WITH buckets, a part for each table (aggregated at the asked grain), spine (every key that a part has),
cells (one row a key, one column a measure), parts (numerator and denominator of each metric); then the
guarded quotients. Parts meet on the spine by LEFT JOIN, key to key: no row of one can multiply another's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Date,
    Double,
    Interval,
    Select,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal_column,
    null,
    select,
    true,
    union,
)

from app.data.metrics import catalogue
from app.data.metrics.base import DIMENSIONS, METRICS, Expr, Measure, Metric
from app.data.query.readings import Context, gap_column, has_gap, part, period_column
from app.data.query.route import Reading, Route, route
from app.data.query.rowset import AS_OF, END, START, Reader, bucket
from app.data.query.shape import Parameter, Shape
from app.data.warehouse.dimensions import dim_source, published_load

if TYPE_CHECKING:
    from duckdb_sqlalchemy import Dialect

DAYS_OF_MONTH = 30.4375
TOTAL = "total__rows"


@dataclass(frozen=True)
class Compiled:
    """A statement with the names of its parameters, and what its answer depends on."""

    sql: str
    names: tuple[str, ...]
    facts: tuple[str, ...]
    gaps: tuple[tuple[str, str, bool], ...] = ()  # column, measure, whether it cumulates

    @cached_property
    def digest(self) -> bytes:
        """Fingerprint of the text."""
        return sha256(self.sql.encode()).digest()

    def bind(self, values: dict[str, Parameter]) -> dict[str, Parameter]:
        """The parameters that the statement has, and no others."""
        return {name: values[name] for name in self.names}


@lru_cache(maxsize=2048)
def compiled(shape: Shape) -> Compiled:
    """The statement of a shape. Raises: InputError when the dimensions do not go together."""
    chosen = route(shape)
    gaps = (
        ()
        if shape.bare
        else tuple(
            (gap_column(measure), measure.id, reading.kind == "stock")
            for reading in chosen.readings
            for measure in reading.measures
            if has_gap(reading, measure)
        )
    )
    reader = Reader(as_of=shape.as_of)
    query = statement(shape, chosen, reader)
    return render(query, (*(fact.id for fact in chosen.facts()), *reader.read), gaps)


def render(
    query: Select[Any], facts: Iterable[str], gaps: tuple[tuple[str, str, bool], ...] = ()
) -> Compiled:
    """SQL text with constants written out and parameters by name, as a person would write it."""
    text = query.compile(dialect=_dialect(), compile_kwargs={"render_postcompile": True})
    names, constants = text.positiontup or [], text.params

    def written(found: re.Match[str]) -> str:
        name = names[int(found[1]) - 1]
        return f"${name}" if constants[name] is None else _literal(constants[name])

    sql = re.sub(r"\$(\d+)", written, str(text))
    asked = tuple(name for name in names if constants[name] is None)
    return Compiled(sql, asked, tuple(dict.fromkeys(facts)), gaps)


@cache
def _dialect() -> Dialect:
    """How DuckDB wants its SQL; made for the first question, because making it opens a database."""
    from duckdb_sqlalchemy import Dialect

    return Dialect(paramstyle="numeric_dollar")


def _literal(value: object) -> str:
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return repr(value)


def statement(shape: Shape, chosen: Route, reader: Reader) -> Select[Any]:
    """The whole statement of a question."""
    buckets = _buckets(shape)
    context = Context(shape, reader, buckets)
    parts = [(reading, part(reading, context)) for reading in chosen.readings]
    cells = _cells(shape, parts, context).cte("cells")
    keys = [cells.c[name] for name in _key_names(shape)]
    values = _Values(cells, chosen.withheld)
    if shape.bare:
        found = [values.quotient(METRICS.get(name)).label(name) for name in shape.metrics]
        return _ordered(select(*keys, *found), shape, [key.name for key in keys])
    columns = [value for name in shape.metrics for value in values.columns(METRICS.get(name))]
    gaps = [cells.c[c.name] for c in cells.c if c.name.endswith("__gap")]
    total = [func.count().over().label(TOTAL)] if shape.limited else []
    return _ordered(select(*keys, *columns, *gaps, *total), shape, [key.name for key in keys])


def _key_names(shape: Shape) -> tuple[str, ...]:
    return (("date",) if shape.grain else ()) + shape.dimensions


def _buckets(shape: Shape) -> CTE:
    """The buckets of the range, the first and the last cut to it."""
    if not shape.grain:
        return select(START.label("date"), START.label("starts"), END.label("ends")).cte("buckets")
    step = literal_column(f"INTERVAL 1 {shape.grain}", Interval)
    days = func.unnest(func.generate_series(bucket(START, shape.grain), END, step))
    series = select(cast(days, Date).label("day")).subquery("days")
    day = series.c.day
    last = cast(day + step - literal_column("INTERVAL 1 day", Interval), Date)
    return select(
        day.label("date"), func.greatest(day, START).label("starts"), func.least(last, END).label("ends")
    ).cte("buckets")


def _cells(shape: Shape, parts: list[tuple[Reading, CTE]], context: Context) -> Select[Any]:
    """One row a key, one column a measure. A thing that did not happen in covered days is a true zero."""
    buckets = context.buckets
    spine = _spine(shape, [found for _, found in parts], buckets)
    joined: Any = spine
    if spine is not buckets:
        joined = joined.join(buckets, spine.c.date == buckets.c.date if shape.grain else true())
    columns: list[ColumnElement[Any]] = [spine.c[name] for name in _key_names(shape)]
    for reading, found in parts:
        if found is not spine:
            keys = [found.c[name] == spine.c[name] for name in _key_names(shape)]
            joined = joined.outerjoin(found, and_(*keys) if keys else true())
        covered = _covered(reading, context) if reading.subject.events and reading.kind == "sum" else None
        if covered is not None:
            joined = joined.join(covered, true())
        columns += [_cell(c, c.name, covered, buckets) for c in found.c if c.name not in _key_names(shape)]
    return select(*columns, buckets.c.starts, buckets.c.ends).select_from(joined)


def _cell(value: ColumnElement[Any], name: str, covered: CTE | None, buckets: CTE) -> ColumnElement[Any]:
    if covered is None:
        return value.label(name)
    zero = case((and_(covered.c.first <= buckets.c.ends, covered.c.last >= buckets.c.starts), 0))
    return func.coalesce(value, zero, type_=value.type).label(name)


def _covered(reading: Reading, context: Context) -> CTE:
    """The days of which a fact knows what happened: its first row to its sources' newest complete day."""
    rows = context.reader.rows(reading.source)
    day = rows.c[reading.source.date]
    sources = select(rows.c.source_id).distinct()
    reached = select(func.max(dim_source.c.data_until)).where(dim_source.c.source.in_(sources))
    if context.shape.as_of:
        loads = published_load.c
        reached = select(func.max(loads.data_until)).where(loads.source.in_(sources), loads.load_id <= AS_OF)
    until = reached.scalar_subquery()
    return select(func.min(day).label("first"), func.greatest(func.max(day), until).label("last")).cte(
        f"{reading.name}_covered"
    )


def _spine(shape: Shape, parts: list[CTE], buckets: CTE) -> CTE:
    if not shape.dimensions:
        return buckets
    if len(parts) == 1:
        return parts[0]
    return union(*(select(*(found.c[name] for name in _key_names(shape))) for found in parts)).cte("spine")


def _ordered(query: Select[Any], shape: Shape, keys: list[str]) -> Select[Any]:
    named = [sort.column for sort in shape.sort]
    orders: list[ColumnElement[Any]] = [
        literal_column(f"{column} {'DESC' if sort.descending else 'ASC'} NULLS LAST")
        for sort in shape.sort
        for column in _compared(sort.column)
    ]
    rest: list[ColumnElement[Any]] = [
        literal_column(column) for key in keys if key not in named for column in _compared(key)
    ]
    query = query.order_by(*orders, *rest)
    if shape.limited:
        query = query.limit(bindparam("limit", type_=BigInteger)).offset(
            bindparam("offset", type_=BigInteger)
        )
    return query


def _compared(column: str) -> tuple[str, ...]:
    """By what a column is ordered: names without regard to case first, as a table on a page has them."""
    quoted = f'"{column}"'
    named = column in DIMENSIONS and DIMENSIONS.get(column).kind == "text"
    return (f"lower({quoted})", quoted) if named else (quoted,)


class _Values:
    """Metrics as expressions over the columns of the cells."""

    def __init__(self, cells: CTE, withheld: frozenset[Measure]) -> None:
        self.cells = cells
        self.withheld = withheld

    def columns(self, metric: Metric) -> list[ColumnElement[Any]]:
        """The value of a metric and its parts, named as the frame names them."""
        found: list[ColumnElement[Any]] = [
            self.quotient(metric).label(metric.id),
            self.value(metric.numerator).label(f"{metric.id}__n"),
        ]
        if metric.denominator:
            found.append(self.value(metric.denominator).label(f"{metric.id}__d"))
        ends = [m for m in catalogue.measures(metric.id) if m.kind == "latest" and m not in self.withheld]
        if ends:
            found.append(self.cells.c[period_column(ends[0])].label(f"{metric.id}__of"))
        return found

    def quotient(self, metric: Metric) -> ColumnElement[Any]:
        value = self.value(metric.numerator)
        if metric.denominator:
            below = _double(self.value(metric.denominator))
            value = _double(value) / func.nullif(below, literal_column("0", Double), type_=Double)
        return value if metric.scale == 1.0 else value * literal_column(repr(metric.scale), Double)

    def value(self, expr: Expr) -> ColumnElement[Any]:
        first = expr.parts[0]
        if isinstance(first, Measure):
            return null() if first in self.withheld else self.cells.c[first.id]
        if expr.op == "number":
            return literal_column(repr(float(str(first))), Double)
        if expr.op == "setting":
            return cast(bindparam(str(first), type_=Double), Double)
        if expr.op == "metric":
            return self.quotient(METRICS.get(str(first)))
        assert isinstance(first, Expr)
        if expr.op == "monthly":
            return self._monthly(first, expr.parts[1])
        return self._arithmetic(expr.op, first, expr.parts[1])

    def _arithmetic(self, op: str, left: Expr, right: Any) -> ColumnElement[Any]:
        a, b = _double(self.value(left)), _double(self.value(right))
        if op == "known":
            return func.coalesce(a + b, a, b, type_=Double)
        if op == "mul":
            return a * b
        return a + b if op == "add" else a - b

    def _monthly(self, rate: Expr, most: object) -> ColumnElement[Any]:
        """1 - (1 - rate) ^ (1 / months of the bucket), at least 1 / `most`; nothing without a rate."""
        value = _double(self.value(rate))
        starts, after = self.cells.c.starts, self.cells.c.ends + 1
        whole = and_(func.date_part("day", starts) == 1, func.date_part("day", after) == 1)
        months = case(
            (whole, cast(func.date_diff("month", starts, after), Double)),
            else_=cast(func.date_diff("day", starts, after), Double) / DAYS_OF_MONTH,
        )
        compound = 1.0 - func.power(1.0 - value, 1.0 / months, type_=Double)
        return case(
            (value > 0, func.greatest(compound, literal_column(f"1.0 / {most}", Double), type_=Double))
        )


def _double(value: ColumnElement[Any]) -> ColumnElement[Any]:
    return value if isinstance(value.type, Double) else cast(value, Double)


def explain(metric_id: str) -> str:
    """The statement that answers a metric over a range, with parameters as `$n`."""
    return compiled(Shape((metric_id,), (), None, (), as_of=False)).sql
