"""Migrations of the application database, one change a file; run by `app.data.migrate`."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import inspect, text

from app.data.db import Database


def newest() -> str:
    """The number of the newest migration, from its file's name."""
    return max(file.name.split("_")[0] for file in (Path(__file__).parent / "versions").glob("[0-9]*.py"))


def current(database: Database) -> str | None:
    """The number of the migration that the database has reached; None for an empty one."""
    with database.engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
        return found
