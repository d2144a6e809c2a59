"""Rates that arrive later: they fill the converted amounts that were missing, and nothing else."""

from __future__ import annotations

from duckdb import DuckDBPyConnection

from app.data.warehouse.facts import FACTS, Fact
from app.data.warehouse.loading import converted
from app.data.warehouse.rollups import ROLLUPS


def fill_missing(connection: DuckDBPyConnection, currency: str) -> set[str]:
    """Convert amounts that had no rate and have one now; returns the facts touched."""
    facts = (fact for fact in FACTS.values() if fact.money and fact.mode != "derived")
    return {fact.id for fact in facts if _fill(connection, fact, currency)}


def convert_again(connection: DuckDBPyConnection, currency: str) -> set[str]:
    """Convert every amount, because the reporting currency changed; returns the facts touched."""
    for fact in FACTS.values():
        if fact.money and fact.mode != "derived":
            for table in (fact.table.name, *([fact.history_table.name] if fact.history else [])):
                connection.execute(f"UPDATE {table} SET {', '.join(f'{one} = NULL' for one in fact.money)}")
                _update(connection, fact, table, currency)
            _touch(connection, fact, "TRUE")
    return {fact.id for fact in FACTS.values() if fact.money}


def _fill(connection: DuckDBPyConnection, fact: Fact, currency: str) -> bool:
    missing = " OR ".join(f"(s.{one} IS NULL AND s.{one}_micros IS NOT NULL)" for one in fact.money)
    known = " OR ".join(f"(s.{one} IS NULL AND {converted(one, currency)} IS NOT NULL)" for one in fact.money)
    found = (
        f"SELECT 1 FROM {fact.table.name} s JOIN dim_rate r ON r.currency = s.currency "
        f"AND r.date = s.{fact.date} WHERE {known} LIMIT 1"
    )
    if not connection.execute(found).fetchone():
        return False
    _touch(connection, fact, missing)
    _update(connection, fact, fact.table.name, currency)
    return True


def _update(connection: DuckDBPyConnection, fact: Fact, table: str, currency: str) -> None:
    sets = ", ".join(f"{one} = coalesce(t.{one}, n.{one})" for one in fact.money)
    values = ", ".join(f"{converted(one, currency)} AS {one}" for one in fact.money)
    missing = " OR ".join(f"(s.{one} IS NULL AND s.{one}_micros IS NOT NULL)" for one in fact.money)
    connection.execute(
        f"UPDATE {table} t SET {sets} FROM (SELECT s.rowid AS line, {values} FROM {table} s "
        f"LEFT JOIN dim_rate r ON r.currency = s.currency AND r.date = s.{fact.date} WHERE {missing}) n "
        f"WHERE t.rowid = n.line"
    )


def _touch(connection: DuckDBPyConnection, fact: Fact, where: str) -> None:
    if any(rollup.fact is fact for rollup in ROLLUPS):
        connection.execute(
            f"INSERT INTO touched_{fact.id} SELECT DISTINCT {', '.join(fact.partition)} "
            f"FROM {fact.table.name} s WHERE {where}"
        )
