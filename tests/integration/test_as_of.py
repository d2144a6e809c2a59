from __future__ import annotations

import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st

from app.data.warehouse import rollups
from app.data.warehouse.facts import FACTS
from app.data.warehouse.loading import Loader
from app.data.warehouse.migrations import migrate
from app.data.warehouse.staging import StagedLoad, stage, staged_columns

FIRST = date(2026, 5, 1)
KEYS = st.integers(0, 3)
COSTS = st.integers(0, 2)


def row(fact: str, **values: Any) -> tuple[Any, ...]:
    return tuple(values.get(name) for name in staged_columns(FACTS[fact].table))


def warehouse() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    migrate(connection)
    return connection


def enter(loader: Loader, load_id: int, table: str, rows: list[tuple[Any, ...]], covers: Any = ()) -> None:
    load = StagedLoad("s", "t", "", datetime(2026, 6, 1, tzinfo=UTC), "UTC", "S", None, {table: covers})
    with tempfile.TemporaryDirectory() as name:
        stage(Path(name), load, {table: rows})
        loader.apply(load_id, Path(name))


def as_of(connection: duckdb.DuckDBPyConnection, table: str, columns: str, load: int) -> list[Any]:
    return connection.execute(
        f"SELECT {columns} FROM {table} WHERE load_id <= {load} UNION ALL "
        f"SELECT {columns} FROM {table}_history WHERE valid_from <= {load} AND {load} < valid_to ORDER BY ALL"
    ).fetchall()


@settings(max_examples=10, deadline=None)
@given(st.lists(st.dictionaries(KEYS, st.lists(COSTS, max_size=3), max_size=3), max_size=4))
def test_partitions_asked_as_of_any_load_are_what_that_load_left(loads: list[dict[int, list[int]]]) -> None:
    """The model: a dictionary of days; each load replaces the days that it covers, also by nothing."""
    connection, model, said = warehouse(), {}, []
    loader = Loader(connection, "USD")
    for load_id, days in enumerate((one for one in loads if one), start=1):
        dated = {FIRST + timedelta(days=day): costs for day, costs in days.items()}
        model = {**model, **dated}
        said.append(sorted((day, cost) for day, costs in model.items() for cost in costs))
        rows = [
            row("ad", source_id="s", account_id="1", date=day, currency="USD", cost_micros=cost)
            for day, costs in dated.items()
            for cost in costs
        ]
        enter(loader, load_id, "fact_ad", rows, tuple(("s", "1", day) for day in dated))
        rollups.refresh(connection, rollups.ROLLUPS[0])
        totals = {day: sum(cost for other, cost in said[-1] if other == day) for day, _ in said[-1]}
        assert dict(connection.execute("SELECT date, cost FROM rollup_ad_campaign_day").fetchall()) == totals
    for load_id, expected in enumerate(said, start=1):
        assert as_of(connection, "fact_ad", "date, cost", load_id) == expected


@settings(max_examples=10, deadline=None)
@given(st.lists(st.dictionaries(KEYS, COSTS, min_size=1), max_size=4))
def test_entities_asked_as_of_any_load_are_what_that_load_left(loads: list[dict[int, int]]) -> None:
    """The model: a dictionary of leads; each load updates those that it brings."""
    connection, model, said = warehouse(), {}, []
    loader = Loader(connection, "USD")
    for load_id, leads in enumerate(loads, start=1):
        model = {**model, **leads}
        said.append(sorted((str(lead), str(status)) for lead, status in model.items()))
        rows = [row("lead", source_id="s", lead_id=str(lead), status=str(one)) for lead, one in leads.items()]
        enter(loader, load_id, "fact_lead", rows)
    for load_id, expected in enumerate(said, start=1):
        assert as_of(connection, "fact_lead", "lead_id, status", load_id) == expected
