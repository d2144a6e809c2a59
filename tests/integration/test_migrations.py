"""Migrations: on both databases they make exactly the declared tables, and can be undone."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import inspect, text
from sqlalchemy.exc import DatabaseError

from app.data.db import Base, Database
from app.data.migrate import differences, downgrade, upgrade
from app.data.migrations import current, newest


def test_an_upgraded_database_has_the_declared_tables_and_nothing_else(database_url: str) -> None:
    upgrade(database_url)
    assert differences(database_url) == []
    assert current(Database(database_url)) == newest()


def test_a_downgrade_to_base_leaves_no_table(database_url: str) -> None:
    upgrade(database_url)
    downgrade(database_url, "base")
    assert inspect(Database(database_url).engine).get_table_names() == ["alembic_version"]
    upgrade(database_url)
    assert set(Base.metadata.tables) <= set(inspect(Database(database_url).engine).get_table_names())


def test_two_processes_that_start_together_migrate_once(database_url: str) -> None:
    with ThreadPoolExecutor(2) as threads:
        list(threads.map(lambda _: _upgrade_elsewhere(database_url), range(2)))
    assert differences(database_url) == []


def test_the_database_refuses_to_change_an_audit_row(database_url: str) -> None:
    upgrade(database_url)
    database = Database(database_url)
    columns = "at, actor, action, object, detail, address"
    row = f"INSERT INTO audit_entry ({columns}) VALUES (:at, 'a', 'b', '', '', '')"
    with database.session() as session:
        session.execute(text(row), {"at": "2026-01-01 00:00:00"})
    for statement in ("UPDATE audit_entry SET actor = 'x'", "DELETE FROM audit_entry"):
        with pytest.raises(DatabaseError, match="append-only"), database.session() as session:
            session.execute(text(statement))


def test_a_database_of_before_learns_to_refuse_that_an_audit_row_is_replaced(database_url: str) -> None:
    upgrade(database_url, "0010")
    row = (
        "INSERT INTO audit_entry (id, at, actor, action, object, detail, address)"
        " VALUES (7, '2026-01-01 00:00:00', :actor, 'b', '', '', '')"
    )
    database = Database(database_url)
    with database.session() as session:
        session.execute(text(row), {"actor": "alice"})
    upgrade(database_url)
    replacing = row.replace("INSERT", "INSERT OR REPLACE") if "sqlite" in database_url else row
    with pytest.raises(DatabaseError, match="append-only|duplicate key"), database.session() as session:
        session.execute(text(replacing), {"actor": "mallory"})
    with database.session() as session:
        assert session.execute(text("SELECT id, actor FROM audit_entry")).all() == [(7, "alice")]


def test_schedules_that_two_schedulers_added_are_held_once_and_told_apart_from_a_persons(
    database_url: str,
) -> None:
    """Of two checks the first that is not paused stays; a report's schedule is nobody's double."""
    upgrade(database_url, "0007")
    before = [(1, "check_alerts", True), (2, "check_alerts", False), (3, "check_alerts", False),
              (4, "train_churn", True), (5, "report", False), (6, "report", False)]  # fmt: skip
    columns = "id, kind, paused, title, arguments, cron, time_zone, next_at, fired, created_at"
    values = ":id, :kind, :paused, 'T', '{}', '5 * * * *', 'UTC', :at, 0, :at"
    with Database(database_url).session() as session:
        for number, kind, paused in before:
            row = {"id": number, "kind": kind, "paused": paused, "at": "2026-01-01 00:00:00"}
            session.execute(text(f"INSERT INTO schedule ({columns}) VALUES ({values})"), row)
    upgrade(database_url)
    with Database(database_url).session() as session:
        found = session.execute(text("SELECT id, provided FROM schedule ORDER BY id")).all()
    assert [tuple(row) for row in found] == [
        (2, "check_alerts"), (4, "train_churn"), (5, None), (6, None),
    ]  # fmt: skip


def _upgrade_elsewhere(url: str) -> None:
    import subprocess
    import sys

    code = f"from app.data.migrate import upgrade; upgrade({url!r})"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[2])
