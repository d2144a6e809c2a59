"""100 thousand restated rows published into 10 million, against copy, change, sync and rename by hand.

A reader asks all the while: it must never wait for the publisher, and never see half of a load.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from threading import Event

import duckdb

from app.data.warehouse import rollups
from app.data.warehouse.channels import Mapping
from app.data.warehouse.pointer import make_durable
from app.data.warehouse.snapshots import Snapshots
from app.data.warehouse.staging import StagedLoad, seal
from app.data.warehouse.store import Rules, Store, Waiting
from tests.bench.company import ACCOUNTS, COLUMNS, DAYS, BenchCompany
from tests.bench.verdict import Pair, Verdict, seconds

RESTATED = 100_000
ROUNDS = 5
READ_ROUNDS = 3
SPEND = "SELECT sum(cost) FROM rollup_ad_campaign_day WHERE "
MOST_WAIT_MS = 100.0  # the reader shares 2 cores with the publisher; a lock would cost it the whole publish


@dataclass
class Reader:
    """Asks for the spend of the restated days, again and again."""

    snapshots: Snapshots
    days: str
    stop: Event = field(default_factory=Event)
    waits: list[float] = field(default_factory=list)
    seen: set[int] = field(default_factory=set)

    def read(self) -> None:
        while not self.stop.wait(0.005):
            self.waits.append(seconds(self._ask))

    def _ask(self) -> None:
        with self.snapshots.cursor() as cursor:
            row = cursor.execute(SPEND + self.days).fetchone()
        self.seen.add(int(row[0]) if row else 0)


@dataclass
class Turns:
    """Publishes one restatement after the other, by hand and by the store, from the same base."""

    company: BenchCompany
    folder: Path
    snapshots: Snapshots
    store: Store
    done: int = 0
    published: set[int] = field(default_factory=set)

    @property
    def days(self) -> int:
        return self.company.days_with(RESTATED)

    @property
    def restated(self) -> str:
        return f"date > DATE '{self.company.last - timedelta(days=self.days)}'"

    def take(self) -> tuple[float, float]:
        self.done += 1
        load = staged(self.company, self.folder / "staging" / str(self.done), self.days, self.done)
        base = self.snapshots.current().path
        hand = seconds(lambda: _by_hand(base, load, self.folder / "hand.duckdb"))
        ours = seconds(lambda: self.store.publish([Waiting(self.done + 9, load)]))
        self.note()
        return ours, hand

    def note(self) -> None:
        """Remember what a reader may see from now on."""
        with self.snapshots.cursor(fresh=True) as cursor:
            row = cursor.execute(SPEND + self.restated).fetchone()
        self.published.add(int(row[0]) if row else 0)


def measure(company: BenchCompany) -> Iterator[Verdict]:
    folder = company.home / "publish"
    shutil.copytree(company.settings.warehouse_dir, folder / "warehouse")
    snapshots = Snapshots(folder / "warehouse")
    store = Store(snapshots, Rules("USD", 90, Mapping()))
    store.publish([])
    turns = Turns(company, folder, snapshots, store)
    turns.note()
    turns.take()  # fills the file cache for both
    rows = turns.days * company.rows_a_day
    yield Pair.of(turns.take, ROUNDS).verdict(
        "publish", 1.5, "a load of restated rows published, against copy, change and rename by hand",
        restated=rows, among=company.rows,
    )  # fmt: skip
    yield _read_meanwhile(turns, Snapshots(folder / "warehouse"))
    snapshots.close()
    shutil.rmtree(folder)


def _read_meanwhile(turns: Turns, snapshots: Snapshots) -> Verdict:
    reader = Reader(snapshots, turns.restated)
    with ThreadPoolExecutor(1) as threads:
        reading = threads.submit(reader.read)
        for _ in range(READ_ROUNDS):
            turns.take()
        reader.stop.set()
        reading.result()
    snapshots.close()
    half = len(reader.seen - turns.published)
    return Verdict(
        "publish_reader_wait_ms", round(max(reader.waits) * 1000, 1), MOST_WAIT_MS if not half else 0.0,
        "the longest that a reader waited for an answer during publishes; no load may be seen by half",
        {"reads": len(reader.waits), "median_ms": round(median(reader.waits) * 1000, 2),
         "states_seen": len(reader.seen), "half_loads_seen": half},
    )  # fmt: skip


def staged(company: BenchCompany, folder: Path, days: int, bump: int) -> Path:
    """A load that restates the last days."""
    folder.mkdir(parents=True)
    rows, path = company.ads(DAYS - days, days, bump), folder / "fact_ad.parquet"
    with duckdb.connect() as connection:
        connection.execute(f"COPY ({rows}) TO '{path}' (FORMAT parquet)")
    partitions = tuple(
        ("google_ads", f"a{account}", company.first + timedelta(days=day))
        for day in range(DAYS - days, DAYS)
        for account in range(ACCOUNTS)
    )
    known = datetime(2026, 11, 1, tzinfo=UTC)
    return seal(
        folder,
        StagedLoad("google_ads", "ads", "", known, "UTC", "Google Ads", None, {"fact_ad": partitions}),
    )


def _by_hand(base: Path, folder: Path, target: Path) -> None:
    """What anybody would write: copy, keep the old rows, replace them, sync, rename."""
    draft = target.with_suffix(".hand")
    shutil.copyfile(base, draft)
    with duckdb.connect(str(draft), config={"wal_autocheckpoint": "1TB"}) as connection:
        source = f"read_parquet('{folder / 'fact_ad.parquet'}')"
        low, high = connection.execute(f"SELECT min(date), max(date) FROM {source}").fetchone() or ("", "")
        within = f"date BETWEEN DATE '{low}' AND DATE '{high}'"
        connection.execute("BEGIN")
        connection.execute(f"INSERT INTO fact_ad_history SELECT *, load_id, 2 FROM fact_ad WHERE {within}")
        connection.execute(f"DELETE FROM fact_ad WHERE {within}")
        connection.execute(
            f"INSERT INTO fact_ad ({COLUMNS}, cost, claimed_value, load_id) "
            f"SELECT *, cost_micros, claimed_value_micros, 2 FROM {source}"
        )
        by, sums = rollups.ROLLUPS[0].by, rollups.ROLLUPS[0].sums
        connection.execute(f"DELETE FROM rollup_ad_campaign_day WHERE {within}")
        connection.execute(
            f"INSERT INTO rollup_ad_campaign_day ({', '.join((*by, *sums))}) SELECT {', '.join(by)}, "
            f"{', '.join(f'sum({one})' for one in sums)} FROM fact_ad WHERE {within} GROUP BY ALL"
        )
        connection.execute("COMMIT")
        connection.execute("CHECKPOINT")
    make_durable(draft)
    os.replace(draft, target)
