"""A million rows from a platform's API to a published snapshot, against the same pages read by plain HTTP and
`json`, each in a fresh process.

What counts is time on the processor, which other work on the machine hardly disturbs; the time on the wall
stands beside it.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import httpx

from tests.bench.analytics import ASKED, PROPERTY, Prepared, prepare, serving
from tests.bench.company import BenchCompany
from tests.bench.verdict import Pair, Verdict

ROWS = 1_000_000
SHARE = 10  # of the company's ad rows one in so many, when these are fewer
ROUNDS = 3
SOURCE = "google_analytics"
SECRETS = {
    "property_ids": [PROPERTY],
    "client_id": "bench",
    "client_secret": "only-for-measuring",
    "refresh_token": "only-for-measuring",
}


@dataclass(frozen=True)
class Spent:
    """What a process needed for one thing. Units: seconds, bytes."""

    cpu: float
    wall: float
    peak: int


@dataclass
class Turns:
    """Reads the same pages by the product, into an installation of its own each time, and by hand."""

    prepared: Prepared
    base: str
    folder: Path
    ours: list[Spent] = field(default_factory=list)
    other: list[Spent] = field(default_factory=list)

    def take(self) -> tuple[float, float]:
        home = self.folder / f"home-{len(self.ours)}"
        asked = self.prepared.folder / ASKED
        asked.unlink(missing_ok=True)
        self.ours.append(spent("sync", str(home), self.base, str(self.prepared.rows)))
        shutil.rmtree(home)
        kept = asked.rename(self.folder / ASKED)
        self.other.append(spent("read", str(kept), self.base, str(self.prepared.rows)))
        return self.ours[-1].cpu, self.other[-1].cpu


def measure(company: BenchCompany) -> Iterator[Verdict]:
    folder = company.home / "ingest"
    prepared = prepare(folder / "pages", min(ROWS, company.rows // SHARE), datetime.now(UTC).date())
    with serving(prepared) as base:
        turns = Turns(prepared, base, folder)
        pair = Pair.of(turns.take, ROUNDS)
    shutil.rmtree(folder)
    wall = {
        f"{name}_wall_ms": round(median(one.wall for one in spent) * 1000)
        for name, spent in (("ours", turns.ours), ("other", turns.other))
    }
    yield pair.verdict(
        "ingest", 3.0, "processor time of a sync from the platform's pages to a snapshot, against the same "
        "pages read by plain HTTP and json",
        rows=prepared.rows, **wall,
    )  # fmt: skip
    most, others = (max(one.peak for one in spent) / 1e6 for spent in (turns.ours, turns.other))
    yield Verdict(
        "ingest_memory_mb", round(most, 1), 500.0, "the most memory that the process of a sync held",
        {"plain_reading_mb": round(others, 1)},
    )  # fmt: skip


def spent(*what: str) -> Spent:
    """What a fresh process says of itself in its last line."""
    command = [sys.executable, "-m", "tests.bench.ingest", *what]
    printed = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return Spent(**json.loads(printed.stdout.splitlines()[-1]))


# ---- in the fresh process ----------------------------------------------------------------------------------


def main() -> None:
    what, where, base, rows = sys.argv[1:]
    work = syncing(Path(where), base) if what == "sync" else reading(Path(where), base)
    cpu, wall = time.process_time(), time.perf_counter()
    found = work()
    spent = Spent(time.process_time() - cpu, time.perf_counter() - wall, peak())
    assert found == int(rows), f"{found} of {rows} rows"
    print(json.dumps(asdict(spent)))


def syncing(home: Path, base: str) -> Callable[[], int]:
    """`pad sources sync` in an installation that has read nothing yet; returns the rows in its warehouse."""
    import os

    from app.cli import main as pad
    from app.cli.context import services
    from app.data.migrate import upgrade
    from app.data.pipeline.ingestion import ingestion
    from app.data.pipeline.sources import add

    os.environ["PAD_HOME"] = str(home)
    parts = services()
    upgrade(parts.settings.database)
    into = ingestion(parts.settings, parts.database, parts.clock)
    add(into, SOURCE, SECRETS, base, force=True)

    def sync() -> int:
        pad(["sources", "sync", SOURCE, "--format", "json"], standalone_mode=False)
        with into.snapshots.cursor(fresh=True) as cursor:
            row = cursor.execute("SELECT sum(rows) FROM fact_version").fetchone()
        into.snapshots.close()
        return int(row[0]) if row else 0

    return sync


def reading(asked: Path, base: str) -> Callable[[], int]:
    """The same questions once more, each answer parsed and let go; returns the rows in them."""
    url = f"{base}/v1beta/properties/{PROPERTY}:runReport"
    questions = asked.read_bytes().splitlines()

    def read() -> int:
        with httpx.Client(headers={"Accept-Encoding": "gzip"}, timeout=60.0) as client:
            answers = (json.loads(client.post(url, content=one).content) for one in questions)
            return sum(len(answer.get("rows", ())) for answer in answers)

    return read


def peak() -> int:
    """The most memory that this process ever held; what the kernel counts for its parent is not in it."""
    told = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(told[1]) * 1024 if told else 0


if __name__ == "__main__":
    main()
