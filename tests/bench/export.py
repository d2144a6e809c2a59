"""100 thousand rows as CSV through the real route against DuckDB's own writer: time, first byte, memory."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from statistics import median
from threading import Event, Thread

import httpx
import psutil

from app.data.query.rows import compiled_rows
from app.data.query.shape import parameters, row_shape
from app.data.query.spec import RowQuery
from app.data.query.validate import validated_rows
from app.data.warehouse.snapshots import Snapshots
from app.periods import Period
from tests.bench.company import BenchCompany
from tests.bench.server import running, signed_in
from tests.bench.verdict import Pair, Verdict, seconds

ROWS = 100_000
ROUNDS = 7
LOOK_EVERY = 0.01


@dataclass
class Watch:
    """The most memory that the web workers hold together while something runs. Units: bytes."""

    workers: list[psutil.Process]
    most: int = 0
    stop: Event = field(default_factory=Event)

    def look(self) -> None:
        while not self.stop.wait(LOOK_EVERY):
            self.most = max(self.most, self.now())

    def now(self) -> int:
        return sum(int(worker.memory_info().rss) for worker in self.workers)


@dataclass
class Download:
    """The file of one view, fetched as a browser does."""

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


def measure(company: BenchCompany) -> Iterator[Verdict]:
    days = Period(company.last - timedelta(days=max(ROWS // company.rows_a_day, 1) - 1), company.last)
    snapshots = Snapshots(company.settings.warehouse_dir)
    path = company.home / "hand.csv"
    with running(company) as server, signed_in(server) as client:
        address = f"/export/rows.csv?metric=spend&range={days.start}..{days.end}"
        download = Download(client, address)
        download.fetch()
        watch = Watch(server.workers())
        before = watch.now()
        thread = Thread(target=watch.look)
        thread.start()
        pair = Pair.of(
            lambda: (seconds(download.fetch), seconds(lambda: _by_hand(company, snapshots, days, str(path)))),
            ROUNDS,
        )
        watch.stop.set()
        thread.join()
    snapshots.close()
    yield pair.verdict("export_csv", 2.0, rows=download.rows, megabytes=round(path.stat().st_size / 1e6, 1))
    yield Verdict("export_first_byte_s", round(median(download.first[1:]), 3), 1.0)
    grown = (watch.most - before) / 1e6
    yield Verdict("export_memory_mb", round(grown, 1), 200.0, {"before_mb": round(before / 1e6, 1)})
    path.unlink()


def _by_hand(company: BenchCompany, snapshots: Snapshots, days: Period, path: str) -> None:
    """The same SQL, written by DuckDB into a file."""
    query = validated_rows(RowQuery("spend", days), days.end)
    statement = compiled_rows(row_shape(query)).rows
    values = statement.bind(parameters(query, company.settings))
    with snapshots.cursor() as cursor:
        cursor.execute(f"COPY ({statement.sql}) TO '{path}' (FORMAT csv, HEADER)", values)
