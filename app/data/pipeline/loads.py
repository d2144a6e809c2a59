"""A load in the making: the payload as received and typed records beside it, until it is sealed."""

from __future__ import annotations

import gzip
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from operator import itemgetter
from pathlib import Path
from typing import Any, cast

import orjson

from app.clock import Clock
from app.data.db import Database
from app.data.models import Load
from app.data.quality.gate import Gate
from app.data.transform import Context, Transform
from app.data.warehouse.dimensions import WAREHOUSE
from app.data.warehouse.facts import QUALITY_CHECK
from app.data.warehouse.staging import Partition, StagedLoad, StagingWriter, seal, staged_columns
from app.errors import PadError
from app.periods import Period
from app.text import t

PAYLOAD = "payload.jsonl.gz"
AT_ONCE = 1_000  # rows written to the payload in one go


@contextmanager
def kept_on_disk(what: str, staging: Path) -> Iterator[None]:
    """Staging something. Raises: PadError that names it and the folder, when the disk refuses it."""
    try:
        yield
    except OSError as problem:
        raise PadError(
            t("pipeline.not_kept", what=what, reason=problem.strerror or problem),
            hint=t("pipeline.not_kept_hint", staging=staging),
        ) from problem


@dataclass
class LoadFolder:
    """Takes pages of one stream of one account; dimension rows are kept once, by their key."""

    folder: Path
    transform: Transform
    context: Context
    gate: Gate
    received: int = 0
    days: set[date] = field(default_factory=set)
    spans: set[Period] = field(default_factory=set)
    _writers: dict[str, StagingWriter] = field(default_factory=dict)
    _dimensions: dict[str, dict[object, Mapping[str, object]]] = field(default_factory=dict)
    _open: ExitStack = field(default_factory=ExitStack)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True)
        # Level 1: the payload is kept to be read again, not to be small.
        self._payload = gzip.GzipFile(self.folder / PAYLOAD, "wb", compresslevel=1)
        self._open.push(self._payload)

    def add(self, rows: Sequence[Mapping[str, Any]], lines: Sequence[bytes]) -> None:
        """Keep a page as received, in its `lines`, and write the records that its rows become."""
        for start in range(0, len(lines), AT_ONCE):
            self._payload.write(b"".join(lines[start : start + AT_ONCE]))
        typed, transform, context = self.gate.typed, self.transform, self.context
        for number, row in enumerate(rows, start=self.received + 1):
            for table, values in typed(number, row, transform, context):
                self.keep(table, values)
        self.received += len(rows)

    def keep(self, table: str, values: Mapping[str, object]) -> None:
        """Take in a record that the gate has checked."""
        if isinstance(day := values.get("date"), date):
            self.days.add(day)
        if isinstance(start := values.get("window_start"), date):
            self.spans.add(Period(start, cast(date, values["window_end"])))
        if table.startswith("dim_"):
            self._dimensions.setdefault(table, {}).setdefault(_key(table)(values), values)
            return
        self._write(table, values)

    def discard(self) -> None:
        """Nothing of this load is wanted."""
        with suppress(OSError):  # a full disk refuses the last bytes too
            self._open.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def seal(self, load: StagedLoad) -> int:
        """Write what is left, close the files and make the load whole; returns its fact rows."""
        for check in self.gate.results():
            self._write(QUALITY_CHECK.table.name, {**self.context.key, **check, "detail": ""})
        for table, rows in self._dimensions.items():
            for values in rows.values():
                self._write(table, values)
        counts = {name: writer.close() for name, writer in self._writers.items()}
        self._open.close()
        seal(self.folder, load)
        counts.pop(QUALITY_CHECK.table.name, None)  # what is said of the rows is none of them
        return sum(count for name, count in counts.items() if name.startswith("fact_"))

    def _write(self, table: str, values: Mapping[str, object]) -> None:
        writer = self._writers.get(table)
        if writer is None:
            writer = self._writers[table] = StagingWriter(self.folder, WAREHOUSE.tables[table])
        writer.add((tuple(map(values.get, _columns(table))),))


@cache
def _columns(table: str) -> tuple[str, ...]:
    return staged_columns(WAREHOUSE.tables[table])


@cache
def _key(table: str) -> Callable[[Mapping[str, object]], object]:
    """What tells the rows of a dimension apart."""
    return itemgetter(*(column.name for column in WAREHOUSE.tables[table].primary_key))


def lines_of(rows: Iterable[Mapping[str, Any]]) -> list[bytes]:
    """Rows as they are kept: each in a line of JSON, equal rows in equal lines."""
    # What orjson hands out lies in kilobytes of which it fills a few hundred; the sum is a copy to size.
    return [orjson.dumps(row, option=orjson.OPT_SORT_KEYS) + b"\n" for row in rows]


def announce(
    database: Database,
    clock: Clock,
    staging: Path,
    load: StagedLoad,
    folder: Path,
    rows: int,
    state: str = "waiting",
) -> int:
    """Tell the publisher of a sealed load; returns its id."""
    row = Load(
        source_id=load.source_id,
        stream=load.stream,
        account=load.account,
        path=str(folder.relative_to(staging)),
        rows=rows,
        extracted_at=load.extracted_at,
        state=state,
        data_until=load.data_until,
        time_zone=load.time_zone,
    )
    with database.session() as session:
        session.add(row)
        session.flush()
        return row.id


def day_partitions(context: Context, days: Iterable[date]) -> tuple[Partition, ...]:
    """The partitions (source, account, day) of some days."""
    return tuple((context.source_id, context.account_id, day) for day in days)


def span_partitions(context: Context, spans: Iterable[Period]) -> tuple[Partition, ...]:
    """The partitions (source, account, first day, last day) of some spans."""
    return tuple((context.source_id, context.account_id, span.start, span.end) for span in spans)
