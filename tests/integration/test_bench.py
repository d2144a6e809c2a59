"""What `make bench` prints can be read by a program, whatever is printed while it measures."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest

from app.data.metrics import catalogue
from app.data.query.runner import Runner
from app.figures.table_view import DEFAULT_COLUMNS
from app.figures.trends import movements
from app.settings import Settings
from app.units import Units
from tests import warehouse
from tests.bench import analytics, browser, figure, ingest, memory, query
from tests.bench.company import BenchCompany
from tests.bench.export import Download, watching
from tests.bench.verdict import Pair
from tests.fakes import services
from tests.one_snapshot import OneSnapshot

ROOT = Path(__file__).parents[2]
ASKED = 4  # the total, the campaigns, the line of paid media, and what came by platforms that nobody reads
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
    measured = document["measured"]["web_worker_memory"]
    assert document["measured"]["web_worker_heavy_libraries"]["value"] == 0
    assert len(measured["workers_mb"]) == len(measured["imported_mb"]) == 2
    largest, bare = max(measured["workers_mb"]), min(measured["imported_mb"])
    assert measured["value"] == pytest.approx(largest / bare, abs=0.01)
    assert "the largest web worker at rest" in measured["of"]
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


def test_a_ratio_is_that_of_the_medians_and_says_how_its_turns_spread() -> None:
    turns = iter([(0.003, 0.002), (0.002, 0.002), (0.010, 0.004)])
    verdict = Pair.of(lambda: next(turns), 3).verdict("both", 1.5, "this against that")
    assert verdict.document() == {
        "of": "this against that", "value": 1.5, "limit": 1.5, "met": True,
        "ours_ms": 3.0, "other_ms": 2.0, "ratio_of_turns": "1.25 1.50 2.00 in 3",
    }  # fmt: skip


class Process:
    """One that holds as much as a test says."""

    def __init__(self, held: int = 100_000_000) -> None:
        self.held = held  # bytes

    def memory_info(self) -> SimpleNamespace:
        return SimpleNamespace(rss=self.held)

    def memory_full_info(self) -> SimpleNamespace:
        return SimpleNamespace(pss=self.held)


def test_what_the_first_export_leaves_behind_counts_as_grown() -> None:
    process = Process()
    with watching([process]) as watch:  # type: ignore[list-item]
        process.held += 250_000_000
        watch.most = max(watch.most, watch.now())
    verdict = watch.verdict("export_memory_mb")
    assert (verdict.value, verdict.met) == (250.0, False)


def test_the_largest_web_worker_is_judged_and_each_bears_its_part_of_their_parent() -> None:
    workers, parent = [Process(60_000_000), Process(110_000_000)], Process(20_000_000)
    rest = memory.each(workers, parent)  # type: ignore[arg-type]
    assert rest == [70_000_000, 120_000_000]
    verdict = memory.judged(rest, [75_000_000, 80_000_000], {})
    assert (verdict.value, verdict.met) == (1.6, False), "their mean of 95 would have passed"


def test_the_first_download_counts_and_the_slowest_is_judged() -> None:
    with httpx.Client() as client:
        verdict = Download(client, "", first=[1.25, 0.04, 0.05, 0.06]).first_byte()
    assert (verdict.value, verdict.met) == (1.25, False)
    assert verdict.figures == {"first_s": 1.25, "later_s": 0.05, "downloads": 4}


def test_a_change_to_a_view_that_nobody_has_opened_is_judged_like_one_that_is_held() -> None:
    turns = [{"filter_change": (0.03, 0.04), "unopened_change": (0.4, 0.04)} for _ in range(3)]
    verdicts = [(one.name, one.value, one.met) for one in browser.judged_changes(turns)]
    assert verdicts == [
        ("browser_filter_change", 0.75, True),
        ("browser_unopened_change", 10.0, False),
    ]
    (_, unopened) = browser.judged_changes(
        [{"filter_change": (0.03, 0.04), "unopened_change": (0.4, 0.5)}] * 3
    )
    assert (unopened.value, unopened.met, unopened.figures["to_ready_figures"]) == (0.8, True, 10.0)


def test_the_drill_down_asks_what_the_table_asks_when_a_channel_is_clicked(tmp_path: Path) -> None:
    snapshot = OneSnapshot(warehouse.company())
    made = replace(services(tmp_path), query=Runner(snapshot, Settings(), warehouse.CLOCK))
    level = query.below(made, query.TABLE, query.CHANNEL)
    assert level == "?range=last_year&channel=Paid+search&clicked=channel&group=campaign"
    snapshot.statements.clear()
    query.ask_table(made, level)
    assert len(snapshot.statements) == ASKED
    asked = "\n".join(snapshot.statements)
    assert [name for name in DEFAULT_COLUMNS if f" AS {name}" not in asked] == []


def test_a_sync_and_plain_reading_find_every_row_of_the_prepared_pages(tmp_path: Path) -> None:
    """Two rows a day of sessions, one of the others: 731 days and 61, and today."""
    today = datetime.now(UTC).date()
    prepared = analytics.prepare(tmp_path / "pages", 2_000, today)
    assert prepared.rows == 732 * 2 + 732 + 61
    with analytics.serving(prepared) as base:
        rows = str(prepared.rows)
        synced = ingest.spent("sync", str(tmp_path / "home"), base, rows)
        read = ingest.spent("read", str(prepared.folder / analytics.ASKED), base, rows)
        with pytest.raises(subprocess.CalledProcessError):
            ingest.spent("read", str(prepared.folder / analytics.ASKED), base, "1")
    assert synced.cpu > read.cpu > 0 and synced.peak > read.peak > 10_000_000


def test_the_figure_that_is_timed_is_the_one_written_by_hand() -> None:
    catalogue.load()
    drawn = movements(figure.ROWS, figure.titled(), figure.RATE, Units("USD"))
    assert figure.encoded(drawn) == figure.encoded(figure.by_hand(figure.ROWS, figure.titled()))
