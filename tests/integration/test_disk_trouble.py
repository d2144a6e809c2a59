"""A disk that is full or not to be written, beneath the default database: it is named as the reason."""

from __future__ import annotations

import json
import os
import resource
import signal
import sqlite3
import subprocess
import sys
from functools import partial
from pathlib import Path

import duckdb
import pytest

from app.data.db import Database, reachable
from app.data.migrate import upgrade
from app.data.migrations import current
from app.data.warehouse.snapshots import Snapshots
from app.errors import PadError
from app.home import prepared

ROOT = Path(__file__).parents[2]
FULL = "is full or fails: make room there, or move PAD_HOME to another disk."


@pytest.fixture
def home(tmp_path: Path) -> Path:
    upgrade(prepared({"PAD_HOME": str(tmp_path)}).database)
    return tmp_path


SPARSE = 300_000  # bytes: enough for what the database keeps beside its file, too few for a warehouse


def _room(most: int) -> None:
    """Files of this process may grow to so many bytes, which is met as a full disk is."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))


def _pad(home: Path, *command: str, most: int = 4096) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "app.cli", *command],
        cwd=ROOT,
        env={**os.environ, "PAD_HOME": str(home)},
        preexec_fn=partial(_room, most),
        capture_output=True,
        text=True,
    )


def _found(home: Path) -> str:
    return f"The database {home}/app.db cannot be used: disk I/O error."


def _way(home: Path) -> str:
    return f"The disk of {home} {FULL}"


@pytest.mark.parametrize(
    "command",
    [
        ("query", "spend", "--from", "2026-01-01", "--to", "2026-01-02"),
        ("import", "spend.csv", "--as", "campaigns"),
    ],
)
def test_a_command_on_a_full_disk_says_so_and_not_that_the_setting_is_wrong(
    home: Path, command: tuple[str, ...]
) -> None:
    refused = _pad(home, *command)
    assert (refused.returncode, refused.stderr) == (1, f"Error: {_found(home)} {_way(home)}\n")


def test_without_room_for_the_first_warehouse_a_command_says_so_and_the_next_one_makes_it(home: Path) -> None:
    asked = ("query", "spend", "--from", "2026-01-01", "--to", "2026-01-02")
    refused = _pad(home, *asked, most=SPARSE)
    assert refused.returncode == 1 and "Traceback" not in refused.stderr
    assert refused.stderr.startswith("Error: The warehouse could not be made: ")
    assert "File too large" in refused.stderr
    assert refused.stderr.endswith(f"The disk of {home}/warehouse {FULL}\n")
    assert [file.name for file in (home / "warehouse").iterdir()] == ["publish.lock"]
    answered = _pad(home, *asked, most=1 << 30)
    assert answered.returncode == 0 and "spend: No rows in this range." in answered.stdout + answered.stderr


def test_what_a_killed_start_wrote_ahead_is_not_taken_for_the_new_warehouse(tmp_path: Path) -> None:
    killed = tmp_path / "warehouse-0.building"
    ahead = tmp_path / "warehouse-0.building.wal"
    with duckdb.connect(str(killed)) as connection:
        connection.execute("CREATE TABLE left_over (id INTEGER)")
        kept = ahead.read_bytes()
    ahead.write_bytes(kept)  # as it stands when nobody came to close the file
    with Snapshots(tmp_path).cursor() as cursor:
        names = {name for (name,) in cursor.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
    assert "fact_ad" in names and "left_over" not in names
    assert {file.name for file in tmp_path.iterdir()} == {"CURRENT", "publish.lock", "warehouse-0.duckdb"}


def test_the_doctor_on_a_full_disk_says_to_make_room(home: Path) -> None:
    findings = {one["check"]: one for one in json.loads(_pad(home, "doctor", "--format", "json").stdout)}
    database = findings["database"]
    assert (database["state"], database["found"], database["way_out"]) == ("fail", _found(home), _way(home))


def test_a_database_that_may_not_be_written_says_whom_to_let(tmp_path: Path) -> None:
    file = tmp_path / "app.db"
    sqlite3.connect(file).execute("CREATE TABLE one (id INTEGER)")
    database = Database(f"sqlite:///file:{file}?mode=ro&uri=true")
    with pytest.raises(PadError) as refused, reachable(database):
        current(database)
    assert str(refused.value) == (
        f"The database {file} cannot be used: attempt to write a readonly database. "
        f"Let the user that runs pad write {tmp_path} and the files in it."
    )
