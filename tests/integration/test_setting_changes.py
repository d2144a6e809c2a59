"""A start with another setting on which numbers depend is told by the audit log, once."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread

import pytest

from app.accounts import audit
from app.clock import FixedClock
from app.data.db import Database
from app.data.migrate import upgrade
from app.operations import setting_changes
from app.settings import Settings, load
from tests.processes import process
from tests.waiting import until

CLOCK = FixedClock(datetime(2026, 6, 15, 12, tzinfo=UTC))


@pytest.fixture
def database(database_url: str) -> Database:
    upgrade(database_url)
    return Database(database_url)


def told(database: Database) -> list[tuple[str, str, str]]:
    found, _ = audit.entries(database, audit.AuditFilter(action=audit.SETTING_CHANGED), limit=9)
    return sorted((entry.actor, entry.object, entry.detail) for entry in found)


def test_only_a_start_that_changes_what_numbers_depend_on_is_noted(database: Database) -> None:
    for env in ({}, {}, {"PAD_ORGANISATION": "Larkfield", "SECRET_KEY": "k" * 32}):
        setting_changes.keep(database, CLOCK, load(env))
    assert told(database) == []
    changed = load({"PAD_CURRENCY": "EUR", "PAD_ATTRIBUTION_LOOKBACK_DAYS": "30"})
    for _ in range(2):
        setting_changes.keep(database, CLOCK, changed)
    assert told(database) == [
        ("start", "PAD_ATTRIBUTION_LOOKBACK_DAYS", "90 -> 30"),
        ("start", "PAD_CURRENCY", "USD -> EUR"),
    ]
    setting_changes.keep(database, CLOCK, Settings())
    assert ("start", "PAD_CURRENCY", "EUR -> USD") in told(database)


def test_processes_that_start_together_note_a_change_once(database: Database) -> None:
    for settings in (Settings(), load({"PAD_GROSS_MARGIN": "0.7"})):
        starts = [Thread(target=setting_changes.keep, args=(database, CLOCK, settings)) for _ in range(4)]
        for start in starts:
            start.start()
        for start in starts:
            start.join()
    assert told(database) == [("start", "PAD_GROSS_MARGIN", "0.8 -> 0.7")]


def test_the_scheduler_notes_at_its_start_what_the_last_one_did_not_have(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/app.db"
    upgrade(url)
    database = Database(url)
    setting_changes.keep(database, CLOCK, Settings())
    env = {**os.environ, "PAD_HOME": str(tmp_path), "PAD_CURRENCY": "GBP"}
    with process("scheduler", env) as started:
        until(lambda: bool(told(database)) or started.poll() is not None)
    assert told(database) == [("start", "PAD_CURRENCY", "USD -> GBP")]


def test_the_settings_on_which_numbers_depend_hold_no_secret() -> None:
    assert set(Settings().behind_numbers()) == {
        "PAD_CURRENCY",
        "PAD_TIME_ZONE",
        "PAD_GROSS_MARGIN",
        "PAD_ATTRIBUTION_LOOKBACK_DAYS",
        "PAD_LOW_VOLUME",
    }
