"""Rollups: aggregates of one fact that the publisher keeps, and to which queries are routed."""

from __future__ import annotations

from dataclasses import dataclass

from duckdb import DuckDBPyConnection
from sqlalchemy import Column, Table

from app.data.warehouse.dimensions import WAREHOUSE
from app.data.warehouse.facts import AD, Fact


@dataclass(frozen=True)
class Rollup:
    """The same measures as a fact, summed over the columns that it leaves out."""

    fact: Fact
    table: Table
    by: tuple[str, ...]
    sums: tuple[str, ...]


def _rollup(fact: Fact, name: str, by: tuple[str, ...], sums: tuple[str, ...]) -> Rollup:
    columns = [Column(column, fact.table.c[column].type) for column in (*by, *sums)]
    return Rollup(fact, Table(f"rollup_{name}", WAREHOUSE, *columns), by, sums)


AD_SUMS = (
    "impressions",
    "clicks",
    "claimed_conversions",
    "cost_micros",
    "cost",
    "claimed_value_micros",
    "claimed_value",
)

ROLLUPS = (
    _rollup(
        AD,
        "ad_campaign_day",
        ("source_id", "account_id", "date", "traffic_key", "campaign_key", "currency"),
        AD_SUMS,
    ),
)


def refresh(connection: DuckDBPyConnection, rollup: Rollup) -> None:
    """Rebuild a rollup for the partitions listed in `touched_<fact>`; a new rollup is built whole."""
    fact, name = rollup.fact.table.name, rollup.table.name
    by, partition = ", ".join(rollup.by), ", ".join(rollup.fact.partition)
    sums = ", ".join(_sum(rollup.fact, column) for column in rollup.sums)
    touched = f"SELECT DISTINCT {partition} FROM touched_{rollup.fact.id}"
    bounds = f"SELECT min({rollup.fact.date}), max({rollup.fact.date}) FROM ({touched})"
    low, high = connection.execute(bounds).fetchone() or (None, None)
    whole = connection.execute(f"SELECT 1 FROM {name} LIMIT 1").fetchone() is None
    if low is None and not whole:
        return
    rows = fact
    if not whole:
        # Literal bounds let DuckDB skip row groups by their minimum and maximum.
        within = f"{rollup.fact.date} BETWEEN DATE '{low}' AND DATE '{high}'"
        connection.execute(f"DELETE FROM {name} WHERE {within} AND ({partition}) IN ({touched})")
        rows = f"{fact} SEMI JOIN ({touched}) USING ({partition}) WHERE {within}"
    connection.execute(
        f"INSERT INTO {name} ({by}, {', '.join(rollup.sums)}) SELECT {by}, {sums} FROM {rows} "
        f"GROUP BY {by} ORDER BY {rollup.fact.date}"
    )


def _sum(fact: Fact, column: str) -> str:
    """SQL of a sum. A converted amount that is missing, or too large, makes its sum missing: not smaller."""
    if column not in fact.money:
        return f"sum({column})"
    return f"CASE WHEN count({column}) = count({column}_micros) THEN TRY_CAST(sum({column}) AS BIGINT) END"
