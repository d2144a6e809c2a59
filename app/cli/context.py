"""The services of a command: built once, when a command first needs them."""

from __future__ import annotations

import os
from functools import cache
from types import SimpleNamespace
from typing import Any

from app.clock import SystemClock
from app.settings import load


@cache
def services() -> Any:
    """What a command may use; `query` reads the warehouse."""
    from app.data.query.runner import Runner
    from app.data.warehouse.snapshots import Snapshots

    settings, clock = load(os.environ), SystemClock()
    snapshots = Snapshots(settings.warehouse_dir)
    return SimpleNamespace(settings=settings, clock=clock, query=Runner(snapshots, settings, clock))
