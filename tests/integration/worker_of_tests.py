"""A real worker process whose bodies are made for tests: `python -m tests.integration.worker_of_tests`."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import jobs.runner
from app.data.migrate import upgrade
from app.errors import InputError
from app.home import prepared
from app.logs import configure
from app.services import Job, Services
from jobs.worker import work


def add(services: Services, job: Job, *, left: int, right: int) -> dict[str, int]:
    job.progress(0.5, "half way")
    return {"sum": left + right}


def wait_at_first(services: Services, job: Job, *, marker: str) -> dict[str, int]:
    """Hangs the first time, so that a test can kill it; ends at once the second time."""
    runs = Path(marker)
    with runs.open("a") as file:
        file.write(f"{os.getpid()}\n")
    if len(runs.read_text().splitlines()) == 1:
        time.sleep(120)
    return {"runs": len(runs.read_text().splitlines())}


def refuse(services: Services, job: Job) -> None:
    raise InputError("The account 7 is unknown.", hint="Known: 5, 6.")


def break_down(services: Services, job: Job) -> None:
    raise RuntimeError(f"leaked {services.settings.secret_key}")


# A kind that somebody waits for, beside those that nobody does.
BODIES = {"add": add, "wait": wait_at_first, "refuse": refuse, "break": break_down, "report_test": add}

if __name__ == "__main__":
    vars(jobs.runner)["kinds"] = lambda: BODIES  # forked jobs inherit it
    settings = prepared(os.environ)
    configure(settings, "worker")
    upgrade(settings.database)
    work(settings, awaited_only="--awaited" in sys.argv)
