"""Rollups: aggregates of one fact that the publisher keeps, and to which queries are routed."""

from __future__ import annotations

from dataclasses import dataclass

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
