"""Where the lines of a process go: a file that is turned over, its last words, or the standard output."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.processes import installation, log_files
from app.processes.log_files import LogFile
from app.settings import Settings


def test_what_a_process_prints_stands_in_the_file_as_it_was_printed(tmp_path: Path) -> None:
    file = LogFile(tmp_path / "logs", "web")
    file.take([b"100 % of it\n", b"caf\xe9 {braces}\n"]).join()
    assert (tmp_path / "logs" / "web.log").read_text() == "100 % of it\ncaf\ufffd {braces}\n"
    assert list(file.tail) == ["100 % of it", "caf\ufffd {braces}"]


def test_a_full_file_is_turned_over_and_the_oldest_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_files, "FULL", 100)
    file = LogFile(tmp_path, "web")
    for number in range(60):
        file.write(f"line number {number:03}")
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["web.log", "web.log.1", "web.log.2", "web.log.3", "web.log.4"]
    assert all(path.stat().st_size <= 100 for path in tmp_path.iterdir())
    assert "line number 059" in (tmp_path / "web.log").read_text()


def test_a_folder_that_refuses_lines_stops_nobody(tmp_path: Path) -> None:
    file = LogFile(tmp_path, "web")
    file.path.mkdir()
    file.write("nobody can keep this")
    assert list(file.tail) == ["nobody can keep this"]


@pytest.mark.parametrize(
    ("wanted", "terminal", "kept"),
    [
        ("auto", True, True),
        ("auto", False, False),  # a container: its engine keeps the standard output
        ("output", True, False),
        ("files", False, True),
    ],
)
def test_logs_are_kept_in_files_on_a_terminal_or_when_told_so(
    tmp_path: Path, wanted: str, terminal: bool, kept: bool
) -> None:
    found = installation.logs(Settings(home=tmp_path, log_to=wanted), terminal)
    assert found == (tmp_path / "logs" if kept else None)
