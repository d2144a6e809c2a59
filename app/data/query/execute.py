"""Asking DuckDB: the snapshot as readers see it, and what it knows about itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from threading import Lock
from typing import Any, Protocol

from app.data.query.compile import TOTAL, Compiled
from app.data.query.frame import Freshness, Scalar
from app.data.query.shape import Parameter
from app.data.query.validate import MOST_ROWS, check_size
from app.data.warehouse.facts import FACTS
from app.data.warehouse.migrations import DERIVED_SINCE
from app.data.warehouse.rollups import ROLLUPS

BATCH = 5_000
FIRST_ROW: dict[str, Parameter] = {"limit": 1, "offset": 0}
AFTER = """SELECT source, max(load_id), arg_max(extracted_at, load_id), max(data_until) FROM published_load
    WHERE load_id <= ? GROUP BY source"""


class Cursor(Protocol):
    """A connection pinned to one snapshot for as long as it is held."""

    @property
    def version(self) -> int: ...

    def execute(self, sql: str, parameters: object = None) -> Any: ...


class Snapshots(Protocol):
    """The published warehouse."""

    def cursor(self) -> AbstractContextManager[Cursor]: ...


@dataclass(frozen=True)
class Answer:
    """Rows as they came, without what only the product needs; plain values, so that any cache can hold them.

    `gaps`: measure -> rows without a rate. `total`: rows there are, the asked page being some of them.
    """

    rows: tuple[Mapping[str, Scalar], ...]
    gaps: Mapping[str, int]
    total: int


@dataclass(frozen=True)
class State:
    """What one snapshot knows about itself."""

    version: int
    facts: Mapping[str, tuple[int, int]]  # fact -> version, rows
    newest_load: int | None
    rate_version: int | None
    freshness: Mapping[str, Freshness]  # by source
    sources: Mapping[str, tuple[str, ...]]  # fact -> sources that it has rows of
    derived_since: int = 0  # the load from which on derived facts keep history
    hours_since: Mapping[str, date] = field(default_factory=dict)  # fact by the hour -> its first whole day

    def versions(self, facts: tuple[str, ...]) -> tuple[tuple[str, int], ...]:
        """Each fact with its version; 0 for one that was never touched."""
        return tuple((fact, self.facts.get(fact, (0, 0))[0]) for fact in facts)

    def of(self, facts: tuple[str, ...]) -> tuple[Freshness, ...]:
        """How old the sources of some facts are."""
        names = dict.fromkeys(name for fact in facts for name in self.sources.get(fact, ()))
        return tuple(self.freshness[name] for name in names if name in self.freshness)

    def after(self, cursor: Cursor, load: int) -> State:
        """With the sources as old as they were after a load; without those that had brought nothing yet."""
        told = {
            source: replace(
                self.freshness[source],
                load_id=newest,
                extracted_at=datetime.fromisoformat(at),
                data_until=until,
            )
            for source, newest, at, until in cursor.execute(AFTER, [load]).fetchall()
            if source in self.freshness
        }
        return replace(self, freshness=told)


def ask(cursor: Cursor, statement: Compiled, values: dict[str, Parameter]) -> Answer:
    """Run a statement and read all of its answer. Raises: InputError when it has too many rows.

    Every row of a page tells how many there are; for a page that has none, the statement is asked once more.
    """
    result = cursor.execute(statement.sql, statement.bind(values))
    names = [column[0] for column in result.description]
    rows = result.fetchmany(MOST_ROWS + 1)
    check_size(len(rows))
    hidden = {TOTAL, *(column for column, _, _ in statement.gaps)}
    shown = [(at, name) for at, name in enumerate(names) if name not in hidden]
    gaps = {}
    for column, measure, cumulates in statement.gaps:
        at = names.index(column)
        counts = [row[at] or 0 for row in rows]
        gaps[measure] = max(counts, default=0) if cumulates else sum(counts)
    total = len(rows)
    if TOTAL in names:
        told = rows or cursor.execute(statement.sql, statement.bind(values | FIRST_ROW)).fetchmany(1)
        total = told[0][names.index(TOTAL)] if told else 0
    return Answer(tuple({name: row[at] for at, name in shown} for row in rows), gaps, total)


def batches(
    cursor: Cursor, statement: Compiled, values: dict[str, Parameter]
) -> Iterator[list[tuple[object, ...]]]:
    """The rows of a statement, a few thousand at a time."""
    result = cursor.execute(statement.sql, statement.bind(values))
    while rows := result.fetchmany(BATCH):
        yield rows


@dataclass
class States:
    """What the newest snapshots know about themselves, each read once."""

    _held: dict[int, State] = field(default_factory=dict)
    _sources: dict[tuple[str, int], tuple[str, ...]] = field(default_factory=dict)
    _hours: dict[tuple[str, int], date | None] = field(default_factory=dict)
    _guard: Lock = field(default_factory=Lock)

    def of(self, cursor: Cursor) -> State:
        state = self._held.get(cursor.version)
        if state is None:
            with self._guard:
                state = self._held.get(cursor.version) or self._read(cursor)
                self._held = {
                    version: held for version, held in self._held.items() if version >= cursor.version - 1
                }
                self._held[cursor.version] = state
        return state

    def _read(self, cursor: Cursor) -> State:
        rows = cursor.execute("SELECT fact, version, rows FROM fact_version").fetchall()
        facts = {fact: (version, count) for fact, version, count in rows}
        loads = cursor.execute(
            "SELECT (SELECT max(load_id) FROM published_load), (SELECT max(rate_version) FROM dim_rate), "
            f"(SELECT value FROM warehouse_state WHERE name = '{DERIVED_SINCE}')"
        ).fetchone()
        sources = {fact: self._sources_of(cursor, fact, version) for fact, (version, _) in facts.items()}
        hours = {fact: self._hours_of(cursor, fact, version) for fact, (version, _) in facts.items()}
        return State(
            cursor.version,
            facts,
            loads[0],
            loads[1],
            _freshness(cursor),
            sources,
            int(loads[2] or 0),
            {fact: first for fact, first in hours.items() if first},
        )

    def _hours_of(self, cursor: Cursor, fact: str, version: int) -> date | None:
        """The first day that a fact by the hour has of every account; None for the others."""
        if "hour" not in FACTS[fact].table.columns:
            return None
        key = (fact, version)
        if key not in self._hours:
            first = f"SELECT min(date) AS day FROM {FACTS[fact].table.name} GROUP BY source_id, account_id"
            found = cursor.execute(f"SELECT max(day) FROM ({first})").fetchone()
            self._hours[key] = found[0] if found else None
        return self._hours[key]

    def _sources_of(self, cursor: Cursor, fact: str, version: int) -> tuple[str, ...]:
        """A fact's sources, from its rollup when there is one; they change only with its version."""
        key = (fact, version)
        if key not in self._sources:
            tables = [rollup.table.name for rollup in ROLLUPS if rollup.fact.id == fact]
            name = tables[0] if tables else FACTS[fact].table.name
            found = cursor.execute(
                f"SELECT DISTINCT source_id FROM {name} WHERE source_id IS NOT NULL"
            ).fetchall()
            self._sources[key] = tuple(sorted(row[0] for row in found))
        return self._sources[key]


def _freshness(cursor: Cursor) -> dict[str, Freshness]:
    # By name, for a snapshot of an older release has no column of lateness until the next publish.
    found = cursor.execute("SELECT * FROM dim_source")
    names = [column[0] for column in found.description or ()]
    return {
        row["source"]: _entry(row) for row in (dict(zip(names, one, strict=True)) for one in found.fetchall())
    }


def _entry(row: Mapping[str, Any]) -> Freshness:
    at, late = row["extracted_at"], row.get("late_after_seconds")
    return Freshness(
        row["source"],
        row["title"] or row["source"],
        datetime.fromisoformat(at) if at else None,
        row["data_until"],
        row["load_id"],
        timedelta(seconds=late) if late else None,
        timedelta(seconds=row.get("settles_after_seconds") or 0),
    )
