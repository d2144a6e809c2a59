from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from app.accounts import models as accounts
from app.clock import FixedClock
from app.data.db import Base, Database
from app.data.models import ChannelRule, Load
from app.data.pipeline.publish import publish
from app.data.warehouse.pointer import Pointer
from app.data.warehouse.snapshots import Snapshots
from app.data.warehouse.store import Waiting
from app.errors import ConflictError, PadError
from app.settings import Settings
from tests.waiting import until
from tests.warehouse_case import MAY_1, Case, ad, covering

CLOCK = FixedClock(datetime(2026, 6, 1, tzinfo=UTC))
FILES_BEFORE = {"CURRENT", "publish.lock", "warehouse-0.duckdb", "warehouse-1.duckdb"}

# A publisher that stops for ever at one step, so that it can be killed exactly there.
KILLED = """
import sys, time
from pathlib import Path
from app.data.warehouse import store
from app.data.warehouse.store import Waiting
from tests.warehouse_case import Case
step, folder, load = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
def stop(*_):
    print("here", flush=True)
    time.sleep(60)
if step == "copied":
    case = Case(folder, copy=lambda source, target: (target.write_bytes(source.read_bytes()[:9000]), stop()))
else:
    case = Case(folder)
    if step == "loaded":
        store.Edition.derive = stop
    else:
        case.snapshots.pointer.replace = stop
case.publish(Waiting(2, load))
"""


@pytest.mark.parametrize("step", ["copied", "loaded", "renamed"])
def test_a_killed_publisher_leaves_the_last_snapshot_and_the_load_for_the_next(
    tmp_path: Path, step: str
) -> None:
    case = Case(tmp_path)
    case.load(1, {"fact_ad": [ad(MAY_1, 10)]})
    load = case.stage(2, {"fact_ad": [ad(MAY_1, 20)]})
    killed = subprocess.Popen(
        [sys.executable, "-c", KILLED, step, str(tmp_path), str(load.folder)], stdout=subprocess.PIPE
    )
    with killed, killed.stdout or pytest.fail("no output"):  # type: ignore[union-attr]
        assert killed.stdout.readline() == b"here\n"  # type: ignore[union-attr]
        killed.send_signal(signal.SIGKILL)
    assert Snapshots(tmp_path / "warehouse").current().version == 1
    assert case.ask("SELECT cost FROM fact_ad") == [(10_000_000,)]
    assert case.publish(load).loads == (2,)
    assert case.ask("SELECT cost FROM fact_ad") == [(20_000_000,)]
    left = {path.name for path in (tmp_path / "warehouse").iterdir()}
    assert not [name for name in left if "building" in name]
    assert len([name for name in left if name.endswith(".duckdb")]) == 2


def test_a_full_disk_during_the_copy_changes_nothing_and_the_load_waits_on(tmp_path: Path) -> None:
    case = Case(tmp_path)
    case.load(1, {"fact_ad": [ad(MAY_1, 10)]})
    load = case.stage(2, {"fact_ad": [ad(MAY_1, 20)]})

    def full(source: Path, target: Path) -> None:
        shutil.copyfile(source, target)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(PadError, match="No space left on device Version 1 serves on and 1 loads wait"):
        Case(tmp_path, copy=full).publish(load)
    assert {path.name for path in (tmp_path / "warehouse").iterdir()} == FILES_BEFORE
    assert case.ask("SELECT cost FROM fact_ad") == [(10_000_000,)]
    assert case.publish(load).loads == (2,)
    assert case.ask("SELECT cost FROM fact_ad") == [(20_000_000,)]


# The kernel refuses every byte behind a limit: what DuckDB meets on a full disk while it writes.
LIMITED = """
import resource, signal, sys
from pathlib import Path
from app.data.warehouse.store import Waiting
from tests.warehouse_case import Case
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), int(sys.argv[1])))
Case(Path(sys.argv[2])).publish(Waiting(2, Path(sys.argv[3])))
"""


