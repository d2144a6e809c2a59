"""The house of this suite and its parts."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.clock import FixedClock
from app.data import db
from tests.integration.accounts import house as home


@pytest.fixture(autouse=True)
def quick(quick_hashes: None) -> None:
    """Every sign-in of this suite."""


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(datetime(2026, 11, 23, 9, 0, tzinfo=UTC))


@pytest.fixture
def database(tmp_path: Path) -> db.Database:
    made = db.Database(f"sqlite:///{tmp_path}/app.db")
    db.Base.metadata.create_all(made.engine)
    return made


@pytest.fixture
def house(database: db.Database, clock: FixedClock, tmp_path: Path) -> home.House:
    return home.build(database, clock, tmp_path)


@pytest.fixture
def either(database_url: str) -> db.Database:
    """The application database of both kinds, without a row."""
    made = db.Database(database_url)
    db.Base.metadata.create_all(made.engine)
    return made
