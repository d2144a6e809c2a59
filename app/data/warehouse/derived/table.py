"""Writing a derived table: in whole, and only when its content differs."""

from __future__ import annotations

from duckdb import DuckDBPyConnection

from app.data.warehouse.facts import Fact


def replace_if_different(connection: DuckDBPyConnection, fact: Fact, rows: str) -> bool:
    """Make a derived fact equal to the rows of a temporary table; returns whether it changed."""
    columns = ", ".join(fact.table.columns.keys())
    content = f"SELECT count(*), sum(hash({columns})) FROM"
    name = fact.table.name
    old = connection.execute(f"{content} {name}").fetchone()
    if connection.execute(f"{content} {rows}").fetchone() == old:
        return False
    connection.execute(f"DELETE FROM {name}")
    connection.execute(f"INSERT INTO {name} ({columns}) SELECT {columns} FROM {rows} ORDER BY {fact.date}")
    return True
