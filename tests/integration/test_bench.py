"""What `make bench` prints can be read by a program, whatever is printed while it measures."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from tests.bench.company import BenchCompany

ROOT = Path(__file__).parents[2]
NOISY = """
import os
from tests.bench.__main__ import stdout_kept
with stdout_kept():
    print("of this process")
    os.system("echo of a child")
print("{}")
"""


def _printed(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *command], cwd=ROOT, capture_output=True, text=True, check=True)


def test_stdout_is_one_document_of_json_with_servers_and_their_logs_beside_it() -> None:
    """The part that serves the product as it is, over a warehouse of ten ad rows a day."""
    printed = _printed("-m", "tests.bench", "--only", "memory", "--rows", "11000")
    document = json.loads(printed.stdout)
    assert document["rows"] == 11_000
    assert list(document["measured"]) == ["web_worker_memory", "web_worker_heavy_libraries"]
    assert document["measured"]["web_worker_heavy_libraries"]["value"] == 0
    assert "web_worker_memory: " in printed.stderr and "route=/login" not in printed.stderr


def test_what_is_printed_while_it_measures_goes_to_stderr() -> None:
    printed = _printed("-c", NOISY)
    assert printed.stdout == "{}\n"
    assert sorted(printed.stderr.splitlines()) == ["of a child", "of this process"]


@pytest.mark.parametrize(
    ("rows", "days"),
    [
        (10_000_000, 11),  # 9,124 a day: ten days are 91,240
        (109_600_000, 1),  # a hundred thousand a day
        (1_096, 1_096),  # no more days than there are
    ],
)
def test_a_hundred_thousand_rows_are_at_least_that_many(rows: int, days: int, tmp_path: Path) -> None:
    assert BenchCompany(tmp_path, rows, 0, date(2026, 3, 31)).days_with(100_000) == days
