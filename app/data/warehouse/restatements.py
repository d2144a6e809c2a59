"""The restatement ledger: what a source first said of a day, and what it says now, derived from history."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from duckdb import DuckDBPyConnection
from sqlalchemy import BigInteger, Double

from app.data.warehouse.facts import FACTS, Fact
from app.errors import unknown


@dataclass(frozen=True)
class Restatement:
    """One measure of one day whose total changed after it was first loaded.

    Units: as the measure; `before` is None when every value was missing. Loads are those of the first
    and of the newest value.
    """

    source: str
    fact: str
    day: date
    measure: str
    before: float | None
    after: float | None
    first_load: int
    last_load: int


def restatements(
    connection: DuckDBPyConnection,
    *,
    facts: Iterable[str] = (),
    source: str | None = None,
    since: date | None = None,
    until: date | None = None,
) -> list[Restatement]:
    """The ledger, by source, fact, day and measure. Derived facts are not in it: no source said them.

    Raises: InputError for a fact that keeps no history.
    """
    kept = {name: fact for name, fact in FACTS.items() if fact.restatable}
    for name in facts:
        if name not in kept:
            raise unknown("fact with history", name, kept)
    rows = []
    for name in sorted(facts or kept):
        rows += _of_fact(connection, kept[name], source, since, until)
    return rows


def measures(fact: Fact) -> tuple[str, ...]:
    """Columns of a fact that are summed: its numbers that are no keys and no raw currency amounts."""
    return tuple(
        column.name
        for column in fact.table.columns
        if isinstance(column.type, (BigInteger, Double))
        and not column.name.endswith(("_key", "_micros"))
        and column.name not in fact.key
    )


# A partition is said as a whole: its first total is that of its oldest load, its last that of today's rows.
# An entity is said alone: before is the first value of each entity that changed, after its newest.
_LEDGER = """
WITH versions AS (
    SELECT {unit}, source_id, {date} AS day, load_id, {sums}, TRUE AS is_now
    FROM {now} GROUP BY ALL
    UNION ALL BY NAME
    SELECT {unit}, source_id, {date} AS day, valid_from AS load_id, {sums}, FALSE AS is_now
    FROM {then} GROUP BY ALL
), first AS (
    SELECT * FROM versions QUALIFY row_number() OVER (PARTITION BY {units} ORDER BY load_id) = 1
), replaced AS (
    SELECT {unit}, max(valid_to) AS last_load FROM {then} GROUP BY ALL
)
SELECT first.source_id, first.day, min(first.load_id), max(replaced.last_load), {pairs}
FROM first JOIN replaced ON {same_replaced} LEFT JOIN (SELECT * FROM versions WHERE is_now) now ON {same_now}
WHERE ($source IS NULL OR first.source_id = $source)
  AND ($since IS NULL OR first.day >= $since) AND ($until IS NULL OR first.day <= $until)
GROUP BY ALL ORDER BY ALL
"""


def _of_fact(
    connection: DuckDBPyConnection, fact: Fact, source: str | None, since: date | None, until: date | None
) -> list[Restatement]:
    names, unit = measures(fact), fact.partition or fact.key
    sql = _LEDGER.format(
        unit=", ".join(f"{column} AS u{place}" for place, column in enumerate(unit)),
        units=", ".join(f"u{place}" for place, _ in enumerate(unit)),
        date=fact.date,
        sums=", ".join(f"sum({name}) AS {name}" for name in names),
        now=fact.table.name,
        then=fact.history_table.name,
        pairs=", ".join(f"sum(first.{name}), sum(now.{name})" for name in names),
        same_replaced=_same(unit, "replaced"),
        same_now=_same(unit, "now"),
    )
    rows = connection.execute(sql, {"source": source, "since": since, "until": until}).fetchall()
    return [
        Restatement(row[0], fact.id, row[1], name, before, after, row[2], row[3])
        for row in rows
        for name, before, after in zip(names, row[4::2], row[5::2], strict=True)
        if before != after
    ]


def _same(unit: tuple[str, ...], other: str) -> str:
    return " AND ".join(f"first.u{place} = {other}.u{place}" for place, _ in enumerate(unit))
