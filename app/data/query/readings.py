"""One part of a statement for each kind of measure: every part has the keys (date, dimensions) and one
column a measure, aggregated before anything is joined to it, so that nothing can fan out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Double,
    FromClause,
    Select,
    and_,
    case,
    cast,
    false,
    func,
    literal_column,
    select,
)
from sqlalchemy import Integer as Whole

from app.data.metrics.base import Measure
from app.data.query.route import Reading
from app.data.query.rowset import END, START, Reader, RowSet, bucket, condition, row_set
from app.data.query.shape import Shape

MICROS = 1_000_000.0
SEGMENTS = ("device", "visitor_type", "country", "region")
EVERY = "*"


@dataclass(frozen=True)
class Context:
    """What all parts of one statement share."""

    shape: Shape
    reader: Reader
    buckets: CTE  # date, starts, ends: one row a bucket; one row in all without a grain

    def rows(self, reading: Reading) -> RowSet:
        claims = any(not measure.additive_across_platforms for measure in reading.measures)
        names = (*self.shape.asked, "platform") if claims else self.shape.asked
        return row_set(reading.source, self.reader, names, self.shape.filters)


def part(reading: Reading, context: Context) -> CTE:
    """The aggregated answer of one table."""
    return BUILDERS[reading.kind](reading, context).cte(reading.name)


def gap_column(measure: Measure) -> str:
    """Counts the rows whose amount has no rate."""
    return f"{measure.id}__gap"


def period_column(measure: Measure) -> str:
    """The last day of the period that a `latest` measure is of."""
    return f"{measure.id}__of"


def has_gap(reading: Reading, measure: Measure) -> bool:
    """Whether a measure may miss amounts for want of a rate."""
    received = f"{measure.column}_micros"
    return measure.money and reading.kind != "panel" and received in reading.source.columns


def aggregates(reading: Reading, rows: RowSet) -> list[ColumnElement[Any]]:
    """One column a measure, money in currency units, and one that counts what has no rate."""
    found: list[ColumnElement[Any]] = []
    for measure in reading.measures:
        held = [rows.column(name) == value for name, value in measure.where]
        total = func.sum(rows.column(measure.column))
        found.append(_unit(measure, total.filter(*held) if held else total, rows).label(measure.id))
        if has_gap(reading, measure):
            amount, received = rows.column(measure.column), rows.column(f"{measure.column}_micros")
            missing = and_(*held, amount.is_(None), received.is_not(None))
            found.append(func.count().filter(missing).label(gap_column(measure)))
    return found


def _unit(measure: Measure, total: ColumnElement[Any], rows: RowSet) -> ColumnElement[Any]:
    if not measure.additive_across_platforms:
        platform = rows.dimensions["platform"]
        total = case((func.min(platform) == func.max(platform), total))
    if measure.money:
        return cast(total, Double) / MICROS
    whole = isinstance(rows.column(measure.column).type, Whole)
    return cast(total, BigInteger if whole else Double)


def _day(reading: Reading, rows: RowSet) -> ColumnElement[Any]:
    return rows.column(reading.source.date)


def _keys(context: Context, rows: RowSet, date: ColumnElement[Any] | None) -> list[ColumnElement[Any]]:
    keys: list[ColumnElement[Any]] = [rows.dimensions[name].label(name) for name in context.shape.dimensions]
    return keys if date is None else [date.label("date"), *keys]


def _grouped(statement: Select[Any], keys: list[ColumnElement[Any]]) -> Select[Any]:
    return statement.group_by(*(getattr(key, "element", key) for key in keys)) if keys else statement


def _sum(reading: Reading, context: Context) -> Select[Any]:
    rows = context.rows(reading)
    day, grain = _day(reading, rows), context.shape.grain
    keys = _keys(context, rows, bucket(day, grain) if grain else None)
    statement = select(*keys, *aggregates(reading, rows)).select_from(rows.joined)
    return _grouped(statement.where(day >= START, day <= END, *rows.conditions), keys)


def _stock(reading: Reading, context: Context) -> Select[Any]:
    """What has cumulated at the end of each bucket: movements before the range count in its first one."""
    rows = context.rows(reading)
    day, grain = _day(reading, rows), context.shape.grain
    first = func.greatest(bucket(day, grain), bucket(START, grain)) if grain else None
    keys = _keys(context, rows, first)
    moved = select(*keys, *aggregates(reading, rows)).select_from(rows.joined)
    moved = _grouped(moved.where(day <= END, *rows.conditions), keys)
    if not grain:
        return moved
    moves = moved.subquery("moved")
    return _cumulated(moves, context)


def _cumulated(moves: FromClause, context: Context) -> Select[Any]:
    buckets = context.buckets
    dimensions = [moves.c[name] for name in context.shape.dimensions]
    held = {"date", *context.shape.dimensions}
    sums = [
        cast(func.sum(column), column.type).label(column.name)
        for column in moves.c
        if column.name not in held
    ]
    joined = buckets.join(moves, moves.c.date <= buckets.c.date)
    statement = select(buckets.c.date, *dimensions, *sums).select_from(joined)
    return statement.group_by(buckets.c.date, *dimensions)


def _panel(reading: Reading, context: Context) -> Select[Any]:
    """What customers at the start of each bucket did during it, each in its segment of the start."""
    states = panel_states(reading, context).subquery("states")
    there = states.c.was_customer > 0
    each = panel_values(states)
    keys = [states.c[name] for name in context.shape.dimensions]
    if context.shape.grain:
        keys = [states.c.date, *keys]
    sums = [(measure, func.sum(each[measure.column])) for measure in reading.measures]
    measured = [
        (cast(total, Double) / MICROS if measure.money else cast(total, BigInteger)).label(measure.id)
        for measure, total in sums
    ]
    statement = select(*keys, *measured).where(there, *_segment(states, context))
    return statement.group_by(*keys) if keys else statement


def panel_values(states: FromClause) -> dict[str, ColumnElement[Any]]:
    """What one customer adds to each measure of the panel; money in micros."""
    return {
        "customers_at_start": literal_column("1", BigInteger),
        "customers_lost": case((states.c.is_customer <= 0, 1), else_=0),
        "mrr_at_start": states.c.mrr_before,
        "mrr_at_end": func.greatest(states.c.mrr_after, 0),
        "mrr_lost": func.greatest(states.c.mrr_before - states.c.mrr_after, 0),
    }


def panel_states(reading: Reading, context: Context) -> Select[Any]:
    """Each customer's state before and at the end of each bucket."""
    rows = row_set(reading.source, context.reader, context.shape.asked)
    buckets, day = context.buckets, _day(reading, rows)
    before = day < buckets.c.starts
    amount, customers = rows.column("amount"), rows.column("customers")
    # The row that counts a customer (+1) names the segment that he entered with it.
    entered = and_(before, customers > 0)
    segment = [
        func.arg_max(rows.dimensions[name], day).filter(entered).label(name) for name in context.shape.asked
    ]
    return (
        select(
            buckets.c.date,
            rows.column("customer_id"),
            *segment,
            func.sum(customers).filter(before).label("was_customer"),
            func.sum(customers).label("is_customer"),
            func.sum(amount).filter(before).label("mrr_before"),
            func.sum(amount).label("mrr_after"),
        )
        .select_from(rows.joined.join(buckets, day <= buckets.c.ends))
        .group_by(buckets.c.date, rows.column("customer_id"))
    )


