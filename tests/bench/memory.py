"""The largest web worker at rest against Dash, DuckDB and Flask merely imported, and what none may have
loaded.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import psutil

from tests.bench.company import BenchCompany
from tests.bench.server import running, signed_in, warm
from tests.bench.verdict import Figure, Verdict

IMPORTED = "import dash, duckdb, flask, sys; print(flush=True); sys.stdin.read()"
HEAVY = ("pandas", "numpy", "prophet", "statsmodels", "sklearn", "scipy", "pyarrow", "matplotlib")
REST = 2.0  # seconds after the start
MB = 1e6


def measure(company: BenchCompany) -> Iterator[Verdict]:
    bare = _merely_imported(company.settings.web_workers)
    with running(company, "wsgi:application") as server:
        time.sleep(REST)
        workers = server.workers()
        parent = psutil.Process(server.pids["web"])
        rest = each(workers, parent)
        resident = [one.memory_info().rss for one in workers]
        heavy = sorted({name for worker in workers for name in _loaded(worker)})
        with signed_in(server) as client:
            warm(client)
        figures: dict[str, Figure] = {
            "workers_mb": _megabytes(rest),
            "imported_mb": _megabytes(bare),
            "workers_resident_mb": _megabytes(resident),
            "workers_after_visits_mb": _megabytes(each(workers, parent)),
        }
    yield judged(rest, bare, figures)
    yield Verdict(
        "web_worker_heavy_libraries", len(heavy), 0,
        "libraries of models and tables that a web worker at rest has loaded", {"found": heavy},
    )  # fmt: skip


def judged(rest: Sequence[float], bare: Sequence[float], figures: dict[str, Figure]) -> Verdict:
    """The largest worker, against the smallest process that merely imports. Units: bytes."""
    return Verdict(
        "web_worker_memory", round(max(rest) / min(bare), 2), 1.5,
        "the largest web worker at rest with its part of their parent, against Dash, DuckDB and Flask merely "
        "imported; the memory of each stands beside it",
        figures,
    )  # fmt: skip


def each(workers: Sequence[psutil.Process], parent: psutil.Process | None = None) -> list[float]:
    """What each worker costs, with an equal part of what their parent costs. Units: bytes.

    Proportional set size: a page that n processes share counts an n-th in each, so nothing counts twice
    and nothing is left out.
    """
    part = parent.memory_full_info().pss / len(workers) if parent else 0.0
    return [one.memory_full_info().pss + part for one in workers]


def _merely_imported(count: int) -> list[float]:
    """Bytes of processes that have imported the three and done nothing, as many side by side as workers."""
    children = [
        subprocess.Popen([sys.executable, "-c", IMPORTED], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for _ in range(count)
    ]
    for child in children:
        assert child.stdout is not None
        child.stdout.readline()
    bare = each([psutil.Process(child.pid) for child in children])
    for child in children:
        child.communicate()
    return bare


def _megabytes(sizes: Sequence[float]) -> list[float]:
    return [round(size / MB, 1) for size in sizes]


def _loaded(worker: psutil.Process) -> list[str]:
    """The heavy libraries of a process: each has a compiled part that shows among its mapped files."""
    folders = {part for entry in worker.memory_maps() for part in Path(entry.path).parts}
    return [name for name in HEAVY if name in folders]
