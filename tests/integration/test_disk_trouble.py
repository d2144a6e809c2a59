"""A disk that is full or not to be written, beneath the default database: it is named as the reason."""

from __future__ import annotations

import json
import os
import resource
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from app.data.db import Database, reachable
from app.data.migrate import upgrade
from app.data.migrations import current
from app.errors import PadError
from app.home import prepared

ROOT = Path(__file__).parents[2]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    upgrade(prepared({"PAD_HOME": str(tmp_path)}).database)
    return tmp_path


def _without_room() -> None:
    """Files of this process may grow no more, which SQLite meets as it meets a full disk."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))


def _pad(home: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "app.cli", *command],
        cwd=ROOT,
        env={**os.environ, "PAD_HOME": str(home)},
        preexec_fn=_without_room,
        capture_output=True,
        text=True,
    )


def _found(home: Path) -> str:
    return f"The database {home}/app.db cannot be used: disk I/O error."


def _way(home: Path) -> str:
    return f"The disk of {home} is full or fails: make room there, or move PAD_HOME to another disk."


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
