from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from sqlalchemy import Table

from app.data.warehouse.dimensions import WAREHOUSE
from app.data.warehouse.facts import FACTS, Fact
from app.data.warehouse.loading import Loader
from app.data.warehouse.migrations import STEPS, migrate, read_state, sql_type, write_state
from app.data.warehouse.restatements import measures
from app.data.warehouse.staging import StagedLoad, stage, stageable, staged_columns

VALUES: dict[str, Any] = {
    "SMALLINT": 3,
    "INTEGER": 4,
    "BIGINT": 5,
    "DOUBLE": 0.5,
    "BOOLEAN": False,
    "TIMESTAMP": datetime(2026, 5, 1, 9),  # noqa: DTZ001 - the warehouse keeps UTC without a zone
    "DATE": date(2026, 5, 1),
    "VARCHAR": "x",
}


@pytest.fixture
def warehouse() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    migrate(connection)
    return connection


def enter(connection: duckdb.DuckDBPyConnection, load_id: int, folder: Path, table: Table, row: Any) -> bool:
    load = StagedLoad("s", "t", "", datetime.fromisoformat("2026-05-02T00:00:00+00:00"), "UTC", "S")
    stage(folder / str(load_id), load, {table.name: [row]})
    return bool(Loader(connection, "USD").apply(load_id, folder / str(load_id)).changed)


@pytest.mark.parametrize("table", WAREHOUSE.tables.values(), ids=lambda table: table.name)
def test_a_new_warehouse_has_every_declared_column(
    warehouse: duckdb.DuckDBPyConnection, table: Table
) -> None:
    found = warehouse.execute(
        "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = ? "
        "ORDER BY ordinal_position",
        [table.name],
    ).fetchall()
    assert found == [(column.name, sql_type(column.type)) for column in table.columns]


@pytest.mark.parametrize("table", stageable().values(), ids=lambda table: table.name)
def test_a_row_of_every_table_enters_as_staged_and_only_once_unless_it_is_appended(
    warehouse: duckdb.DuckDBPyConnection, tmp_path: Path, table: Table
) -> None:
    names = staged_columns(table)
    row = tuple(VALUES[sql_type(table.columns[name].type)] for name in names)
    assert enter(warehouse, 1, tmp_path, table, row)
    stored = f"SELECT {', '.join(names)} FROM {table.name}"
    assert warehouse.execute(stored).fetchall() == [row]
    appended = table is FACTS["quality_check"].table
    assert enter(warehouse, 2, tmp_path, table, row) is appended
    assert warehouse.execute(stored).fetchall() == [row] * (2 if appended else 1)


@pytest.mark.parametrize(
    "fact", [fact for fact in FACTS.values() if fact.restatable], ids=lambda fact: fact.id
)
def test_every_fact_that_sources_restate_keeps_the_row_that_was_replaced(
    warehouse: duckdb.DuckDBPyConnection, tmp_path: Path, fact: Fact
) -> None:
    names = staged_columns(fact.table)
    row = {name: VALUES[sql_type(fact.table.columns[name].type)] for name in names}
    keys = {*fact.key, *fact.partition}
    changing = next(name for name in reversed(names) if name not in keys and type(row[name]) in (int, str))
    other = {**row, changing: "y" if isinstance(row[changing], str) else 9}
    enter(warehouse, 1, tmp_path, fact.table, tuple(row.values()))
    enter(warehouse, 2, tmp_path, fact.table, tuple(other.values()))
    kept = f"SELECT {changing}, valid_from, valid_to FROM {fact.history_table.name}"
    assert warehouse.execute(kept).fetchall() == [(row[changing], 1, 2)]


def test_the_ledger_sums_measures_and_no_keys() -> None:
    assert measures(FACTS["ad"]) == ("impressions", "clicks", "claimed_conversions", "cost", "claimed_value")


def test_a_migration_step_runs_once_and_a_missing_table_comes_back(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    ran: list[int] = []
    newest = STEPS[-1][0]
    steps = ((newest, lambda _: ran.append(newest)), (newest + 1, lambda _: ran.append(newest + 1)))
    warehouse.execute("DROP TABLE fact_cost")
    assert migrate(warehouse, steps) == newest + 1
    assert migrate(warehouse, steps) == newest + 1
    assert ran == [newest + 1]
    assert read_state(warehouse, "step") == str(newest + 1)
    assert warehouse.execute("SELECT count(*) FROM fact_cost").fetchall() == [(0,)]


def test_spans_of_visitors_that_an_older_version_doubled_are_healed(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    """The 1st came twice, by its total and its parts; the 2nd once, with two parts of one name."""
    first, second = [(1, "*", 178), (1, "new", 100)], [(2, "*", 9), (2, "?", 4), (2, "?", 4)]
    for day, kind, people in first + first + second:
        warehouse.execute(
            "INSERT INTO fact_visitor_window BY NAME SELECT 'ga' AS source_id, '1' AS account_id, "
            "make_date(2026, 6, $day) AS window_start, window_start AS window_end, '*' AS device, "
            "$kind AS visitor_type, '*' AS country, '*' AS region, $people AS visitors, 5 AS load_id",
            {"day": day, "kind": kind, "people": people},
        )
    warehouse.execute("INSERT INTO fact_version (fact, version, rows) VALUES ('visitor_window', 3, 7)")
    write_state(warehouse, "step", "6")
    migrate(warehouse)
    kept = "SELECT day(window_start), visitor_type, visitors FROM fact_visitor_window ORDER BY ALL"
    assert warehouse.execute(kept).fetchall() == first + second
    assert warehouse.execute("SELECT version, rows FROM fact_version").fetchall() == [(4, 5)]


def test_the_budget_that_an_older_version_held_is_the_first_known_to_every_load(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    """Campaign 1 was last changed by load 7, read in New York at nine in the evening of 2 June. Campaign 2 is
    a name in a link, which has no budget."""
    run = warehouse.execute
    for column in (
        "ends_on DATE",
        "daily_budget_micros BIGINT",
        "total_budget_micros BIGINT",
        "currency TEXT",
    ):
        run(f"ALTER TABLE dim_campaign ADD COLUMN {column}")
    for load, source, day in ((3, "google_ads", 1), (5, "google_analytics", 2), (7, "google_ads", 3)):
        read = f"2026-06-0{day}T01:00:00+00:00"
        run(
            "INSERT INTO published_load (load_id, source, extracted_at) VALUES (?, ?, ?)",
            [load, source, read],
        )
    run("INSERT INTO dim_source (source, time_zone) VALUES ('google_ads', 'America/New_York')")
    run(
        "INSERT INTO dim_campaign (campaign_key, platform, account_id, starts_on, daily_budget_micros, "
        "currency, load_id) VALUES (1, 'google_ads', '9', '2026-06-01', 70, 'EUR', 7), "
        "(2, '(not set)', NULL, NULL, NULL, NULL, 5)"
    )
    write_state(warehouse, "step", "7")
    migrate(warehouse)
    known = ("google_ads", "9", 1, date(2026, 6, 2), "EUR", 70, None, None, None, date(2026, 6, 1), None, 3)
    assert run("SELECT * FROM fact_campaign_budget").fetchall() == [known]
    held = run("SELECT * FROM dim_campaign ORDER BY campaign_key")
    assert [column[0] for column in held.description] == WAREHOUSE.tables["dim_campaign"].columns.keys()
    assert [row[0] for row in held.fetchall()] == [1, 2]
