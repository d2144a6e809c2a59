"""The rows behind a number, part by part: those that count in it, each with what it adds to the measures."""

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
    case,
    cast,
    func,
    literal_column,
    or_,
    select,
    true,
)

from app.data.metrics import catalogue, parts
from app.data.metrics.base import DIMENSIONS, METRICS, Measure
from app.data.query.compile import Compiled, render
from app.data.query.readings import MICROS, Context, panel_states, panel_values, stored
from app.data.query.route import Reading, choose
from app.data.query.rowset import END, START, Reader, RowSet, condition, row_set
from app.data.query.shape import Shape
from app.errors import InputError
from app.text import t

# Keys and stamps that say nothing to a reader.
UNSAID = {"traffic_key", "campaign_key", "instant", "person_key", "is_deleted", "period_key", "period_end"}


@dataclass(frozen=True)
class RowStatement:
    """The statement that lists the rows, the one that adds them up, the columns with their titles, and the
    names of those whose sums are the measures."""

    rows: Compiled
    totals: Compiled
    columns: tuple[tuple[str, str], ...]
    summed: tuple[str, ...]


@lru_cache(maxsize=512)
def compiled_rows(shape: Shape) -> RowStatement:
    """The rows of one part of the one metric of a shape. Raises: InputError."""
    reader, part = Reader(as_of=shape.as_of), part_of(shape)
    found = counted(part, shape, reader)
    names = [column.name for column in found.selected_columns]
    titles = {parts.name(measure): parts.title(measure) for measure in part.measures}
    facts = reader.read
    return RowStatement(
        render(_ordered(found, shape, names), facts),
        render(_totals(part, found), facts),
        tuple((name, titles.get(name) or title(name)) for name in names),
        tuple(titles),
    )


def part_of(shape: Shape) -> Reading:
    """The table of a part, with its measures."""
    every = parts.parts(shape.metrics[0])
    part = next((one for one in every if one.id == shape.part), every[0])
    # Rollups have no rows of their own: the fact answers, as it would for an earlier load.
    source = choose(part.subject.id, shape.asked, as_of=True)
    return Reading(part.subject, source, part.kind, part.measures)


def counted(found: Reading, shape: Shape, reader: Reader) -> Select[Any]:
    """Every row that counts in a reading: its day, what it adds to each measure, then all else it holds."""
    if found.kind == "panel":
        return _customers(found, shape, reader)
    rows = row_set(found.source, reader, found.source.dimensions, shape.filters)
    rows = RowSet(rows.rows, rows.joined, rows.dimensions, [*rows.conditions, *_when(found, rows, shape)])
    statement = select(*_columns(found, rows)).select_from(rows.joined)
    return statement.where(*rows.conditions, _counts(found.measures, rows))


def _totals(found: Reading, counted_rows: Select[Any]) -> Select[Any]:
    """How many rows there are and what each measure sums to; claims of several platforms are not summed."""
    rows = counted_rows.order_by(None).subquery("counted")
    sums = []
    for measure in found.measures:
        total: ColumnElement[Any] = func.sum(rows.c[parts.name(measure)])
        if not measure.additive_across_platforms:
            total = case((func.min(rows.c.platform) == func.max(rows.c.platform), total))
        sums.append(cast(total, Double).label(parts.name(measure)))
    return select(func.count().label("rows"), *sums)


def title(name: str) -> str:
    """A column's heading."""
    return DIMENSIONS.get(name).title if name in DIMENSIONS else name.replace("_", " ").capitalize()


def _customers(found: Reading, shape: Shape, reader: Reader) -> Select[Any]:
    """The customers at the start of the range, with what they paid before and at its end."""
    whole = select(START.label("date"), START.label("starts"), END.label("ends")).cte("buckets")
    states = panel_states(found, Context(shape, reader, whole)).subquery("states")
    held = [condition(asked, states.c[asked.dimension], reader) for asked in shape.filters]
    each = panel_values(states)
    adds = [_added(measure, each[measure.column]) for measure in found.measures]
    amounts = [(cast(states.c[name], Double) / MICROS).label(name) for name in ("mrr_before", "mrr_after")]
    named = [states.c[name] for name in shape.asked]
    shown = [states.c.customer_id, *adds, *named, *amounts]
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
    """Rows that add something to one of the measures at least; an amount without a rate is still a row."""
    return or_(
        *(
            and_(
                _there(measure, rows),
                *(rows.column(name) == value for name, value in measure.where),
            )
            for measure in measures
        )
    )


def _there(measure: Measure, rows: RowSet) -> ColumnElement[bool]:
    column = rows.column(measure.column)
    if not measure.money:
        return column != 0
    received = f"{measure.column}_micros"
    without_rate = rows.column(received).is_not(None) if received in rows.rows.c else true()
    return or_(column != 0, and_(column.is_(None), without_rate))


def _adds(measure: Measure, rows: RowSet) -> ColumnElement[Any]:
    """What a row adds to a measure."""
    held = [rows.column(name) == value for name, value in measure.where]
    column = rows.column(measure.column)
    return _added(measure, case((and_(*held), column), else_=0) if held else column)


def _added(measure: Measure, value: ColumnElement[Any]) -> ColumnElement[Any]:
    return (cast(value, Double) / MICROS if measure.money else value).label(parts.name(measure))


def _columns(found: Reading, rows: RowSet) -> list[ColumnElement[Any]]:
    """The day, the measures, the dimensions by name, then the row's own columns; money in units of its
    currency."""
    day = rows.column(found.source.date).label("date")
    adds = [_adds(measure, rows) for measure in found.measures]
    named = [column.label(name) for name, column in rows.dimensions.items()]
    said = {measure.column for measure in found.measures if not measure.where}
    taken = {"date", found.source.date, *rows.dimensions, *UNSAID, *said, *(add.name for add in adds)}
    money = {*found.source.facts[0].money, *_money(found.measures[0].subject)}
    own = [
        column
        for column in rows.rows.c
        if column.name not in taken and not column.name.endswith("_micros") and column.name not in money
    ]
    amounts = [_amount(column) for column in rows.rows.c if column.name in money - taken]
    received = [
        _amount(rows.column(f"{name}_micros")).label(f"{name}_received")
        for name in sorted(money)
        if f"{name}_micros" in found.source.facts[0].table.c and f"{name}_micros" in rows.rows.c
    ]
    return [day, *adds, *named, *own, *amounts, *received]


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
