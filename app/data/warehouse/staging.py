"""Staged loads: typed records of one load, written by ingestion, waiting for the publisher.

A load is a folder: one Parquet file a table, and `load.json`, written last, which makes it whole. Rows are
tuples in the order of `staged_columns(table)`; what the publisher fills in itself is not among them.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import Table

from app.data.warehouse.dimensions import WAREHOUSE, dim_campaign, dim_rate, dim_traffic
from app.data.warehouse.facts import FACTS, Fact
from app.data.warehouse.migrations import sql_type
from app.data.warehouse.pointer import make_durable
from app.errors import InputError, unknown
from app.periods import Period
from app.text import t

BATCH = 20_000  # rows held in memory before they become a row group
PUBLISHED_DIMENSIONS = (dim_traffic, dim_campaign, dim_rate)
_FILLED_BY_PUBLISHER = {
    "dim_traffic": {"channel", "platform"},
    "dim_campaign": {"campaign", "load_id"},
    "dim_rate": {"rate_version"},
}
_META = "load.json"

Partition = tuple[Any, ...]


def stageable() -> dict[str, Table]:
    """Tables that a load may carry: facts that are not derived, and the dimensions that sources know."""
    facts = {fact.table.name: fact.table for fact in FACTS.values() if fact.mode != "derived"}
    return facts | {table.name: table for table in PUBLISHED_DIMENSIONS}


def staged_columns(table: Table) -> tuple[str, ...]:
    """Columns of a staged row, in order: those of the table without what the publisher fills in, such as load
    ids and converted money."""
    fact = next((fact for fact in FACTS.values() if fact.table is table), None)
    filled = _filled(fact) if fact else _FILLED_BY_PUBLISHER.get(table.name, set())
    return tuple(column.name for column in table.columns if column.name not in filled)


def _filled(fact: Fact) -> set[str]:
    return {*fact.money, "load_id", *([fact.date] if fact.lasting else [])}


@dataclass(frozen=True)
class StagedLoad:
    """What a load says of itself.

    `partitions`: per table name, the partitions that the load covers, as values of `fact.partition` in order;
    one without rows empties the partition. A table left out covers the partitions of its rows.
    `data_until`: the newest complete day that the load knows. `late_after`: the age at which its source is
    late; None for one that nobody reads by a schedule. `settles_after`: how long after its end a day of it is
    waited for; None where what came is all that comes. `replaces`: days of which it brings all that its
    source and account have, so that entities of them that it does not bring are taken out.
    """

    source_id: str
    stream: str
    account: str
    extracted_at: datetime
    time_zone: str
    title: str
    data_until: date | None = None
    partitions: dict[str, tuple[Partition, ...]] = field(default_factory=dict)
    late_after: timedelta | None = None
    settles_after: timedelta | None = None
    replaces: Period | None = None

    @property
    def read_on(self) -> date:
        """The day on which it was read, in the zone of its account."""
        return self.extracted_at.astimezone(ZoneInfo(self.time_zone)).date()


class StagingWriter:
    """Writes the rows of one table of a load, a batch at a time; memory holds one batch."""

    def __init__(self, folder: Path, table: Table) -> None:
        # Arrow is imported by the worker that stages, never by a web process that imports this module.
        import pyarrow
        import pyarrow.parquet

        if table.name not in stageable():
            raise unknown("staged table", table.name, stageable())
        folder.mkdir(parents=True, exist_ok=True)
        self.table = table
        self.rows = 0
        self._arrow = pyarrow
        self._schema = arrow_schema(pyarrow, table, staged_columns(table))
        self._waiting: list[tuple[Any, ...]] = []
        self._path = folder / f"{table.name}.parquet"
        self._file = pyarrow.parquet.ParquetWriter(self._path, self._schema, compression="zstd")

    def add(self, rows: Sequence[tuple[Any, ...]]) -> None:
        """Take rows in the order of `staged_columns(table)`.

        Raises: InputError when a row has the wrong number of values or a value of the wrong type.
        """
        self._waiting.extend(rows)
        if len(self._waiting) >= BATCH:
            self._flush()

    def close(self) -> int:
        """Finish the file; returns its number of rows."""
        self._flush()
        self._file.close()
        make_durable(self._path)
        return self.rows

    def __enter__(self) -> StagingWriter:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_rest: object) -> None:
        if kind is None:
            self.close()
        else:
            self._file.close()
            self._path.unlink(missing_ok=True)

    def _flush(self) -> None:
        if not self._waiting:
            return
        rows, self._waiting = self._waiting, []
        self._file.write_batch(self._batch(rows), row_group_size=BATCH)
        self.rows += len(rows)

    def _batch(self, rows: list[tuple[Any, ...]]) -> Any:
        names = self._schema.names
        if wrong := next((row for row in rows if len(row) != len(names)), None):
            raise InputError(
                t("warehouse.row_length", table=self.table.name, count=len(wrong), columns=len(names)),
                hint=t("warehouse.row_length_hint", names=", ".join(names)),
            )
        columns = []
        for name, values, kind in zip(names, zip(*rows, strict=True), self._schema.types, strict=True):
            try:
                columns.append(self._arrow.array(values, kind))
            except (self._arrow.ArrowInvalid, self._arrow.ArrowTypeError) as problem:
                raise InputError(
                    t("warehouse.value_type", table=self.table.name, column=name, problem=str(problem)[:200]),
                    hint=t("warehouse.value_type_hint", kind=kind),
                ) from None
        return self._arrow.record_batch(columns, schema=self._schema)


def seal(folder: Path, load: StagedLoad) -> Path:
    """Make a staged folder whole: nothing reads it before, and from here it may be published."""
    if load.extracted_at.tzinfo is None:
        raise InputError(t("warehouse.extracted_naive"), hint=t("warehouse.extracted_naive_hint"))
    for name in load.partitions:
        if name not in stageable():
            raise unknown("staged table", name, stageable())
    try:
        ZoneInfo(load.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        raise InputError(
            t("warehouse.zone_wrong", zone=load.time_zone, title=load.title),
            hint=t("warehouse.zone_wrong_hint"),
        ) from None
    text = json.dumps(
        {
            "files": {name: path.stat().st_size for name, path in staged_files(folder).items()},
            "source_id": load.source_id,
            "stream": load.stream,
            "account": load.account,
            "extracted_at": load.extracted_at.isoformat(),
            "time_zone": load.time_zone,
            "title": load.title,
            "data_until": load.data_until.isoformat() if load.data_until else None,
            "late_after": load.late_after.total_seconds() if load.late_after else None,
            "settles_after": load.settles_after.total_seconds() if load.settles_after else None,
            "replaces": _plain((load.replaces.start, load.replaces.end)) if load.replaces else None,
            "partitions": {name: [_plain(one) for one in many] for name, many in load.partitions.items()},
        }
    )
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / f"{_META}.new"
    draft.write_text(text)
    make_durable(draft)
    os.replace(draft, folder / _META)
    make_durable(folder)
    return folder


def open_load(folder: Path) -> StagedLoad:
    """What a sealed folder says of itself.

    Raises: InputError when the folder is missing, unfinished or damaged.
    """
    try:
        values = json.loads((folder / _META).read_text())
        # A lost file must not pass for a partition without rows.
        if values.pop("files") != {name: path.stat().st_size for name, path in staged_files(folder).items()}:
            raise ValueError("files were lost or changed since the load was sealed")
        until = values.pop("data_until")
        late, settles = values.pop("late_after", None), values.pop("settles_after", None)
        days = [date.fromisoformat(day) for day in values.pop("replaces", None) or ()]
        return StagedLoad(
            extracted_at=datetime.fromisoformat(values.pop("extracted_at")),
            data_until=date.fromisoformat(until) if until else None,
            late_after=timedelta(seconds=late) if late else None,
            settles_after=timedelta(seconds=settles) if settles else None,
            replaces=Period(days[0], days[-1]) if days else None,
            partitions={name: tuple(map(tuple, many)) for name, many in values.pop("partitions").items()},
            **values,
        )
    except FileNotFoundError:
        raise InputError(t("warehouse.load_cut", folder=folder.name), hint=t("warehouse.load_hint")) from None
    except (ValueError, KeyError, TypeError):
        raise InputError(
            t("warehouse.load_damaged", folder=folder.name), hint=t("warehouse.load_hint")
        ) from None


def staged_files(folder: Path) -> dict[str, Path]:
    """The Parquet file of each table of a load."""
    return {path.stem: path for path in sorted(folder.glob("*.parquet"))}


def stage(folder: Path, load: StagedLoad, tables: dict[str, Iterable[tuple[Any, ...]]]) -> int:
    """Write and seal a whole load from rows per table name; returns the number of rows."""
    count = 0
    for name, rows in tables.items():
        if name not in stageable():
            raise unknown("staged table", name, stageable())
        with StagingWriter(folder, WAREHOUSE.tables[name]) as writer:
            for row in rows:
                writer.add((row,))
        count += writer.rows
    seal(folder, load)
    return count


def _plain(partition: Partition) -> list[Any]:
    return [value.isoformat() if isinstance(value, date) else value for value in partition]


def arrow_schema(arrow: Any, table: Table, columns: Sequence[str]) -> Any:
    """The Arrow schema of some columns of a warehouse table; the caller brings Arrow."""
    return arrow.schema([(name, _arrow_type(arrow, table, name)) for name in columns])


def _arrow_type(arrow: Any, table: Table, column: str) -> Any:
    return {
        "SMALLINT": arrow.int16(),
        "INTEGER": arrow.int32(),
        "BIGINT": arrow.int64(),
        "DOUBLE": arrow.float64(),
        "BOOLEAN": arrow.bool_(),
        "TIMESTAMP": arrow.timestamp("us"),
        "DATE": arrow.date32(),
        "VARCHAR": arrow.string(),
    }[sql_type(table.columns[column].type)]
