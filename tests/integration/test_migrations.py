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


def _upgrade_elsewhere(url: str) -> None:
    import subprocess
    import sys

    code = f"from app.data.migrate import upgrade; upgrade({url!r})"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[2])
