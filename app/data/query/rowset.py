"""The rows of one source, joined to what describes them, filtered: what every part of a statement reads."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    FromClause,
    Integer,
    and_,
    bindparam,
    cast,
    false,
    func,
    literal_column,
    not_,
    or_,
    select,
    true,
    union_all,
)

from app.data.metrics import paid
from app.data.metrics.base import DIMENSIONS
from app.data.metrics.subjects import Join, Source
from app.data.query.shape import FilterShape
from app.data.warehouse.dimensions import NOT_SET
from app.data.warehouse.facts import Fact
from app.periods import Grain

START = cast(bindparam("start", type_=Date), Date)
END = cast(bindparam("end", type_=Date), Date)
AS_OF = bindparam("as_of", type_=Integer)


def as_known(fact: Fact) -> FromClause:
    """A fact as it was after a load: rows that stand since then or before, and those replaced later."""
    now = fact.table
    standing = select(*now.c).where(now.c.load_id <= AS_OF)
    if not fact.history:
        return standing.cte(f"{fact.id}_as_of")
    old = fact.history_table
    replaced = select(*(old.c[column.name] for column in now.c)).where(
        old.c.valid_from <= AS_OF, old.c.valid_to > AS_OF
    )
    return union_all(standing, replaced).cte(f"{fact.id}_as_of")


def as_stands(fact: Fact) -> FromClause:
    """A fact as it is now."""
    return fact.table


class Reader:
    """Facts and shaped rows of one statement, each made once so that all its parts share them."""

    def __init__(self, *, as_of: bool) -> None:
        self._known = as_known if as_of else as_stands
        self._facts: dict[str, FromClause] = {}
        self._rows: dict[int, FromClause] = {}

    @property
    def read(self) -> tuple[str, ...]:
        """The facts that the statement reads: its answer depends on their versions."""
        return tuple(self._facts)

    def fact(self, fact: Fact) -> FromClause:
        if fact.id not in self._facts:
            self._facts[fact.id] = self._known(fact)
        return self._facts[fact.id]

    def rows(self, source: Source) -> FromClause:
        if id(source) not in self._rows:
            self._rows[id(source)] = source.rows(self.fact)
        return self._rows[id(source)]


@dataclass
class RowSet:
    """The rows of a source with the columns of the dimensions that were asked."""

    rows: FromClause
    joined: FromClause
    dimensions: dict[str, ColumnElement[Any]]
    conditions: list[ColumnElement[bool]] = field(default_factory=list)

    def column(self, name: str) -> ColumnElement[Any]:
        return self.rows.c[name]


def row_set(
    source: Source, reader: Reader, names: Iterable[str], filters: Iterable[FilterShape] = ()
) -> RowSet:
    """Rows of a source with the named dimensions joined, and the conditions of the filters."""
    rows = reader.rows(source)
    steps: dict[Join | None, FromClause] = {None: rows}
    joined = rows
    columns: dict[str, ColumnElement[Any]] = {}
    for name in dict.fromkeys(names):
        at = source.dimensions[name]
        joined = _joined(joined, at.join, steps, reader)
        columns[name] = _shown(name, steps[at.join].c[at.column])
    conditions = [condition(asked, columns[asked.dimension], reader) for asked in filters]
    return RowSet(rows, joined, columns, conditions)


def condition(asked: FilterShape, column: ColumnElement[Any], reader: Reader) -> ColumnElement[bool]:
    """A filter on a column. A filter that allows no value lets nothing through."""
    if asked.with_spend:
        among = column.in_(paid.platforms(reader.fact))
        named = or_(among, _named(asked, column)) if asked.names else among
        return not_(named) if asked.negate else named
    if not asked.names:
        return true() if asked.negate else false()
    return not_(_named(asked, column)) if asked.negate else _named(asked, column)


def _named(asked: FilterShape, column: ColumnElement[Any]) -> ColumnElement[bool]:
    return column.in_([bindparam(name, type_=column.type) for name in asked.names])


def bucket(day: ColumnElement[Any], grain: Grain) -> ColumnElement[Any]:
    """The first day of the bucket that holds a day."""
    if grain == "day":
        return day
    return cast(func.date_trunc(literal_column(f"'{grain}'"), day), Date)


def _joined(
    joined: FromClause, join: Join | None, steps: dict[Join | None, FromClause], reader: Reader
) -> FromClause:
    if join in steps:
        return joined
    assert join is not None
    joined = _joined(joined, join.after, steps, reader)
    here = steps[join.after]
    table = reader.fact(join.table) if isinstance(join.table, Fact) else join.table
    steps[join] = table
    return joined.outerjoin(table, and_(*(here.c[left] == table.c[right] for left, right in join.on)))


def _shown(name: str, column: ColumnElement[Any]) -> ColumnElement[Any]:
    if DIMENSIONS.get(name).kind == "hour":
        return column
    return func.coalesce(column, literal_column(f"'{NOT_SET}'"))
