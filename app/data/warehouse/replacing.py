"""Loads that replace days of entities: which rows go, and what such a load does to what is there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from app.data.warehouse.fact import Fact
from app.data.warehouse.staging import StagedLoad, staged_columns
from app.periods import Period

SHOWN = 20  # rows that are told one by one


class Cursor(Protocol):
    """A connection to a snapshot."""

    def execute(self, sql: str, parameters: object = None) -> Any: ...


@dataclass(frozen=True)
class Replacement:
    """What a load that replaces days does to a snapshot. Units: rows.

    `kept`: of its source, on other days; `gone`: keys, without the source, of the first that are taken out.
    """

    days: Period
    added: int
    changed: int
    removed: int
    kept: int
    gone: tuple[tuple[object, ...], ...]


def compare(cursor: Cursor, fact: Fact, load: StagedLoad, file: Path) -> Replacement:
    """Hold a staged file of an entity's fact against a snapshot, by the keys and contents that the loader
    decides by. The load replaces days."""
    if load.replaces is None:
        raise ValueError("a load that replaces no days is held against none")
    there, key = fact.table.name, same(fact.key, "f", "i")
    staged = f"read_parquet('{_quoted(str(file))}') i"
    content = [_list(staged_columns(fact.table), alias) for alias in ("f", "i")]
    told = "count(*) FILTER (f.rowid IS NULL), count(*) FILTER (f.rowid IS NOT NULL AND differs)"
    differs = f"({content[0]}) IS DISTINCT FROM ({content[1]})"
    joined = f"SELECT f.rowid, {differs} AS differs FROM {staged} LEFT JOIN {there} f ON {key}"
    added, changed = _row(cursor, f"SELECT {told} FROM ({joined}) f")
    left = f"FROM {there} f ANTI JOIN {staged} ON {key} WHERE {_of_source(load)}"
    within = _of_days(fact, load.replaces)
    counted = f"SELECT count(*) FILTER ({within}), count(*) FILTER (NOT {within}) {left}"
    removed, kept = _row(cursor, counted)
    names = _list((name for name in fact.key if name != "source_id"), "f")
    gone = f"SELECT {names} {left} AND {within} ORDER BY f.{fact.date}, {names} LIMIT {SHOWN}"
    rows = cursor.execute(gone).fetchall()
    return Replacement(load.replaces, added, changed, removed, kept, tuple(rows))


def replaced_rows(fact: Fact, load: StagedLoad) -> str:
    """SQL of the rows `f` of an entity's fact that lie in the days that a load replaces."""
    return f"{_of_source(load)} AND {_of_days(fact, load.replaces)}" if load.replaces else "FALSE"


def same(key: Iterable[str], left: str, right: str) -> str:
    """SQL of two rows having one key."""
    return " AND ".join(f"{left}.{column} IS NOT DISTINCT FROM {right}.{column}" for column in key)


def _of_source(load: StagedLoad) -> str:
    return f"f.source_id = '{_quoted(load.source_id)}' AND f.account_id = '{_quoted(load.account)}'"


def _of_days(fact: Fact, days: Period) -> str:
    return f"coalesce(f.{fact.date} BETWEEN DATE '{days.start}' AND DATE '{days.end}', FALSE)"


def _row(cursor: Cursor, sql: str) -> tuple[int, ...]:
    found: tuple[int, ...] = cursor.execute(sql).fetchone()
    return found


def _list(columns: Iterable[str], alias: str) -> str:
    return ", ".join(f"{alias}.{column}" for column in columns)


def _quoted(text: str) -> str:
    return text.replace("'", "''")
