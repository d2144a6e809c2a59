"""Reading the warehouse: read-only connections that move to a new snapshot within a second.

A snapshot has its own file name for ever (DuckDB caches an open database by its path), so moving means
opening the new name, letting the old cursors finish, and closing the old file.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from threading import Lock

import duckdb

from app.data.warehouse.migrations import migrate
from app.data.warehouse.pointer import Pointer, Snapshot, make_durable
from app.errors import DataUnavailable, PadError
from app.text import t

__all__ = ["DISK", "Cursor", "Snapshot", "Snapshots"]

LOOK_EVERY = 0.2  # seconds between two looks at the pointer
# How a full or failing disk shows while DuckDB writes.
DISK = (
    OSError,
    duckdb.IOException,
    duckdb.OutOfMemoryException,
    duckdb.FatalException,
    duckdb.TransactionException,  # large loads meet the full disk only when they are committed
)
KEPT = 256  # statements as the parser read them, of some twenty kilobytes each


@dataclass(frozen=True)
class Cursor:
    """A DuckDB connection that sees one snapshot for as long as it is held."""

    connection: duckdb.DuckDBPyConnection
    snapshot: Snapshot
    parsed: Callable[[str], duckdb.Statement]  # remembers: parsing is a fifth of what a question costs

    @property
    def version(self) -> int:
        return self.snapshot.version

    def execute(self, sql: str, parameters: object = None) -> duckdb.DuckDBPyConnection:
        """Run one statement on the pinned snapshot."""
        return self.connection.execute(self.parsed(sql), parameters)


class _Open:
    """An open snapshot and the number of cursors on it."""

    def __init__(self, snapshot: Snapshot, threads: int) -> None:
        self.snapshot = snapshot
        self.root = duckdb.connect(str(snapshot.path), read_only=True, config={"threads": threads})
        self.parsed = lru_cache(KEPT)(partial(_parse, self.root))
        self.cursors = 0


def _parse(connection: duckdb.DuckDBPyConnection, sql: str) -> duckdb.Statement:
    (statement,) = connection.extract_statements(sql)
    return statement


class Snapshots:
    """The warehouse as readers see it; one object a process, shared by its threads.

    `threads` is what DuckDB gives one query; with many readers one is right, so that queries run beside
    each other instead of over each other.
    """

    def __init__(
        self, directory: Path, *, threads: int = 1, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self.pointer = Pointer(directory)
        self._threads = threads
        self._monotonic = monotonic
        self._guard = Lock()
        self._moving = Lock()
        self._open: _Open | None = None
        self._draining: list[_Open] = []
        self._mark: tuple[int, int] | None = None
        self._next_look = float("-inf")

    def current(self) -> Snapshot:
        """The newest snapshot, looked up on disk; an empty one of version 0 is made when there is none.

        Raises: PadError when there is none and the disk refuses one.
        """
        return self.pointer.read() or self._create_empty()

    @contextmanager
    def cursor(self, *, fresh: bool = False) -> Iterator[Cursor]:
        """A cursor on the newest snapshot, pinned to it until the block ends.

        `fresh` looks at the pointer now, instead of when the next look is due.
        """
        if fresh:
            with self._moving:
                if self.pointer.mark() != self._mark:
                    self._move()
        opened = self._take()
        try:
            connection = opened.root.cursor()
            try:
                yield Cursor(connection, opened.snapshot, opened.parsed)
            finally:
                connection.close()
        finally:
            self._give_back(opened)

    def held(self) -> set[int]:
        """Versions that this process has open."""
        with self._guard:
            return {one.snapshot.version for one in (self._open, *self._draining) if one}

    def close(self) -> None:
        """Let go of the file, at once or when the last cursor ends."""
        with self._guard:
            opened, self._open, self._mark = self._open, None, None
            self._next_look = float("-inf")
            idle = opened and self._retire(opened)
        if opened and idle:
            opened.root.close()

    def _take(self) -> _Open:
        self._look()
        with self._guard:
            if self._open:
                self._open.cursors += 1
                return self._open
        with self._moving:
            if self._open is None:
                self._move()
        return self._take()

    def _give_back(self, opened: _Open) -> None:
        with self._guard:
            opened.cursors -= 1
            drained = opened in self._draining and not opened.cursors
            if drained:
                self._draining.remove(opened)
        if drained:
            opened.root.close()

    def _look(self) -> None:
        """Move when the pointer changed. One thread moves; the others read on in the old snapshot."""
        if self._monotonic() < self._next_look or not self._moving.acquire(blocking=False):
            return
        try:
            self._next_look = self._monotonic() + LOOK_EVERY
            if self._open is None or self.pointer.mark() != self._mark:
                self._move()
        finally:
            self._moving.release()

    def _move(self) -> None:
        mark, fresh = self._open_newest()
        with self._guard:
            old, self._open, self._mark = self._open, fresh, mark
            idle = old is not fresh and old is not None and self._retire(old)
        if old and idle:
            old.root.close()

    def _retire(self, opened: _Open) -> bool:
        """Whether an open snapshot may be closed now, by the caller and outside the guard, since it takes
        tens of milliseconds; otherwise its last cursor closes it."""
        if opened.cursors:
            self._draining.append(opened)
        return not opened.cursors

    def _open_newest(self) -> tuple[tuple[int, int] | None, _Open]:
        # A publisher may delete the file between the look at the pointer and the opening.
        for _attempt in range(5):
            mark = self.pointer.mark()
            snapshot = self.current()
            if self._open and self._open.snapshot == snapshot:
                return mark, self._open
            if snapshot.path.exists():
                return mark, _Open(snapshot, self._threads)
        raise DataUnavailable(
            t("warehouse.snapshot_gone", name=snapshot.path.name),
            hint=t("warehouse.snapshot_gone_hint"),
        )

    def _create_empty(self) -> Snapshot:
        with self.pointer.lock():
            if snapshot := self.pointer.read():
                return snapshot
            path = self.pointer.path(0)
            draft = path.with_suffix(".building")
            try:
                _forget(draft)  # of a start that was cut short
                with duckdb.connect(str(draft)) as connection:
                    migrate(connection)
                    connection.execute("CHECKPOINT")
                make_durable(draft)
                draft.replace(path)
                return self.pointer.replace(0)
            except DISK as problem:
                hint = t("process.database_disk_full", folder=self.pointer.directory)
                raise PadError(t("warehouse.not_made", problem=problem), hint=hint) from problem
            finally:
                _forget(draft)


def _forget(draft: Path) -> None:
    """Deletes a file with what was written ahead for it: a new file of the name would take it for its own."""
    for left in (draft, draft.with_name(f"{draft.name}.wal")):
        left.unlink(missing_ok=True)
