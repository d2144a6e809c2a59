"""A published warehouse of one database, which counts what it is asked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import duckdb


@dataclass(frozen=True)
class Pinned:
    """A connection that sees one database."""

    connection: duckdb.DuckDBPyConnection
    version: int

    def execute(self, sql: str, parameters: object = None) -> Any:
        return self.connection.execute(sql, parameters)


class OneSnapshot:
    """A published warehouse that never moves, unless a test moves it."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, version: int = 1) -> None:
        self.connection = connection
        self.version = version
        self.statements: list[str] = []

    @contextmanager
    def cursor(self) -> Iterator[Pinned]:
        cursor = self.connection.cursor()
        try:
            yield _Counting(cursor, self.version, self.statements)
        finally:
            cursor.close()


@dataclass(frozen=True)
class _Counting(Pinned):
    statements: list[str]

    def execute(self, sql: str, parameters: object = None) -> Any:
        self.statements.append(sql)
        return self.connection.execute(sql, parameters)
