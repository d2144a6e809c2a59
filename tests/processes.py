"""Processes of the product beside the one that tests: as `pad run` starts them, one by one."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from app.settings import Settings
from tests.demo_company import environment
from tests.waiting import PATIENCE


@contextmanager
def worker_on(settings: Settings, log: Path | None = None, **env: str) -> Iterator[None]:
    """A job worker on a home, for the length of a block."""
    with process("worker", environment(settings) | env, log):
        yield


@contextmanager
def process(
    command: str, env: Mapping[str, str], log: Path | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """`pad COMMAND` for the length of a block; what it prints goes into a file when one is named."""
    with open(log or os.devnull, "ab") as output:
        printed = {"stdout": output, "stderr": output} if log else {}
        started = subprocess.Popen([sys.executable, "-m", "app.cli", command], env=env, **printed)  # type: ignore[call-overload]
        try:
            yield started
        finally:
            started.terminate()
            started.wait(PATIENCE)


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
