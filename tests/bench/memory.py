"""A web worker at rest against Dash, DuckDB and Flask merely imported, and what it must not have loaded."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import psutil

from tests.bench.company import BenchCompany
from tests.bench.server import running, signed_in, warm
from tests.bench.verdict import Verdict

IMPORTED = "import dash, duckdb, flask, sys; print(flush=True); sys.stdin.read()"
HEAVY = ("pandas", "numpy", "prophet", "statsmodels", "sklearn", "scipy", "pyarrow", "matplotlib")
REST = 2.0  # seconds after the start
MB = 1e6


def measure(company: BenchCompany) -> Iterator[Verdict]:
    bare = _merely_imported(company.settings.web_workers)
    with running(company, "wsgi:application") as server:
        time.sleep(REST)
        workers = server.workers()
        served = [psutil.Process(server.pids["web"]), *workers]
        rest = _share(served, len(workers))
        figures = {
            "worker_mb": round(rest / MB, 1),
            "imported_mb": round(bare / MB, 1),
            "worker_resident_mb": round(max(one.memory_info().rss for one in workers) / MB, 1),
            "workers": len(workers),
        }
        heavy = sorted({name for worker in workers for name in _loaded(worker)})
        with signed_in(server) as client:
            warm(client)
        figures["worker_after_visits_mb"] = round(_share(served, len(workers)) / MB, 1)
        yield Verdict("web_worker_memory", round(rest / bare, 2), 1.5, figures)
        yield Verdict("web_worker_heavy_libraries", len(heavy), 0, {"found": heavy})


def _share(processes: Sequence[psutil.Process], count: int) -> float:
    """What `count` workers cost together, their parent included, for each of them. Units: bytes.

    Proportional set size: a page that n processes share counts an n-th in each, so nothing counts twice
    and nothing is left out.
    """
    return sum(process.memory_full_info().pss for process in processes) / count


def _merely_imported(count: int) -> float:
    """Bytes of a process that has imported the three and done nothing, with as many of them side by side."""
    children = [
        subprocess.Popen([sys.executable, "-c", IMPORTED], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for _ in range(count)
    ]
    for child in children:
        assert child.stdout is not None
        child.stdout.readline()
    bare = _share([psutil.Process(child.pid) for child in children], count)
    for child in children:
        child.communicate()
    return bare


def _loaded(worker: psutil.Process) -> list[str]:
    """The heavy libraries of a process: each has a compiled part that shows among its mapped files."""
    folders = {part for entry in worker.memory_maps() for part in Path(entry.path).parts}
    return [name for name in HEAVY if name in folders]
