"""100 thousand rows to CSV against DuckDB's own writer: time, first byte, memory. Prints JSON ratios."""

from __future__ import annotations

import json
import resource
import tempfile
import time
from pathlib import Path

import duckdb

from app.data.query.copy import csv_bytes

ROWS = 100_000
ROUNDS = 5  # taken in turns, so that both meet the same noise
SQL = f"""
SELECT DATE '2024-01-01' + CAST(i % 900 AS INTEGER) AS date, 'Channel ' || (i % 8) AS channel,
       'Campaign ' || (i % 500) AS campaign, 'mobile' AS device, (i * 7919) % 100003 AS impressions,
       (i * 31) % 997 AS clicks, i * 0.37 AS spend, (i % 13) / 7.0 AS conversions, i * 1.9 AS revenue,
       (i % 97) / 97.0 AS ctr, i * 0.01 AS cpc, (i % 11) / 3.0 AS roas
FROM range({ROWS}) t(i)
"""  # noqa: S608


def by_hand(connection: duckdb.DuckDBPyConnection, path: Path) -> float:
    start = time.perf_counter()
    connection.execute(f"COPY ({SQL}) TO '{path}' (HEADER)")
    return time.perf_counter() - start


def ours(connection: duckdb.DuckDBPyConnection, path: Path) -> tuple[float, float]:
    start = time.perf_counter()
    names = [column[0] for column in connection.execute(f"SELECT * FROM ({SQL}) LIMIT 0").description or ()]
    first = 0.0
    with path.open("wb") as file:
        for chunk in csv_bytes(connection.cursor(), SQL, {}, [(name, name) for name in names]):
            first = first or time.perf_counter() - start
            file.write(chunk)
    return time.perf_counter() - start, first


def main() -> None:
    connection = duckdb.connect(config={"threads": 1})
    with tempfile.TemporaryDirectory() as folder:
        by_hand(connection, Path(folder) / "hand.csv")
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        pairs = [
            (by_hand(connection, Path(folder) / "hand.csv"), ours(connection, Path(folder) / "ours.csv"))
            for _ in range(ROUNDS)
        ]
        hand, timed = min(pair[0] for pair in pairs), [pair[1] for pair in pairs]
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    seconds, first = min(timed)
    result = {"export_csv_ratio": seconds / hand, "export_first_byte_s": first, "export_memory_mb": grown,
              "export_seconds": seconds, "duckdb_seconds": hand}  # fmt: skip
    print(json.dumps(result))


if __name__ == "__main__":
    main()
