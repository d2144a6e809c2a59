"""Questions against the same compiled SQL, on ten million ad rows of three years; prints JSON ratios.

Run: `python -m tests.bench.query [rows]`.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb

from app.clock import FixedClock
from app.data.query.compile import compiled
from app.data.query.runner import Runner
from app.data.query.shape import parameters, shape
from app.data.query.spec import Filter, MetricQuery, Sort
from app.data.query.validate import validated
from app.periods import Period, base
from app.settings import Settings
from tests import warehouse

LAST = date(2026, 3, 31)
DAYS = 1096
CAMPAIGNS, ACCOUNTS = 400, 8
ROUNDS = 5
MONTH = Period(date(2026, 3, 1), LAST)
YEAR = Period(date(2025, 4, 1), LAST)

EXECUTIVE = (
    MetricQuery(("mrr", "customers", "arpa"), MONTH, compare="previous"),
    MetricQuery(("mrr", "net_new_mrr", "mrr_growth"), YEAR, grain="month"),
    MetricQuery(("logo_churn", "nrr", "new_customers", "churned_customers"), YEAR, grain="month"),
    MetricQuery(("spend", "clicks", "impressions"), MONTH, compare="previous"),
    MetricQuery(("spend",), YEAR, grain="day"),
    MetricQuery(("ctr", "cpc", "cpm"), YEAR, grain="month"),
    MetricQuery(("spend", "conversions", "roas", "roi"), MONTH, ("channel",), compare="previous"),
    MetricQuery(("spend", "conversions", "cpa", "roas"), YEAR, ("channel",)),
    MetricQuery(("spend", "clicks", "conversions"), YEAR, ("campaign",), sort=(Sort("spend"),), limit=50),
    MetricQuery(("leads", "opportunities", "customers_won"), MONTH, compare="previous"),
    MetricQuery(("nps", "market_share"), MONTH, compare="year"),
    MetricQuery(("claimed_conversions", "roas_claimed"), YEAR, ("platform",)),
)
DRILL = MetricQuery(
    ("spend", "clicks", "ctr", "conversions", "roas"),
    YEAR,
    ("campaign",),
    filters=(Filter("channel", ("Paid search",)),),
)


def build(path: Path, rows: int) -> None:
    """The company of the tests, with its ads replaced by many rows made in SQL."""
    warehouse.company().execute(f"ATTACH '{path}' AS file")
    warehouse.company().execute("COPY FROM DATABASE memory TO file")
    warehouse.company().execute("DETACH file")
    with duckdb.connect(str(path)) as connection:
        connection.execute("DELETE FROM fact_ad")
        connection.execute("DELETE FROM dim_campaign")
        connection.execute(
            f"""INSERT INTO dim_campaign BY NAME SELECT c AS campaign_key, 'Campaign ' || c AS campaign,
            'Account ' || c % {ACCOUNTS} AS account FROM range({CAMPAIGNS}) t(c)"""
        )
        connection.execute(
            f"""INSERT INTO fact_ad BY NAME
            SELECT CASE WHEN c % 2 = 0 THEN 'google_ads' ELSE 'facebook_ads' END AS source_id,
                'a' || c % {ACCOUNTS} AS account_id, DATE '{LAST - timedelta(days=DAYS - 1)}' + d AS date,
                c % 2 + 1 AS traffic_key, c AS campaign_key, 'device ' || k AS device, 'USD' AS currency,
                (i * 7919) % 5000 AS impressions, (i * 7919) % 97 AS clicks,
                (i % 7) * 0.5 AS claimed_conversions,
                (i * 104729) % 90000000 AS cost_micros, (i * 104729) % 90000000 AS cost,
                (i * 1299709) % 90000000 AS claimed_value_micros, (i * 1299709) % 90000000 AS claimed_value,
                9 AS load_id
            FROM (SELECT i, (i // {rows // DAYS})::INTEGER AS d, i % {CAMPAIGNS} AS c,
                (i // {CAMPAIGNS}) % 23 AS k FROM range({rows // DAYS * DAYS}) t(i))"""
        )
        warehouse.roll_up(connection)
        warehouse.number(connection)


def statements(queries: Sequence[MetricQuery]) -> list[tuple[str, dict[str, object]]]:
    """The compiled SQL of some questions, with their parameters."""
    found = []
    for query in queries:
        query = validated(query)
        periods = [query.period, *filter(None, [base(query.period, query.compare)])]
        if len(periods) == 2:
            query = replace(query, compare="none", sort=(), limit=None)
        for period in periods:
            one = replace(query, period=period)
            statement = compiled(shape(one))
            found.append((statement.sql, statement.bind(parameters(one, Settings()))))
    return found


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def measure(connection: duckdb.DuckDBPyConnection, queries: Sequence[MetricQuery]) -> tuple[float, float]:
    """Median seconds of a runner without any cached answer, and of the bare SQL, in turns."""
    asked = statements(queries)
    ours, bare = [], []
    for _ in range(ROUNDS):
        runner = Runner(warehouse.OneSnapshot(connection), Settings(), FixedClock(datetime.now(UTC)))
        runner.run(MetricQuery(("sessions",), MONTH))  # what a snapshot tells of itself is read once
        ours.append(seconds(lambda asking=runner: [asking.run(query) for query in queries]))
        cursor = connection.cursor()
        bare.append(seconds(lambda on=cursor: [on.execute(sql, values).fetchall() for sql, values in asked]))
    return statistics.median(ours), statistics.median(bare)


def main(rows: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bench.duckdb"
        built = seconds(lambda: build(path, rows))
        compile_first = seconds(lambda: statements(EXECUTIVE))
        connection = duckdb.connect(str(path), read_only=True, config={"threads": 1})
        executive, executive_sql = measure(connection, EXECUTIVE)
        drill, drill_sql = measure(connection, [DRILL])
        runner = Runner(warehouse.OneSnapshot(connection), Settings(), FixedClock(datetime.now(UTC)))
        runner.run(EXECUTIVE[6])
        cached = seconds(lambda: [runner.run(EXECUTIVE[6]) for _ in range(200)]) / 200
        connection.close()
    result = {
        "rows": rows,
        "built_seconds": round(built, 1),
        "executive_cold_ms": round(executive * 1000, 1),
        "executive_sql_ms": round(executive_sql * 1000, 1),
        "executive_ratio": round(executive / executive_sql, 2),
        "executive_limit": 2.0,
        "drill_ratio": round(drill / drill_sql, 2),
        "drill_ms": round(drill * 1000, 1),
        "drill_limit": 2.0,
        "first_compile_ms_of_all": round(compile_first * 1000, 1),
        "cached_question_ms": round(cached * 1000, 3),
    }
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000_000)
