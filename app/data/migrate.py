"""Bring the application database to the newest shape, in this process, before anything else uses it."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Engine, text

from app.data.db import Database
from app.data.migrations.tables import METADATA

FOLDER = Path(__file__).parent / "migrations"
ONE_AT_A_TIME = 8_146_273  # any number that no other user of the PostgreSQL server locks


def upgrade(url: str, revision: str = "head") -> None:
    """Run the migrations that are missing; processes that start together wait for the first."""
    with _alone(url) as (config, _):
        command.upgrade(config, revision)


def downgrade(url: str, revision: str) -> None:
    """Undo migrations down to a revision; `base` undoes all."""
    with _alone(url) as (config, _):
        command.downgrade(config, revision)


def differences(url: str) -> list[Any]:
    """What the declared rows and the database disagree about; empty when a migration covers everything."""
    with _alone(url) as (_, connection):
        return list(compare_metadata(MigrationContext.configure(connection), METADATA))


def draft(url: str, message: str, number: str) -> None:
    """Write the next migration from what is declared and not yet in the (migrated) database."""
    with _alone(url) as (config, _):
        command.revision(config, message, autogenerate=True, rev_id=number)


@contextmanager
def _alone(url: str) -> Iterator[tuple[Config, Connection]]:
    engine = Database(url).engine
    try:
        with _locked(engine), engine.connect() as connection, connection.begin():
            if engine.dialect.name == "sqlite":
                # A rebuilt table is dropped for a moment; that must not delete the rows that refer to it.
                connection.connection.execute("PRAGMA foreign_keys=OFF")
            if engine.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ONE_AT_A_TIME})
            config = Config()
            config.set_main_option("script_location", str(FOLDER))
            config.attributes["connection"] = connection
            yield config, connection
    finally:
        engine.dispose()


@contextmanager
def _locked(engine: Engine) -> Iterator[None]:
    """SQLite has no lock that covers looking and changing, so a file beside it does."""
    if engine.dialect.name != "sqlite" or not engine.url.database:
        yield
        return
    with open(f"{engine.url.database}.migrating", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
