"""Writing a derived table: only rows that differ close and open, and closed rows stay in its history."""

from __future__ import annotations

from collections.abc import Iterable

from duckdb import DuckDBPyConnection

from app.data.warehouse.facts import Fact
from app.data.warehouse.migrations import newest_load


def replace_if_different(connection: DuckDBPyConnection, fact: Fact, rows: str) -> bool:
    """Make a derived fact equal to the rows of a temporary table; returns whether it changed.

    A row is valid from the newest load on, because that load made it so; loads are its history's time.
    """
    content = tuple(name for name in fact.table.columns.keys() if name != "load_id")  # noqa: SIM118
    if _fingerprint(connection, fact.table.name, content) == _fingerprint(connection, rows, content):
        return False
    load, name, listed = newest_load(connection), fact.table.name, ", ".join(content)
    same = " AND ".join(f"a.{one} IS NOT DISTINCT FROM b.{one}" for one in content)
    run = connection.execute
    run(
        f"CREATE OR REPLACE TEMP TABLE closed AS "
        f"SELECT a.rowid AS line FROM {name} a ANTI JOIN {rows} b ON {same}"
    )
    run(f"CREATE OR REPLACE TEMP TABLE opened AS SELECT a.* FROM {rows} a ANTI JOIN {name} b ON {same}")
    where = "WHERE rowid IN (SELECT line FROM closed)"
    run(
        f"INSERT INTO {fact.history_table.name} ({listed}, load_id, valid_from, valid_to) "
        f"SELECT {listed}, load_id, load_id, {load} FROM {name} {where}"
    )
    run(f"DELETE FROM {name} {where}")
    run(f"INSERT INTO {name} ({listed}, load_id) SELECT {listed}, {load} FROM opened ORDER BY {fact.date}")
    return True


def _fingerprint(connection: DuckDBPyConnection, table: str, columns: Iterable[str]) -> object:
    listed = ", ".join(columns)
    return connection.execute(f"SELECT count(*), sum(hash({listed})) FROM {table}").fetchone()