def _segment(states: FromClause, context: Context) -> list[ColumnElement[bool]]:
    return [condition(asked, states.c[asked.dimension], context.reader) for asked in context.shape.filters]


def _window(reading: Reading, context: Context) -> Select[Any]:
    """Distinct counts of exactly the asked windows and of one segment; of one property: two do not add."""
    rows = context.rows(reading)
    buckets, shape = context.buckets, context.shape
    joined = rows.joined.join(
        buckets,
        and_(
            rows.column("window_start") == buckets.c.starts,
            rows.column("window_end") == buckets.c.ends,
        ),
    )
    keys = _keys(context, rows, buckets.c.date if shape.grain else None)
    place = func.concat_ws("/", rows.column("source_id"), rows.column("account_id"))
    columns = [
        case((func.count(place.distinct()) == 1, cast(func.sum(rows.column(m.column)), BigInteger))).label(
            m.id
        )
        for m in reading.measures
    ]
    statement = select(*keys, *columns).select_from(joined)
    return _grouped(statement.where(*rows.conditions, *stored(rows, shape)), keys)


def stored(rows: RowSet, shape: Shape) -> list[ColumnElement[bool]]:
    """The stored segment that answers: everything, or one dimension; nothing when several would be mixed."""
    single = {f.dimension for f in shape.filters if f.pins} | set(shape.dimensions)
    if len(shape.asked) > 1 or single != set(shape.asked):
        return [false()]
    found = [rows.column(name) == EVERY for name in SEGMENTS if name not in shape.asked]
    if "region" in shape.asked:
        found = [rows.column(name) == EVERY for name in ("device", "visitor_type")]
    return [*found, *(rows.column(name) != EVERY for name in shape.asked)]


def _latest(reading: Reading, context: Context) -> Select[Any]:
    """Of the newest period that had ended at the end of each bucket."""
    rows, buckets = context.rows(reading), context.buckets
    periods = select(rows.rows.c.period_key, rows.rows.c.period_end).distinct().subquery("periods")
    newest = func.arg_max(periods.c.period_key, periods.c.period_end).label("period_key")
    picked = (
        select(buckets.c.date, newest)
        .select_from(buckets.join(periods, periods.c.period_end <= buckets.c.ends))
        .group_by(buckets.c.date)
        .subquery("picked")
    )
    joined = rows.joined.join(picked, picked.c.period_key == rows.column("period_key"))
    keys = _keys(context, rows, picked.c.date if context.shape.grain else None)
    ends = [] if context.shape.bare else [func.max(rows.column("period_end"))]
    said = [end.label(period_column(measure)) for end in ends for measure in reading.measures]
    statement = select(*keys, *aggregates(reading, rows), *said).select_from(joined).where(*rows.conditions)
    return _grouped(statement, keys)


BUILDERS: dict[str, Callable[[Reading, Context], Select[Any]]] = {
    "sum": _sum,
    "stock": _stock,
    "panel": _panel,
    "window": _window,
    "latest": _latest,
}
