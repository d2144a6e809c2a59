"""Rewriting some columns of a dimension by its key, many rows a statement."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from duckdb import DuckDBPyConnection
from sqlalchemy import Table

from app.data.warehouse.migrations import sql_type

CHUNK = 1000


def rewrite(
    connection: DuckDBPyConnection, table: Table, columns: Sequence[str], changes: Sequence[tuple[Any, ...]]
) -> None:
    """Set columns of the rows of a dimension; a change is the row's key and then its new values."""
    key = next(iter(table.primary_key.columns))
    names = (key.name, *columns)
    types = ", ".join(f"{name} {sql_type(table.columns[name].type)}" for name in names)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE rewritten ({types})")
    for start in range(0, len(changes), CHUNK):
        chunk = changes[start : start + CHUNK]
        marks = ", ".join([f"({', '.join('?' * len(names))})"] * len(chunk))
        connection.execute(f"INSERT INTO rewritten VALUES {marks}", [value for one in chunk for value in one])
    sets = ", ".join(f"{name} = n.{name}" for name in columns)
    connection.execute(
        f"UPDATE {table.name} SET {sets} FROM rewritten n WHERE {table.name}.{key.name} = n.{key.name}"
    )
