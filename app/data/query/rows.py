"""The rows behind a number: those of the numerator's fact that count in it, with readable columns."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Double,
    Select,
    and_,
    bindparam,
    cast,
    func,
    literal_column,
    or_,
    select,
)

from app.data.metrics import catalogue
from app.data.metrics.base import DIMENSIONS, METRICS, Measure
from app.data.metrics.subjects import SUBJECTS
from app.data.query.compile import Compiled, render
from app.data.query.readings import MICROS, Context, panel_states, stored
from app.data.query.route import Reading, choose
from app.data.query.rowset import END, START, Reader, RowSet, condition, row_set
from app.data.query.shape import Shape
from app.errors import InputError
from app.text import t

# Keys and stamps that say nothing to a reader.
UNSAID = {"traffic_key", "campaign_key", "instant", "person_key", "is_deleted", "period_key", "period_end"}


@dataclass(frozen=True)
class RowStatement:
    """The statement that lists the rows, the one that counts them, and the columns with their titles."""

    rows: Compiled
    count: Compiled
    columns: tuple[tuple[str, str], ...]


@lru_cache(maxsize=512)
def compiled_rows(shape: Shape) -> RowStatement:
    """The rows behind the numerator of the one metric of a shape. Raises: InputError."""
    reader = Reader(as_of=shape.as_of)
    found = counted(reading(shape), shape, reader)
    names = [column.name for column in found.selected_columns]
    count = select(func.count()).select_from(found.subquery("counted"))
    facts = reader.read
    return RowStatement(
        render(_ordered(found, shape, names), facts),
        render(count, facts),
        tuple((name, title(name)) for name in names),
    )


def reading(shape: Shape) -> Reading:
    """The fact behind a metric's numerator: of its first measure, with all measures of the same kind."""
    measures = catalogue.of_expr(METRICS.get(shape.metrics[0]).numerator)
    first = measures[0]
    same = tuple(m for m in measures if (m.subject, m.kind) == (first.subject, first.kind))
    # Rollups have no rows of their own: the fact answers, as it would for an earlier load.
    source = choose(first.subject, shape.asked, as_of=True)
    return Reading(SUBJECTS.get(first.subject), source, first.kind, same)


def counted(found: Reading, shape: Shape, reader: Reader) -> Select[Any]:
    """Every row that counts in a reading."""
    if found.kind == "panel":
        return _customers(found, shape, reader)
    rows = row_set(found.source, reader, found.source.dimensions, shape.filters)
    rows = RowSet(rows.rows, rows.joined, rows.dimensions, [*rows.conditions, *_when(found, rows, shape)])
    statement = select(*_columns(found, rows)).select_from(rows.joined)
    return statement.where(*rows.conditions, _counts(found.measures, rows))


def title(name: str) -> str:
    """A column's heading."""
    return DIMENSIONS.get(name).title if name in DIMENSIONS else name.replace("_", " ").capitalize()


def _customers(found: Reading, shape: Shape, reader: Reader) -> Select[Any]:
    """The customers at the start of the range, with what they paid before and at its end."""
    whole = select(START.label("date"), START.label("starts"), END.label("ends")).cte("buckets")
    states = panel_states(found, Context(shape, reader, whole)).subquery("states")
    held = [condition(asked, states.c[asked.dimension]) for asked in shape.filters]
    amounts = [(cast(states.c[name], Double) / MICROS).label(name) for name in ("mrr_before", "mrr_after")]
    shown = [states.c.customer_id, states.c.was_customer, states.c.is_customer, *amounts]
    return select(*shown).where(states.c.was_customer > 0, *held)


def _when(found: Reading, rows: RowSet, shape: Shape) -> list[ColumnElement[bool]]:
    """The days that count, by the kind of the measure."""
    if found.kind == "latest":
        newest = select(func.arg_max(rows.rows.c.period_key, rows.rows.c.period_end))
        ended = newest.where(rows.rows.c.period_end <= END).correlate(None)
        return [rows.column("period_key") == ended.scalar_subquery()]
    if found.kind == "window":
        exact = [rows.column("window_start") == START, rows.column("window_end") == END]
        return [*exact, *stored(rows, shape)]
    day = rows.column(found.source.date)
    return [day <= END] if found.kind == "stock" else [day >= START, day <= END]


def _counts(measures: Iterable[Measure], rows: RowSet) -> ColumnElement[bool]:
    """Rows that add something to one of the measures at least."""
    return or_(
        *(
            and_(rows.column(m.column) != 0, *(rows.column(name) == value for name, value in m.where))
            if not m.money
            else and_(rows.column(m.column).is_distinct_from(0), *(rows.column(k) == v for k, v in m.where))
            for m in measures
        )
    )


def _columns(found: Reading, rows: RowSet) -> list[ColumnElement[Any]]:
    """The day, the dimensions by name, then the row's own columns; money in units of its currency."""
    day = rows.column(found.source.date).label("date")
    named = [column.label(name) for name, column in rows.dimensions.items()]
    taken = {"date", found.source.date, *rows.dimensions, *UNSAID}
    money = {*found.source.facts[0].money, *_money(found.measures[0].subject)}
    own = [
        column
        for column in rows.rows.c
        if column.name not in taken and not column.name.endswith("_micros") and column.name not in money
    ]
    amounts = [_amount(column) for column in rows.rows.c if column.name in money]
    received = [
        _amount(rows.column(f"{name}_micros")).label(f"{name}_received")
        for name in sorted(money)
        if f"{name}_micros" in found.source.facts[0].table.c and f"{name}_micros" in rows.rows.c
    ]
    return [day, *named, *own, *amounts, *received]


def _money(subject: str) -> set[str]:
    """The columns that some measure of a subject reads as money, whichever metric is asked."""
    every = (measure for metric in METRICS for measure in catalogue.measures(metric.id))
    return {measure.column for measure in every if measure.money and measure.subject == subject}


def _amount(column: Any) -> ColumnElement[Any]:
    return (cast(column, Double) / MICROS).label(column.name)


def _ordered(found: Select[Any], shape: Shape, names: list[str]) -> Select[Any]:
    for sort in shape.sort:
        if sort.column not in names:
            raise InputError(
                t("query.sort", column=sort.column), hint=t("query.sort_hint", known=", ".join(names))
            )
    orders: list[ColumnElement[Any]] = [
        literal_column(f'"{sort.column}" {"DESC" if sort.descending else "ASC"} NULLS LAST')
        for sort in shape.sort
    ]
    # All columns break ties, so that pages never overlap.
    found = found.order_by(*orders, *(literal_column(f'"{name}"') for name in names))
    if not shape.limited:
        return found
    return found.limit(bindparam("limit", type_=BigInteger)).offset(bindparam("offset", type_=BigInteger))
