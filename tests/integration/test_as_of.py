from __future__ import annotations

import tempfile
from datetime import UTC, date, datetime, time, timedelta
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


def enter(
    loader: Loader,
    load_id: int,
    table: str,
    rows: list[tuple[Any, ...]],
    covers: Any = (),
    read: date = date(2026, 6, 1),
) -> None:
    extracted = datetime.combine(read, time(), UTC)
    load = StagedLoad("s", "t", "", extracted, "UTC", "S", None, {table: covers})
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


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2), st.dictionaries(KEYS, COSTS, min_size=1)), max_size=6))
def test_budgets_asked_as_of_any_load_say_of_every_day_what_that_load_knew(
    loads: list[tuple[int, dict[int, int]]],
) -> None:
    """The model: what each campaign was last said to have, by day; a load comes some days after the last."""
    connection, said, today = warehouse(), [], FIRST
    loader, model = Loader(connection, "USD"), dict[int, dict[date, int]]()
    for load_id, (later, budgets) in enumerate(loads, start=1):
        today += timedelta(days=later)
        for campaign, daily in budgets.items():
            model[campaign] = {**model.get(campaign, {}), today: daily}
        said.append({campaign: _changes(told) for campaign, told in model.items()})
        rows = [
            row("campaign_budget", source_id="s", account_id="1", campaign_key=key, daily_budget_micros=daily)
            for key, daily in budgets.items()
        ]
        enter(loader, load_id, "fact_campaign_budget", rows, read=today)
    for load_id, expected in enumerate(said, start=1):
        found: dict[int, dict[date, int]] = {}
        columns = "campaign_key, date, daily_budget_micros"
        for campaign, day, daily in as_of(connection, "fact_campaign_budget", columns, load_id):
            found.setdefault(campaign, {})[day] = daily
        assert {campaign: _changes(told) for campaign, told in found.items()} == expected


def _changes(told: dict[date, int]) -> list[tuple[date, int]]:
    days = sorted(told)
    before = [None, *(told[day] for day in days)]
    return [(day, told[day]) for day, last in zip(days, before, strict=False) if told[day] != last]
