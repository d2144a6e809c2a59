"""The SQL that the product asks, overheard, and the same asked plainly."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from app.data.query.execute import Cursor
from app.data.warehouse.snapshots import Snapshots

Statement = tuple[str, Any]


@dataclass
class Listening:
    """The published warehouse, remembering what it was asked."""

    inner: Snapshots
    heard: list[Statement] = field(default_factory=list)

    @contextmanager
    def cursor(self) -> Iterator[Cursor]:
        with self.inner.cursor() as cursor:
            yield _Heard(cursor, self.heard)

    @property
    def different(self) -> list[Statement]:
        """What it was asked, each once."""
        return list({repr(entry): entry for entry in self.heard}.values())


@dataclass(frozen=True)
class _Heard:
    inner: Cursor
    heard: list[Statement]

    @property
    def version(self) -> int:
        return self.inner.version

    def execute(self, sql: str, parameters: object = None) -> Any:
        self.heard.append((sql, parameters))
        return self.inner.execute(sql, parameters)


def bare(snapshots: Snapshots, statements: list[Statement]) -> None:
    """One statement after another, as anybody would ask them."""
    with snapshots.cursor() as cursor:
        for sql, values in statements:
            cursor.execute(sql, values).fetchall()
