"""Rows of the application database as text that any database takes back: one JSON object a line a row."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from itertools import islice
from typing import Any

from sqlalchemy import Connection, MetaData, Table, func, insert, select, text
from sqlalchemy.types import Date, DateTime, LargeBinary, TypeDecorator

from app.data.db import Database

BATCH = 500  # rows
GUARDED = "audit_entry"  # its triggers refuse every change; a restore replaces it as a whole


@contextmanager
def one_moment(database: Database) -> Iterator[Connection]:
    """A connection whose reads all see the database as it was at the first of them."""
    with database.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN")
        else:
            connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))
        yield connection
        connection.rollback()


def lines(connection: Connection, table: Table) -> Iterator[str]:
    """Every row of a table, in the order of its key."""
    rows = connection.execution_options(stream_results=True).execute(
        select(table).order_by(*table.primary_key.columns)
    )
    for row in rows.mappings():
        yield json.dumps({name: _told(value) for name, value in row.items()}, ensure_ascii=False)


def fill(connection: Connection, table: Table, told: Iterable[str]) -> int:
    """Put rows into an empty table; answers how many."""
    rows = (_row(table, json.loads(line)) for line in told)
    count = 0
    while batch := list(islice(rows, BATCH)):
        connection.execute(insert(table), batch)
        count += len(batch)
    return count


def replace(source: Connection, target: Connection, metadata: MetaData) -> None:
    """Make the rows of `target` those of `source`, within the transaction of `target`; same tables both."""
    with _unguarded(target):
        for table in reversed(metadata.sorted_tables):
            target.execute(table.delete())
        for table in metadata.sorted_tables:
            fill(target, table, lines(source, table))
            _count_on(target, table)


def _told(value: Any) -> Any:
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value


def _row(table: Table, told: dict[str, Any]) -> dict[str, Any]:
    return {name: _value(table.c[name].type, value) for name, value in told.items()}


def _value(column_type: Any, value: Any) -> Any:
    if value is None:
        return None
    kind = column_type.impl if isinstance(column_type, TypeDecorator) else column_type
    if isinstance(kind, DateTime):
        return datetime.fromisoformat(value)
    if isinstance(kind, Date):
        return date.fromisoformat(value)
    return base64.b64decode(value) if isinstance(kind, LargeBinary) else value


@contextmanager
def _unguarded(connection: Connection) -> Iterator[None]:
    """Without the triggers of the audit log, which come back in the same transaction."""
    if connection.dialect.name == "sqlite":
        known = text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :table")
        triggers = connection.execute(known, {"table": GUARDED}).all()
        for name, _ in triggers:
            connection.exec_driver_sql(f'DROP TRIGGER "{name}"')
        yield
        for _, statement in triggers:
            connection.exec_driver_sql(statement)
    else:
        connection.execute(text(f"ALTER TABLE {GUARDED} DISABLE TRIGGER USER"))
        yield
        connection.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
        connection.execute(text(f"ALTER TABLE {GUARDED} ENABLE TRIGGER USER"))


def _count_on(connection: Connection, table: Table) -> None:
    """PostgreSQL numbers rows from a sequence, which has to know the numbers that were brought along."""
    if connection.dialect.name != "postgresql" or table.autoincrement_column is None:
        return
    column = table.autoincrement_column
    highest = connection.scalar(select(func.max(column)))
    sequence = connection.scalar(
        text("SELECT pg_get_serial_sequence(:table, :column)"), {"table": table.name, "column": column.name}
    )
    if highest is not None and sequence is not None:
        connection.execute(text("SELECT setval(:sequence, :value)"), {"sequence": sequence, "value": highest})
