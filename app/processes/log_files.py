"""Logs in files: one a process, written by whoever started the process and turned over when it is full."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterable
from logging.handlers import RotatingFileHandler
from pathlib import Path
from threading import Thread

FULL = 5_000_000  # bytes
KEPT = 4  # full files beside the one that is written
REMEMBERED = 12  # lines


class LogFile(RotatingFileHandler):
    """A file of log lines; `tail` remembers the last ones, for whoever asks why a process ended."""

    def __init__(self, folder: Path, name: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / f"{name}.log"
        self.tail: deque[str] = deque(maxlen=REMEMBERED)
        super().__init__(
            self.path, maxBytes=FULL, backupCount=KEPT, encoding="utf-8", errors="replace", delay=True
        )

    def write(self, line: str) -> None:
        """One line as it is."""
        self.tail.append(line)
        self.handle(logging.makeLogRecord({"msg": line}))

    def take(self, output: Iterable[bytes]) -> Thread:
        """Write what a process prints, until it prints no more."""
        thread = Thread(target=self._take, args=(output,), name=f"log of {self.path.stem}", daemon=True)
        thread.start()
        return thread

    def handleError(self, record: logging.LogRecord) -> None:
        """A full disk costs lines of the log, and nothing else."""

    def _take(self, output: Iterable[bytes]) -> None:
        for line in output:
            self.write(line.decode(errors="replace").rstrip("\n"))
