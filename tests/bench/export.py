"""100 thousand rows as files: time, first byte, memory.

CSV through the real route against DuckDB's own writer; XLSX as a worker writes it against xlsxwriter alone.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import chain
from pathlib import Path
from statistics import median
from threading import Event, Thread
from typing import Any

import httpx
import psutil
import xlsxwriter

from app.data.query.rows import compiled_rows
from app.data.query.shape import parameters, row_shape
from app.data.query.spec import RowQuery
from app.data.query.validate import validated_rows
from app.data.warehouse.snapshots import Snapshots
from app.exports import files
from app.exports.request import ExportRequest, dump
from app.periods import Period
from jobs.exports import export_xlsx
from tests.bench.company import EMAIL, BenchCompany
from tests.bench.server import running, signed_in, warm
from tests.bench.verdict import Pair, Verdict, seconds

ROWS = 100_000
ROUNDS, XLSX_ROUNDS = 7, 2
BATCH = 2000
LOOK_EVERY = 0.01
MOST_MB, MOST_WAIT_S = 200.0, 1.0


@dataclass
class Watch:
    """The most memory that some processes hold together while something runs. Units: bytes."""

    processes: list[psutil.Process]
    before: int = 0
    most: int = 0
    stop: Event = field(default_factory=Event)

    def look(self) -> None:
        while not self.stop.wait(LOOK_EVERY):
            self.most = max(self.most, self.now())

    def now(self) -> int:
        return sum(int(process.memory_info().rss) for process in self.processes)

    def verdict(self, name: str) -> Verdict:
        grown = (self.most - self.before) / 1e6
        what = "the most memory that the export added, its first one included"
        return Verdict(name, round(grown, 1), MOST_MB, what, {"before_mb": round(self.before / 1e6, 1)})


@contextmanager
def watching(processes: list[psutil.Process]) -> Iterator[Watch]:
    """Looks from before the first thing that the block does: what that leaves behind counts."""
    watch = Watch(processes)
    watch.before = watch.now()
    thread = Thread(target=watch.look)
    thread.start()
    try:
        yield watch
    finally:
        watch.stop.set()
        thread.join()


@dataclass(frozen=True)
class Told:
    """A job that nobody looks at."""

    id: str

    def progress(self, share: float, message: str) -> None:
        """Nobody asks."""


@dataclass
class Download:
    """The file of one view, fetched as a browser does. `first`: seconds to the first byte of each turn."""

    client: httpx.Client
    address: str
    first: list[float] = field(default_factory=list)
    rows: int = 0

    def fetch(self) -> None:
        began, lines, first = time.perf_counter(), 0, 0.0
        with self.client.stream("GET", self.address) as answer:
            assert answer.status_code == 200, answer.read()
            for chunk in answer.iter_raw():
                first = first or time.perf_counter() - began
                lines += chunk.count(b"\n")
        self.first.append(first)
        self.rows = lines - 1

    def first_byte(self) -> Verdict:
        """The slowest of all: the first of a process compiles its question, and somebody waits for that."""
        first, *later = self.first
        return Verdict(
            "export_first_byte_s", round(max(self.first), 3), MOST_WAIT_S,
            "the longest wait for the first byte of a CSV, the first download from its process included",
            {"first_s": round(first, 3), "later_s": round(median(later), 3), "downloads": len(self.first)},
        )  # fmt: skip


def measure(company: BenchCompany) -> Iterator[Verdict]:
    days = Period(company.last - timedelta(days=company.days_with(ROWS) - 1), company.last)
    snapshots = Snapshots(company.settings.warehouse_dir)
    yield from _csv(company, snapshots, days)
    yield from _xlsx(company, snapshots, days)
    snapshots.close()


def _csv(company: BenchCompany, snapshots: Snapshots, days: Period) -> Iterator[Verdict]:
    path = company.home / "hand.csv"
    with running(company) as server, signed_in(server) as client:
        download = Download(client, f"/export/rows.csv?metric=spend&range={days.start}..{days.end}")
        warm(client)
        with watching(server.workers()) as watch:
            download.fetch()
            pair = Pair.of(
                lambda: (seconds(download.fetch), seconds(lambda: _by_hand(company, snapshots, days, path))),
                ROUNDS,
            )
    yield pair.verdict(
        "export_csv", 2.0, "a CSV over HTTP, against DuckDB's own writer on the same SQL",
        rows=download.rows, megabytes=round(path.stat().st_size / 1e6, 1),
    )  # fmt: skip
    yield download.first_byte()
    yield watch.verdict("export_memory_mb")
    path.unlink()


def _xlsx(company: BenchCompany, snapshots: Snapshots, days: Period) -> Iterator[Verdict]:
    """The job in this process, from its arguments to the file and the word in the inbox."""
    asked, path = dump(ExportRequest("spend", RowQuery("spend", days))), company.home / "hand.xlsx"
    services, written = company.services, []

    def ours() -> None:
        told = export_xlsx(services, Told("bench"), request=asked, file="bench", reader=EMAIL)
        written.append(int(told["rows"]))

    with watching([psutil.Process()]) as watch:
        ours()
    pair = Pair.of(
        lambda: (seconds(ours), seconds(lambda: _workbook(company, snapshots, days, path))), XLSX_ROUNDS
    )
    size = files.place(services.settings.exports_dir, "bench").stat().st_size
    yield pair.verdict(
        "export_xlsx", 2.0, "a workbook as a worker writes it, against xlsxwriter alone on the same SQL",
        rows=written[0], megabytes=round(size / 1e6, 1),
    )  # fmt: skip
    yield watch.verdict("export_xlsx_memory_mb")
    path.unlink()


def _question(company: BenchCompany, days: Period) -> tuple[str, Any]:
    """The SQL of the rows, and its values."""
    query = validated_rows(RowQuery("spend", days), days.end)
    statement = compiled_rows(row_shape(query)).rows
    return statement.sql, statement.bind(parameters(query, company.settings))


def _by_hand(company: BenchCompany, snapshots: Snapshots, days: Period, path: Path) -> None:
    """The same SQL, written by DuckDB into a file."""
    sql, values = _question(company, days)
    with snapshots.cursor() as cursor:
        cursor.execute(f"COPY ({sql}) TO '{path}' (FORMAT csv, HEADER)", values)


def _workbook(company: BenchCompany, snapshots: Snapshots, days: Period, path: Path) -> None:
    """The same SQL, written by xlsxwriter row by row."""
    sql, values = _question(company, days)
    options = {"constant_memory": True, "default_date_format": "yyyy-mm-dd"}
    with xlsxwriter.Workbook(str(path), options) as book, snapshots.cursor() as cursor:
        sheet, answer = book.add_worksheet(), cursor.execute(sql, values)
        batches = iter(lambda: answer.fetchmany(BATCH), [])
        for number, row in enumerate(chain.from_iterable(batches)):
            sheet.write_row(number, 0, row)
