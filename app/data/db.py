"""The application database: engine, sessions, declarative base. SQLite in WAL mode or PostgreSQL."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import DateTime, Engine, MetaData, create_engine, event
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker
from sqlalchemy.types import TypeDecorator

from app.errors import PadError, SettingError
from app.settings import variable
from app.text import t

NAMING = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Base of every row of the application database."""

    metadata = MetaData(naming_convention=NAMING)


class Instant(TypeDecorator[datetime]):
    """A UTC instant, aware on both databases (SQLite forgets the zone)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        instant: datetime = value if value.tzinfo else value.replace(tzinfo=UTC)
        return instant


class Database:
    """Sessions on one application database."""

    def __init__(self, url: str) -> None:
        self.engine = _engine(url)
        self._sessions = sessionmaker(self.engine, expire_on_commit=False)

    @contextmanager
    def session(self) -> Iterator[Session]:
        """One transaction: commits at the end, rolls back on any error."""
        with self._sessions.begin() as session:
            yield session


@contextmanager
def reachable(database: Database) -> Iterator[None]:
    """What is said holds no password.

    Raises: SettingError when the database cannot be opened, PadError when a SQLite file's disk is the reason.
    """
    try:
        yield
    except OperationalError as problem:
        if (trouble := disk_trouble(database, problem)) is not None:
            raise trouble from None
        raise SettingError(
            t("process.database_silent", variable=variable("database_url"), reason=_reason(problem)),
            hint=t("process.database_silent_hint"),
        ) from None


def disk_trouble(database: Database, problem: SQLAlchemyError) -> PadError | None:
    """The error to show when a SQLite file's disk is full, broken or not to be written; None for any other.

    SQLite says 'disk I/O error' for a full disk too, when it meets it beside the file.
    """
    cause = getattr(problem, "orig", None)
    if not isinstance(cause, sqlite3.Error):
        return None
    file = Path((database.engine.url.database or "").removeprefix("file:"))
    kind = getattr(cause, "sqlite_errorcode", 0) & 0xFF  # the bits above tell where it happened
    if kind in (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL):
        hint = t("process.database_disk_full", folder=file.parent)
    elif kind == sqlite3.SQLITE_READONLY or (kind == sqlite3.SQLITE_CANTOPEN and file.parent.is_dir()):
        hint = t("process.database_disk_shut", folder=file.parent)
    else:
        return None
    return PadError(t("process.database_disk", file=file, reason=_reason(problem)), hint=hint)


def _reason(problem: SQLAlchemyError) -> str:
    return str(getattr(problem, "orig", problem)).strip().splitlines()[0]


def _engine(url: str) -> Engine:
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1), pool_pre_ping=True)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "busy_timeout=10000"):
        connection.execute(f"PRAGMA {pragma}")
