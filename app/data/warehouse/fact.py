"""What a fact table is: its columns, how its rows are replaced, and what keeps history.

A money measure `x` is stored twice: `x_micros` in `currency`, as received, and `x` in micros of the
reporting currency at that day's rate (null when the day has no rate: sums then say "incomplete").
`load_id` is the load that brought the row.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import (
    BigInteger,
    Column,
    Integer,
    String,
    Table,
)

from app.data.warehouse.dimensions import WAREHOUSE

MOST = 2**63 - 1  # what a whole number of the warehouse can hold
LoadMode = Literal["replace_partition", "upsert_entity", "append_snapshot", "derived"]


@dataclass(frozen=True)
class Fact:
    """How one fact table is loaded.

    `partition`: columns of a replaced partition; `key`: columns that identify a row; `date`: the event day;
    `money`: names of the money measures; `history`: whether replaced rows are kept in `<table>_history`
    with `valid_from` and `valid_to` (loads). `total`: SQL of the rows that say a whole partition, where rows
    do not add up: a load brings one each. (Rows that add up may share a key: a platform tells apart what one
    name stands for here, such as two campaigns of a name.)
    `lasting`: a row holds from its day on until the next one of its entity. Its day is the one on which its
    load was read, the publisher fills it in; a load that says what holds already adds no row.
    """

    id: str
    table: Table
    mode: LoadMode
    key: tuple[str, ...]
    partition: tuple[str, ...] = ()
    date: str = "date"
    money: tuple[str, ...] = ()
    history: bool = False
    total: str = ""
    lasting: bool = False

    @property
    def restatable(self) -> bool:
        """Whether a source can say its rows anew, and the old ones are kept; derived rows nobody said, and
        what holds from a day on says nothing of the days before."""
        return self.history and self.mode != "derived" and not self.lasting

    @property
    def history_table(self) -> Table:
        """The table of rows that a later load replaced."""
        return WAREHOUSE.tables[f"{self.table.name}_history"]


FACTS: dict[str, Fact] = {}


def money(*names: str) -> list[Column[Any]]:
    """The currency, and both columns of each amount."""
    pairs = [(Column(f"{name}_micros", BigInteger), Column(name, BigInteger)) for name in names]
    return [Column("currency", String), *(column for pair in pairs for column in pair)]


def traffic() -> list[Column[Any]]:
    """Raw keys of the traffic and its campaign."""
    return [Column("traffic_key", BigInteger), Column("campaign_key", BigInteger)]


def place() -> list[Column[Any]]:
    """Where the reader or customer is."""
    return [Column("country", String), Column("region", String)]


def visit() -> list[Column[Any]]:
    """What a visit is told apart by."""
    return [Column("device", String), Column("visitor_type", String)]


def declared(name: str, columns: list[Column[Any]], mode: LoadMode, key: str, **options: Any) -> Fact:
    """Declare a fact with its table, and the table of its history."""
    lead = [Column("source_id", String), Column("account_id", String)]
    table = Table(f"fact_{name}", WAREHOUSE, *lead, *columns, Column("load_id", Integer))
    fact = Fact(name, table, mode, tuple(key.split()), **options)
    if fact.history:
        copies: list[Column[Any]] = [Column(column.name, column.type) for column in table.columns]
        Table(
            f"{table.name}_history",
            WAREHOUSE,
            *copies,
            Column("valid_from", Integer),
            Column("valid_to", Integer),
        )
    FACTS[name] = fact
    return fact


def whole(*names: str) -> list[Column[Any]]:
    """Columns of whole numbers."""
    return [Column(name, BigInteger) for name in names]
