"""`python -m tests.bench`: every promised ratio of speed and memory, as one JSON document on stdout.

Progress goes to stderr. What is built stands in a temporary folder and goes with it.
"""

from __future__ import annotations

import argparse
import json
import logging
import socket
import sys
import tempfile
import time
from importlib import import_module
from pathlib import Path

from tests.bench.company import BenchCompany

PARTS = ("query", "figure", "publish", "memory", "web", "export", "models", "reports", "browser")
ROWS = 10_000_000


def main() -> None:
    asked = arguments()
    logging.disable(logging.WARNING)
    began, measured = time.perf_counter(), {}
    with tempfile.TemporaryDirectory(prefix="pad-bench-") as folder:
        say(f"building {asked.rows:,} ad rows")
        company = BenchCompany.made(Path(folder), asked.rows, free_port())
        say(f"built in {time.perf_counter() - began:.0f} s")
        for name in asked.only:
            part = import_module(f"tests.bench.{name}")
            for verdict in part.measure(company):
                say(f"{verdict.name}: {verdict.value} (limit {verdict.limit:g})")
                measured[verdict.name] = verdict.document()
    met = all(entry["met"] for entry in measured.values())
    print(json.dumps({"rows": asked.rows, "met": met, "measured": measured}, indent=2))


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


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
