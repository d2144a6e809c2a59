"""A web worker at rest against Dash, DuckDB and Flask merely imported, and what it must not have loaded."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import psutil

from tests.bench.company import BenchCompany
from tests.bench.server import running
from tests.bench.verdict import Verdict

IMPORTED = "import dash, duckdb, flask, sys; print(flush=True); sys.stdin.read()"
HEAVY = ("pandas", "numpy", "prophet", "statsmodels", "sklearn", "scipy", "pyarrow", "matplotlib")
REST = 2.0  # seconds after the start
MB = 1e6


def measure(company: BenchCompany) -> Iterator[Verdict]:
    bare = _merely_imported()
    with running(company, "wsgi:application") as server:
        time.sleep(REST)
        workers = server.workers()
        resident = [worker.memory_info().rss for worker in workers]
        heavy = sorted({name for worker in workers for name in _loaded(worker)})
        yield Verdict(
            "web_worker_memory", round(median(resident) / bare, 2), 1.5,
            {"worker_mb": round(median(resident) / MB, 1), "imported_mb": round(bare / MB, 1),
             "workers": len(workers)},
        )  # fmt: skip
        yield Verdict("web_worker_heavy_libraries", len(heavy), 0, {"found": heavy})


def _merely_imported() -> int:
    """Bytes resident in a process that has imported the three and done nothing."""
    child = subprocess.Popen([sys.executable, "-c", IMPORTED], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert child.stdout is not None
    child.stdout.readline()
    resident = int(psutil.Process(child.pid).memory_info().rss)
    child.communicate()
    return resident


def _loaded(worker: psutil.Process) -> list[str]:
    """The heavy libraries of a process: each has a compiled part that shows among its mapped files."""
    folders = {part for entry in worker.memory_maps() for part in Path(entry.path).parts}
    return [name for name in HEAVY if name in folders]
