"""Processes of the product in the time of a made-up company: `python -m tests.integration.parts_of_company
worker`. All of it is real but the clock, which is behind by the seconds in PAD_TEST_BEHIND.
"""

from __future__ import annotations

import os
import sys
from datetime import timedelta
from typing import cast

import jobs.runner
from app.cli.run import stopped_by_signal
from app.clock import SystemClock
from app.compose import build
from app.home import prepared
from app.logs import configure
from app.processes.demo import Earlier
from app.queue.redis_queue import RedisQueue
from app.services import Services
from app.settings import Settings
from jobs.scheduler import schedule
from jobs.worker import work

BEHIND = "PAD_TEST_BEHIND"


def company(settings: Settings) -> Services:
    """The product's own services on that clock."""
    return build(settings, Earlier(SystemClock(), timedelta(seconds=float(os.environ[BEHIND]))))


if __name__ == "__main__":
    settings, part = prepared(os.environ), sys.argv[1]
    configure(settings, part)
    if part == "worker":
        vars(jobs.runner)["build"] = company  # forked jobs inherit it
        work(settings)
    else:
        made = company(settings)
        schedule(made, cast(RedisQueue, made.queue), stopped_by_signal())
