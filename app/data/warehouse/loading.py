"""How the rows of one staged load enter a copy of the warehouse: replace partition, upsert entity, append.

Only what differs from what is there is written, so that an unchanged load touches no fact; replaced rows
go to `<fact>_history` with the loads between which they were valid.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from duckdb import DuckDBPyConnection
from sqlalchemy import Table

from app.data.warehouse.dimensions import NOT_SET, dim_campaign, dim_rate, dim_traffic
from app.data.warehouse.fact import MOST
from app.data.warehouse.facts import FACTS, Fact
from app.data.warehouse.replacing import replaced_rows, same
from app.data.warehouse.rollups import ROLLUPS
from app.data.warehouse.staging import Partition, StagedLoad, open_load, staged_columns, staged_files
from app.errors import InputError
from app.text import t


@dataclass(frozen=True)
class Dimension:
    """How a dimension is upserted: what identifies a row, and what its filled columns hold meanwhile.

    `settled`: columns whose value depends on the row `k` that stands there, beside the staged row `s`.
    """

    table: Table
    key: tuple[str, ...]
    filled: dict[str, str]
    version: str | None = None
    settled: dict[str, str] = field(default_factory=dict)


DIMENSIONS = {
    one.table.name: one
    for one in (
        Dimension(dim_traffic, ("traffic_key",), {"channel": "NULL", "platform": "NULL"}),
        Dimension(
            dim_campaign,
            ("campaign_key",),
            {"campaign": "NULL", "load_id": "$load"},
            version="load_id",
            # Links spell a campaign in many ways: the first one stays, lest every load changes it back.
            settled={
                "name_raw": f"CASE WHEN s.platform = '{NOT_SET}' THEN coalesce(k.name_raw, s.name_raw) "
                "ELSE s.name_raw END",
                "account": "coalesce(s.account, k.account)",
            },
        ),
        Dimension(dim_rate, ("date", "currency"), {"rate_version": "$load"}, version="rate_version"),
    )
}
_FACT_OF_TABLE = {fact.table.name: fact for fact in FACTS.values()}


@dataclass(frozen=True)
class Applied:
    """What one load did: its source, rows that it carried, names of the tables that it changed, and rows of
    before that went to history because its own replaced them."""

    source: str
    rows: int
    changed: frozenset[str]
    restated: int = 0


class Loader:
    """Applies staged loads, in the order given, to an open copy of the warehouse."""

    def __init__(self, connection: DuckDBPyConnection, currency: str) -> None:
        self._connection = connection
        self._currency = currency
        self._restated = 0
        for rollup in ROLLUPS:
            connection.execute(
                f"CREATE TEMP TABLE IF NOT EXISTS touched_{rollup.fact.id} AS "
                f"SELECT {_list(rollup.fact.partition)} FROM {rollup.fact.table.name} LIMIT 0"
            )

    def apply(self, load_id: int, folder: Path) -> Applied:
        """Enter one load, whole or not at all.

        Raises: InputError when the load is unfinished, its rows lie outside the partitions it names, or it
        says twice what does not add up, or more than a rollup can hold.
        """
        self._restated = 0
        load = open_load(folder)
        files = staged_files(folder)
        rows, changed = 0, set()
        for name in sorted({*files, *load.partitions}, key=_dimensions_first):
            rows += self._read(name, files.get(name), load, load_id)
            if self._enter(name, load, load_id):
                changed.add(name)
        self._note(load_id, load, rows, bool(changed))
        return Applied(load.source_id, rows, frozenset(changed), self._restated)

    def forget(self) -> None:
        """Undo a load that was not entered whole."""
        self._connection.rollback()
        # Only now: a transaction that failed takes nothing but its end.
        self._connection.execute("RESET threads")

    def _read(self, name: str, path: Path | None, load: StagedLoad, load_id: int) -> int:
        """Show the rows of one table as `incoming`, in the table's own columns; returns their number.

        Facts stay in their file, so that memory does not grow with a load. Dimensions are small, and looked
        up in the very table that they change: they are read first.
        """
        fact, table = _FACT_OF_TABLE.get(name), _table(name)
        run = self._connection.execute
        if path is None:
            run(f"CREATE OR REPLACE TEMP VIEW incoming AS SELECT *, 0::BIGINT AS line FROM {name} LIMIT 0")
            return 0
        filled = _stamped(fact, load, load_id) if fact else _filled(DIMENSIONS[name], load_id)
        money = fact.money if fact else ()
        shown = [
            f"{filled[column]} AS {column}"
            if column in filled
            else f"{converted(column, self._currency)} AS {column}"
            if column in money
            else f"s.{column}"
            for column in table.columns.keys()  # noqa: SIM118 - a column collection, not a dict
        ]
        rates = (
            f" LEFT JOIN dim_rate r ON r.currency = s.currency AND r.date = s.{fact.date}"
            if fact and money
            else ""
        )
        standing = "" if fact else f" LEFT JOIN {name} k ON {same(DIMENSIONS[name].key, 'k', 's')}"
        file = str(path).replace("'", "''")
        rows = (
            f"SELECT {', '.join(shown)}, s.file_row_number AS line "
            f"FROM read_parquet('{file}', file_row_number = true) s{rates}{standing}"
        )
        if not fact:
            run(f"CREATE OR REPLACE TEMP TABLE read_first AS {rows}")
            rows = "SELECT * FROM read_first"
        run(f"CREATE OR REPLACE TEMP VIEW incoming AS {rows}")
        row = run("SELECT count(*) FROM incoming").fetchone()
        return int(row[0]) if row else 0

    def _enter(self, name: str, load: StagedLoad, load_id: int) -> bool:
        fact = _FACT_OF_TABLE.get(name)
        if fact is None:
            dimension = DIMENSIONS[name]
            return self._upsert(dimension.table, dimension.key, dimension.version, load_id)
        if fact.mode == "replace_partition":
            return self._replace(fact, load.partitions.get(name, ()), load_id)
        if fact.mode == "upsert_entity":
            since = fact.date if fact.lasting else ""
            entered = self._upsert(
                fact.table, fact.key, "load_id", load_id, history=fact.history, since=since
            )
            return self._take_out(fact, load, load_id) or entered
        self._insert(fact.table, "TRUE")
        return self._any("incoming")

    def _replace(self, fact: Fact, partitions: Sequence[Partition], load_id: int) -> bool:
        """Replace the partitions whose content differs; an older load never replaces a newer one."""
        run, name, by = self._connection.execute, fact.table.name, _list(fact.partition)
        self._cover(fact, partitions)
        self._require_one_total(fact)
        self._require_sums(fact)
        within = self._within(fact)
        content = f"count(*) AS n, sum(hash({_list(staged_columns(fact.table))})) AS content"
        run(
            f"CREATE OR REPLACE TEMP TABLE replaced AS "
            f"WITH new AS (SELECT {by}, {content} FROM incoming GROUP BY ALL), "
            f"old AS (SELECT {by}, {content}, max(load_id) AS newest FROM {name} "
            f"SEMI JOIN covered USING ({by}) WHERE {within} GROUP BY ALL) "
            f"SELECT {by} FROM covered LEFT JOIN new USING ({by}) LEFT JOIN old USING ({by}) "
            f"WHERE (new.n, new.content) IS DISTINCT FROM (old.n, old.content) "
            f"AND coalesce(old.newest, 0) <= {load_id}"
        )
        if not self._any("replaced"):
            return False
        run(
            f"CREATE OR REPLACE TEMP TABLE gone AS SELECT rowid AS line FROM {name} "
            f"SEMI JOIN replaced USING ({by}) WHERE {within}"
        )
        self._retire(fact.table, load_id, within, history=fact.history)
        # Sorting a load would hold all of it, and so would threads that wait for each other's turn; days come
        # in the platform's order, which an insert keeps.
        run("SET threads = 1")
        self._insert(fact.table, f"({by}) IN (SELECT ({by}) FROM replaced)")
        run("RESET threads")
        if any(rollup.fact is fact for rollup in ROLLUPS):
            run(f"INSERT INTO touched_{fact.id} SELECT {by} FROM replaced")
        return True

    def _cover(self, fact: Fact, partitions: Sequence[Partition]) -> None:
        run, by = self._connection.execute, _list(fact.partition)
        run(f"CREATE OR REPLACE TEMP TABLE covered AS SELECT {by} FROM {fact.table.name} LIMIT 0")
        for chunk in _chunks(partitions, 500):
            marks = ", ".join(f"({', '.join('?' * len(fact.partition))})" for _ in chunk)
            run(f"INSERT INTO covered VALUES {marks}", [value for one in chunk for value in one])
        run("CREATE OR REPLACE TEMP TABLE covered AS SELECT DISTINCT * FROM covered")
        if not partitions:
            run(f"INSERT INTO covered SELECT DISTINCT {by} FROM incoming")
        empty = " OR ".join(f"{column} IS NULL" for column in fact.partition)
        outside = run(f"SELECT {by} FROM incoming ANTI JOIN covered USING ({by}) LIMIT 1").fetchone()
        if outside or run(f"SELECT 1 FROM incoming WHERE {empty} LIMIT 1").fetchone():
            raise InputError(
                t("warehouse.outside", table=fact.table.name, outside=outside),
                hint=t("warehouse.outside_hint", partitions=", ".join(fact.partition)),
            )

    def _require_one_total(self, fact: Fact) -> None:
        if not fact.total:
            return
        by = _list(fact.partition)
        twice = f"SELECT {by} FROM incoming WHERE {fact.total} GROUP BY ALL HAVING count(*) > 1 LIMIT 1"
        if found := self._connection.execute(twice).fetchone():
            raise InputError(
                t("warehouse.twice", table=fact.table.name, partition=_named(fact.partition, found)),
                hint=t("warehouse.load_hint"),
            )

    def _require_sums(self, fact: Fact) -> None:
        """What a rollup sums has to fit in it: a sum that does not would end every publish from here on."""
        columns = {name for one in ROLLUPS if one.fact is fact for name in one.sums if name not in fact.money}
        if not columns:
            return
        by, sums = _list(fact.partition), ", ".join(f"sum(abs({name}::DOUBLE))" for name in sorted(columns))
        most = f"SELECT {by} FROM incoming GROUP BY ALL HAVING greatest({sums}, 0) >= {MOST} LIMIT 1"
        if found := self._connection.execute(most).fetchone():
            raise InputError(
                t("warehouse.too_much", table=fact.table.name, partition=_named(fact.partition, found)),
                hint=t("warehouse.too_much_hint"),
            )

    def _within(self, fact: Fact) -> str:
        # Literal bounds let DuckDB skip row groups by their minimum and maximum.
        query = f"SELECT min({fact.date}), max({fact.date}) FROM covered"
        low, high = self._connection.execute(query).fetchone() or (None, None)
        return f"{fact.date} BETWEEN DATE '{low}' AND DATE '{high}'" if low else "FALSE"

    def _upsert(
        self,
        table: Table,
        key: tuple[str, ...],
        version: str | None,
        load_id: int,
        *,
        history: bool = False,
        since: str = "",
    ) -> bool:
        """Enter new rows and rows that differ; of two lines of one key in a load the last counts.

        `since`: the day of the key from which on a row holds: what it is held against is the newest row until
        that day, and only one of that very day is replaced.
        """
        run = self._connection.execute
        content = staged_columns(table)
        standing = f"LEFT JOIN {table.name} f ON {same(key, 'f', 'i')}"
        old = "f.rowid"
        if since:
            entity = same((column for column in key if column != since), "f", "i")
            standing = f"ASOF LEFT JOIN {table.name} f ON {entity} AND i.{since} >= f.{since}"
            old = f"CASE WHEN f.{since} = i.{since} THEN f.rowid END"
        newer = f"coalesce(f.{version}, 0) <= {load_id}" if version else "TRUE"
        run(
            f"CREATE OR REPLACE TEMP TABLE decided AS "
            f"WITH i AS (SELECT * FROM incoming QUALIFY row_number() OVER "
            f"(PARTITION BY {_list(key)} ORDER BY line DESC) = 1) "
            f"SELECT i.line AS line, {old} AS old FROM i {standing} "
            f"WHERE f.rowid IS NULL OR (({_list(content, 'i')}) IS DISTINCT FROM "
            f"({_list(content, 'f')}) AND {newer})"
        )
        if not self._any("decided"):
            return False
        run("CREATE OR REPLACE TEMP TABLE gone AS SELECT old AS line FROM decided WHERE old IS NOT NULL")
        self._retire(table, load_id, "TRUE", history=history)
        self._insert(table, "line IN (SELECT line FROM decided) ORDER BY line")
        return True

    def _take_out(self, fact: Fact, load: StagedLoad, load_id: int) -> bool:
        """Take out the entities of the days that a load replaces which it does not bring."""
        if load.replaces is None:
            return False
        run = self._connection.execute
        run(
            f"CREATE OR REPLACE TEMP TABLE gone AS SELECT f.rowid AS line FROM {fact.table.name} f "
            f"ANTI JOIN incoming i ON {same(fact.key, 'f', 'i')} "
            f"WHERE {replaced_rows(fact, load)} AND coalesce(f.load_id, 0) <= {load_id}"
        )
        if not self._any("gone"):
            return False
        self._retire(fact.table, load_id, "TRUE", history=fact.history)
        return True

    def _retire(self, table: Table, load_id: int, within: str, *, history: bool) -> None:
        """Take the rows listed in `gone` out of a table, into its history where it keeps one."""
        columns = _list(table.columns.keys())
        where = f"WHERE {within} AND rowid IN (SELECT line FROM gone)"
        if history:
            moved = self._connection.execute(
                f"INSERT INTO {table.name}_history ({columns}, valid_from, valid_to) "
                f"SELECT {columns}, load_id, {load_id} FROM {table.name} {where}"
            ).fetchone()
            self._restated += int(moved[0]) if moved else 0
        self._connection.execute(f"DELETE FROM {table.name} {where}")

    def _insert(self, table: Table, where: str) -> None:
        columns = _list(table.columns.keys())
        self._connection.execute(
            f"INSERT INTO {table.name} ({columns}) SELECT {columns} FROM incoming WHERE {where}"
        )

    def _note(self, load_id: int, load: StagedLoad, rows: int, changed: bool) -> None:
        run, extracted = self._connection.execute, load.extracted_at.isoformat()
        run(
            "INSERT INTO published_load (load_id, source, stream, extracted_at, rows, changed, data_until) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            [load_id, load.source_id, load.stream, extracted, rows, changed, load.data_until],
        )
        known = "SELECT data_until, load_id FROM dim_source WHERE source = ?"
        until, newest = run(known, [load.source_id]).fetchone() or (None, 0)
        if newest > load_id:
            return
        days = [day for day in (until, load.data_until) if day]
        late, settles = (
            int(span.total_seconds()) if span else None for span in (load.late_after, load.settles_after)
        )
        run("DELETE FROM dim_source WHERE source = ?", [load.source_id])
        run(
            "INSERT INTO dim_source (source, title, time_zone, extracted_at, data_until, load_id, "
            "late_after_seconds, settles_after_seconds) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                load.source_id,
                load.title,
                load.time_zone,
                extracted,
                max(days, default=None),
                load_id,
                late,
                settles,
            ],
        )

    def _any(self, table: str) -> bool:
        return self._connection.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone() is not None


def converted(measure: str, currency: str) -> str:
    """SQL of a money measure in the reporting currency: `s` are the rows, `r` the rates of their days.

    Missing without a rate, and where the amount is more than can be kept.
    """
    return (
        f"CASE WHEN s.currency = '{currency}' THEN s.{measure}_micros "
        f"ELSE TRY_CAST(round(s.{measure}_micros * r.rate) AS BIGINT) END"
    )


def _table(name: str) -> Table:
    return _FACT_OF_TABLE[name].table if name in _FACT_OF_TABLE else DIMENSIONS[name].table


def _named(columns: Iterable[str], values: Iterable[object]) -> str:
    return ", ".join(f"{name} {value}" for name, value in zip(columns, values, strict=True))


def _stamped(fact: Fact, load: StagedLoad, load_id: int) -> dict[str, str]:
    read_on = {fact.date: f"DATE '{load.read_on}'"} if fact.lasting else {}
    return {"load_id": str(load_id), **read_on}


def _filled(dimension: Dimension, load_id: int) -> dict[str, str]:
    columns = {**dimension.settled, **dimension.filled}
    return {column: sql.replace("$load", str(load_id)) for column, sql in columns.items()}


def _list(columns: Iterable[str], alias: str = "") -> str:
    return ", ".join(f"{alias}.{column}" if alias else column for column in columns)


def _dimensions_first(name: str) -> tuple[bool, str]:
    return name not in DIMENSIONS, name


def _chunks(items: Sequence[Any], size: int) -> Iterable[Sequence[Any]]:
    return (items[start : start + size] for start in range(0, len(items), size))
