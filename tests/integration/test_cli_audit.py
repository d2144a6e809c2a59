"""Every change that a command makes is in the audit log, with the command and the person at the machine."""

from __future__ import annotations

import getpass
import json
import os
import socket
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.accounts import audit
from app.accounts.models import AuditEntry
from app.data.db import Database
from app.home import prepared
from app.processes import demo
from sandbox.company import Company
from sandbox.server import running

ALICE, BOB = "alice@example.com", "bob@example.com"
DAYS = ("--from", "2026-06-01", "--to", "2026-06-02")


def pad(home: Path, *arguments: str) -> str:
    """What a command prints; it has to succeed."""
    done = subprocess.run(
        [sys.executable, "-m", "app.cli", *arguments],
        env={**os.environ, "PAD_HOME": str(home)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def entries(home: Path) -> list[AuditEntry]:
    """The log, oldest first."""
    return list(audit.every(Database(prepared({"PAD_HOME": str(home)}).database), audit.AuditFilter()))


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> list[AuditEntry]:
    """What the log of a new installation says after one round of every command that changes something."""
    home, folder = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("files")
    company = Company.in_memory(7, datetime(2026, 6, 15, 12, tzinfo=UTC), scale=0.05, months=2, billing=3)
    with running(company) as up:
        served, keys = demo.Company(up.base), folder / "google_ads.json"
        keys.write_text(json.dumps(served.credentials("google_ads")))
        rates = served.file("exchange_rates", folder)
        pad(home, "user", "add", ALICE, "--role", "admin")
        pad(home, "user", "add", BOB, "--role", "analyst")
        pad(home, "user", "password", BOB)
        pad(home, "user", "disable", BOB)
        pad(home, "user", "disable", BOB, "--undo")
        pad(home, "import", str(rates), "--as", "exchange_rates")
        pad(home, "sources", "record", "set", "web", "google_analytics")
        pad(home, "channels", "reset")
        address = up.base_of("google_ads")
        pad(home, "sources", "add", "google_ads", "--credentials", str(keys), "--base-url", address)
        pad(home, "sources", "sync", "google_ads", *DAYS)
        pad(home, "sources", "backfill", "google_ads", *DAYS)
    pad(home, "backup", str(folder / "all.zip"))
    pad(home, "restore", str(folder / "all.zip"), "--yes")
    return entries(home)


def test_each_command_leaves_one_line_under_its_own_name(log: list[AuditEntry]) -> None:
    assert [(entry.actor, entry.action, entry.object) for entry in log] == [
        ("pad user", audit.USER_ADDED, ALICE),
        ("pad user", audit.USER_ADDED, BOB),
        ("pad user", audit.PASSWORD_CHANGED, BOB),
        ("pad user", audit.USER_DISABLED, BOB),
        ("pad user", audit.USER_ENABLED, BOB),
        ("pad import", audit.SOURCE_IMPORT, "exchange_rates"),
        ("pad sources record", audit.SETTING_CHANGED, "record of web"),
        ("pad channels", audit.SETTING_CHANGED, "channels"),
        ("pad sources", audit.SOURCE_CHANGED, "google_ads"),
        ("pad sources", audit.SOURCE_SYNC, "google_ads"),
        ("pad sources", audit.SOURCE_SYNC, "google_ads"),
        ("pad restore", audit.RESTORED, log[-1].object),
    ]


def test_a_line_says_what_was_asked_and_no_secret(log: list[AuditEntry]) -> None:
    told = {(entry.action, entry.detail) for entry in log}
    assert (audit.SOURCE_SYNC, "2026-06-01..2026-06-02") in told
    imported = next(entry.detail for entry in log if entry.action == audit.SOURCE_IMPORT)
    assert imported.startswith("exchange_rates.csv, ") and imported.endswith(" rows")
    connected = next(entry.detail for entry in log if entry.action == audit.SOURCE_CHANGED)
    names = "client_id, client_secret, customer_ids, developer_token"
    assert connected.startswith(f"connected, credentials: {names}") and "address http://" in connected
    assert log[-1].object.startswith("all.zip, made at 2")


def test_a_line_names_the_person_and_the_machine(log: list[AuditEntry]) -> None:
    assert {entry.address for entry in log} == {f"{getpass.getuser()}@{socket.gethostname()}"[:64]}


def test_a_backup_is_in_the_log_of_the_installation_that_made_it(tmp_path: Path) -> None:
    pad(tmp_path / "home", "backup", str(tmp_path / "keys.zip"), "--with-keys")
    (entry,) = entries(tmp_path / "home")
    assert (entry.actor, entry.action, entry.object, entry.detail) == (
        "pad backup",
        audit.BACKED_UP,
        "keys.zip",
        "with the keys",
    )


def test_a_refused_import_leaves_no_line(tmp_path: Path) -> None:
    home, wrong = tmp_path / "home", tmp_path / "wrong.csv"
    wrong.write_text("nothing,that\nis,asked\n")
    done = subprocess.run(
        [sys.executable, "-m", "app.cli", "import", str(wrong), "--as", "subscriptions"],
        env={**os.environ, "PAD_HOME": str(home)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1 and "missing in the header" in done.stderr
    assert entries(home) == []
