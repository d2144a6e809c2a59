"""Processes of the product beside the one that tests: a job worker as `pad run` starts it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from app.settings import Settings
from tests.demo_company import environment


@contextmanager
def worker_on(settings: Settings) -> Iterator[None]:
    """A job worker on a home, for the length of a block."""
    process = subprocess.Popen([sys.executable, "-m", "app.cli", "worker"], env=environment(settings))
    try:
        yield
    finally:
        process.terminate()
        process.wait(30)
