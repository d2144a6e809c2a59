"""100 thousand restated rows published into 10 million, against copy, change, sync and rename by hand."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import median

import duckdb

from app.data.warehouse import rollups
from app.data.warehouse.channels import Mapping
from app.data.warehouse.facts import AD
from app.data.warehouse.pointer import make_durable
from app.data.warehouse.snapshots import Snapshots
from app.data.warehouse.staging import StagedLoad, seal, staged_columns
from app.data.warehouse.store import Rules, Store, Waiting

FIRST = date(2023, 11, 1)
DAYS = 1095
COLUMNS = ", ".join(staged_columns(AD.table))


def rows_sql(start: int, days: int, rows_a_day: int, bump: int) -> str:
    """SQL of deterministic ad rows: campaigns by devices by days, dearer by `bump`."""
    return (
        f"SELECT 'google_ads' AS source_id, (c % 4)::VARCHAR AS account_id, "
        f"DATE '{FIRST}' + d::INTEGER AS date, (c % 97)::BIGINT AS traffic_key, "
        f"(c // 3)::BIGINT AS campaign_key, "
        f"CASE c % 3 WHEN 0 THEN 'mobile' WHEN 1 THEN 'desktop' ELSE 'tablet' END AS device, "
        f"(hash(c, d) % 1000)::BIGINT AS impressions, (hash(d, c) % 50)::BIGINT AS clicks, "
        f"(hash(c) % 7)::DOUBLE AS claimed_conversions, 'USD' AS currency, "
        f"(hash(c, d, 1) % 9000000 + {bump})::BIGINT AS cost_micros, "
        f"(hash(c, d, 2) % 90000000)::BIGINT AS claimed_value_micros "
        f"FROM range({start}, {start + days}) days(d), range({rows_a_day}) campaigns(c)"
    )


def build(folder: Path, rows: int) -> Snapshots:
    """A warehouse of version 1 with its rollup."""
    snapshots = Snapshots(folder)
    path = snapshots.pointer.path(1)
    shutil.copyfile(snapshots.current().path, path)
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            f"INSERT INTO fact_ad ({COLUMNS}, cost, claimed_value, load_id) "
            f"SELECT *, cost_micros, claimed_value_micros, 1 "
            f"FROM ({rows_sql(0, DAYS, rows // DAYS, 0)}) ORDER BY date"
        )
        connection.execute(
            "CREATE TEMP TABLE touched_ad AS SELECT source_id, account_id, date FROM fact_ad LIMIT 0"
        )
        rollups.refresh(connection, rollups.ROLLUPS[0])
        connection.execute("CHECKPOINT")
    snapshots.pointer.replace(1)
    return snapshots


def staged(folder: Path, rows: int, restated: int, bump: int) -> Path:
    """A load that restates the last days."""
    folder.mkdir(parents=True)
    days = max(1, restated * DAYS // rows)
    with duckdb.connect() as connection:
        connection.execute(
            f"COPY ({rows_sql(DAYS - days, days, rows // DAYS, bump)}) "
            f"TO '{folder / 'fact_ad.parquet'}' (FORMAT parquet)"
        )
    partitions = tuple(
        ("google_ads", str(account), FIRST + timedelta(days=day))
        for day in range(DAYS - days, DAYS)
        for account in range(4)
    )
    return seal(
        folder,
        StagedLoad(
            "google_ads",
            "ads",
            "",
            datetime(2026, 11, 1, tzinfo=UTC),
            "UTC",
            "Google Ads",
            None,
            {"fact_ad": partitions},
        ),
    )


def by_hand(base: Path, folder: Path, target: Path) -> None:
    """What anybody would write: copy, keep the old rows, replace them, sync, rename."""
    draft = target.with_suffix(".hand")
    shutil.copyfile(base, draft)
    with duckdb.connect(str(draft), config={"wal_autocheckpoint": "1TB"}) as connection:
        source = f"read_parquet('{folder / 'fact_ad.parquet'}')"
        low, high = connection.execute(f"SELECT min(date), max(date) FROM {source}").fetchone() or (
            None,
            None,
        )
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


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def measure(rows: int, restated: int, rounds: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory(prefix="publish-bench-") as name:
        folder = Path(name)
        snapshots = build(folder / "warehouse", rows)
        store = Store(snapshots, Rules("USD", 90, Mapping()))
        store.publish([])
        hand, ours = [], []
        for number in range(rounds):
            load = staged(folder / "staging" / str(number), rows, restated, number + 1)
            base = snapshots.current().path
            hand.append(seconds(lambda: by_hand(base, load, folder / "hand.duckdb")))  # noqa: B023 - run at once
            ours.append(seconds(lambda: store.publish([Waiting(number + 2, load)])))  # noqa: B023
        snapshots.close()
    return {
        "rows": rows,
        "restated": restated,
        "by_hand_seconds": round(median(hand), 3),
        "publish_seconds": round(median(ours), 3),
        "ratio": round(median(ours) / median(hand), 2),
        "target": 1.5,
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--restated", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    print(json.dumps({"publish": measure(asked.rows, asked.restated, asked.rounds)}))
