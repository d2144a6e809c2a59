"""`python -m tests.bench`: every promised ratio of speed and memory, as one JSON document on stdout.

Progress, and whatever else is printed meanwhile, goes to stderr. What is built stands in a temporary folder
and goes with it.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

from tests.bench.company import BenchCompany
from tests.processes import free_port

PARTS = ("query", "figure", "publish", "ingest", "memory", "web", "export", "models", "reports", "browser")
ROWS = 10_000_000


def main() -> None:
    asked = arguments()
    logging.disable(logging.WARNING)
    with stdout_kept(), tempfile.TemporaryDirectory(prefix="pad-bench-") as folder:
        measured = measure(Path(folder), asked.rows, asked.only)
    met = all(entry["met"] for entry in measured.values())
    print(json.dumps({"rows": asked.rows, "met": met, "measured": measured}, indent=2))


def measure(folder: Path, rows: int, parts: Sequence[str]) -> dict[str, dict[str, object]]:
    """What each part found, by the name of the measure."""
    began, measured = time.perf_counter(), {}
    say(f"building {rows:,} ad rows")
    company = BenchCompany.made(folder, rows, free_port())
    say(f"built in {time.perf_counter() - began:.0f} s")
    for name in parts:
        for verdict in import_module(f"tests.bench.{name}").measure(company):
            say(f"{verdict.name}: {verdict.value} (limit {verdict.limit:g})")
            measured[verdict.name] = verdict.document()
    return measured


@contextmanager
def stdout_kept() -> Iterator[None]:
    """Keep stdout for the document: what this process or one below it prints meanwhile goes to stderr."""
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        yield
    finally:
        sys.stdout.flush()
        os.dup2(kept, 1)
        os.close(kept)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS, help="ad rows over three years")
    parser.add_argument("--only", type=chosen, default=PARTS, help=f"some of {','.join(PARTS)}")
    return parser.parse_args()


def chosen(text: str) -> tuple[str, ...]:
    names = tuple(text.split(","))
    if unknown := set(names) - set(PARTS):
        raise argparse.ArgumentTypeError(
            f"there is no part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}"
        )
    return names


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
