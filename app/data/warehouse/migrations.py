"""The shape of a snapshot: its tables, and numbered steps that bring an older copy to it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from duckdb import DuckDBPyConnection
from sqlalchemy import BigInteger, Boolean, Date, DateTime, Double, Integer, SmallInteger, String, Table
from sqlalchemy.types import TypeEngine

from app.data.warehouse import rollups
from app.data.warehouse.dimensions import WAREHOUSE
from app.data.warehouse.facts import CAMPAIGN_BUDGET, FACTS, VISITOR_WINDOW

assert rollups.ROLLUPS  # imported so that their tables stand in WAREHOUSE

DERIVED_SINCE = "derived_since"  # the load from which on derived facts know what they said before
SQL_TYPES: tuple[tuple[type[TypeEngine[Any]], str], ...] = (
    (SmallInteger, "SMALLINT"),
    (BigInteger, "BIGINT"),
    (Integer, "INTEGER"),
    (Double, "DOUBLE"),
    (Boolean, "BOOLEAN"),
    (DateTime, "TIMESTAMP"),
    (Date, "DATE"),
    (String, "VARCHAR"),
)


def sql_type(column_type: TypeEngine[Any]) -> str:
    """The DuckDB name of a column's type."""
    return next(name for kind, name in SQL_TYPES if isinstance(column_type, kind))


def create_table(connection: DuckDBPyConnection, table: Table) -> None:
    """Make one table.

    Without constraints: the publisher alone writes, keeps entities unique and refuses a total that comes
    twice, and an index would double the cost of a restatement.
    """
    columns = ", ".join(f'"{column.name}" {sql_type(column.type)}' for column in table.columns)
    connection.execute(f'CREATE TABLE "{table.name}" ({columns})')


def create_tables(connection: DuckDBPyConnection) -> None:
    """Make every table of the warehouse that is missing."""
    there = "SELECT table_name FROM duckdb_tables() WHERE database_name = current_database()"
    known = {name for (name,) in connection.execute(there).fetchall()}
    for name, table in WAREHOUSE.tables.items():
        if name not in known:
            create_table(connection, table)
    connection.execute("CREATE TABLE IF NOT EXISTS warehouse_state (name VARCHAR, value VARCHAR)")


Step = Callable[[DuckDBPyConnection], None]


def newest_load(connection: DuckDBPyConnection) -> int:
    """The newest load that was applied; 0 before the first."""
    row = connection.execute("SELECT coalesce(max(load_id), 0) FROM published_load").fetchone()
    return int(row[0]) if row else 0


def forget_derived(connection: DuckDBPyConnection) -> None:
    """Begin the history of derived facts anew: what they said before the newest load is not known."""
    load = newest_load(connection)
    for fact in FACTS.values():
        if fact.mode == "derived":
            connection.execute(f"DELETE FROM {fact.history_table.name}")
            connection.execute(f"UPDATE {fact.table.name} SET load_id = {load}")
    write_state(connection, DERIVED_SINCE, str(load))


def date_history(connection: DuckDBPyConnection) -> None:
    """Loads tell how far they reached, and derived facts begin to keep what they said."""
    connection.execute("ALTER TABLE published_load ADD COLUMN IF NOT EXISTS data_until DATE")
    forget_derived(connection)


def add_discount(connection: DuckDBPyConnection) -> None:
    """Subscriptions of an older warehouse get the column of lasting coupons."""
    for name in ("fact_subscription", "fact_subscription_history"):
        connection.execute(f"ALTER TABLE {name} ADD COLUMN IF NOT EXISTS discount DOUBLE")


def add_lateness(connection: DuckDBPyConnection) -> None:
    """Sources tell at which age they are late."""
    connection.execute("ALTER TABLE dim_source ADD COLUMN IF NOT EXISTS late_after_seconds INTEGER")


def add_settling(connection: DuckDBPyConnection) -> None:
    """Sources tell how long a day of them is waited for."""
    connection.execute("ALTER TABLE dim_source ADD COLUMN IF NOT EXISTS settles_after_seconds INTEGER")


