"""Two readers at once, a full disk, and kill -9 during a load or a publish: for every platform."""

from __future__ import annotations

import errno
import gzip
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from app.data.connectors.base import CONNECTORS
from app.data.models import SyncRun
from app.data.pipeline.alone import alone
from app.data.warehouse.staging import StagingWriter
from app.errors import ConflictError, PadError
from tests.ingest_cast import WEEK, Company, Platform
from tests.trouble_cases import (
    Case,
    each,
    newest_runs,
    recovers,
    troubled,
    waiting_streams,
)
from tests.waiting import until

ROOT = Path(__file__).parents[2]


@each
def test_the_second_of_two_syncs_is_refused_and_the_first_is_not_disturbed(
    tmp_path: Path, case: Case
) -> None:
    refusals: list[str] = []

    def meanwhile(request: httpx.Request) -> httpx.Response:
        with pytest.raises(ConflictError, match=f"{case.source} is being synced already") as caught:
            other.sync(WEEK)
        refusals.append(caught.value.hint)
        return Platform(case.source).replay(request)

    company = case.company(tmp_path, troubled(case, meanwhile))
    other = Company(tmp_path, case.source, Platform(case.source))
    assert case.sync(company).rows > 0
    assert refusals == [
        "Wait for that sync: the source is syncing until then, as the Sources page and pad sources list show."
    ]
    recovers(case, company)


def test_two_sources_are_read_at_once(tmp_path: Path) -> None:
    company = Company(tmp_path, "google_ads", Platform("google_ads"))
    with alone(company.parts, "salesforce"), alone(company.parts, "google_analytics"):
        assert company.sync().rows == 5


@pytest.mark.parametrize("when", ["while a page is kept", "while a table is closed"])
@each
def test_a_disk_that_is_full_during_a_load_is_told_and_leaves_nothing_half_loaded(
    tmp_path: Path, case: Case, when: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    company = case.company(tmp_path, Platform(case.source))
    before = case.rows(company)

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as disk:
        disk.setattr(*((gzip.GzipFile, "write", full) if "page" in when else (StagingWriter, "close", full)))
        with pytest.raises(PadError, match="could not be written: No space left on device.*Free space in"):
            case.sync(company)
    assert waiting_streams(company) == []
    first = newest_runs(company)[case.order[0]]
    assert first.state == "failed" and f"{case.order[0]} of " in first.error
    company.publish()
    assert case.rows(company) == before
    recovers(case, company)


HANGS_AT = {
    "google_ads": "segments.device",
    "google_analytics": '"landingPage"',
    "salesforce": "750O/results",
}


BROKEN_OFF = "The sync was broken off. What was whole before is kept; sync it again."
KILLED_STREAM = {"google_ads": "ad_days", "google_analytics": "landing_pages", "salesforce": "opportunities"}


sources = pytest.mark.parametrize("source", CONNECTORS.ids())


@sources
def test_a_killed_sync_leaves_nothing_half_loaded_and_the_next_one_cleans_up(
    tmp_path: Path, source: str
) -> None:
    command = [sys.executable, "-m", "tests.integration.reader_of_tests", str(tmp_path)]
    reader = subprocess.Popen([*command, source, HANGS_AT[source]], cwd=ROOT)
    until(lambda: (tmp_path / "hangs").exists() or reader.poll() is not None)
    assert reader.poll() is None, "the reader ended before it hung"
    reader.kill()
    reader.wait()
    company, stream = Company(tmp_path, source, Platform(source)), KILLED_STREAM[source]
    streams = CONNECTORS.get(source).streams
    names = [one.name for one in streams]
    half = [path for path in company.parts.staging.glob(f"{source}/*/") if not whole(path)]
    assert [path.name.split("-")[0] for path in half] == [stream]
    company.publish()
    done = {table for one in streams[: names.index(stream)] for table in one.tables}
    (table,) = (one for one in streams[names.index(stream)].tables if one.startswith("fact_"))
    assert all(company.ask(f"SELECT count(*) FROM {name}")[0][0] > 0 for name in done)
    assert company.ask(f"SELECT count(*) FROM {table}") == [(0,)]
    company.load()
    assert all(whole(path) for path in company.parts.staging.glob(f"{source}/*/"))
    assert company.ask(f"SELECT count(*) FROM {table}")[0][0] > 0
    with company.parts.database.session() as session:
        broken = session.scalars(select(SyncRun).where(SyncRun.state == "failed")).all()
        assert [(run.stream, run.error) for run in broken] == [(stream, BROKEN_OFF)]
        assert session.scalars(select(SyncRun).where(SyncRun.state == "running")).all() == []


def whole(folder: Path) -> bool:
    return (folder / "load.json").exists()


# A publisher that stops for ever before it moves the pointer, so that it can be killed exactly there.
PUBLISHER = """
import sys, time
from pathlib import Path
from app.data.warehouse.pointer import Pointer
from tests.ingest_cast import Company
def stop(*_):
    print("here", flush=True)
    time.sleep(120)
Pointer.replace = stop
Company(Path(sys.argv[1]), sys.argv[2]).publish()
"""


@sources
def test_a_publisher_killed_over_the_loads_of_a_source_loses_none_of_them(
    tmp_path: Path, source: str
) -> None:
    company = Company(tmp_path, source, Platform(source))
    loads = company.sync().loads
    company.parts.snapshots.current()  # the first, empty one
    before = company.parts.snapshots.current().version
    command = [sys.executable, "-c", PUBLISHER, str(tmp_path), source]
    killed = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT)
    with killed:
        lines = iter(killed.stdout or [])
        assert any(b"here" in line for line in lines)
        killed.send_signal(signal.SIGKILL)
    tables = sorted({name for one in CONNECTORS.get(source).streams for name in one.tables})
    assert company.parts.snapshots.current().version == before
    assert {company.ask(f"SELECT count(*) FROM {name}")[0][0] for name in tables} == {0}
    assert company.publish().loads == tuple(loads)
    assert all(company.ask(f"SELECT count(*) FROM {name}")[0][0] > 0 for name in tables)
    assert json.loads(json.dumps(company.publish().loads)) == []
