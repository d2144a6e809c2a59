"""A worker and scheduler of the outbox for tests that kill it: `python -m tests.integration.outbox_worker
DATABASE FILE`. What it sends it appends to the file, after which it may die before it can say so."""

from __future__ import annotations

import os
import random
import sys
import time
from pathlib import Path

import app.accounts.models  # noqa: F401  (declares the tables of people)
from app.clock import SystemClock
from app.data import schedules
from app.data.db import Database
from app.notify import dispatch
from app.notify.message import Message, Receipt


class Wire:
    """A channel that leaves a line for every message, at once and for good."""

    def __init__(self, path: str) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def send(self, message: Message) -> Receipt:
        time.sleep(random.uniform(0, 0.01))
        os.write(self._file, f"{message.to}\n".encode())
        time.sleep(random.uniform(0, 0.01))
        return Receipt()


def main(url: str, path: str) -> None:
    database, clock = Database(url), SystemClock()
    desk = dispatch.Desk(database, clock, {"email": Wire(path)}, Path())
    while True:
        schedules.claim_due(database, clock.now())
        dispatch.drain(desk)
        time.sleep(0.02)


if __name__ == "__main__":
    main(*sys.argv[1:])
