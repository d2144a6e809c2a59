"""A warehouse in a folder, and the few words that tests of the publisher need."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from app.data.warehouse.channels import Mapping
from app.data.warehouse.dimensions import WAREHOUSE
from app.data.warehouse.snapshots import Snapshots
from app.data.warehouse.staging import StagedLoad, stage, staged_columns
from app.data.warehouse.store import Published, Rules, Store, Waiting

MAY_1 = date(2026, 5, 1)
MAY_2 = date(2026, 5, 2)


class Case:
    """Stages loads of rows given as dictionaries, publishes them and asks the newest snapshot."""

    def __init__(self, folder: Path, **options: Any) -> None:
        self.folder = folder
        self.snapshots = Snapshots(folder / "warehouse")
        self.options = options

    def store(self, mapping: Mapping | None = None, currency: str = "USD", lookback: int = 90) -> Store:
        return Store(self.snapshots, Rules(currency, lookback, mapping or Mapping()), **self.options)

    def stage(
        self,
        load_id: int,
        tables: dict[str, Iterable[dict[str, Any]]],
        covers: dict[str, tuple[tuple[Any, ...], ...]] | None = None,
        source: str = "google_ads",
        extracted: datetime = datetime(2026, 6, 1, tzinfo=UTC),
        zone: str = "UTC",
        until: date = MAY_2,
    ) -> Waiting:
        load = StagedLoad(source, "s", "1", extracted, zone, "A source", until, covers or {})
        folder = self.folder / "staging" / str(load_id)
        stage(folder, load, {name: [_row(name, one) for one in rows] for name, rows in tables.items()})
        return Waiting(load_id, folder)

    def publish(self, *waiting: Waiting) -> Published:
        published = self.store().publish(waiting)
        with self.snapshots.cursor(fresh=True):  # what is asked next is asked of it, however fast the test is
            return published

    def load(self, load_id: int, tables: dict[str, Iterable[dict[str, Any]]], **options: Any) -> Published:
        return self.publish(self.stage(load_id, tables, **options))

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        with self.snapshots.cursor(fresh=True) as cursor:
            return cursor.execute(sql).fetchall()


def ad(day: date, cost: int, *, campaign: int = 8, currency: str = "USD", clicks: int = 1) -> dict[str, Any]:
    """One ad row; cost in whole units."""
    return {
        "source_id": "google_ads",
        "account_id": "1",
        "date": day,
        "traffic_key": 7,
        "campaign_key": campaign,
        "device": "mobile",
        "clicks": clicks,
        "currency": currency,
        "cost_micros": cost * 1_000_000,
    }


def budget(daily: int | None, *, campaign: int = 8, **more: Any) -> dict[str, Any]:
    """What a campaign may spend in a day, as its platform says it; in whole units."""
    own = {"source_id": "google_ads", "account_id": "1", "campaign_key": campaign, "currency": "USD"}
    return own | {"daily_budget_micros": daily and daily * 1_000_000} | more


def covering(*days: date) -> dict[str, tuple[tuple[Any, ...], ...]]:
    """The ad partitions of some days."""
    return {"fact_ad": tuple(("google_ads", "1", day) for day in days)}


def _row(table: str, values: dict[str, Any]) -> tuple[Any, ...]:
    columns = staged_columns(WAREHOUSE.tables[table])
    assert set(values) <= set(columns), set(values) - set(columns)
    return tuple(values.get(column) for column in columns)
