"""What the warehouse knows about its sources: how far they reach, and what they have said anew."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import cast

from duckdb import DuckDBPyConnection

from app.data.metrics.base import Unit
from app.data.query.execute import Cursor, State
from app.data.query.frame import Freshness
from app.data.warehouse.facts import FACTS
from app.data.warehouse.restatements import restatements

MICROS = 1_000_000
# Rates name no source: the load that brought one does.
RATES = "SELECT l.source FROM dim_rate r JOIN published_load l ON l.load_id = r.rate_version"
BY_PLACE = "_geo"  # a fact's second grain repeats the same numbers


@dataclass(frozen=True)
class Restated:
    """A day's total that a source has changed since it was first read.

    Units: `unit`; money in the reporting currency.
    """

    source: str
    fact: str
    measure: str
    day: date
    before: float | None
    after: float | None
    unit: Unit


@dataclass(frozen=True)
class Ledger:
    """By source: how fresh it is and its rows here; and every restated total, the newest day first."""

    freshness: Mapping[str, Freshness]
    restated: tuple[Restated, ...]
    rows: Mapping[str, int] = field(default_factory=dict)


def ledger(cursor: Cursor, state: State, since: date) -> Ledger:
    """The sources' state, with the totals of days from `since` on that have changed."""
    kept = [name for name, fact in FACTS.items() if fact.restatable and not name.endswith(BY_PLACE)]
    found = []
    for entry in restatements(cast(DuckDBPyConnection, cursor), facts=kept, since=since):
        money = entry.measure in FACTS[entry.fact].money
        before, after = (
            value / MICROS if money and value is not None else value for value in (entry.before, entry.after)
        )
        unit: Unit = "money" if money else "count"
        found.append(Restated(entry.source, entry.fact, entry.measure, entry.day, before, after, unit))
    newest = sorted(found, key=lambda entry: (entry.day, entry.source, entry.fact), reverse=True)
    return Ledger(state.freshness, tuple(newest), row_counts(cursor))


def row_counts(cursor: Cursor) -> Mapping[str, int]:
    """The rows that each source has in the warehouse now: a row that was read again counts once."""
    tables = [fact.table.name for fact in FACTS.values() if fact.mode not in ("derived", "append_snapshot")]
    each = " UNION ALL ".join([*(f"SELECT source_id FROM {name}" for name in tables), RATES])
    found = cursor.execute(f"SELECT source_id, count(*) FROM ({each}) GROUP BY 1").fetchall()
    return {source: count for source, count in found if source}