@pytest.mark.parametrize("count", [20_000, 400_000])  # met by the checkpoint, and before by the commit
def test_a_disk_that_fills_up_while_rows_are_written_changes_nothing(tmp_path: Path, count: int) -> None:
    case = Case(tmp_path)
    case.load(1, {"fact_ad": [ad(MAY_1, 10)]})
    rows = [ad(MAY_1, cost, campaign=cost * 7919 % 1_000_003, clicks=cost**2) for cost in range(count)]
    load = case.stage(2, {"fact_ad": rows})
    room = case.snapshots.current().path.stat().st_size + 100_000
    ended = subprocess.run(
        [sys.executable, "-c", LIMITED, str(room), str(tmp_path), str(load.folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1, ended.stderr
    assert "The warehouse could not be written" in ended.stderr
    assert "Version 1 serves on and 1 loads wait: free space in" in ended.stderr
    assert case.ask("SELECT cost FROM fact_ad") == [(10_000_000,)]
    assert case.publish(load).loads == (2,)
    assert case.ask("SELECT count(*) FROM fact_ad") == [(count,)]


def test_a_pointer_that_somebody_moved_is_not_overwritten(tmp_path: Path) -> None:
    def copy_and_move(source: Path, target: Path) -> None:
        shutil.copyfile(source, target)
        shutil.copyfile(source, source.with_name("warehouse-77.duckdb"))
        Pointer(source.parent).replace(77)

    case = Case(tmp_path, copy=copy_and_move)
    case.snapshots.current()
    with pytest.raises(ConflictError, match="moved away from version 0"):
        case.load(1, {"fact_ad": [ad(MAY_1, 10)]})
    assert case.snapshots.current().version == 77


class Company:
    """An application database beside a warehouse."""

    def __init__(self, folder: Path) -> None:
        self.case = Case(folder)
        self.settings = Settings(home=folder, database_url=f"sqlite:///{folder / 'app.db'}")
        self.database = Database(self.settings.database)
        # Foreign keys of loads' neighbours point to users, whose table must be known.
        assert issubclass(accounts.User, Base)
        Base.metadata.create_all(self.database.engine)

    def waiting(self, load_id: int, cost: int) -> Waiting:
        load = self.case.stage(load_id, {"fact_ad": [ad(MAY_1, cost)]}, covering(MAY_1))
        row = {"source_id": "google_ads", "stream": "s", "path": str(load_id), "rows": 1}
        with self.database.session() as session:
            session.add(Load(id=load_id, extracted_at=CLOCK.now(), state="waiting", **row))
        return load

    def publish(self) -> tuple[int, ...]:
        snapshots = Snapshots(self.settings.warehouse_dir)
        report = publish(self.database, snapshots, self.settings, CLOCK)
        snapshots.close()
        return report.loads

    def states(self) -> list[tuple[int, str, int | None]]:
        with self.database.session() as session:
            loads = session.query(Load).order_by(Load.id).all()
            return [(load.id, load.state, load.published_version) for load in loads]


def test_waiting_loads_are_published_and_marked(tmp_path: Path) -> None:
    company = Company(tmp_path)
    company.waiting(1, 10)
    company.waiting(2, 20)
    assert company.publish() == (1, 2)
    assert company.states() == [(1, "published", 1), (2, "published", 1)]
    assert company.publish() == ()
    assert company.case.ask("SELECT cost FROM fact_ad") == [(20_000_000,)]


def test_a_crash_between_the_snapshot_and_its_mark_is_repaired_by_the_next_run(tmp_path: Path) -> None:
    company = Company(tmp_path)
    company.case.publish(company.waiting(1, 10))
    assert company.states() == [(1, "waiting", None)]
    assert company.publish() == (1,)
    assert company.states() == [(1, "published", 1)]
    assert company.case.ask("SELECT count(*) FROM fact_ad") == [(1,)]


def test_a_load_whose_folder_is_gone_is_refused_and_the_others_go_on(tmp_path: Path) -> None:
    company = Company(tmp_path)
    shutil.rmtree(company.waiting(1, 10).folder)
    company.waiting(2, 20)
    assert company.publish() == (2,)
    assert company.states() == [(1, "rejected", None), (2, "published", 1)]


def test_the_channel_rules_of_the_application_database_count(tmp_path: Path) -> None:
    company = Company(tmp_path)
    with company.database.session() as session:
        session.add(ChannelRule(position=1, source_pattern="google", channel="Search engines"))
    row = {"traffic_key": 1, "source": "google", "medium": "cpc", "campaign_raw": "x"}
    company.case.stage(1, {"dim_traffic": [row]})
    with company.database.session() as session:
        more = {"source_id": "s", "stream": "s", "path": "1", "rows": 1}
        session.add(Load(id=1, extracted_at=CLOCK.now(), state="waiting", **more))
    company.publish()
    assert company.case.ask("SELECT channel FROM dim_traffic WHERE traffic_key = 1") == [("Search engines",)]


def test_two_publishers_at_once_lose_nothing_and_publish_nothing_twice(tmp_path: Path) -> None:
    company = Company(tmp_path)
    for load_id in range(1, 7):
        company.waiting(load_id, load_id)
    threads = [threading.Thread(target=company.publish) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [state for _, state, _ in company.states()] == ["published"] * 6
    assert company.case.ask("SELECT count(*), count(DISTINCT load_id) FROM published_load") == [(6, 6)]
    assert company.case.ask("SELECT cost FROM fact_ad") == [(6_000_000,)]
    assert company.case.ask("SELECT cost FROM fact_ad_history ORDER BY 1") == [
        (cost * 1_000_000,) for cost in range(1, 6)
    ]


HALVES = "SELECT sum(cost), (SELECT sum(cost) FROM rollup_ad_campaign_day), min(cost), max(cost) FROM fact_ad"


class Readers:
    """Threads that read one snapshot after the other, by a clock that only the test moves."""

    def __init__(self, folder: Path, count: int) -> None:
        self.now = 0.0  # seconds
        self.snapshots = Snapshots(folder, monotonic=lambda: self.now)
        self.seen: list[list[int]] = [[] for _ in range(count)]
        self.wrong: list[tuple[int, ...]] = []
        self.stop = threading.Event()
        self.threads = [threading.Thread(target=self._read, args=(one,)) for one in self.seen]

    def _read(self, seen: list[int]) -> None:
        while not self.stop.wait(0.01):
            with self.snapshots.cursor() as cursor:
                total, rolled, least, most = cursor.execute(HALVES).fetchall()[0]
            if total != rolled or least != most:
                self.wrong.append((total, rolled, least, most))
            seen.append(least // 1_000_000)

    def wait_for(self, value: int) -> None:
        """Until each of them has read this value."""
        until(lambda: all(value in seen for seen in self.seen))

    def end(self) -> None:
        self.stop.set()
        for thread in self.threads:
            thread.join()


def test_eight_readers_move_within_a_second_and_never_see_half_a_publish(tmp_path: Path) -> None:
    """The clock of the readers stands but for one second after each publish: by then all must have moved."""
    case = Case(tmp_path)
    case.load(1, {"fact_ad": [ad(MAY_1, 1, campaign=number) for number in range(500)]})
    readers = Readers(tmp_path / "warehouse", 8)
    for thread in readers.threads:
        thread.start()
    try:
        readers.wait_for(1)
        for load_id in (2, 3):
            case.load(load_id, {"fact_ad": [ad(MAY_1, load_id, campaign=number) for number in range(500)]})
            readers.now += 1
            readers.wait_for(load_id)
    finally:
        readers.end()
    assert readers.wrong == []
    for seen in readers.seen:
        assert seen == sorted(seen)
        assert set(seen) == {1, 2, 3}
    assert readers.snapshots.held() == {3}
    readers.snapshots.close()


def test_an_old_cursor_reads_its_snapshot_to_the_end_and_then_lets_the_file_go(tmp_path: Path) -> None:
    case = Case(tmp_path)
    case.load(1, {"fact_ad": [ad(MAY_1, 1)]})
    with case.snapshots.cursor(fresh=True) as old:
        for load_id in range(2, 6):
            case.load(load_id, {"fact_ad": [ad(MAY_1, load_id)]})
        assert old.execute("SELECT cost FROM fact_ad").fetchall() == [(1_000_000,)]
        assert 1 in case.snapshots.held()
        assert (tmp_path / "warehouse" / "warehouse-1.duckdb").exists()
        assert case.ask("SELECT cost FROM fact_ad") == [(5_000_000,)]
    assert case.snapshots.held() == {5}
    case.load(6, {"fact_ad": [ad(MAY_1, 6)]})
    assert case.snapshots.pointer.versions() == [5, 6]


def test_a_snapshot_cannot_be_written_by_a_reader(tmp_path: Path) -> None:
    with Snapshots(tmp_path).cursor() as cursor, pytest.raises(duckdb.InvalidInputException):
        cursor.execute("DELETE FROM fact_ad")