def heal_doubled(connection: DuckDBPyConnection) -> None:
    """Spans that a read of visitors brought twice keep their rows once; a next read says them anew anyhow."""
    name, by = VISITOR_WINDOW.table.name, ", ".join(VISITOR_WINDOW.partition)
    row = ", ".join(VISITOR_WINDOW.table.columns.keys())
    again = (
        f"SELECT rowid FROM {name} QUALIFY count(*) FILTER ({VISITOR_WINDOW.total}) OVER (PARTITION BY {by}) "
        f"> 1 AND row_number() OVER (PARTITION BY {row} ORDER BY rowid) > 1"
    )
    gone = connection.execute(f"DELETE FROM {name} WHERE rowid IN ({again})").fetchone()
    if gone and gone[0]:
        connection.execute(
            f"UPDATE fact_version SET version = version + 1, rows = (SELECT count(*) FROM {name}) "
            f"WHERE fact = '{VISITOR_WINDOW.id}'"
        )


def keep_budgets(connection: DuckDBPyConnection) -> None:
    """Budgets leave the campaign for a fact that keeps the earlier ones.

    An older warehouse held the newest only, whatever day and load it was asked of: that one is the first
    known, to all loads of its source.
    """
    moved = ("ends_on DATE", "daily_budget_micros BIGINT", "total_budget_micros BIGINT", "currency VARCHAR")
    for column in moved:  # a new warehouse never had them
        connection.execute(f"ALTER TABLE dim_campaign ADD COLUMN IF NOT EXISTS {column}")
    loads = connection.execute(
        "SELECT p.load_id, source, p.extracted_at, s.time_zone FROM published_load p JOIN dim_source s "
        "USING (source) WHERE p.load_id IN (SELECT load_id FROM dim_campaign)"
    ).fetchall()
    for load_id, source, instant, zone in loads:
        read_on = datetime.fromisoformat(instant).astimezone(ZoneInfo(zone)).date()
        connection.execute(
            f"INSERT INTO {CAMPAIGN_BUDGET.table.name} BY NAME SELECT platform AS source_id, account_id, "
            "campaign_key, $read_on::DATE AS date, currency, daily_budget_micros, total_budget_micros, "
            "starts_on, ends_on, (SELECT min(load_id) FROM published_load WHERE source = $source) AS load_id "
            "FROM dim_campaign WHERE platform = $source AND load_id = $load",
            {"source": source, "load": load_id, "read_on": read_on},
        )
    for column in moved:
        connection.execute(f"ALTER TABLE dim_campaign DROP COLUMN {column.split()[0]}")


# Appended to, never edited: a step runs once on each warehouse, in this order.
STEPS: tuple[tuple[int, Step], ...] = (
    (1, create_tables),
    (2, create_tables),
    (3, date_history),
    (4, add_discount),
    (5, add_lateness),
    (6, add_settling),
    (7, heal_doubled),
    (8, keep_budgets),
)


def migrate(connection: DuckDBPyConnection, steps: tuple[tuple[int, Step], ...] = STEPS) -> int:
    """Run the steps that this warehouse lacks; returns the newest step.

    New tables need no step of their own; a changed column does.
    """
    create_tables(connection)
    done = int(read_state(connection, "step") or 0)
    for number, step in steps:
        if number > done:
            step(connection)
            done = number
            write_state(connection, "step", str(number))
    return done


def read_state(connection: DuckDBPyConnection, name: str) -> str | None:
    """What the warehouse remembers under a name."""
    row = connection.execute("SELECT value FROM warehouse_state WHERE name = ?", [name]).fetchone()
    return str(row[0]) if row else None


def write_state(connection: DuckDBPyConnection, name: str, value: str) -> None:
    """Remember a value under a name."""
    connection.execute("DELETE FROM warehouse_state WHERE name = ?", [name])
    connection.execute("INSERT INTO warehouse_state VALUES (?, ?)", [name, value])
