"""The installation that everything is measured on: the company of the tests with ten million ad rows.

Built once a run. Its days are moved so that they end yesterday, as those of a real one do.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from math import ceil
from pathlib import Path

import duckdb
from sqlalchemy import Date

from app.accounts import users
from app.clock import SystemClock
from app.compose import build
from app.data.migrate import upgrade
from app.data.warehouse.dimensions import WAREHOUSE
from app.data.warehouse.facts import AD
from app.data.warehouse.snapshots import Snapshots
from app.data.warehouse.staging import staged_columns
from app.home import prepared
from app.services import Services
from app.settings import Settings
from tests import warehouse

DAYS = 1096
CAMPAIGNS, ACCOUNTS, BUDGETS = 400, 8, 12  # budgets: of each campaign, one after the other
COLUMNS = ", ".join(staged_columns(AD.table))
EMAIL, PASSWORD = "bench@larkfield.example", "only-for-measuring-7"
OURS = ("fact_ad", "fact_campaign_budget", "dim_campaign")  # filled here; the rest comes from the tests


@dataclass(frozen=True)
class BenchCompany:
    """An installation in a folder of its own."""

    home: Path
    rows: int
    port: int
    last: date

    @staticmethod
    def made(home: Path, rows: int, port: int) -> BenchCompany:
        company = BenchCompany(home, rows, port, datetime.now(UTC).date() - timedelta(days=1))
        settings = company.settings
        upgrade(settings.database)
        services = company.services
        users.add(
            services.database, services.clock, EMAIL, "Bench", "analyst", PASSWORD,
            actor="bench", must_change=False,
        )  # fmt: skip
        company._publish()
        return company

    @property
    def env(self) -> dict[str, str]:
        return {"PAD_HOME": str(self.home), "PORT": str(self.port), "PAD_WEB_WORKERS": "2"}

    @cached_property
    def settings(self) -> Settings:
        return prepared(self.env)

    @cached_property
    def services(self) -> Services:
        return build(self.settings, SystemClock())

    @property
    def first(self) -> date:
        return self.last - timedelta(days=DAYS - 1)

    @property
    def rows_a_day(self) -> int:
        return max(1, self.rows // DAYS)

    def days_with(self, rows: int) -> int:
        """How many of the last days hold at least so many ad rows; all, if there are not so many."""
        return min(DAYS, ceil(rows / self.rows_a_day))

    def ads(self, start: int, days: int, bump: int) -> str:
        """SQL of deterministic ad rows as a platform sends them, dearer by `bump`."""
        return f"""
            SELECT 'google_ads' AS source_id, 'a' || c % {ACCOUNTS} AS account_id,
                DATE '{self.first}' + d::INTEGER AS date, (c % 2 + 1)::BIGINT AS traffic_key,
                (c % {CAMPAIGNS})::BIGINT AS campaign_key, 'device ' || c // {CAMPAIGNS} AS device,
                (hash(c, d) % 5000)::BIGINT AS impressions, (hash(d, c) % 97)::BIGINT AS clicks,
                (hash(c) % 7)::DOUBLE AS claimed_conversions, 'USD' AS currency,
                (hash(c, d, 1) % 9000000 + {bump})::BIGINT AS cost_micros,
                (hash(c, d, 2) % 90000000)::BIGINT AS claimed_value_micros
            FROM range({start}, {start + days}) days(d), range({self.rows_a_day}) rows(c)"""

    def _publish(self) -> None:
        """Version 1 of the warehouse, as a publisher would leave it."""
        snapshots = Snapshots(self.settings.warehouse_dir)
        path, small = snapshots.pointer.path(1), self.home / "small.duckdb"
        shutil.copyfile(snapshots.current().path, path)
        _written_out(small)
        with duckdb.connect(str(path)) as connection:
            connection.execute(f"ATTACH '{small}' AS small (READ_ONLY)")
            self._copy(connection)
            connection.execute(
                f"""INSERT INTO dim_campaign BY NAME SELECT c AS campaign_key, 'google_ads' AS platform,
                'Campaign ' || c AS campaign, 'a' || c % {ACCOUNTS} AS account_id,
                'Account ' || c % {ACCOUNTS} AS account FROM range({CAMPAIGNS}) t(c)"""
            )
            connection.execute(
                f"""INSERT INTO fact_campaign_budget BY NAME SELECT 'google_ads' AS source_id,
                'a' || c % {ACCOUNTS} AS account_id, c AS campaign_key, 'USD' AS currency, 9 AS load_id,
                DATE '{self.first}' + (n * {DAYS // BUDGETS})::INTEGER AS date,
                (90 + 5 * n) * 1000000 AS daily_budget_micros
                FROM range({CAMPAIGNS}) campaigns(c), range({BUDGETS}) budgets(n)"""
            )
            connection.execute(
                f"INSERT INTO fact_ad ({COLUMNS}, cost, claimed_value, load_id) "
                f"SELECT *, cost_micros, claimed_value_micros, 9 FROM ({self.ads(0, DAYS, 0)})"
            )
            warehouse.roll_up(connection)
            warehouse.number(connection)
            connection.execute("DETACH small")
            connection.execute("CHECKPOINT")
        small.unlink()
        snapshots.pointer.replace(1)
        snapshots.close()

    def _copy(self, connection: duckdb.DuckDBPyConnection) -> None:
        later = (self.last - warehouse.LAST).days
        for table in WAREHOUSE.sorted_tables:
            if table.name in OURS or table.name.startswith("rollup_"):
                continue
            days = [column.name for column in table.columns if isinstance(column.type, Date)]
            moved = ", ".join(f'"{name}" + {later} AS "{name}"' for name in days)
            chosen = f"* REPLACE ({moved})" if moved else "*"
            connection.execute(f"DELETE FROM {table.name}")
            connection.execute(f"INSERT INTO {table.name} BY NAME SELECT {chosen} FROM small.{table.name}")


def _written_out(path: Path) -> None:
    connection = warehouse.company()
    connection.execute(f"ATTACH '{path}' AS small")
    connection.execute("COPY FROM DATABASE memory TO small")
    connection.execute("DETACH small")
